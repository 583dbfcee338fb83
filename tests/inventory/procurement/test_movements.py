"""Transfers need both schools; disposals need an appraisal, a signature and wiped data."""

from datetime import timedelta
from decimal import Decimal

import pytest

from drivers.readings import Outcome
from inventory.errors import Invalid, NotFound, OutOfScope, SchoolClosed
from inventory.models import (
    Device,
    DeviceState,
    DisposalState,
    Lifecycle,
    Protocol,
    Right,
    Role,
    School,
    Subject,
    TransferState,
    WipeMethod,
)
from inventory.procurement.actor import Actor
from inventory.procurement.disposals import DisposalDesk
from inventory.procurement.errors import (
    DeviceBusy,
    NotInStock,
    OwnRequest,
    SignedAlready,
    StepRefused,
    StillOpen,
)
from inventory.procurement.ledger import Ledger
from inventory.procurement.movement_rows import DisposalRepository, TransferRepository
from inventory.procurement.transfers import TransferDesk
from tests.inventory.procurement.bureau import (
    COUNTY,
    COUNTY_IT,
    HEAD_OF_SENIOR,
    JUNIOR,
    NEIGHBOUR,
    NOW,
    PRIMARY,
    TEACHER,
    TECHNICIAN,
    TODAY,
    Steps,
    wish,
)
from tests.inventory.procurement.test_ledger import entries, last

W = WipeMethod


@pytest.fixture
def device(steps: Steps) -> Device:
    """A projector in service at the primary school, polled once."""
    row = Device(
        id="d-1",
        school_code=PRIMARY,
        room_id=f"r-{PRIMARY}",
        name="投影仪 1",
        address="10.1.0.9",
        protocol=Protocol.snmp,
    )
    steps.session.add(row)
    steps.session.flush()
    steps.session.add(
        DeviceState(
            device_id="d-1", school_code=PRIMARY, outcome=Outcome.ok, taken_at=NOW, since=NOW
        )
    )
    steps.session.flush()
    return row


def transfers(steps: Steps, actor: Actor) -> TransferDesk:
    return TransferDesk(steps.session, actor, NOW)


def disposals(steps: Steps, actor: Actor) -> DisposalDesk:
    return DisposalDesk(steps.session, actor, NOW)


def test_a_device_moves_when_both_schools_agree(steps: Steps, device: Device) -> None:
    row = transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "撤班")
    with pytest.raises(StepRefused):
        transfers(steps, TECHNICIAN).complete(row.id)
    with pytest.raises(SignedAlready):
        transfers(steps, TEACHER).consent(row.id)
    transfers(steps, NEIGHBOUR).consent(row.id, "同意接收")
    assert (row.given_by, row.taken_by) == (TEACHER.id, NEIGHBOUR.id)

    transfers(steps, TECHNICIAN).complete(row.id)

    assert row.state is TransferState.done
    assert (device.school_code, device.room_id, device.address) == (JUNIOR, None, None)
    assert device.lifecycle is Lifecycle.in_stock
    assert steps.session.get_one(DeviceState, device.id).school_code == JUNIOR


def test_a_done_transfer_is_taken_back_with_everything_that_stayed_behind(
    steps: Steps, device: Device
) -> None:
    before = device.model_dump(exclude={"revision", "status_rank"})
    row = transfers(steps, NEIGHBOUR).propose(PRIMARY, JUNIOR, [device.id], "借用")
    transfers(steps, TEACHER).consent(row.id)
    transfers(steps, TECHNICIAN).complete(row.id)

    Ledger(steps.session, TECHNICIAN, NOW).undo(
        last(steps.session, Subject.transfer, row.id), "未交付"
    )

    assert device.model_dump(exclude={"revision", "status_rank"}) == before
    assert row.state is TransferState.agreed


def test_the_other_school_may_refuse(steps: Steps, device: Device) -> None:
    row = transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "撤班")
    with pytest.raises(NotFound):
        transfers(steps, HEAD_OF_SENIOR).refuse(row.id, "不要")
    with pytest.raises(Invalid):
        transfers(steps, NEIGHBOUR).refuse(row.id, "")
    transfers(steps, NEIGHBOUR).refuse(row.id, "没有教室")

    assert row.state is TransferState.refused
    transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "再议")


def test_one_person_does_not_agree_for_both_schools(steps: Steps, device: Device) -> None:
    officer = Actor(COUNTY_IT.id, Right.request, ((Role.county_it, COUNTY),))
    row = transfers(steps, officer).propose(PRIMARY, JUNIOR, [device.id], "统筹")

    with pytest.raises(SignedAlready):
        transfers(steps, officer).consent(row.id)


def test_only_the_receiving_side_takes_devices_in(steps: Steps, device: Device) -> None:
    row = transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "撤班")
    transfers(steps, NEIGHBOUR).consent(row.id)
    giving = Actor(TECHNICIAN.id, Right.receive, ((Role.technician, "/33/3304/PRIMARY/"),))

    with pytest.raises(OutOfScope):
        transfers(steps, giving).complete(row.id)
    steps.session.expire_all()
    assert device.school_code == PRIMARY


def test_a_device_goes_one_way_at_a_time(steps: Steps, device: Device) -> None:
    transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "撤班")

    with pytest.raises(DeviceBusy):
        transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "撤班")
    with pytest.raises(DeviceBusy):
        disposals(steps, TEACHER).propose(PRIMARY, [device.id], "老化")
    with pytest.raises(NotFound):
        disposals(steps, NEIGHBOUR).propose(JUNIOR, [device.id], "老化")
    with pytest.raises(OutOfScope):
        disposals(steps, NEIGHBOUR).propose(PRIMARY, [device.id], "老化")


def test_a_school_asks_for_devices_by_the_numbers_on_their_labels(
    steps: Steps, device: Device
) -> None:
    device.asset_number, device.serial = "ZC-7", "SN-7"
    asks = transfers(steps, NEIGHBOUR)
    for number in ("ZC-8", "101"):
        with pytest.raises(NotFound):
            asks.propose(PRIMARY, JUNIOR, [], "借用", numbers=[number])
    with pytest.raises(Invalid):
        asks.propose(PRIMARY, JUNIOR, [], "借用")
    row = asks.propose(PRIMARY, JUNIOR, [], "借用", numbers=["SN-7", " ZC-7 "])

    found = TransferRepository(steps.session, NEIGHBOUR.scope).devices(row.id)
    assert [one.id for one in found] == [device.id]
    assert (row.given_by, row.taken_by) == (None, NEIGHBOUR.id)
    transfers(steps, TEACHER).consent(row.id)


def test_two_devices_of_one_number_are_not_asked_for_by_it(steps: Steps, device: Device) -> None:
    device.asset_number = "ZC-7"
    twin = Device(id="d-2", school_code=PRIMARY, name="投影仪 2", asset_number="ZC-7")
    steps.session.add(twin)
    steps.session.flush()
    with pytest.raises(Invalid):
        transfers(steps, NEIGHBOUR).propose(PRIMARY, JUNIOR, [], "借用", numbers=["ZC-7"])
    twin.lifecycle = Lifecycle.disposed
    transfers(steps, NEIGHBOUR).propose(PRIMARY, JUNIOR, [], "借用", numbers=["ZC-7"])


def test_a_school_takes_nothing_from_the_day_after_its_last(steps: Steps, device: Device) -> None:
    there = steps.session.get_one(School, JUNIOR)
    row = transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "撤班")
    there.closed_on = TODAY - timedelta(days=1)
    with pytest.raises(SchoolClosed):
        transfers(steps, NEIGHBOUR).consent(row.id)
    there.closed_on = TODAY
    transfers(steps, NEIGHBOUR).consent(row.id)
    there.closed_on = TODAY - timedelta(days=1)
    with pytest.raises(SchoolClosed):
        transfers(steps, TECHNICIAN).complete(row.id)
    with pytest.raises(SchoolClosed):
        transfers(steps, NEIGHBOUR).propose(PRIMARY, JUNIOR, [device.id], "撤班")
    with pytest.raises(SchoolClosed):
        steps.requests(NEIGHBOUR).draft(JUNIOR, wish())
    with pytest.raises(SchoolClosed):
        steps.order(steps.contracted(), 1, school=JUNIOR)


def test_a_closed_school_gives_its_devices_away(steps: Steps, device: Device) -> None:
    steps.session.get_one(School, PRIMARY).closed_on = TODAY - timedelta(days=30)
    row = transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "撤校")
    transfers(steps, NEIGHBOUR).consent(row.id)
    transfers(steps, TECHNICIAN).complete(row.id)
    assert device.school_code == JUNIOR


def test_a_device_is_disposed_of_step_by_step(steps: Steps, device: Device) -> None:
    row = disposals(steps, TEACHER).propose(PRIMARY, [device.id], "灯泡与主板损坏")
    technician = disposals(steps, TECHNICIAN)
    with pytest.raises(StepRefused):
        disposals(steps, COUNTY_IT).approve(row.id)
    technician.appraise(row.id, "维修费用超过残值")
    with pytest.raises(StepRefused):
        technician.wipe(row.id, {device.id: W.no_storage})
    disposals(steps, COUNTY_IT).approve(row.id, "同意报废")
    assert device.lifecycle is Lifecycle.retired
    with pytest.raises(StepRefused):
        technician.complete(row.id, {device.id: Decimal(30)})
    with pytest.raises(StillOpen):
        technician.wipe(row.id, {})
    with pytest.raises(NotFound):
        technician.wipe(row.id, {device.id: W.destroyed, "d-2": W.destroyed})
    technician.wipe(row.id, {device.id: W.overwritten})
    with pytest.raises(Invalid):
        technician.complete(row.id, {device.id: Decimal(-1)})

    technician.complete(row.id, {device.id: Decimal("30.50")})

    assert (row.state, device.lifecycle) == (DisposalState.done, Lifecycle.disposed)
    [(item, _)] = DisposalRepository(steps.session, TEACHER.scope).items(row.id)
    assert (item.wipe_method, item.residual_value_cny) == (W.overwritten, Decimal("30.50"))


def test_a_lost_device_is_disposed_of_unwiped_with_a_word(steps: Steps, device: Device) -> None:
    session = steps.session
    session.add(Device(id="d-2", school_code=PRIMARY, name="平板", lifecycle=Lifecycle.lost))
    session.flush()
    row = disposals(steps, TEACHER).propose(PRIMARY, [device.id, "d-2"], "丢失、损坏")
    disposals(steps, TECHNICIAN).appraise(row.id, "无法找回")
    disposals(steps, COUNTY_IT).approve(row.id)
    methods = {device.id: W.destroyed, "d-2": W.lost}
    with pytest.raises(Invalid):
        disposals(steps, TECHNICIAN).wipe(row.id, methods)
    with pytest.raises(Invalid) as refused:
        disposals(steps, TECHNICIAN).wipe(row.id, {device.id: W.lost, "d-2": W.lost}, "x")
    assert device.name in str(refused.value.arguments["reason"])

    disposals(steps, TECHNICIAN).wipe(row.id, methods, "已报案，远程锁定未成功")

    items = DisposalRepository(session, TEACHER.scope).items(row.id)
    assert {item.device_id: item.wipe_method for item, _ in items} == methods
    assert entries(session, Subject.disposal, row.id)[-1].comment == "已报案，远程锁定未成功"
    disposals(steps, TECHNICIAN).complete(row.id, {device.id: Decimal(0), "d-2": Decimal(0)})
    assert session.get_one(Device, "d-2").lifecycle is Lifecycle.disposed


def test_a_disposal_is_taken_back_step_by_step(steps: Steps, device: Device) -> None:
    row = disposals(steps, TEACHER).propose(PRIMARY, [device.id], "损坏")
    disposals(steps, TECHNICIAN).appraise(row.id, "无法维修")
    disposals(steps, COUNTY_IT).approve(row.id)
    disposals(steps, TECHNICIAN).wipe(row.id, {device.id: W.no_storage})
    disposals(steps, TECHNICIAN).complete(row.id, {device.id: Decimal(0)})
    steps_back = (
        (TECHNICIAN, Lifecycle.retired),
        (TECHNICIAN, Lifecycle.retired),
        (COUNTY_IT, Lifecycle.in_service),
    )
    taken = [one.id for one in entries(steps.session, Subject.disposal, row.id) if one.id]

    for (actor, state), entry in zip(steps_back, reversed(taken), strict=False):
        Ledger(steps.session, actor, NOW).undo(entry, "冲销")
        assert device.lifecycle is state

    assert row.state is DisposalState.appraised


def test_whoever_proposed_it_neither_appraises_nor_approves(steps: Steps, device: Device) -> None:
    row = disposals(steps, TEACHER).propose(PRIMARY, [device.id], "损坏")
    himself = Actor(TEACHER.id, Right.receive, ((Role.technician, COUNTY),))
    with pytest.raises(OwnRequest):
        disposals(steps, himself).appraise(row.id, "坏了")
    with pytest.raises(OwnRequest):
        disposals(steps, Actor(TEACHER.id, Right.approve, COUNTY_IT.grants)).reject(row.id, "x")
    disposals(steps, COUNTY_IT).reject(row.id, "还能用")

    assert (row.state, device.lifecycle) == (DisposalState.rejected, Lifecycle.in_service)


def test_what_is_gone_cannot_move_and_strangers_see_nothing(steps: Steps, device: Device) -> None:
    device.lifecycle = Lifecycle.disposed
    steps.session.flush()
    with pytest.raises(NotInStock):
        transfers(steps, TEACHER).propose(PRIMARY, JUNIOR, [device.id], "x")
    with pytest.raises(NotInStock):
        disposals(steps, TEACHER).propose(PRIMARY, [device.id], "x")

    assert TransferRepository(steps.session, HEAD_OF_SENIOR.scope).page().total == 0
    assert DisposalRepository(steps.session, HEAD_OF_SENIOR.scope).page().total == 0
