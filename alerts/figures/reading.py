"""Reads the repairs of a period, in groups."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column, union
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select

from alerts.figures.repairs import Repair, SchoolClock, repair_of
from alerts.figures.sums import Figures, Mean, Sums
from alerts.models import Ticket, TicketEvent
from alerts.reporting.models import TicketReport
from alerts.repositories.bureaus import no_others_bureau
from alerts.sla.keeping import SchoolClocks
from alerts.urgency import WaitingFor
from alerts.work.models import ItemKind, TicketItem
from inventory.days import day_of
from inventory.models import Device, Line, School, User
from inventory.repositories.scoped import Repository

#: Ids of one question.
_AT_ONCE = 500
#: What tells a group apart, and its name.
_Key = tuple[str, str]


class Grouping(StrEnum):
    """By what figures are told apart."""

    all = "all"
    school = "school"
    model = "model"
    technician = "technician"
    supplier = "supplier"


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one school, model, technician or supplier; no name: none is known."""

    name: str
    figures: Figures


class _Row(NamedTuple):
    id: str
    school_code: str
    opened_at: datetime
    due: datetime | None
    cost: Decimal | None
    #: As :data:`_NAMES` has them.
    names: Sequence[str | None]


@dataclass(slots=True)
class _Said:
    """A line of a log."""

    at: datetime
    kind: str
    actor_id: str | None
    assignee_id: str | None
    waiting_for: WaitingFor | None


def _called() -> Any:
    """SQL for the supplier that was called last to each repair."""
    turn = func.row_number().over(
        partition_by=col(TicketItem.ticket_id),
        order_by=(col(TicketItem.at).desc(), col(TicketItem.id).desc()),
    )
    items: Any = select(TicketItem.ticket_id, TicketItem.name, turn.label("turn"))
    items = items.where(TicketItem.kind == ItemKind.supplier).subquery("items")
    return select(items.c.ticket_id, items.c.name).where(items.c.turn == 1).subquery("called")


_CALLED = _called()
#: Out of which columns the names of groups are made. Of schools and people the first tells them
#: apart: there is more than one First Primary School in a city. Names of schools are read after.
_NAMES: Mapping[Grouping, Sequence[Any]] = {
    Grouping.all: (),
    # As no index has it, or SQLite would read every ticket there is in the order of schools.
    Grouping.school: (func.coalesce(Ticket.school_code, "").label("school"),),
    Grouping.model: (Device.vendor, Device.model),
    Grouping.technician: (User.id, User.name, User.login),
    Grouping.supplier: (_CALLED.c.name, Line.provider, Device.supplier),
}


class FigureRepository(Repository):
    """Figures of the schools within the caller's scope."""

    def groups(self, begin: datetime, end: datetime, by: Grouping) -> Sequence[Group]:
        """The figures of a period, most repairs and open tickets first."""
        groups: dict[_Key, Sums] = defaultdict(Sums)
        for names, sums in self._kept(begin, end, by):
            groups[_key(by, names)] += sums
        for names, opened in self._open(end, by):
            groups[_key(by, names)].ages.append((end - opened).total_seconds())
        for names, repair in self._told(begin, end, by):
            groups[_key(by, names)].add(repair, begin, end)
        for names, points in self._points(begin, end, by):
            groups[_key(by, names)].satisfaction += points
        schools = self._schools([key for key, _ in groups]) if by is Grouping.school else {}
        told = [
            Group(schools.get(key, name), sums.figures()) for (key, name), sums in groups.items()
        ]
        return sorted(told, key=lambda one: (-one.figures.repaired - one.figures.backlog, one.name))

    def _schools(self, codes: Sequence[str]) -> Mapping[str, str]:
        """Names by code."""
        if len(codes) > _AT_ONCE:
            return dict(self._session.exec(select(School.code, School.name)).all())
        query = select(School.code, School.name).where(col(School.code).in_(codes))
        return dict(self._session.exec(query).all())

    def _kept(
        self, begin: datetime, end: datetime, by: Grouping
    ) -> Iterator[tuple[Sequence[str | None], Sums]]:
        """What is kept beside the tickets, added up; without the ages of those that are open."""
        fresh = col(Ticket.opened_at) >= begin
        answered = fresh & (col(Ticket.responded_at) < end)
        done = (col(Ticket.repaired_at) >= begin) & (col(Ticket.repaired_at) < end)
        fixed = done & col(Ticket.gone_by_itself).is_(False)
        promised = fixed & col(Ticket.due_at).is_not(None)
        told: list[Any] = [
            func.count().filter(fresh),
            func.count().filter(fixed),
            func.count().filter(done & col(Ticket.gone_by_itself).is_(True)),
            func.count().filter(fixed & col(Ticket.fixed_at_once).is_(True)),
            func.count().filter(promised & (col(Ticket.repaired_at) <= col(Ticket.due_at))),
            func.count().filter(promised),
            func.sum(col(Ticket.cost_cny)).filter(fixed),
        ]
        for span, where in (
            (Ticket.answer_seconds, answered),
            (Ticket.repair_seconds, fixed),
            (Ticket.answer_worked_seconds, answered),
            (Ticket.repair_worked_seconds, fixed),
        ):
            told += [func.sum(col(span)).filter(where), func.count(col(span)).filter(where)]
        names = _NAMES[by]
        query: Any = select(*told, *names).where(_is_kept(end), _counts(end))
        query = self._within(query, begin, end, by).group_by(*names)
        for row in self._session.exec(query):
            numbers, spans = row[:6], row[7 : len(told)]
            means = [Mean(spans[i] or 0.0, spans[i + 1]) for i in range(0, len(spans), 2)]
            sums = Sums(*numbers, *means)
            sums.costs = [] if row[6] is None else [row[6]]
            yield row[len(told) :], sums

    def _open(self, end: datetime, by: Grouping) -> Iterator[tuple[Sequence[str | None], datetime]]:
        """When those were opened that were open at the end, of which it is kept."""
        open_ = or_(col(Ticket.repaired_at).is_(None), col(Ticket.repaired_at) >= end)
        late = or_(col(Ticket.resolved_at).is_(None), col(Ticket.resolved_at) >= end)
        query: Any = select(Ticket.id, Ticket.opened_at, *_NAMES[by])
        query = query.where(_is_kept(end), _counts(end), open_, late, col(Ticket.opened_at) < end)
        for _, opened, *names in self._session.exec(self._seen(query, by)):
            yield names, opened

    def _points(
        self, begin: datetime, end: datetime, by: Grouping
    ) -> Iterator[tuple[Sequence[str | None], Mean]]:
        """What reporters gave in the period, whenever it was repaired."""
        points, at = col(TicketReport.satisfaction), col(TicketReport.confirmed_at)
        query: Any = select(func.sum(points), func.count(points), *_NAMES[by])
        # Of a ticket that was merged, the one that goes on was repaired.
        first = aliased(Ticket)
        query = query.select_from(TicketReport).join(first, first.id == TicketReport.ticket_id)
        goes_on = func.coalesce(first.merged_into_id, first.id)
        query = query.join(Ticket, col(Ticket.id) == goes_on)
        query = query.where(points.is_not(None), at >= begin, at < end)
        for total, count, *names in self._session.exec(self._seen(query, by).group_by(*_NAMES[by])):
            if count:
                yield names, Mean(float(total), count)

    def _told(
        self, begin: datetime, end: datetime, by: Grouping
    ) -> Iterator[tuple[Sequence[str | None], Repair]]:
        """What only logs tell: of tickets that went on since, or have changed just now."""
        query: Any = select(Ticket.id, Ticket.school_code, Ticket.opened_at).add_columns(
            col(Ticket.due_at), col(Ticket.cost_cny), *_NAMES[by]
        )
        query = self._within(query.where(col(Ticket.id).in_(_unkept(end))), begin, end, by)
        rows = [
            _Row(ticket, school, opened, due, cost, names)
            for ticket, school, opened, due, cost, *names in self._session.exec(query)
        ]
        logs, clocks = self._logs([row.id for row in rows]), self._clocks(rows, end)
        for row in rows:
            repair = repair_of(
                logs.get(row.id, ()),
                end,
                due=row.due,
                cost=row.cost,
                clock=clocks.get(row.school_code),
            )
            if repair is not None:
                yield row.names, repair

    def _within(self, query: Any, begin: datetime, end: datetime, by: Grouping) -> Any:
        """Tickets of the period that are to be seen."""
        return self._seen(query, by).where(
            col(Ticket.opened_at) < end,
            or_(col(Ticket.resolved_at).is_(None), col(Ticket.resolved_at) >= begin),
        )

    def _seen(self, query: Any, by: Grouping) -> Any:
        query = query.where(
            self._at_visible_school(Ticket.school_code),
            no_others_bureau(self._scope, Ticket.organisation_code),
        )
        if by is Grouping.school:
            query = query.where(col(Ticket.organisation_code).is_(None))
        if by in (Grouping.model, Grouping.supplier):
            query = query.outerjoin(Device, col(Device.id) == Ticket.device_id)
        if by is Grouping.supplier:
            query = query.outerjoin(Line, col(Line.id) == Ticket.line_id)
            query = query.outerjoin(_CALLED, _CALLED.c.ticket_id == Ticket.id)
        if by is Grouping.technician:
            query = query.outerjoin(User, col(User.id) == Ticket.assignee_id)
        return query

    def _logs(self, ids: Sequence[str]) -> Mapping[str, Sequence[_Said]]:
        logs: dict[str, list[_Said]] = defaultdict(list)
        query: Any = select(TicketEvent.ticket_id, TicketEvent.at, TicketEvent.kind)
        query = query.add_columns(
            col(TicketEvent.actor_id), col(TicketEvent.assignee_id), col(TicketEvent.waiting_for)
        ).order_by(col(TicketEvent.at), col(TicketEvent.id))
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            for ticket, *said in self._session.exec(
                query.where(col(TicketEvent.ticket_id).in_(some))
            ):
                logs[ticket].append(_Said(*said))
        return logs

    def _clocks(self, rows: Sequence[_Row], end: datetime) -> Mapping[str, SchoolClock]:
        """What counts the business time of each school."""
        if not rows:
            return {}
        codes = sorted({row.school_code for row in rows})
        found = self._session.exec(select(School).where(col(School.code).in_(codes)))
        schools = {school.code: school for school in found}
        first = day_of(min(row.opened_at for row in rows))
        clocks = SchoolClocks(self._session, schools, first, day_of(end))
        return {
            code: SchoolClock(clocks.hours(code), clocks.terms(code).pausing) for code in schools
        }


def _is_kept(end: datetime) -> ColumnElement[bool]:
    """SQL for "what is kept of it tells how it was at that moment"."""
    return and_(
        col(Ticket.clock_stale).is_(False),
        col(Ticket.settled_at).is_not(None),
        or_(col(Ticket.repair_turned).is_(False), col(Ticket.settled_at) < end),
    )


def _unkept(end: datetime) -> Any:
    """SQL for the ids of the others: each part by an index of few rows, in its own words."""
    other = aliased(Ticket, name="other")
    ids = select(other.id)
    stale = ids.where(literal_column("other.clock_stale"))
    fresh = ids.where(col(other.settled_at).is_(None))
    turned = ids.where(literal_column("other.repair_turned"), col(other.settled_at) >= end)
    return union(stale, fresh, turned)


def _counts(end: datetime) -> ColumnElement[bool]:
    """SQL for "it was a repair of its own then"."""
    return or_(col(Ticket.repair_counts).is_(True), col(Ticket.settled_at) >= end)


def _key(by: Grouping, names: Sequence[str | None]) -> _Key:
    """What tells a group apart, and its name; empty: nobody knows."""
    told = [name or "" for name in names]
    match by:
        case Grouping.all:
            return "", ""
        case Grouping.school:
            return told[0], told[0]
        case Grouping.model:
            name = " ".join(filter(None, told))
            return name, name
        case Grouping.technician:
            return told[0], told[1] or told[2]
        case Grouping.supplier:
            name = next(filter(None, told), "")
            return name, name
