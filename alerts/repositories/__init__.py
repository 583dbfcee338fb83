"""Every query over alerts and tickets, each within the caller's scope."""

from alerts.repositories.alerts import AlertRepository, AlertRow
from alerts.repositories.tickets import ACTIVE, TicketRepository, TicketRow

__all__ = ["ACTIVE", "AlertRepository", "AlertRow", "TicketRepository", "TicketRow"]
