"""Questions about tickets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from alerts.models import Severity, Ticket, TicketEvent, TicketState
from alerts.repositories.bureaus import no_others_bureau
from alerts.repositories.order import by_school, loudest
from alerts.repositories.ticket_words import in_order, tickets_with
from inventory.errors import NotFound
from inventory.models import Device, Line, Organisation, School, User
from inventory.repositories.scoped import Page, Repository, admit_window, window, within

#: States of tickets that still need somebody.
ACTIVE = (
    TicketState.new,
    TicketState.reopened,
    TicketState.assigned,
    TicketState.in_progress,
    TicketState.waiting,
)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket with where it is, what it is about and whose it is."""

    ticket: Ticket
    school: School
    device: Device | None
    line: Line | None
    assignee: User | None
    #: Whose own it is, of a bureau's.
    bureau: Organisation | None = None


class TicketRepository(Repository):
    """Tickets of the schools within the caller's scope."""

    def get(self, ticket_id: str) -> Ticket | None:
        return self._session.exec(
            select(Ticket).where(Ticket.id == ticket_id, self._visible())
        ).one_or_none()

    def row(self, ticket_id: str) -> TicketRow | None:
        """One ticket with where it is and whose it is."""
        found = self._session.exec(self._rows().where(col(Ticket.id) == ticket_id)).one_or_none()
        return None if found is None else TicketRow(*found)

    def named(self, ticket_ids: Collection[str]) -> Sequence[TicketRow]:
        """The visible ones of these ids."""
        found = self._session.exec(self._rows().where(col(Ticket.id).in_(ticket_ids)))
        return [TicketRow(*row) for row in found]

    def by_number(self, number: int) -> Ticket | None:
        return self._session.exec(
            select(Ticket).where(Ticket.number == number, self._visible())
        ).one_or_none()

    def held(self, ticket_id: str) -> Ticket:
        """The ticket as it is now, and nobody else changes it until the transaction ends.

        Raises:
            NotFound: no such ticket within the scope.
        """
        ticket = self._session.exec(
            select(Ticket)
            .where(Ticket.id == ticket_id, self._visible())
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if ticket is None:
            raise NotFound(what="ticket", key=ticket_id)
        return ticket

    def open_at(self, school: str) -> Sequence[Ticket]:
        """Tickets of one school that still need somebody, the loudest first, then the oldest."""
        return self._active(_of_school(Ticket, school))

    def open_of_device(self, device_id: str) -> Sequence[Ticket]:
        """Tickets of one device that still need somebody."""
        return self._active(Ticket.device_id == device_id)

    def of_device(self, device_id: str, *, limit: int = 50) -> Sequence[Ticket]:
        """Tickets of one device, the youngest first."""
        return self._history(col(Ticket.device_id) == device_id, limit)

    def of_line(self, line_id: str, *, limit: int = 50) -> Sequence[Ticket]:
        """Tickets of one line, the youngest first."""
        return self._history(col(Ticket.line_id) == line_id, limit)

    def events(self, ticket_id: str) -> Sequence[TicketEvent]:
        """The log of one ticket, oldest first; empty when it is outside the scope."""
        return self._session.exec(
            select(TicketEvent)
            .join(Ticket, col(Ticket.id) == TicketEvent.ticket_id)
            .where(self._visible(), TicketEvent.ticket_id == ticket_id)
            .order_by(col(TicketEvent.at), col(TicketEvent.id))
        ).all()

    def page(
        self,
        *,
        states: Collection[TicketState] = ACTIVE,
        severity: Severity | None = None,
        assignee: str | None = None,
        school: str | None = None,
        under: str = "/",
        search: str = "",
        by_due: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[TicketRow]:
        """One page of tickets, the loudest first, then the oldest.

        Of words that very many tickets hold only the first are listed: ``Page.more``.

        Args:
            states: empty for tickets of every state.
            severity: only tickets this loud.
            assignee: a user's id; ``""`` for tickets that nobody has.
            school: a school's code.
            under: a path prefix.
            search: what the search of everything finds of the ticket, its device, line or school.
            by_due: those that fall due first come first instead, those whose clock stands last;
                with a search the order stays.
            offset: rows to leave out.
            limit: rows of a page.
        """
        admit_window(offset, limit)

        def wanted(of: Any) -> list[ColumnElement[bool]]:
            return [
                *(() if self._sees_everything else [self._is_visible(of)]),
                *([col(of.state).in_(states)] if states else ()),
                *([col(of.severity) == severity] if severity is not None else ()),
                *([_has(of.assignee_id, assignee)] if assignee is not None else ()),
                *([_of_school(of, school)] if school is not None else ()),
                *([col(of.school_code).in_(_below(under))] if under != "/" else ()),
            ]

        # Ids first: what hangs on a ticket is read for one page only.
        order = _soonest(Ticket) if by_due and not search.strip() else in_order(Ticket)
        if search.strip():
            paths = self._scope.prefixes if under == "/" else (under,)
            page = tickets_with(
                self._session, search, wanted, paths=paths, offset=offset, limit=limit
            )
        else:
            query: Any = select(Ticket.id).where(*wanted(Ticket))
            part = query.order_by(*order).offset(offset).limit(limit)
            page = Page(self._session.exec(part).all(), self._count(query))
        named = self._rows().where(col(Ticket.id).in_(page.items)).order_by(*order)
        rows = [TicketRow(*row) for row in self._session.exec(named).all()]
        return Page(rows, page.total, page.more)

    def count_by_state(
        self, *, school: str | None = None, states: Collection[TicketState] = ()
    ) -> Mapping[TicketState, int]:
        """How many tickets are in which state; every state is there.

        With ``states`` only those are counted, and the others are 0.
        """
        query = select(Ticket.state, func.count()).where(self._visible())
        if states:
            query = query.where(col(Ticket.state).in_(states))
        if school is not None:
            query = query.where(_of_school(Ticket, school))
        found = dict(self._session.exec(query.group_by(col(Ticket.state))).all())
        return {state: found.get(state, 0) for state in TicketState}

    def count_open_by_school(self) -> Mapping[str, int]:
        """How many tickets still need somebody, by school; schools without one are left out."""
        return by_school(
            self._session.exec(
                select(Ticket.school_code, func.count())
                .where(
                    self._visible(),
                    col(Ticket.state).in_(ACTIVE),
                    col(Ticket.organisation_code).is_(None),
                )
                .group_by(col(Ticket.school_code))
            )
        )

    def keep(self, ticket: Ticket, event: TicketEvent) -> Ticket:
        """Keep a ticket and one line of its log."""
        self._save(ticket)
        self._save(event)
        return ticket

    def admit(self, school_code: str) -> None:
        """Let a ticket of this school be opened.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(school_code)

    def _active(self, condition: Any) -> Sequence[Ticket]:
        return self._session.exec(
            select(Ticket)
            .where(self._visible(), col(Ticket.state).in_(ACTIVE), condition)
            .order_by(loudest(Ticket.severity), col(Ticket.opened_at), col(Ticket.number))
        ).all()

    def _history(self, condition: ColumnElement[bool], limit: int) -> Sequence[Ticket]:
        query = select(Ticket).where(self._visible(), condition).order_by(col(Ticket.number).desc())
        found: Sequence[Ticket] = self._session.exec(window(query, 0, limit)).all()
        return found

    def _rows(self) -> Any:
        return (
            select(Ticket, School, Device, Line)
            .add_columns(User, Organisation)
            .join(School, col(School.code) == Ticket.school_code)
            .outerjoin(Device, col(Device.id) == Ticket.device_id)
            .outerjoin(Line, col(Line.id) == Ticket.line_id)
            .outerjoin(User, col(User.id) == Ticket.assignee_id)
            .outerjoin(Organisation, col(Organisation.code) == Ticket.organisation_code)
            .where(self._visible())
        )

    def _visible(self) -> ColumnElement[bool]:
        return self._is_visible(Ticket)

    def _is_visible(self, of: Any) -> ColumnElement[bool]:
        return self._at_visible_school(of.school_code) & no_others_bureau(
            self._scope, of.organisation_code
        )


def _of_school(of: Any, code: str) -> ColumnElement[bool]:
    """SQL for "one of the school's own"."""
    return (col(of.school_code) == code) & col(of.organisation_code).is_(None)


def _soonest(of: Any) -> tuple[Any, ...]:
    """The order of promises; databases disagree about where what is empty sorts."""
    return col(of.due_at).is_(None), col(of.due_at), col(of.number)


def _has(assignee_id: Any, user: str) -> ColumnElement[bool]:
    """SQL for "somebody has it"; empty: nobody does."""
    return col(assignee_id) == user if user else col(assignee_id).is_(None)


def _below(path: str) -> Any:
    return select(School.code).where(within(col(School.path), path))
