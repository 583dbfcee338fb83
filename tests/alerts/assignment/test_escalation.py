"""Late tickets: each step is told once, to the right people, whoever counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from alerts.assignment.escalation import any_late, escalate
from alerts.assignment.models import TechnicianProfile
from alerts.models import Ticket, TicketEvent
from alerts.notify.models import DutyShift
from alerts.sla.agreements import AgreementRepository
from alerts.sla.clock import Run
from alerts.sla.hours import HOUR as HOUR_OF_WORK
from alerts.sla.hours import BusinessHours
from alerts.sla.steps import Clock, Coming, Step, Told, next_step
from alerts.sla.terms import ServiceTerms
from alerts.tickets import TicketDesk
from alerts.urgency import WaitingFor
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.models import Grant, Role, StaffMember, StaffRole, User
from inventory.scope import Scope

ALL = Scope.everything()
#: A Tuesday, 8:20 at the primary schools of the county.
MORNING = datetime(2026, 3, 10, 0, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROUND_THE_CLOCK = BusinessHours([(0, 10**18)])
NOTHING = Told(0, frozenset())


@pytest.fixture
def desk(county: Session) -> TicketDesk:
    for user, role, path in (
        ("zhang", Role.school_admin, "/3304/S001/"),
        ("qian", Role.technician, "/3304/"),
    ):
        county.add(User(id=user, login=user, name=user, password_hash=""))
        county.flush()
        county.add(Grant(user_id=user, role=role, scope_path=path))
    county.add(
        StaffMember(
            id="sm1",
            school_code="S001",
            role=StaffRole.part_time_technician,
            name="张老师",
            user_id="zhang",
        )
    )
    county.flush()
    return TicketDesk(county, ALL, "u1", MORNING)


def told(session: Session, ticket: Ticket) -> list[tuple[str, str | None]]:
    lines = session.exec(
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "escalated")
        .order_by(col(TicketEvent.id))
    )
    return [(line.step or "", line.assignee_id) for line in lines]


def until_quiet(session: Session, now: datetime) -> None:
    for _ in range(8):
        if not any_late(session, now):
            return
        escalate(session, now)
    raise AssertionError("steps without end")


def test_a_ticket_climbs_by_steps_each_told_once(county: Session, desk: TicketDesk) -> None:
    ticket = desk.open("S001", "x", device_id="d2")  # P3: 2 h and 16 h
    desk.assign(ticket.id, "zhang")
    assert ticket.escalate_at == MORNING + 1.5 * HOUR
    assert not any_late(county, MORNING + HOUR)
    for minutes in (90, 91, 120, 121, 122):
        escalate(county, MORNING + timedelta(minutes=minutes))
    assert told(county, ticket) == [("0.answer_near", "qian"), ("0.answer_over", "u1")]
    # Told, not handed on: the bureau has not wished so.
    assert ticket.assignee_id == "zhang"
    until_quiet(county, datetime(2026, 3, 13, 8, tzinfo=UTC))
    assert told(county, ticket)[2:] == [("0.repair_over", "u1")]


def test_where_the_bureau_wishes_so_the_next_tier_has_it(county: Session, desk: TicketDesk) -> None:
    AgreementRepository(county, ALL).save("3304", ServiceTerms(automatic=True), "li", MORNING)
    ticket, begun = desk.open("S001", "x"), desk.open("S001", "y")
    for one in (ticket, begun):
        desk.assign(one.id, "zhang")
    TicketDesk(county, ALL, "zhang", MORNING).start(begun.id)
    until_quiet(county, MORNING + 1.6 * HOUR)
    assert (ticket.assignee_id, ticket.state) == ("qian", "assigned")
    last = county.exec(
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket.id)
        .order_by(col(TicketEvent.id).desc())
        .limit(2)
    ).all()
    assert [one.kind for one in last] == ["assigned", "escalated"]
    # Nobody's work is taken away.
    assert (begun.assignee_id, told(county, begun)) == ("zhang", [])


def on_duty(session: Session, user: str, starts: int = 8, ends: int = 12) -> None:
    """Tuesdays at the county's bureau, by hours in Beijing."""
    session.add(
        DutyShift(
            organisation_code="3304", weekday=1, starts=starts * 60, ends=ends * 60, user_id=user
        )
    )
    session.flush()


def test_who_is_on_duty_hears_of_it_at_that_moment_and_else_whom_it_went_to_before(
    county: Session, desk: TicketDesk
) -> None:
    on_duty(county, "zhang", ends=10)
    on_duty(county, "u1", starts=10)
    ticket = desk.open("S001", "x")
    desk.assign(ticket.id, "qian")
    escalate(county, MORNING + timedelta(minutes=90))  # 9:50 in Beijing
    escalate(county, MORNING + timedelta(minutes=120))  # 10:20
    assert told(county, ticket) == [("0.answer_near", "zhang"), ("0.answer_over", "u1")]
    until_quiet(county, datetime(2026, 3, 13, 8, tzinfo=UTC))  # a Friday: nobody
    assert told(county, ticket)[2:] == [("0.repair_over", "u1")]


def test_duty_of_who_is_away_or_may_not_look_is_passed_over(
    county: Session, desk: TicketDesk
) -> None:
    county.add(TechnicianProfile(user_id="zhang", away_from=MORNING.date()))
    for user in ("zhang", "u2"):  # u2 works for another school
        on_duty(county, user)
    desk.open("S002", "theirs")
    ticket = desk.open("S001", "x")
    escalate(county, MORNING + timedelta(minutes=90))
    assert told(county, ticket) == [("0.answer_near", "qian")]


def test_of_several_on_duty_whose_trade_it_is_has_it_and_all_are_named(
    county: Session, desk: TicketDesk
) -> None:
    AgreementRepository(county, ALL).save("3304", ServiceTerms(automatic=True), "li", MORNING)
    for user in ("u1", "qian"):
        on_duty(county, user)
    ticket = desk.open("S001", "x")
    desk.assign(ticket.id, "zhang")
    escalate(county, MORNING + timedelta(minutes=90))
    line = county.exec(select(TicketEvent).where(TicketEvent.kind == "escalated")).one()
    assert (line.assignee_id, line.text, ticket.assignee_id) == ("qian", "qian, 李", "qian")


def test_a_clock_that_stands_and_a_repair_that_is_done_wake_nobody(
    county: Session, desk: TicketDesk
) -> None:
    waits, done = desk.open("S001", "x"), desk.open("S001", "y")
    desk.start(waits.id)
    desk.wait(waits.id, "lamp", WaitingFor.parts)
    desk.resolve(done.id)
    assert (waits.escalate_at, done.escalate_at) == (None, None)
    assert not any_late(county, MORNING + timedelta(days=60))


def test_a_reopened_ticket_may_be_late_once_more(county: Session, desk: TicketDesk) -> None:
    ticket = desk.open("S001", "x")
    desk.start(ticket.id)
    late = datetime(2026, 3, 13, 8, tzinfo=UTC)
    until_quiet(county, late)
    TicketDesk(county, ALL, "u1", late + HOUR).resolve(ticket.id)
    TicketDesk(county, ALL, "u1", late + 2 * HOUR).reopen(ticket.id, "again")
    until_quiet(county, late + 3 * HOUR)
    assert [step for step, _ in told(county, ticket)] == ["0.repair_over", "1.repair_over"]


def test_the_database_refuses_a_step_that_was_told(county: Session, desk: TicketDesk) -> None:
    ticket = desk.open("S001", "x")
    escalate(county, MORNING + 2 * HOUR)
    twin = TicketEvent(ticket_id=ticket.id, at=MORNING, kind="escalated", step="0.answer_over")
    nested = county.begin_nested()
    county.add(twin)
    with pytest.raises(IntegrityError):
        county.flush()
    nested.rollback()


def test_two_controllers_at_once_tell_each_step_once(factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        desk = TicketDesk(session, ALL, "u1", MORNING)
        tickets = [desk.open("S001", f"x{n}").id for n in range(6)]
    begin = Barrier(2)

    def controller() -> None:
        begin.wait()
        for _ in range(3):
            with unit_of_work(factory) as session:
                escalate(session, MORNING + 2 * HOUR, most=4)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(controller) for _ in range(2)]:
            done.result()
    with read_only(factory) as session:
        for one in tickets:
            assert told(session, session.get_one(Ticket, one)) == [("0.answer_over", "u1")]


def test_steps_of_clocks_by_hours() -> None:
    start = 1_000 * HOUR_OF_WORK
    answer = Clock([Run(start)], 4 * HOUR_OF_WORK)
    repair = Clock([Run(start)], 8 * HOUR_OF_WORK)

    def step(hours: float, told: Told = NOTHING, *, answered: bool = False) -> Coming | None:
        at = start + round(hours * HOUR_OF_WORK)
        return next_step(ROUND_THE_CLOCK, None if answered else answer, repair, told, at)

    assert step(0) == Coming(Step.answer_near, 0, start + 3 * HOUR_OF_WORK)
    # Both have come: the later one says it all.
    assert step(5) == Coming(Step.answer_over, 0, start + 4 * HOUR_OF_WORK)
    assert step(0, answered=True) == Coming(Step.repair_near, 0, start + 6 * HOUR_OF_WORK)
    answered = Told(2, frozenset({Step.answer_over, Step.repair_near}))
    assert step(6, answered) == Coming(Step.repair_over, 2, start + 8 * HOUR_OF_WORK)
    assert step(9, Told(0, frozenset(Step))) is None
    assert step(8 + 7 * 24, answered=True) is None
