"""Steps are written once and taken back by counter-entries that restore what was."""

import json
from itertools import pairwise

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, text

from inventory.assets.steps import steps_of
from inventory.errors import Invalid, NotFound
from inventory.models import (
    ApprovalDecision,
    Device,
    Lifecycle,
    LifeStep,
    ProcurementEntry,
    ProjectStage,
    RequestState,
    StageState,
    Subject,
)
from inventory.procurement.entries import EntryRepository
from inventory.procurement.errors import (
    ChangedSince,
    HasHistory,
    LaterStepsRest,
    OtherRoleNeeded,
    UndoneAlready,
)
from inventory.procurement.ledger import Ledger
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository
from inventory.procurement.request_rows import RequestRepository
from tests.inventory.procurement.bureau import (
    ALL,
    CITY_IT,
    COUNTY_IT,
    NEIGHBOUR,
    NOW,
    PRIMARY,
    SHOPPER,
    TEACHER,
    TECHNICIAN,
    Steps,
    wish,
)


def entries(session: Session, subject: Subject, subject_id: str) -> list[ProcurementEntry]:
    return list(EntryRepository(session, ALL).of(subject, subject_id))


def last(session: Session, subject: Subject, subject_id: str) -> int:
    found = entries(session, subject, subject_id)[-1].id
    assert found is not None
    return found


def snapshot(row: SQLModel) -> dict[str, object]:
    return row.model_dump()


def test_every_step_is_dated_and_signed(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish())
    steps.requests(TEACHER).submit(request.id, comment="请尽快")
    steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.approve, "同意")

    told = [
        (one.step, one.actor_id, one.role.value, one.comment, one.at)
        for one in entries(steps.session, Subject.request, request.id)
    ]
    assert told == [
        ("draft", TEACHER.id, "school_admin", "", NOW),
        ("submit", TEACHER.id, "school_admin", "请尽快", NOW),
        ("approve", COUNTY_IT.id, "county_it", "同意", NOW),
    ]


def test_a_counter_entry_restores_the_state_before_and_both_stay_written(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish())
    steps.requests(TEACHER).submit(request.id)
    before = snapshot(request)
    steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.approve, "同意")
    signed = last(steps.session, Subject.request, request.id)

    counter = Ledger(steps.session, COUNTY_IT, NOW).undo(signed, "误批")

    assert snapshot(request) == before
    [approval] = RequestRepository(steps.session, ALL).approvals(request.id, 1)
    assert (approval.decision, approval.decided_by, approval.comment) == (None, None, "")
    assert (counter.undoes_id, counter.comment, counter.step) == (signed, "误批", "approve")
    assert len(entries(steps.session, Subject.request, request.id)) == 4
    steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.reject, "已有")
    assert request.state is RequestState.rejected


def test_a_changed_draft_gets_its_lines_back(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish(3))
    repository = RequestRepository(steps.session, ALL)
    before = [snapshot(line) for line in repository.lines(request.id)]
    steps.requests(TEACHER).change(request.id, wish(5))

    Ledger(steps.session, TEACHER, NOW).undo(
        last(steps.session, Subject.request, request.id), "写错"
    )

    assert [snapshot(line) for line in repository.lines(request.id)] == before
    assert request.total_cny == 3 * 8000


def test_what_later_steps_rest_on_stays(steps: Steps) -> None:
    project = steps.contracted()
    contract = last(steps.session, Subject.project, project.id)
    order = steps.order(project, 2)

    with pytest.raises(LaterStepsRest) as refused:
        Ledger(steps.session, COUNTY_IT, NOW).undo(contract, "x")
    assert refused.value.arguments["step"] == "place"

    placed = last(steps.session, Subject.order, order.id)
    delivery = steps.deliver(order, 1)
    delivered = last(steps.session, Subject.order, order.id)
    with pytest.raises(LaterStepsRest):
        Ledger(steps.session, SHOPPER, NOW).undo(placed, "x")
    steps.unpack(order, delivery, "SN-1000")
    unpacked = last(steps.session, Subject.order, order.id)
    with pytest.raises(LaterStepsRest):
        Ledger(steps.session, TECHNICIAN, NOW).undo(delivered, "x")

    for entry, actor in ((unpacked, TECHNICIAN), (delivered, TECHNICIAN), (placed, SHOPPER)):
        Ledger(steps.session, actor, NOW).undo(entry, "冲销")
    Ledger(steps.session, COUNTY_IT, NOW).undo(contract, "合同作废")

    stages = ProjectRepository(steps.session, ALL).stages(project.id)
    assert stages[ProjectStage.contract].state is StageState.submitted
    assert OrderRepository(steps.session, ALL).of_project(project.id) == []


def test_two_orders_of_one_contract_do_not_hold_each_other(steps: Steps) -> None:
    project = steps.contracted()
    first = steps.order(project, 1)
    steps.order(project, 1)

    Ledger(steps.session, SHOPPER, NOW).undo(last(steps.session, Subject.order, first.id), "x")

    assert len(OrderRepository(steps.session, ALL).of_project(project.id)) == 1


def test_a_wrong_scan_is_taken_back_with_its_device(steps: Steps) -> None:
    order = steps.order(steps.contracted(), 2)
    delivery = steps.deliver(order, 2)
    [device] = steps.unpack(order, delivery, "SN-WRONG")

    entry = last(steps.session, Subject.order, order.id)
    Ledger(steps.session, TECHNICIAN, NOW).undo(entry, "扫错")

    assert steps.session.get(Device, device.id) is None
    [written] = [one for one in entries(steps.session, Subject.order, order.id) if one.id == entry]
    assert any(
        change["after"].get("serial") == "SN-WRONG" for change in json.loads(written.changes)
    )
    steps.unpack(order, delivery, "SN-RIGHT", "SN-OTHER")


def test_a_scanned_device_with_a_history_of_its_own_is_kept(steps: Steps) -> None:
    order = steps.order(steps.contracted(), 1)
    delivery = steps.deliver(order, 1)
    [device] = steps.unpack(order, delivery, "SN-LIVED")
    entry = last(steps.session, Subject.order, order.id)
    # Somebody took it on and back again: it looks as it was scanned, and is not what it was.
    there_and_back = (Lifecycle.ordered, Lifecycle.in_stock, Lifecycle.ordered)
    for before, after in pairwise(there_and_back):
        step = LifeStep(
            id=f"h-{after}",
            device_id=device.id,
            school_code=PRIMARY,
            before=before,
            after=after,
            on=NOW.date(),
        )
        steps.session.add(step)
    steps.session.flush()

    with pytest.raises(HasHistory):
        Ledger(steps.session, TECHNICIAN, NOW).undo(entry, "扫错")

    assert len(steps_of(steps.session, device.id)) == 2
    assert steps.session.get(Device, device.id) is not None


def test_what_was_changed_by_other_means_is_not_overwritten(steps: Steps) -> None:
    order = steps.order(steps.contracted(), 1)
    steps.unpack(order, steps.deliver(order, 1), "SN-500")
    [(item, device)] = OrderRepository(steps.session, ALL).items(order.id)
    steps.receiving(TECHNICIAN).put_in_service(item.id, f"r-{PRIMARY}", "张")
    entry = last(steps.session, Subject.order, order.id)
    device.lifecycle = Lifecycle.in_repair
    steps.session.flush()

    with pytest.raises(ChangedSince):
        Ledger(steps.session, TECHNICIAN, NOW).undo(entry, "x")
    device.lifecycle = Lifecycle.in_service
    steps.session.flush()
    Ledger(steps.session, TECHNICIAN, NOW).undo(entry, "x")
    assert (device.lifecycle, device.room_id) == (Lifecycle.in_stock, None)


def test_who_may_not_take_the_step_does_not_take_it_back(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish())
    steps.requests(TEACHER).submit(request.id)
    steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.approve)
    entry = last(steps.session, Subject.request, request.id)

    for actor in (TEACHER, CITY_IT):
        with pytest.raises(OtherRoleNeeded):
            Ledger(steps.session, actor, NOW).undo(entry, "x")
    with pytest.raises(NotFound):
        Ledger(steps.session, NEIGHBOUR, NOW).undo(entry, "x")
    with pytest.raises(Invalid):
        Ledger(steps.session, COUNTY_IT, NOW).undo(entry, "  ")
    counter = Ledger(steps.session, COUNTY_IT, NOW).undo(entry, "x")
    assert counter.id is not None
    for done in (entry, counter.id):
        with pytest.raises(UndoneAlready):
            Ledger(steps.session, COUNTY_IT, NOW).undo(done, "x")


@pytest.mark.parametrize("table", ["procurement_entry", "procurement_touch"])
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "UPDATE {} SET {}"], ids=["delete", "update"]
)
def test_the_database_keeps_the_ledger_as_it_was_written(
    steps: Steps, table: str, statement: str
) -> None:
    steps.requests(TEACHER).draft(PRIMARY, wish())
    column = "comment = 'x'" if table == "procurement_entry" else "row_key = 'x'"

    with pytest.raises(DBAPIError, match="append-only"), steps.session.begin_nested():
        steps.session.connection().execute(text(statement.format(table, column)))
