"""Alerts as lines of text in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from json import loads

from alerts.fault_words import OF_AGENTS
from alerts.judgement import school_subject
from alerts.messages import alert_text, alert_title
from alerts.models import Alert, Severity
from alerts.quiet.silenced import SilencedRepository, silenced
from alerts.quiet.times import QuietTime
from alerts.repositories import AlertRepository, TicketRepository
from alerts.repositories import AlertRow as Found
from alerts.repositories import TicketRow as TicketFound
from alerts.storm.reading import Wider, behind_storm, storms_of
from alerts.storm.standing import STORMS
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.names import (
    bureau_name,
    line_name,
    people_names,
    school_choice,
    school_name,
)
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
    place_href: str
    place_name: str
    #: What wider outage it is part of, in words, and its page where one may see that.
    wider: str
    wider_href: str
    may_silence: bool
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


@dataclass(frozen=True, slots=True)
class StormView:
    """An alert of a bureau with those that are held back behind it.

    Args:
        is_storm: others are or may be held back behind it.
        left: schools of which something is still wrong.
        ever: all that it ever had.
    """

    alert: AlertRow
    is_storm: bool
    left: int
    ever: int
    alerts: Sequence[AlertRow]
    shown: Shown
    may_acknowledge: bool
    here: str


def storm_view(look: Look, storm: Alert, number: int) -> StormView:
    """An alert of a bureau that this person may see.

    Raises:
        PermissionDenied: this person reads no alerts.
    """
    repository = AlertRepository(look.session, look.caller.require(Permission.read_alerts))
    held = repository.page(
        storm=storm.id,
        is_open=None,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    behind = behind_storm(look.session, storm.id)
    return StormView(
        alert=told_alert(look, storm),
        is_storm=storm.rule in STORMS,
        left=behind.left,
        ever=behind.schools,
        # That they are part of it, the page says itself.
        alerts=[replace(one, wider="") for one in _told(look, held.items)],
        shown=Shown(look, number, held.total),
        may_acknowledge=look.caller.may(Permission.acknowledge_alerts),
        here=look.here,
    )


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


def told_alert(look: Look, alert: Alert) -> AlertRow:
    """One alert that this person may see."""
    repository = AlertRepository(look.session, look.caller.require(Permission.read_alerts))
    [row] = _told(look, repository.page(only=[alert.id], is_open=None).items)
    return row


def _told(look: Look, found: Iterable[Found]) -> list[AlertRow]:
    rows = list(found)
    people = people_names(look, [row.alert.acknowledged_by for row in rows])
    unheard = silenced(look.session, [row.alert for row in rows], look.now)
    storms = storms_of(look.session, [row.alert for row in rows])
    return [
        _row(look, row, people, unheard.get(row.alert.id), storms.get(row.alert.storm_id or ""))
        for row in rows
    ]


def _row(
    look: Look,
    row: Found,
    people: Mapping[str, str],
    unheard: QuietTime | None,
    storm: Wider | None,
) -> AlertRow:
    alert: Alert = row.alert
    wider = bureau_name(look, storm.bureau) if storm else ""
    somebody = look.lang.gettext(N_("somebody")) if alert.acknowledged_by else ""
    return AlertRow(
        id=alert.id,
        severity=alert.severity,
        text=alert_title(alert, subject_of(look, row), look.lang.gettext),
        detail=alert_text(alert, look.lang.gettext),
        href=subject_address(alert),
        place_href="" if row.bureau else f"/schools/{row.school.code}",
        place_name=bureau_name(look, row.bureau) if row.bureau else school_name(look, row.school),
        wider=alert_title(storm.alert, wider, look.lang.gettext) if storm else "",
        wider_href=_wider_address(look, storm) if storm else "",
        may_silence=row.bureau is None and storm is None,
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


def _wider_address(look: Look, storm: Wider) -> str:
    """The page of a wider outage, for whoever may see all of it."""
    scope = look.caller.scope(Permission.read_alerts)
    return f"/alerts/{storm.alert.id}" if scope.covers(storm.bureau.path) else ""


def subject_name(look: Look, device: Device | None, line: Line | None) -> str:
    """What people call the thing an alert or a ticket is about."""
    if device is not None:
        return device.name
    return line_name(look, line) if line is not None else ""


def subject_of(look: Look, row: Found | TicketFound) -> str:
    """What an alert or a ticket is about: a bureau, a device, a line, or nothing but a school."""
    if row.bureau is not None:
        return bureau_name(look, row.bureau)
    subject = subject_name(look, row.device, row.line)
    about = row.alert if isinstance(row, Found) else row.ticket
    # Of a school itself the finding has the Chinese name only.
    if not subject and loads(about.arguments).get("name") == row.school.name:
        return school_name(look, row.school)
    return subject


def is_of_list(alert: Alert) -> bool:
    """Whether it is about a list of its school, and not about a thing of its own."""
    return alert.subject == school_subject(alert.school_code)


def subject_address(alert: Alert) -> str:
    """The page of what is wrong."""
    if alert.organisation_code is not None or is_of_list(alert):
        return f"/alerts/{alert.id}"
    if alert.device_id is not None:
        return f"/devices/{alert.device_id}"
    if alert.rule in OF_AGENTS:
        return f"/agents/{alert.subject}"
    return f"/schools/{alert.school_code}"
