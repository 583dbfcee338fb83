"""How much is open where: alerts and tickets by school, within what a person may read of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.judgement import NOT_BEGUN
from alerts.models import Severity
from alerts.repositories import AlertRepository, TicketRepository
from controller.auth.permissions import Permission
from controller.pages.look import Look


@dataclass(frozen=True, slots=True)
class OpenFaults:
    """Counts by school code; whoever may not read alerts or tickets has empty ones."""

    alerts: Mapping[str, int]
    critical: int
    tickets: Mapping[str, int]
    not_begun: int


def open_faults(look: Look) -> OpenFaults:
    """Four counts in four queries."""
    alerts = AlertRepository(look.session, look.caller.scope(Permission.read_alerts))
    tickets = TicketRepository(look.session, look.caller.scope(Permission.read_tickets))
    by_state = tickets.count_by_state(states=NOT_BEGUN)
    return OpenFaults(
        alerts=alerts.count_open_by_school(),
        critical=alerts.count_open()[Severity.critical],
        tickets=tickets.count_open_by_school(),
        not_begun=sum(by_state[state] for state in NOT_BEGUN),
    )
