"""Parts, time, suppliers, checks, links and splits: written down, in the log, within the scope."""

from datetime import datetime
from decimal import Decimal

import pytest
from sqlmodel import Session

from alerts.errors import (
    LinkRefused,
    MergeRefused,
    NotMerged,
    NotSplit,
    OutOfStock,
    TransitionRefused,
)
from alerts.models import Ticket
from alerts.repositories import TicketRepository
from alerts.tickets import TicketDesk
from alerts.work.checklists import Check, checklist, checks_of
from alerts.work.desk import WorkDesk
from alerts.work.models import SparePart
from alerts.work.repository import WorkRepository
from alerts.work.stock import PartWords, StockDesk
from drivers.readings import Kind
from inventory.errors import Invalid, NotFound
from inventory.scope import Scope

ALL, SECOND = Scope.everything(), Scope(("/3304/S002/",))


@pytest.fixture
def desk(county: Session, now: datetime) -> WorkDesk:
    return WorkDesk(county, ALL, "u1", now)


@pytest.fixture
def ticket(county: Session, now: datetime) -> Ticket:
    return TicketDesk(county, ALL, "u1", now).open("S001", "x", device_id="d1")


@pytest.fixture
def lamp(county: Session, now: datetime) -> SparePart:
    words = PartWords(name="灯泡", unit_cost=Decimal("80.10"))
    return StockDesk(county, ALL, "u1", now).add("3304", words, 3)


def lines(session: Session, ticket: Ticket) -> list[tuple[str, str]]:
    events = TicketRepository(session, ALL).events(ticket.id)
    return [(one.kind, one.text) for one in events][1:]


def test_what_a_repair_took_adds_up_and_stands_in_the_log(
    county: Session, desk: WorkDesk, ticket: Ticket, lamp: SparePart
) -> None:
    desk.use_part(ticket.id, lamp.id, 2)
    desk.buy_part(ticket.id, "网线", 1, Decimal("9.9"))
    desk.note_labour(ticket.id, 45, "换灯泡")
    desk.call_supplier(ticket.id, "某公司", cost=None, claim_number="BX-7")
    assert lamp.quantity == 1
    assert ticket.cost_cny == Decimal("170.10")
    assert lines(county, ticket) == [
        ("part_used", "灯泡 × 2"),
        ("part_used", "网线 × 1"),
        ("labour_noted", "45 min 换灯泡"),
        ("supplier_called", "某公司 · BX-7"),
    ]
    first = WorkRepository(county, ALL).of(ticket.id).items[0]
    desk.remove(ticket.id, first.id)
    assert (lamp.quantity, ticket.cost_cny) == (3, Decimal("9.90"))
    assert lines(county, ticket)[-1][0] == "entry_removed"


def test_nobody_takes_more_than_there_is_nor_from_strangers(
    county: Session, desk: WorkDesk, ticket: Ticket, lamp: SparePart, now: datetime
) -> None:
    with pytest.raises(OutOfStock):
        desk.use_part(ticket.id, lamp.id, 4)
    for pieces in (0, -1, 10**6):
        with pytest.raises(Invalid):
            desk.use_part(ticket.id, lamp.id, pieces)
    with pytest.raises(Invalid):
        desk.buy_part(ticket.id, "x", 1, Decimal(-1))
    with pytest.raises(NotFound):
        WorkDesk(county, SECOND, "u2", now).use_part(ticket.id, lamp.id, 1)
    assert (lamp.quantity, lines(county, ticket)) == (3, [])
    assert [one.id for one in WorkRepository(county, ALL).parts_for(ticket.id)] == [lamp.id]


def test_checks_links_and_splits(county: Session, desk: WorkDesk, ticket: Ticket) -> None:
    desk.check(ticket.id, Check.power, done=True)
    desk.check(ticket.id, Check.power, done=True)
    desk.check(ticket.id, Check.power, done=False)
    part = desk.split(ticket.id, "第二处故障")
    desk.link(ticket.id, part.number)  # belongs to it already
    assert (part.device_id, part.state, part.due_at is not None) == ("d1", "new", True)
    assert lines(county, ticket) == [
        ("checked", "power"),
        ("unchecked", "power"),
        ("split", f"#{part.number}"),
    ]
    work = WorkRepository(county, ALL)
    assert [one.id for one in work.of(ticket.id).links] == [part.id]
    assert [one.id for one in work.of(part.id).links] == [ticket.id]
    assert work.of(ticket.id).checked == frozenset()
    with pytest.raises(LinkRefused):
        desk.link(ticket.id, ticket.number)


def test_links_merges_and_splits_are_taken_back_by_lines_of_the_log(
    county: Session, desk: WorkDesk, ticket: Ticket, now: datetime
) -> None:
    people = TicketDesk(county, ALL, "u1", now)
    other, part = people.open("S001", "y"), desk.split(ticket.id, "second")
    desk.link(ticket.id, other.number)
    desk.unlink(other.id, ticket.number)
    with pytest.raises(NotFound):
        desk.unlink(ticket.id, other.number)
    with pytest.raises(NotSplit):
        desk.undo_split(ticket.id, other.number)
    with pytest.raises(NotSplit):
        desk.undo_split(part.id, ticket.number)
    assert desk.split_off(ticket.id) == {part.number}
    desk.undo_split(ticket.id, part.number)
    assert (part.state, part.merged_into_id) == ("closed", ticket.id)
    assert desk.split_off(ticket.id) == frozenset()
    assert WorkRepository(county, ALL).of(ticket.id).links == []
    with pytest.raises(NotSplit):
        desk.undo_split(ticket.id, part.number)
    people.unmerge(part.id)
    assert (part.state, part.merged_into_id, part.closed_at) == ("reopened", None, None)
    with pytest.raises(NotMerged):
        people.unmerge(part.id)
    assert [kind for kind, _ in lines(county, ticket)] == [
        "split",
        "linked",
        "unlinked",
        "split_undone",
        "released",
    ]
    assert [kind for kind, _ in lines(county, part)] == ["merged", "unmerged"]
    assert [kind for kind, _ in lines(county, other)] == ["linked", "unlinked"]


def test_a_closed_ticket_takes_nothing_more(
    county: Session, desk: WorkDesk, ticket: Ticket, now: datetime
) -> None:
    people = TicketDesk(county, ALL, "u1", now)
    people.resolve(ticket.id)
    desk.note_labour(ticket.id, 5, "")
    people.close(ticket.id)
    with pytest.raises(TransitionRefused):
        desk.note_labour(ticket.id, 5, "")


@pytest.mark.parametrize("kind", [None, *Kind])
def test_every_kind_has_a_short_list_of_checks(kind: Kind | None) -> None:
    checks = checklist(kind)
    assert 3 <= len(checks) == len(set(checks)) <= 6


def test_a_list_of_a_school_has_nothing_to_check(county: Session, now: datetime) -> None:
    desk = TicketDesk(county, ALL, "u1", now)
    ticket = desk.open("S001", "多功能厅没有声音")
    row = TicketRepository(county, ALL).row(ticket.id)
    assert row is not None
    assert checks_of(row) == checklist(None)
    ticket.rule, ticket.arguments = "warranty_ending", '{"count": 2, "names": "白板 1、白板 2"}'
    assert checks_of(row) == ()


def test_what_is_a_bureau_s_own_stays_so_when_it_is_split_and_takes_in_no_school_s(
    county: Session, desk: WorkDesk, ticket: Ticket, now: datetime
) -> None:
    tickets = TicketDesk(county, Scope.everything(), "u1", now)
    whole = tickets.open(ticket.school_code, "全县断网")
    whole.organisation_code = "3304"
    county.flush()
    part = desk.split(whole.id, "机房断电")
    assert (part.organisation_code, part.school_code) == ("3304", ticket.school_code)
    for one, other in ((ticket, whole), (whole, ticket)):
        with pytest.raises(MergeRefused):
            tickets.merge(one.id, other.number)
    tickets.merge(part.id, whole.number)
