"""What people do with tickets: ITIL incident management, every step in the ticket's log."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.errors import TransitionRefused
from alerts.models import Severity, Ticket, TicketEvent, TicketState
from alerts.numbers import take_numbers
from alerts.repositories import TicketRepository
from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Device, Grant, Line, School, User
from inventory.scope import Scope

#: From which states a ticket may go to which.
ALLOWED = {
    TicketState.assigned: frozenset(
        {
            TicketState.new,
            TicketState.assigned,
            TicketState.in_progress,
            TicketState.waiting,
            TicketState.reopened,
        }
    ),
    TicketState.in_progress: frozenset(
        {TicketState.new, TicketState.assigned, TicketState.waiting, TicketState.reopened}
    ),
    TicketState.waiting: frozenset({TicketState.assigned, TicketState.in_progress}),
    TicketState.resolved: frozenset(
        {
            TicketState.new,
            TicketState.assigned,
            TicketState.in_progress,
            TicketState.waiting,
            TicketState.reopened,
        }
    ),
    TicketState.closed: frozenset({TicketState.resolved}),
    TicketState.reopened: frozenset({TicketState.resolved, TicketState.closed}),
}
MAX_TITLE = 200
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class TicketDesk:
    """One person at the desk: acts within their scope, flushes, never commits.

    Every step raises ``NotFound`` for a ticket outside the scope, ``TransitionRefused`` when the
    ticket's state does not allow it, and ``Invalid`` for words that are missing or too long.
    """

    session: Session
    scope: Scope
    actor_id: str
    now: datetime

    def open(
        self,
        school_code: str,
        title: str,
        *,
        description: str = "",
        severity: Severity = Severity.warning,
        device_id: str | None = None,
        line_id: str | None = None,
    ) -> Ticket:
        """A person reports something.

        Raises:
            NotFound: no such school, or the device or line is not one of its own.
            OutOfScope: the school is outside the scope.
        """
        self._tickets.admit(school_code)
        if device_id is not None:
            device = self.session.get(Device, device_id)
            if device is None or device.school_code != school_code:
                raise NotFound(what="device", key=device_id)
        if line_id is not None:
            line = self.session.get(Line, line_id)
            if line is None or line.school_code != school_code:
                raise NotFound(what="line", key=line_id)
        [number] = take_numbers(self.session, 1)
        ticket = Ticket(
            id=new_id("t"),
            number=number,
            school_code=school_code,
            device_id=device_id,
            line_id=line_id,
            title=_words("title", title, MAX_TITLE),
            description=_words("description", description, MAX_TEXT, needed=False),
            severity=severity,
            opened_at=self.now,
        )
        return self._tickets.keep(ticket, self._event(ticket, "opened"))

    def assign(self, ticket_id: str, assignee_id: str) -> Ticket:
        """Give it to somebody who may see the school.

        Raises:
            NotFound: no such user.
            Invalid: the user is disabled, or has no grant over the ticket's school.
        """
        ticket = self._moved(ticket_id, TicketState.assigned)
        assignee = self.session.get(User, assignee_id)
        if assignee is None:
            raise NotFound(what="user", key=assignee_id)
        if assignee.disabled_at is not None or not self._sees(assignee_id, ticket.school_code):
            raise Invalid(field="assignee", reason=assignee.login)
        ticket.assignee_id = assignee_id
        return self._tickets.keep(ticket, self._event(ticket, "assigned", assignee.name))

    def start(self, ticket_id: str) -> Ticket:
        """Begin; a ticket that nobody has becomes the actor's."""
        ticket = self._moved(ticket_id, TicketState.in_progress)
        if ticket.assignee_id is None:
            ticket.assignee_id = self.actor_id
        return self._tickets.keep(ticket, self._event(ticket, "started"))

    def wait(self, ticket_id: str, reason: str) -> Ticket:
        """Wait for a part, a supplier, a key; the reason is asked for."""
        ticket = self._moved(ticket_id, TicketState.waiting)
        text = _words("reason", reason, MAX_TEXT)
        return self._tickets.keep(ticket, self._event(ticket, "waiting", text))

    def resolve(self, ticket_id: str, solution: str = "") -> Ticket:
        """The fault is repaired, as far as the one who repaired it knows."""
        ticket = self._moved(ticket_id, TicketState.resolved)
        ticket.resolved_at = self.now
        text = _words("solution", solution, MAX_TEXT, needed=False)
        return self._tickets.keep(ticket, self._event(ticket, "resolved", text))

    def close(self, ticket_id: str) -> Ticket:
        """The school agrees that it is repaired."""
        ticket = self._moved(ticket_id, TicketState.closed)
        ticket.closed_at = self.now
        return self._tickets.keep(ticket, self._event(ticket, "closed"))

    def reopen(self, ticket_id: str, reason: str) -> Ticket:
        """It is not repaired after all; the reason is asked for."""
        ticket = self._moved(ticket_id, TicketState.reopened)
        ticket.resolved_at = ticket.closed_at = None
        text = _words("reason", reason, MAX_TEXT)
        return self._tickets.keep(ticket, self._event(ticket, "reopened", text))

    def comment(self, ticket_id: str, text: str) -> Ticket:
        """Say something; possible in every state."""
        ticket = self._tickets.held(ticket_id)
        return self._tickets.keep(
            ticket, self._event(ticket, "commented", _words("text", text, MAX_TEXT))
        )

    @property
    def _tickets(self) -> TicketRepository:
        return TicketRepository(self.session, self.scope)

    def _moved(self, ticket_id: str, to: TicketState) -> Ticket:
        ticket = self._tickets.held(ticket_id)
        if ticket.state not in ALLOWED[to]:
            raise TransitionRefused(number=ticket.number, before=ticket.state, after=to)
        ticket.state = to
        return ticket

    def _event(self, ticket: Ticket, kind: str, text: str = "") -> TicketEvent:
        return TicketEvent(
            ticket_id=ticket.id, at=self.now, kind=kind, actor_id=self.actor_id, text=text
        )

    def _sees(self, user_id: str, school_code: str) -> bool:
        path = self.session.exec(select(School.path).where(School.code == school_code)).one()
        grants = self.session.exec(select(Grant.scope_path).where(col(Grant.user_id) == user_id))
        return Scope.of(grants.all()).covers(path)


def _words(name: str, text: str, longest: int, *, needed: bool = True) -> str:
    text = text.strip()
    if needed and not text:
        raise Invalid(field=name, reason="")
    if len(text) > longest:
        raise Invalid(field=name, reason=f"{len(text)} > {longest}")
    return text
