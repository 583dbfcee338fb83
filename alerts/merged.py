"""Tickets that were merged: the one that goes on."""

from sqlmodel import Session

from alerts.models import Ticket


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
