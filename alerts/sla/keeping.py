"""Clocks of tickets, counted from their logs and kept beside them, so that lists only read.

A ticket whose state somebody has changed is *stale* until it was counted again: people at the desk
count theirs at once, what rules change a job counts within seconds. A change of a calendar or of
an agreement makes all open tickets below it stale.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal_column, update
from sqlalchemy import event as sql_event
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, col, select

from alerts.figures.kept import keep_repair, unkept
from alerts.figures.repairs import SchoolClock
from alerts.models import ServiceAgreement, Ticket, TicketEvent
from alerts.sla.agreements import Agreements
from alerts.sla.clock import Run, due, final
from alerts.sla.hours import MINUTE, SECOND, BusinessHours, business_hours, moment, time_of
from alerts.sla.log import responded_at, runs_of
from alerts.sla.steps import Clock, name_of, next_step, told_steps
from alerts.sla.terms import ServiceTerms
from alerts.states import STOPPED
from inventory.calendars.loading import Calendars
from inventory.database import SessionFactory
from inventory.days import day_of
from inventory.models import CalendarRow, Organisation, School
from inventory.repositories.scoped import within
from inventory.scope import Scope

#: How far ahead a promise may fall due: every vacation and a year of repairs lie within.
HORIZON = timedelta(days=400)
#: Tickets counted in one transaction of the job.
AT_ONCE = 300
#: The index's own words: SQLite takes ``clock_stale = 1`` for something else.
_IS_STALE: ColumnElement[bool] = literal_column("ticket.clock_stale")


class SchoolClocks:
    """Business hours and terms of some schools.

    Args:
        session: one that reads.
        schools: by what codes they have.
        first: no ticket was opened before that day.
        last: no promise is counted beyond it.
    """

    def __init__(
        self, session: Session, schools: Mapping[str, School], first: date, last: date
    ) -> None:
        paths = [school.path for school in schools.values()]
        self._schools, self._first, self._last = schools, first, last
        # Hundreds of paths make a scope that takes longer to say than to answer.
        self._calendars = Calendars(session, Scope.everything(), first, last, paths=paths)
        self._agreements = Agreements(session, paths)
        self._hours: dict[int, BusinessHours] = {}

    def hours(self, school_code: str) -> BusinessHours:
        school = self._schools[school_code]
        calendar = self._calendars.of(school.path, school.stage)
        # Schools that nothing tells apart share one calendar, and so its hours.
        if id(calendar) not in self._hours:
            self._hours[id(calendar)] = business_hours(calendar, self._first, self._last)
        return self._hours[id(calendar)]

    def terms(self, school_code: str) -> ServiceTerms:
        return self._agreements.of(self._schools[school_code].path)


def count_clocks(session: Session, tickets: Sequence[Ticket], now: datetime) -> None:
    """Count the clocks of tickets anew: priority, answer, due moments. Flushes, never commits."""
    _keep(session, tickets, now, with_promises=True)


def keep_unkept(session: Session, now: datetime, *, most: int = AT_ONCE) -> int:
    """Keep what figures count of tickets where nobody has yet; their promises stay as they are.

    Returns how many there were.
    """
    tickets = unkept(session, most)
    _keep(session, tickets, now, with_promises=False)
    return len(tickets)


def count_stale(session: Session, now: datetime, *, most: int = AT_ONCE) -> int:
    """Count tickets that are stale, those first that are not done; how many there were."""
    tickets = session.exec(
        select(Ticket)
        .where(_IS_STALE)
        .order_by(col(Ticket.resolved_at).is_not(None), col(Ticket.id))
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    count_clocks(session, tickets, now)
    return len(tickets)


def any_stale(session: Session) -> bool:
    """Whether there is anything to count; keeps nobody waiting."""
    return session.exec(select(Ticket.id).where(_IS_STALE).limit(1)).first() is not None


def any_unkept(session: Session) -> bool:
    """Whether there are tickets of which figures have nothing yet; keeps nobody waiting."""
    unkept_ones = select(Ticket.id).where(col(Ticket.settled_at).is_(None))
    return session.exec(unkept_ones.limit(1)).first() is not None


def renew_clocks(session: Session, paths: Iterable[str] = ("/",)) -> None:
    """Make the open tickets of all schools below some paths stale."""
    for path in paths:
        below = select(School.code).where(within(col(School.path), path))
        session.connection().execute(
            update(Ticket)
            .where(col(Ticket.resolved_at).is_(None), col(Ticket.school_code).in_(below))
            .values(clock_stale=True)
        )


def follow_changes(factory: SessionFactory) -> None:
    """Let sessions of this factory make tickets stale whose calendar or agreement they change."""

    @sql_event.listens_for(factory, "after_flush")
    def _flushed(session: Session, _context: UOWTransaction) -> None:
        rows: tuple[Any, ...] = (*session.new, *session.dirty, *session.deleted)
        changed = [row for row in rows if isinstance(row, CalendarRow | ServiceAgreement)]
        if changed:
            renew_clocks(session, sorted(_paths(session, changed)))


def _keep(
    session: Session, tickets: Sequence[Ticket], now: datetime, *, with_promises: bool
) -> None:
    if not tickets:
        return
    codes = {ticket.school_code for ticket in tickets}
    found = session.exec(select(School).where(col(School.code).in_(sorted(codes))))
    schools = {school.code: school for school in found}
    first = min(day_of(ticket.opened_at) for ticket in tickets)
    clocks = SchoolClocks(session, schools, first, day_of(now + HORIZON))
    logs = _logs(session, [ticket.id for ticket in tickets])
    for ticket in tickets:
        hours, terms = clocks.hours(ticket.school_code), clocks.terms(ticket.school_code)
        log = logs.get(ticket.id, ())
        if with_promises:
            _count(ticket, log, hours, terms, now)
        keep_repair(ticket, log, SchoolClock(hours, terms.pausing), now + HORIZON)
        session.add(ticket)
    session.flush()


def _paths(session: Session, rows: Iterable[CalendarRow | ServiceAgreement]) -> set[str]:
    schools, bureaus = set(), set()
    for row in rows:
        school = getattr(row, "school_code", None)
        if school is not None:
            schools.add(school)
        elif row.organisation_code is not None:
            bureaus.add(row.organisation_code)
    with session.no_autoflush:
        return {
            *session.exec(select(School.path).where(col(School.code).in_(sorted(schools)))),
            *session.exec(
                select(Organisation.path).where(col(Organisation.code).in_(sorted(bureaus)))
            ),
        }


def _logs(session: Session, ids: Sequence[str]) -> Mapping[str, Sequence[TicketEvent]]:
    logs: dict[str, list[TicketEvent]] = defaultdict(list)
    lines = session.exec(
        select(TicketEvent)
        .where(col(TicketEvent.ticket_id).in_(ids))
        .order_by(col(TicketEvent.at), col(TicketEvent.id))
    )
    for line in lines:
        logs[line.ticket_id].append(line)
    return logs


def _count(
    ticket: Ticket,
    log: Sequence[TicketEvent],
    hours: BusinessHours,
    terms: ServiceTerms,
    now: datetime,
) -> None:
    if ticket.state not in STOPPED:
        # Who changes an agreement changes no promise of a repair that is done.
        ticket.priority = terms.priority(ticket.impact, ticket.urgency)
    target = terms.targets[ticket.priority]
    runs = runs_of(log, terms.pausing)
    ticket.responded_at = responded_at(log)
    first = [Run(moment(ticket.opened_at))]
    ticket.due_response_at = _time(due(hours, first, target.response * MINUTE).at)
    resolution = target.resolution * MINUTE
    if ticket.state in STOPPED:
        ticket.due_at, ticket.clock_left = _time(final(hours, runs, resolution)), None
        ticket.escalate_at = ticket.escalate_step = None
    else:
        found = due(hours, runs, resolution)
        ticket.due_at = _time(found.at)
        ticket.clock_left = None if found.left is None else found.left // SECOND
        answer = None if ticket.responded_at else Clock(first, target.response * MINUTE)
        coming = next_step(hours, answer, Clock(runs, resolution), told_steps(log), moment(now))
        ticket.escalate_at = None if coming is None else time_of(coming.at)
        ticket.escalate_step = None if coming is None else name_of(coming.step, coming.round)
    ticket.clock_stale = False


def _time(at: int | None) -> datetime | None:
    return None if at is None else time_of(at)
