"""A counter-entry restores nothing that the steps since then no longer leave room for."""

from decimal import Decimal

import pytest

from drivers.readings import Kind
from inventory.models import (
    ApprovalDecision,
    Device,
    Level,
    Lifecycle,
    OrderState,
    ProjectStage,
    Protocol,
    RequestState,
    Role,
    Subject,
    WipeMethod,
)
from inventory.procurement.actor import Actor
from inventory.procurement.disposals import DisposalDesk
from inventory.procurement.entries import EntryRepository
from inventory.procurement.errors import (
    CeilingExceeded,
    DeviceBusy,
    LaterStepsRest,
    NotInStock,
    NumberTaken,
)
from inventory.procurement.ledger import Ledger
from inventory.procurement.request_rows import RequestRepository
from inventory.procurement.routes import Approver, Route, set_routes
from inventory.procurement.transfers import TransferDesk
from tests.inventory.procurement.bureau import (
    ALL,
    CITY_IT,
    COUNTY_IT,
    JUNIOR,
    NEIGHBOUR,
    NOW,
    PRIMARY,
    SENIOR,
    SHOPPER,
    TEACHER,
    TECHNICIAN,
    Steps,
    wish,
)
from tests.inventory.procurement.test_ledger import last


def take_back(steps: Steps, actor: Actor, subject: Subject, subject_id: str, name: str) -> None:
    """Take back the last step of that name."""
    named = [
        one.id
        for one in EntryRepository(steps.session, ALL).of(subject, subject_id)
        if one.step == name and one.undoes_id is None
    ]
    assert named[-1] is not None
    Ledger(steps.session, actor, NOW).undo(named[-1], "冲销")


@pytest.fixture
def device(steps: Steps) -> Device:
    row = Device(
        id="d-1", school_code=PRIMARY, name="投影仪 1", kind=Kind.projector, protocol=Protocol.none
    )
    steps.session.add(row)
    steps.session.flush()
    return row


@pytest.mark.parametrize("ceiling", ["1000000.00", "10000.00"], ids=["pieces", "money"])
def test_a_cancelled_order_does_not_come_back_when_others_took_its_rest(
    steps: Steps, ceiling: str
) -> None:
    project = steps.contracted(10, ceiling=ceiling)
    order = steps.order(project, 6)
    steps.orders(SHOPPER).cancel(order.id, "改期")
    other = steps.order(project, 5)

    with pytest.raises(CeilingExceeded), steps.session.begin_nested():
        take_back(steps, SHOPPER, Subject.order, order.id, "cancel")
    steps.session.refresh(order)
    assert order.state is OrderState.cancelled

    steps.orders(SHOPPER).cancel(other.id, "不要了")
    take_back(steps, SHOPPER, Subject.order, order.id, "cancel")
    assert order.state is OrderState.placed


def test_what_a_closed_order_gave_up_does_not_come_back_when_others_took_it(steps: Steps) -> None:
    project = steps.contracted(10)
    order = steps.order(project, 10)
    steps.deliver(order, 4)
    steps.orders(SHOPPER).close(order.id, "厂家停产")
    steps.order(project, 6)

    with pytest.raises(CeilingExceeded):
        take_back(steps, SHOPPER, Subject.order, order.id, "close")


def test_a_delivery_stays_while_the_order_is_closed_on_it(steps: Steps) -> None:
    order = steps.order(steps.contracted(), 10)
    steps.deliver(order, 4)
    steps.orders(SHOPPER).close(order.id, "厂家停产")

    with pytest.raises(LaterStepsRest):
        take_back(steps, TECHNICIAN, Subject.order, order.id, "deliver")


def test_orders_stay_accepted_under_an_acceptance_of_the_project(steps: Steps) -> None:
    project = steps.contracted()
    cancelled = steps.order(project, 1)
    steps.orders(SHOPPER).cancel(cancelled.id, "重复")
    order = steps.order(project, 1)
    steps.unpack(order, steps.deliver(order, 1), "SN-500")
    steps.orders(TECHNICIAN).accept(
        order.id, inspectors="王", conclusion="好", accepted_on=NOW.date()
    )
    steps.pass_stage(project, ProjectStage.completion_acceptance)

    with pytest.raises(LaterStepsRest):
        take_back(steps, TECHNICIAN, Subject.order, order.id, "accept")
    with pytest.raises(LaterStepsRest):
        take_back(steps, SHOPPER, Subject.order, cancelled.id, "cancel")


def test_the_first_signature_stays_under_the_second(steps: Steps) -> None:
    approvers = (
        Approver(Role.county_it, Level.county),
        Approver(Role.city_it, Level.city),
    )
    set_routes(steps.session, [Route("两级", approvers)])
    request = steps.requests(TEACHER).draft(PRIMARY, wish())
    steps.requests(TEACHER).submit(request.id)
    steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.approve)
    first = EntryRepository(steps.session, ALL).of(Subject.request, request.id)[-1].id
    steps.requests(CITY_IT).decide(request.id, ApprovalDecision.approve)
    assert request.state is RequestState.approved
    assert first is not None

    with pytest.raises(LaterStepsRest):
        Ledger(steps.session, COUNTY_IT, NOW).undo(first, "误批")
    take_back(steps, CITY_IT, Subject.request, request.id, "approve")
    Ledger(steps.session, COUNTY_IT, NOW).undo(first, "误批")


def test_lines_do_not_change_under_a_submitted_request(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish(kind=Kind.projector))
    steps.requests(TEACHER).change(request.id, wish(kind=Kind.camera))
    steps.requests(TEACHER).submit(request.id)

    with pytest.raises(LaterStepsRest):
        take_back(steps, TEACHER, Subject.request, request.id, "change")
    [line] = RequestRepository(steps.session, ALL).lines(request.id)
    assert line.kind is Kind.camera


def test_a_refused_transfer_does_not_come_back_for_a_device_that_goes_elsewhere(
    steps: Steps, device: Device
) -> None:
    teacher = TransferDesk(steps.session, TEACHER, NOW)
    row = teacher.propose(PRIMARY, JUNIOR, [device.id], "撤班")
    TransferDesk(steps.session, NEIGHBOUR, NOW).refuse(row.id, "没有教室")
    DisposalDesk(steps.session, TEACHER, NOW).propose(PRIMARY, [device.id], "损坏")

    with pytest.raises(DeviceBusy):
        take_back(steps, NEIGHBOUR, Subject.transfer, row.id, "refuse")


def test_a_rejected_disposal_does_not_come_back_for_a_device_that_goes_elsewhere(
    steps: Steps, device: Device
) -> None:
    row = DisposalDesk(steps.session, TEACHER, NOW).propose(PRIMARY, [device.id], "损坏")
    DisposalDesk(steps.session, COUNTY_IT, NOW).reject(row.id, "还能用")
    TransferDesk(steps.session, TEACHER, NOW).propose(PRIMARY, JUNIOR, [device.id], "撤班")

    with pytest.raises(DeviceBusy):
        take_back(steps, COUNTY_IT, Subject.disposal, row.id, "reject")


def test_a_school_does_not_give_up_what_is_another_ones_by_now(
    steps: Steps, device: Device
) -> None:
    row = DisposalDesk(steps.session, TEACHER, NOW).propose(PRIMARY, [device.id], "损坏")
    DisposalDesk(steps.session, TECHNICIAN, NOW).appraise(row.id, "无法维修")
    device.school_code = JUNIOR
    steps.session.flush()

    with pytest.raises(NotInStock):
        DisposalDesk(steps.session, COUNTY_IT, NOW).approve(row.id)
    assert device.lifecycle is Lifecycle.in_service


@pytest.mark.parametrize(
    ("school", "numbers", "taken"),
    [
        (JUNIOR, {"asset_number": "ZC-7"}, "ZC-7"),
        (SENIOR, {"serial": "SN-7"}, "SN-7"),
        # Another bureau counts its assets for itself.
        (SENIOR, {"asset_number": "ZC-7"}, ""),
        (JUNIOR, {"asset_number": "ZC-7", "lifecycle": Lifecycle.disposed}, ""),
    ],
)
def test_a_device_does_not_come_back_to_a_number_that_was_given_anew(
    steps: Steps, school: str, numbers: dict[str, str], taken: str
) -> None:
    session, technician = steps.session, DisposalDesk(steps.session, TECHNICIAN, NOW)
    device = Device(id="d-7", school_code=PRIMARY, name="旧", asset_number="ZC-7", serial="SN-7")
    session.add(device)
    session.flush()
    row = DisposalDesk(session, TEACHER, NOW).propose(PRIMARY, [device.id], "损坏")
    technician.appraise(row.id, "无法维修")
    DisposalDesk(session, COUNTY_IT, NOW).approve(row.id)
    technician.wipe(row.id, {device.id: WipeMethod.no_storage})
    technician.complete(row.id, {device.id: Decimal(0)})
    session.add(Device(id="d-8", school_code=school, name="新投影", **numbers))
    session.flush()

    done = last(session, Subject.disposal, row.id)
    if not taken:
        Ledger(session, TECHNICIAN, NOW).undo(done, "误销")
        assert device.lifecycle is Lifecycle.retired
        return
    with pytest.raises(NumberTaken) as refused:
        Ledger(session, TECHNICIAN, NOW).undo(done, "误销")
    assert refused.value.arguments == {"text": taken, "key": "新投影"}
