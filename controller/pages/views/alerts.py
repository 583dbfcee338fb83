"""Alerts as lines of text in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.fault_words import OF_AGENTS
from alerts.messages import alert_text, alert_title
from alerts.models import Alert, Severity
from alerts.quiet.silenced import SilencedRepository, silenced
from alerts.quiet.times import QuietTime
from alerts.repositories import AlertRepository, TicketRepository
from alerts.repositories import AlertRow as Found
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.names import line_name, people_names, school_choice, school_name
from inventory.models import Device, Line, School

SILENCED = "silenced"
#: Which alerts a list shows: parameter to (message id, ``is_open`` of the repository).
OPENNESS: Mapping[str, tuple[str, bool | None]] = {
    "": (N_("Open"), True),
    SILENCED: (N_("Silenced"), True),
    "cleared": (N_("Cleared"), False),
    "all": (N_("All"), None),
}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as it is told."""

    id: str
    severity: Severity
    text: str
    detail: str
    href: str
    school_code: str
    school_name: str
    opened_at: datetime
    cleared_at: datetime | None
    acknowledged_by: str
    acknowledged_at: datetime | None
    acknowledged_text: str
    silenced_until: datetime | None
    silenced_reason: str
    ticket_id: str | None
    ticket_number: int | None


@dataclass(frozen=True, slots=True)
class AlertList:
    """One page of the list of alerts."""

    alerts: Sequence[AlertRow]
    shown: Shown
    choices: Sequence[Choice]
    open_only: bool
    silenced_only: bool
    may_acknowledge: bool
    here: str


def alert_list(look: Look, state: str, severity: str, school: str, number: int) -> AlertList:
    """Alerts by state, severity and school, the youngest first.

    Raises:
        PermissionDenied: this person reads no alerts.
    """
    scope = look.caller.require(Permission.read_alerts)
    is_open = OPENNESS.get(state, OPENNESS[""])[1]
    only = None
    if state == SILENCED:
        unheard = SilencedRepository(look.session, scope).open_at(look.now)
        only = [one.alert.id for one in unheard]
    found = AlertRepository(look.session, scope).page(
        is_open=is_open,
        only=only,
        severity=one_of(Severity, severity),
        school=school or None,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    translate = look.lang.gettext
    everywhere = Option("", translate(N_("All")), not severity)
    choices = [
        Choice(
            "state",
            N_("Status"),
            [Option(key, translate(text), key == state) for key, (text, _) in OPENNESS.items()],
        ),
        Choice(
            "severity",
            N_("Severity"),
            [
                everywhere,
                Option("critical", translate(N_("Critical")), severity == "critical"),
                Option("warning", translate(N_("Warning")), severity == "warning"),
            ],
        ),
        *school_choice(look, school),
    ]
    return AlertList(
        alerts=_told(look, found.items),
        shown=Shown(look, number, found.total),
        choices=choices,
        open_only=state not in OPENNESS or not state,
        silenced_only=state == SILENCED,
        may_acknowledge=look.caller.may(Permission.acknowledge_alerts),
        here=look.here,
    )


def open_alerts(look: Look, school: str, limit: int) -> tuple[Sequence[AlertRow], int]:
    """The youngest open alerts of one school, and how many are open."""
    repository = AlertRepository(look.session, look.caller.scope(Permission.read_alerts))
    found = repository.page(school=school, limit=limit)
    return _told(look, found.items), found.total


def worst_alerts(look: Look, limit: int) -> Sequence[AlertRow]:
    """Open alerts of all schools: the critical ones, then others, the youngest first."""
    repository = AlertRepository(look.session, look.caller.scope(Permission.read_alerts))
    found = [*repository.page(severity=Severity.critical, limit=limit).items]
    if len(found) < limit:
        found += repository.page(severity=Severity.warning, limit=limit - len(found)).items
    return _told(look, found)


def alerts_of_device(look: Look, device: Device, school: School, limit: int) -> Sequence[AlertRow]:
    """What was ever wrong with a device, open ones first."""
    repository = AlertRepository(look.session, look.caller.scope(Permission.read_alerts))
    tickets = TicketRepository(look.session, look.caller.scope(Permission.read_tickets))
    numbers = {ticket.id: ticket.number for ticket in tickets.of_device(device.id)}
    return _told(
        look,
        [
            Found(alert, school, device, None, numbers.get(alert.ticket_id or ""))
            for alert in repository.of_device(device.id, limit=limit)
        ],
    )


def _told(look: Look, found: Iterable[Found]) -> list[AlertRow]:
    rows = list(found)
    people = people_names(look, [row.alert.acknowledged_by for row in rows])
    unheard = silenced(look.session, [row.alert for row in rows], look.now)
    return [_row(look, row, people, unheard.get(row.alert.id)) for row in rows]


def _row(look: Look, row: Found, people: Mapping[str, str], unheard: QuietTime | None) -> AlertRow:
    alert: Alert = row.alert
    somebody = look.lang.gettext(N_("somebody")) if alert.acknowledged_by else ""
    return AlertRow(
        id=alert.id,
        severity=alert.severity,
        text=alert_title(alert, subject_name(look, row.device, row.line), look.lang.gettext),
        detail=alert_text(alert, look.lang.gettext),
        href=subject_address(alert),
        school_code=row.school.code,
        school_name=school_name(look, row.school),
        opened_at=alert.opened_at,
        cleared_at=alert.cleared_at,
        acknowledged_by=people.get(alert.acknowledged_by or "", somebody),
        acknowledged_at=alert.acknowledged_at,
        acknowledged_text=alert.acknowledged_text,
        silenced_until=unheard.told_from if unheard else None,
        silenced_reason=unheard.reason if unheard else "",
        ticket_id=alert.ticket_id,
        ticket_number=row.ticket_number,
    )


def subject_name(look: Look, device: Device | None, line: Line | None) -> str:
    """What people call the thing an alert or a ticket is about."""
    if device is not None:
        return device.name
    return line_name(look, line) if line is not None else ""


def subject_address(alert: Alert) -> str:
    if alert.device_id is not None:
        return f"/devices/{alert.device_id}"
    if alert.rule in OF_AGENTS:
        return f"/agents/{alert.subject}"
    return f"/schools/{alert.school_code}"
