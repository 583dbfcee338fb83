"""How much is open, here and in all, within what a person may read of alerts and tickets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.judgement import NOT_BEGUN
from alerts.models import Severity
from alerts.quiet.silenced import SilencedAlert, SilencedRepository
from alerts.repositories import AlertRepository, TicketRepository
from alerts.repositories.tickets import ACTIVE
from controller.auth.permissions import Permission
from controller.pages.look import Look


@dataclass(frozen=True, slots=True)
class OpenBySchool:
    """Counts by school code; whoever may not read alerts or tickets has empty ones."""

    alerts: Mapping[str, int]
    tickets: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OpenFaults:
    """Counts over all schools; 0 for who may not read them."""

    alerts: int
    critical: int
    tickets: int
    not_begun: int


def open_by_school(look: Look) -> OpenBySchool:
    """Two counts in a few queries; alerts that are silenced do not count."""
    unheard = Counter(one.alert.school_code for one in _silenced(look))
    alerts = _alerts(look).count_open_by_school()
    return OpenBySchool(
        alerts={code: count - unheard[code] for code, count in alerts.items()},
        tickets=_tickets(look).count_open_by_school(),
    )


def open_faults(look: Look) -> OpenFaults:
    """Four counts, a few rows each however many schools there are; without silenced alerts."""
    unheard = Counter(one.alert.severity for one in _silenced(look, held=False))
    by_severity = {
        severity: count - unheard[severity]
        for severity, count in _alerts(look).count_open().items()
    }
    by_state = _tickets(look).count_by_state(states=ACTIVE)
    return OpenFaults(
        alerts=sum(by_severity.values()),
        critical=by_severity[Severity.critical],
        tickets=sum(by_state.values()),
        not_begun=sum(by_state[state] for state in NOT_BEGUN),
    )


def _alerts(look: Look) -> AlertRepository:
    return AlertRepository(look.session, look.caller.scope(Permission.read_alerts))


def _silenced(look: Look, *, held: bool = True) -> Sequence[SilencedAlert]:
    scope = look.caller.scope(Permission.read_alerts)
    return SilencedRepository(look.session, scope).open_at(look.now, held=held)


def _tickets(look: Look) -> TicketRepository:
    return TicketRepository(look.session, look.caller.scope(Permission.read_tickets))
