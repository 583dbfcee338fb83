"""Reads the repairs of a period, in groups."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlmodel import col, or_, select

from alerts.figures.repairs import Figures, Repair, SchoolClock, figures_of, repair_of
from alerts.models import Ticket, TicketEvent
from alerts.repositories.bureaus import no_others_bureau
from alerts.sla.keeping import SchoolClocks
from alerts.urgency import WaitingFor
from alerts.work.models import ItemKind, TicketItem
from inventory.days import day_of
from inventory.models import Device, Line, School, User
from inventory.repositories.scoped import Repository

#: Ids of one question.
_AT_ONCE = 500


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


#: Out of which columns the names of groups are made.
_NAMES: Mapping[Grouping, Sequence[Any]] = {
    Grouping.all: (),
    Grouping.school: (School.name,),
    Grouping.model: (Device.vendor, Device.model),
    Grouping.technician: (User.name, User.login),
    Grouping.supplier: (Line.provider, Device.supplier),
}


class FigureRepository(Repository):
    """Figures of the schools within the caller's scope."""

    def groups(self, begin: datetime, end: datetime, by: Grouping) -> Sequence[Group]:
        """The figures of a period, most repairs and open tickets first."""
        rows = self._rows(begin, end, by)
        logs = self._logs([row.id for row in rows])
        suppliers = self._suppliers([row.id for row in rows], by)
        clocks = self._clocks(rows, end)
        groups: dict[str, list[Repair]] = defaultdict(list)
        for row in rows:
            repair = repair_of(
                logs.get(row.id, ()),
                end,
                due=row.due,
                cost=row.cost,
                clock=clocks.get(row.school_code),
            )
            if repair is not None:
                groups[_name(row, by, suppliers)].append(repair)
        told = [Group(name, figures_of(some, begin, end)) for name, some in groups.items()]
        return sorted(told, key=lambda one: (-one.figures.repaired - one.figures.backlog, one.name))

    def _rows(self, begin: datetime, end: datetime, by: Grouping) -> Sequence[_Row]:
        """Tickets of the period: columns alone, for a city has thousands a month."""
        query: Any = (
            select(Ticket.id, Ticket.school_code, Ticket.opened_at)
            .add_columns(col(Ticket.due_at), col(Ticket.cost_cny), *_NAMES[by])
            .where(
                self._at_visible_school(Ticket.school_code),
                no_others_bureau(self._scope, Ticket.organisation_code),
                col(Ticket.opened_at) < end,
                or_(col(Ticket.resolved_at).is_(None), col(Ticket.resolved_at) >= begin),
            )
        )
        if by is Grouping.school:
            query = query.join(School, col(School.code) == Ticket.school_code)
            query = query.where(col(Ticket.organisation_code).is_(None))
        if by in (Grouping.model, Grouping.supplier):
            query = query.outerjoin(Device, col(Device.id) == Ticket.device_id)
        if by is Grouping.supplier:
            query = query.outerjoin(Line, col(Line.id) == Ticket.line_id)
        if by is Grouping.technician:
            query = query.outerjoin(User, col(User.id) == Ticket.assignee_id)
        return [
            _Row(ticket, school, opened, due, cost, names)
            for ticket, school, opened, due, cost, *names in self._session.exec(query)
        ]

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

    def _suppliers(self, ids: Sequence[str], by: Grouping) -> Mapping[str, str]:
        if by is not Grouping.supplier:
            return {}
        found: dict[str, str] = {}
        for start in range(0, len(ids), _AT_ONCE):
            rows = self._session.exec(
                select(TicketItem.ticket_id, TicketItem.name)
                .where(
                    col(TicketItem.ticket_id).in_(ids[start : start + _AT_ONCE]),
                    TicketItem.kind == ItemKind.supplier,
                )
                .order_by(col(TicketItem.at))
            )
            found |= dict(rows.all())
        return found


def _name(row: _Row, by: Grouping, suppliers: Mapping[str, str]) -> str:
    names = [name or "" for name in row.names]
    if by is Grouping.school:
        return names[0]
    if by is Grouping.model:
        return " ".join(filter(None, names))
    if by is Grouping.technician:
        return names[0] or names[1]
    if by is Grouping.supplier:
        return suppliers.get(row.id) or names[0] or names[1]
    return ""
