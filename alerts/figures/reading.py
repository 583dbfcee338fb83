"""Reads the repairs of a period, in groups."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import col, or_, select

from alerts.figures.repairs import Figures, Repair, figures_of, repair_of
from alerts.models import Ticket, TicketEvent
from alerts.repositories import TicketRow
from alerts.work.models import ItemKind, TicketItem
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


class FigureRepository(Repository):
    """Figures of the schools within the caller's scope."""

    def groups(self, begin: datetime, end: datetime, by: Grouping) -> Sequence[Group]:
        """The figures of a period, most repairs and open tickets first."""
        rows = self._rows(begin, end)
        logs = self._logs([row.ticket.id for row in rows])
        suppliers = self._suppliers([row.ticket.id for row in rows], by)
        groups: dict[str, list[Repair]] = defaultdict(list)
        for row in rows:
            ticket = row.ticket
            repair = repair_of(
                logs.get(ticket.id, ()), end, due=ticket.due_at, cost=ticket.cost_cny
            )
            if repair is not None:
                groups[_name(row, by, suppliers)].append(repair)
        told = [Group(name, figures_of(some, begin, end)) for name, some in groups.items()]
        return sorted(told, key=lambda one: (-one.figures.repaired - one.figures.backlog, one.name))

    def _rows(self, begin: datetime, end: datetime) -> Sequence[TicketRow]:
        query: Any = (
            select(Ticket, School, Device, Line)
            .add_columns(User)
            .join(School, col(School.code) == Ticket.school_code)
            .outerjoin(Device, col(Device.id) == Ticket.device_id)
            .outerjoin(Line, col(Line.id) == Ticket.line_id)
            .outerjoin(User, col(User.id) == Ticket.assignee_id)
            .where(
                self._at_visible_school(Ticket.school_code),
                col(Ticket.opened_at) < end,
                or_(col(Ticket.resolved_at).is_(None), col(Ticket.resolved_at) >= begin),
            )
        )
        return [TicketRow(*row) for row in self._session.exec(query)]

    def _logs(self, ids: Sequence[str]) -> Mapping[str, Sequence[TicketEvent]]:
        logs: dict[str, list[TicketEvent]] = defaultdict(list)
        for start in range(0, len(ids), _AT_ONCE):
            for line in self._session.exec(
                select(TicketEvent)
                .where(col(TicketEvent.ticket_id).in_(ids[start : start + _AT_ONCE]))
                .order_by(col(TicketEvent.at), col(TicketEvent.id))
            ):
                logs[line.ticket_id].append(line)
        return logs

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


def _name(row: TicketRow, by: Grouping, suppliers: Mapping[str, str]) -> str:
    if by is Grouping.school:
        return row.school.name
    if by is Grouping.model:
        return " ".join(filter(None, (row.device.vendor, row.device.model))) if row.device else ""
    if by is Grouping.technician:
        return (row.assignee.name or row.assignee.login) if row.assignee else ""
    if by is Grouping.supplier:
        delivered = row.device.supplier if row.device else None
        return suppliers.get(row.ticket.id) or (row.line.provider if row.line else delivered) or ""
    return ""
