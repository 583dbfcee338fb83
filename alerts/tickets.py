"""What people do with tickets: ITIL incident management, every step in the ticket's log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from alerts.codes import Cause, FaultKind, Remedy
from alerts.errors import MergeRefused, NotMerged, TakenAlready, TransitionRefused
from alerts.models import Severity, Ticket, TicketEvent, default_impact, default_urgency
from alerts.numbers import take_numbers
from alerts.repositories import TicketRepository
from alerts.sla.keeping import count_clocks
from alerts.states import ALLOWED, STOPPED, TicketState
from alerts.urgency import Impact, Origin, Urgency, WaitingFor
from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Device, Grant, Line, Organisation, School, User
from inventory.scope import Scope

__all__ = ["ALLOWED", "MAX_TEXT", "MAX_TITLE", "TicketDesk"]
MAX_TITLE = 200
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class TicketDesk:
    """One person at the desk: acts within their scope, flushes, never commits.

    Every step is a line of the ticket's log, and the ticket's clocks are counted anew. Every step
    raises ``NotFound`` for a ticket outside the scope, ``TransitionRefused`` when the ticket's
    state does not allow it, and ``Invalid`` for words that are missing or too long.
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
        impact: Impact | None = None,
        urgency: Urgency | None = None,
        category: FaultKind | None = None,
        origin: Origin = Origin.person,
    ) -> Ticket:
        """A person reports something.

        Without an impact or an urgency they follow from the severity and from what is broken.

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
            impact=impact or default_impact(line_id),
            urgency=urgency or default_urgency(severity),
            category=category or "",
            origin=origin,
            opened_at=self.now,
        )
        return self._keep(ticket, "opened")

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
        if assignee.disabled_at is not None or not self._sees(assignee_id, ticket):
            raise Invalid(field="assignee", reason=assignee.login)
        ticket.assignee_id = assignee_id
        return self._keep(ticket, "assigned", assignee.name, assignee_id=assignee_id)

    def take(self, ticket_id: str) -> Ticket:
        """Take a ticket that nobody has from the queue.

        Raises:
            TakenAlready: somebody was faster.
        """
        held = self._tickets.held(ticket_id)
        if held.assignee_id not in (None, self.actor_id):
            other = self.session.get_one(User, held.assignee_id)
            raise TakenAlready(number=held.number, name=other.name or other.login)
        return self.assign(ticket_id, self.actor_id)

    def give_back(self, ticket_id: str) -> Ticket:
        """Let it wait for who has it; a ticket that nobody has becomes the actor's."""
        held = self._tickets.held(ticket_id)
        return self.assign(ticket_id, held.assignee_id or self.actor_id)

    def put_back(self, ticket_id: str, holder: str | None = None) -> Ticket:
        """Put it back into the queue, or before its beginning to whoever had it.

        Raises:
            TransitionRefused: it waits, or is done.
        """
        ticket = self._tickets.held(ticket_id)
        if ticket.state not in (TicketState.assigned, TicketState.in_progress):
            raise TransitionRefused(
                number=ticket.number, before=ticket.state, after=TicketState.new
            )
        ticket.state, ticket.assignee_id = TicketState.new, holder
        return self._keep(ticket, "put_back", assignee_id=holder)

    def start(self, ticket_id: str) -> Ticket:
        """Begin; a ticket that nobody has becomes the actor's."""
        ticket = self._moved(ticket_id, TicketState.in_progress)
        if ticket.assignee_id is None:
            ticket.assignee_id = self.actor_id
        return self._keep(ticket, "started")

    def wait(
        self, ticket_id: str, reason: str, waiting_for: WaitingFor = WaitingFor.other
    ) -> Ticket:
        """Wait for a part, the user, a supplier; the reason is asked for.

        What it waits for decides, by the bureau's terms, whether the clock stands.
        """
        ticket = self._moved(ticket_id, TicketState.waiting)
        ticket.waiting_for = waiting_for
        text = _words("reason", reason, MAX_TEXT)
        return self._keep(ticket, "waiting", text, waiting_for=waiting_for)

    def resolve(
        self,
        ticket_id: str,
        solution: str = "",
        *,
        cause: Cause | None = None,
        remedy: Remedy | None = None,
    ) -> Ticket:
        """The fault is repaired, as far as the one who repaired it knows."""
        ticket = self._moved(ticket_id, TicketState.resolved)
        ticket.resolved_at = self.now
        ticket.cause, ticket.remedy = cause or ticket.cause, remedy or ticket.remedy
        text = _words("solution", solution, MAX_TEXT, needed=False)
        return self._keep(ticket, "resolved", text)

    def close(self, ticket_id: str) -> Ticket:
        """The school agrees that it is repaired."""
        ticket = self._moved(ticket_id, TicketState.closed)
        ticket.closed_at = self.now
        return self._keep(ticket, "closed")

    def reopen(self, ticket_id: str, reason: str) -> Ticket:
        """It is not repaired after all; the reason is asked for."""
        ticket = self._moved(ticket_id, TicketState.reopened)
        ticket.resolved_at = ticket.closed_at = ticket.merged_into_id = None
        text = _words("reason", reason, MAX_TEXT)
        return self._keep(ticket, "reopened", text)

    def prioritise(self, ticket_id: str, impact: Impact, urgency: Urgency) -> Ticket:
        """Say how many it hits and how soon it hurts; the promise follows.

        Raises:
            TransitionRefused: the ticket is done.
        """
        ticket = self._tickets.held(ticket_id)
        if ticket.state in STOPPED:
            raise TransitionRefused(number=ticket.number, before=ticket.state, after=ticket.state)
        ticket.impact, ticket.urgency = impact, urgency
        return self._keep(ticket, "prioritised", f"{impact.value} {urgency.value}")

    def merge(self, ticket_id: str, into_number: int, *, told: str = "absorbed") -> Ticket:
        """Close it in favour of another ticket of its school that is about the same fault.

        ``told`` is the kind of line that the other one's log takes.

        Raises:
            NotFound: there is no such other ticket within the scope.
            TransitionRefused: it is closed already.
            MergeRefused: the other is done, is this one, or is of another school; what is a
                bureau's own is of no school.
        """
        found = self._tickets.by_number(into_number)
        if found is None:
            raise NotFound(what="ticket", key=str(into_number))
        # Both are held in one order, or two people who merge crosswise would wait for ever.
        held = {one: self._tickets.held(one) for one in sorted({ticket_id, found.id})}
        ticket, into = held[ticket_id], held[found.id]
        if ticket.state is TicketState.closed:
            raise TransitionRefused(
                number=ticket.number, before=ticket.state, after=TicketState.closed
            )
        places = {(one.school_code, one.organisation_code) for one in (ticket, into)}
        if into is ticket or into.state in STOPPED or len(places) > 1:
            raise MergeRefused(number=ticket.number, into=into.number)
        ticket.state = TicketState.closed
        ticket.resolved_at = ticket.resolved_at or self.now
        ticket.closed_at = self.now
        ticket.merged_into_id = into.id
        self._keep(into, told, f"#{ticket.number}")
        return self._keep(ticket, "merged", f"#{into.number}")

    def unmerge(self, ticket_id: str) -> Ticket:
        """Take a merge back: it is a ticket of its own again, and needs somebody.

        Its clock stood meanwhile. What it was before counts no more: nobody knows whether it is
        repaired.

        Raises:
            NotMerged: it was not merged, or was reopened since.
        """
        ticket = self._tickets.held(ticket_id)
        if ticket.merged_into_id is None or ticket.state is not TicketState.closed:
            raise NotMerged(number=ticket.number)
        into = self.session.get_one(Ticket, ticket.merged_into_id)
        ticket.state = TicketState.reopened
        ticket.resolved_at = ticket.closed_at = ticket.merged_into_id = None
        # Said of a ticket that may be done: its clocks stay as they were judged.
        line = TicketEvent(
            ticket_id=into.id,
            at=self.now,
            kind="released",
            actor_id=self.actor_id,
            text=f"#{ticket.number}",
        )
        self.session.add(line)
        return self._keep(ticket, "unmerged", f"#{into.number}")

    def comment(self, ticket_id: str, text: str) -> Ticket:
        """Say something; possible in every state."""
        ticket = self._tickets.held(ticket_id)
        return self._keep(ticket, "commented", _words("text", text, MAX_TEXT))

    @property
    def _tickets(self) -> TicketRepository:
        return TicketRepository(self.session, self.scope)

    def _moved(self, ticket_id: str, to: TicketState) -> Ticket:
        ticket = self._tickets.held(ticket_id)
        if ticket.state not in ALLOWED[to]:
            raise TransitionRefused(number=ticket.number, before=ticket.state, after=to)
        ticket.state = to
        return ticket

    def _keep(self, ticket: Ticket, kind: str, text: str = "", **told: Any) -> Ticket:
        """Keep a step with its line of the log, and count the clocks by it."""
        line = TicketEvent(
            ticket_id=ticket.id, at=self.now, kind=kind, actor_id=self.actor_id, text=text, **told
        )
        self._tickets.keep(ticket, line)
        count_clocks(self.session, [ticket], self.now)
        return ticket

    def _sees(self, user_id: str, ticket: Ticket) -> bool:
        if ticket.organisation_code is not None:
            path = self.session.get_one(Organisation, ticket.organisation_code).path
        else:
            path = self.session.get_one(School, ticket.school_code).path
        grants = self.session.exec(select(Grant.scope_path).where(col(Grant.user_id) == user_id))
        return Scope.of(grants.all()).covers(path)


def _words(name: str, text: str, longest: int, *, needed: bool = True) -> str:
    text = text.strip()
    if needed and not text:
        raise Invalid(field=name, reason="")
    if len(text) > longest:
        raise Invalid(field=name, reason=f"{len(text)} > {longest}")
    return text
