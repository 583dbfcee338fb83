"""What a technician does next: one's own tickets by when they are due, then what nobody has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.repositories import TicketRepository
from alerts.states import TicketState
from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.choices import Shown
from controller.pages.views.ticket_contacts import contacts
from controller.pages.views.tickets import ACTIONS, Action, TicketRow, told
from inventory.models import StaffMember

#: Cards of one's own on a page, and of tickets that nobody has.
_MINE, _UNTAKEN = 20, 10


@dataclass(frozen=True, slots=True)
class Card:
    """One ticket with whom to call and what to press."""

    ticket: TicketRow
    contact: str
    phone: str
    actions: Sequence[Action]
    #: Whether one tap says that it waits for parts.
    may_wait: bool
    may_resolve: bool


@dataclass(frozen=True, slots=True)
class MyTickets:
    """Everything on the page."""

    mine: Sequence[Card]
    shown: Shown
    untaken: Sequence[Card]
    untaken_total: int
    here: str


def my_tickets(look: Look, number: int) -> MyTickets:
    """One's own tickets and those of the caller's schools that nobody has.

    Raises:
        PermissionDenied: this person reads no tickets.
    """
    repository = TicketRepository(look.session, look.caller.require(Permission.read_tickets))
    mine = repository.page(
        assignee=look.caller.id, by_due=True, offset=(number - 1) * _MINE, limit=_MINE
    )
    untaken = repository.page(assignee="", by_due=True, limit=_UNTAKEN)
    rows = [*mine.items, *untaken.items]
    known = contacts(look, sorted({row.school.code for row in rows}))
    paths = {row.school.code: row.school.path for row in rows}
    cards = [_card(look, row, known, paths) for row in told(look, rows)]
    return MyTickets(
        mine=cards[: len(mine.items)],
        shown=Shown(look, number, mine.total, _MINE),
        untaken=cards[len(mine.items) :],
        untaken_total=untaken.total,
        here=look.here,
    )


def _card(
    look: Look,
    ticket: TicketRow,
    known: Mapping[str, StaffMember],
    paths: Mapping[str, str],
) -> Card:
    contact = known.get(ticket.school_code) if not ticket.is_bureaus else None
    works = look.caller.may(Permission.work_tickets, paths[ticket.school_code])
    begun = ticket.state in (TicketState.assigned, TicketState.in_progress)
    names = _next(ticket)
    return Card(
        ticket=ticket,
        contact=contact.name if contact else "",
        phone=contact.phone if contact else "",
        actions=[ACTIONS[name] for name in names] if works else [],
        may_wait=works and begun,
        may_resolve=works and bool(ticket.assignee),
    )


def _next(ticket: TicketRow) -> Sequence[str]:
    if not ticket.assignee:
        return ("take",)
    return () if ticket.state is TicketState.in_progress else ("start",)
