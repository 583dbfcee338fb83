"""Tickets whose fault is told of again: the one that goes on, and that of one that was done."""

from sqlmodel import Session

from alerts.models import Ticket
from alerts.states import TicketState

#: States of tickets that need nobody any more.
FINISHED = frozenset({TicketState.resolved, TicketState.closed})


def take_up(ticket: Ticket) -> bool:
    """Reopen a ticket that was finished; whether it was. Its log is the caller's."""
    if ticket.state not in FINISHED:
        return False
    ticket.state = TicketState.reopened
    ticket.resolved_at = ticket.closed_at = None
    return True


def going_on(session: Session, ticket: Ticket) -> Ticket:
    """The ticket of its school that goes on for one; held. A bureau's goes on for none alone."""
    met = {ticket.id}
    while ticket.merged_into_id is not None and ticket.merged_into_id not in met:
        met.add(ticket.merged_into_id)
        into = session.get_one(
            Ticket, ticket.merged_into_id, populate_existing=True, with_for_update=True
        )
        if into.organisation_code is not None:
            break
        ticket = into
    return ticket
