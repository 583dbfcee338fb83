"""Tickets can be found by their numbers and by what people called them."""

from sqlmodel import col

from alerts.models import Ticket
from inventory.search.sources import Source, of_schools

TICKETS: Source = of_schools(
    "ticket", col(Ticket.id), col(Ticket.school_code), col(Ticket.number), col(Ticket.title)
)
