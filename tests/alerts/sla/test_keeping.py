"""Clocks beside tickets: counted by those who change them, renewed by calendars and agreements."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from alerts.judgement import judge
from alerts.models import Severity, Ticket
from alerts.rules import Finding
from alerts.sla.agreements import AgreementRepository
from alerts.sla.hours import MINUTE, business_hours, moment
from alerts.sla.keeping import count_stale, follow_changes, renew_clocks
from alerts.sla.terms import DEFAULT_TERMS, ServiceTerms, Target
from alerts.tickets import TicketDesk
from alerts.urgency import Impact, Origin, Priority, Urgency, WaitingFor
from inventory.calendars import SchoolCalendar
from inventory.calendars.keeping import remove_row, save_blackout, save_entry
from inventory.calendars.stage_hours import shipped_hours
from inventory.calendars.statutory import statutory_days
from inventory.database import SessionFactory
from inventory.errors import NotFound
from inventory.models import BlackoutKind, CalendarBlackout, CalendarEntry, CalendarKind, Stage
from inventory.scope import Scope

ALL = Scope.everything()
ELSEWHERE = Scope(("/3305/",))
#: A Tuesday, 8:20 at the primary schools of the county.
MORNING = datetime(2026, 3, 10, 0, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: Shipped hours of primary schools, in a county that has entered no terms.
HOURS_OF_SCHOOL = business_hours(
    SchoolCalendar(
        Stage.primary,
        date(2026, 3, 9),
        date(2026, 3, 20),
        (shipped_hours(Stage.primary),),
        statutory_days(2026, 2026),
    ),
    date(2026, 3, 9),
    date(2026, 3, 20),
)


@pytest.fixture
def desk(factory: SessionFactory, county: Session) -> TicketDesk:
    follow_changes(factory)
    return TicketDesk(county, ALL, "u1", MORNING)


def day_off(day: date, school: str | None = None) -> CalendarEntry:
    return CalendarEntry(
        id="",
        organisation_code=None if school else "3304",
        school_code=school,
        kind=CalendarKind.day_off,
        first_day=day,
        last_day=day,
        name="停课",
    )


def test_a_ticket_is_opened_with_its_promises(desk: TicketDesk) -> None:
    ticket = desk.open("S001", "x", device_id="d2")
    assert (ticket.origin, ticket.impact, ticket.urgency) == ("person", "room", "medium")
    assert ticket.priority is Priority.p3
    # Two hours, and 16 hours of days with 5 h 50 min each: the last ones on the Thursday.
    assert ticket.due_response_at == MORNING + 2 * HOUR
    assert ticket.due_at == datetime(2026, 3, 12, 7, 50, tzinfo=UTC) - timedelta(minutes=70)
    assert not ticket.clock_stale
    loud = desk.open("S001", "x", impact=Impact.school, urgency=Urgency.high, origin=Origin.qr)
    assert (loud.priority, loud.origin) == ("p1", "qr")
    assert loud.due_at == MORNING + timedelta(hours=6)


def test_what_rules_open_is_counted_by_the_job(county: Session, desk: TicketDesk) -> None:
    found = [
        Finding(rule="device_down", subject="d1", severity=Severity.critical),
        Finding(rule="bandwidth_below_target", subject="l1", part="up"),
    ]
    judge(county, found, [], MORNING)
    tickets = county.exec(select(Ticket).order_by(col(Ticket.number))).all()
    assert [(one.origin, one.priority, one.clock_stale) for one in tickets] == [
        ("alert", "p2", True),
        ("alert", "p2", True),
    ]
    assert {one.impact for one in tickets} == {Impact.room, Impact.school}
    assert count_stale(county, MORNING, most=1) == 1
    assert count_stale(county, MORNING) == 1
    assert count_stale(county, MORNING) == 0
    assert all(one.due_at is not None and not one.clock_stale for one in tickets)


def test_a_fault_that_becomes_critical_is_promised_sooner(
    county: Session, desk: TicketDesk
) -> None:
    judge(county, [Finding(rule="device_down", subject="d1")], [], MORNING)
    count_stale(county, MORNING)
    ticket = county.exec(select(Ticket)).one()
    before = ticket.due_at
    ticket.severity = Severity.critical
    county.flush()
    assert count_stale(county, MORNING) == 1
    assert (ticket.urgency, ticket.priority) == ("high", "p2")
    assert before is not None
    assert ticket.due_at is not None
    assert ticket.due_at < before


def test_waiting_for_parts_stops_the_clock_and_for_a_key_does_not(desk: TicketDesk) -> None:
    ticket = desk.open("S001", "x")
    desk.start(ticket.id)
    was = ticket.due_at
    desk.wait(ticket.id, "key", WaitingFor.other)
    assert (ticket.due_at, ticket.clock_left) == (was, None)
    desk.start(ticket.id)
    later = TicketDesk(desk.session, ALL, "u1", MORNING + HOUR)
    later.wait(ticket.id, "part", WaitingFor.parts)
    assert (ticket.due_at, ticket.clock_left) == (None, 15 * 3600)
    TicketDesk(desk.session, ALL, "u1", MORNING + 24 * HOUR).start(ticket.id)
    assert was is not None
    # It loses 4 h 50 min of the Tuesday, which it gets on the Thursday and the Friday.
    assert ticket.due_at is not None
    assert HOURS_OF_SCHOOL.between(moment(was), moment(ticket.due_at)) == 290 * MINUTE


def test_a_day_off_moves_what_is_due_and_its_end_moves_it_back(
    county: Session, desk: TicketDesk
) -> None:
    ticket, done = desk.open("S001", "x"), desk.open("S001", "x")
    other = desk.open("S002", "x")
    desk.resolve(done.id)
    was, judged = ticket.due_at, done.due_at
    entry = save_entry(county, ALL, day_off(date(2026, 3, 11), "S001"))
    assert count_stale(county, MORNING) == 1
    assert was is not None
    assert ticket.due_at == was + timedelta(days=1)
    assert (other.due_at, done.due_at) == (was, judged)
    remove_row(county, ALL, entry)
    assert count_stale(county, MORNING) == 1
    assert ticket.due_at == was
    save_entry(county, ALL, day_off(date(2026, 3, 11)))
    assert count_stale(county, MORNING) == 2
    assert ticket.due_at == other.due_at == was + timedelta(days=1)


def test_an_exam_moves_what_is_due(county: Session, desk: TicketDesk) -> None:
    ticket = desk.open("S001", "x")
    was = ticket.due_at
    exam = CalendarBlackout(
        id="", school_code="S001", kind=BlackoutKind.exam, name="月考",
        first_day=date(2026, 3, 11), last_day=date(2026, 3, 11), begins_at=540, ends_at=600,
    )  # fmt: skip
    save_blackout(county, ALL, exam)
    count_stale(county, MORNING)
    assert was is not None
    assert ticket.due_at == was + HOUR


def test_the_nearest_agreement_counts_for_what_is_open(county: Session, desk: TicketDesk) -> None:
    ticket, done = desk.open("S001", "x"), desk.open("S001", "x")
    desk.resolve(done.id)
    judged = (done.priority, done.due_at)
    fast = ServiceTerms(
        matrix={**DEFAULT_TERMS.matrix, (Impact.room, Urgency.medium): Priority.p1},
        targets={**DEFAULT_TERMS.targets, Priority.p1: Target(10, 60)},
    )
    agreements = AgreementRepository(county, ALL)
    agreements.save("3304", fast, "li", MORNING)
    assert count_stale(county, MORNING) == 1
    assert (ticket.priority, ticket.due_at) == ("p1", MORNING + HOUR)
    assert (done.priority, done.due_at) == judged
    agreements.save("3304", fast, "wang", MORNING + HOUR)
    _, row = agreements.get("3304")
    assert row is not None
    assert row.entered_by == "li", "what says the same changes nothing"
    assert count_stale(county, MORNING) == 0
    agreements.remove("3304", "li", MORNING)
    assert count_stale(county, MORNING) == 1
    assert ticket.priority is Priority.p3
    assert [
        (one.number, one.entered_by, bool(one.terms)) for one in agreements.versions("3304")
    ] == [
        (2, "li", False),
        (1, "li", True),
    ]


def test_agreements_are_those_of_one_s_own_bureaus(county: Session, desk: TicketDesk) -> None:
    elsewhere = AgreementRepository(county, ELSEWHERE)
    with pytest.raises(NotFound):
        elsewhere.get("3304")
    with pytest.raises(NotFound):
        elsewhere.remove("3304", "x", MORNING)
    with pytest.raises(NotFound):
        elsewhere.save("3304", DEFAULT_TERMS, "x", MORNING)
    with pytest.raises(NotFound):
        AgreementRepository(county, ALL).get("9999")


def test_all_clocks_below_a_path_are_renewed(county: Session, desk: TicketDesk) -> None:
    for school in ("S001", "S002"):
        desk.open(school, "x")
    renew_clocks(county, ["/3304/S002/"])
    county.expire_all()
    assert count_stale(county, MORNING) == 1
    renew_clocks(county)
    county.expire_all()
    assert count_stale(county, MORNING) == 2
