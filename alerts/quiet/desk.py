"""Plan maintenance, silence faults, and end both; who may do so where is the scope's to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from alerts.models import Alert, TicketEvent
from alerts.quiet.errors import OverAlready
from alerts.quiet.models import MaintenanceWindow, Silence
from alerts.quiet.recurring import MINUTES_A_DAY, following
from alerts.quiet.repository import MaintenanceRepository, SilenceRepository
from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Device, Line, Room
from inventory.schools.checks import check_text
from inventory.scope import Scope

MAX_REASON = 500
#: Nobody remembers a longer silence; what is to stay unheard for ever needs another rule.
LONGEST_SILENCE = timedelta(days=30)
#: One stretch, and a series.
LONGEST_STRETCH, LONGEST_SERIES = timedelta(days=62), timedelta(days=731)


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: the login that is written down, and the user, if it is one."""

    login: str
    user_id: str | None = None


def plan(
    session: Session, scope: Scope, row: MaintenanceWindow, by: By, now: datetime
) -> MaintenanceWindow:
    """Enter a window.

    Raises:
        Invalid: a time, a day, a reason or a place that does not fit.
        NotFound, OutOfScope: of the place.
    """
    row.id, row.entered_by, row.entered_at = new_id("w"), by.login, now
    _check(row, now)
    if (row.school_code is None) is (row.organisation_code is None):
        raise Invalid(field="school_code", reason="-")
    if row.room_id is not None and row.device_id is not None:
        raise Invalid(field="room_id", reason="device_id")
    for name, model, key in (("room_id", Room, row.room_id), ("device_id", Device, row.device_id)):
        if key is not None:
            _check_part(session, name, model, key, row.school_code)
    return MaintenanceRepository(session, scope).keep(row)


def change(
    session: Session, scope: Scope, row: MaintenanceWindow, said: Mapping[str, Any], now: datetime
) -> MaintenanceWindow:
    """Change when a window is, or its reason; where it is stays.

    Raises:
        OverAlready: it has ended.
        Invalid: a time, a day or a reason that does not fit.
        OutOfScope: of the place.
    """
    repository = MaintenanceRepository(session, scope)
    _check_lasts(row.ends_at, row.ended_at, now)
    with session.no_autoflush:
        for name in said.keys() & _CHANGED:
            setattr(row, name, said[name])
        _check(row, now)
    return repository.keep(row)


def end(
    session: Session, scope: Scope, row: MaintenanceWindow, by: By, now: datetime
) -> MaintenanceWindow:
    """End a window early, with all it would have repeated: it is done.

    Raises:
        OverAlready: it has ended.
        OutOfScope: of the place.
    """
    _check_lasts(row.ends_at, row.ended_at, now)
    row.ended_at, row.ended_by = now, by.login
    return MaintenanceRepository(session, scope).keep(row)


def undo(
    session: Session, scope: Scope, row: MaintenanceWindow, by: By, now: datetime
) -> MaintenanceWindow:
    """Take back a window that was a mistake: it counts for nothing, and is kept as undone.

    Raises:
        OverAlready: it was undone.
        OutOfScope: of the place.
    """
    if row.is_undone:
        raise OverAlready
    row.is_undone = True
    if row.ended_at is None or row.ended_at > now:
        row.ended_at, row.ended_by = now, by.login
    return MaintenanceRepository(session, scope).keep(row)


def of_alert(alert: Alert, ends_at: datetime, reason: str, *, whole: bool = False) -> Silence:
    """The silence of an alert's fault, or of a whole subject, for :func:`silence` to enter."""
    return Silence(
        id="",
        school_code=alert.school_code,
        device_id=alert.device_id,
        line_id=alert.line_id,
        rule="" if whole else alert.rule,
        begins_at=alert.opened_at,
        ends_at=ends_at,
        reason=reason,
        entered_by="",
    )


def silence(session: Session, scope: Scope, row: Silence, by: By, now: datetime) -> Silence:
    """Let a fault be unheard from now on.

    Raises:
        Invalid: an end, a reason or a subject that does not fit.
        NotFound, OutOfScope: of the place.
    """
    row.id, row.entered_by, row.begins_at = new_id("q"), by.login, now
    row.reason = check_text("reason", row.reason, MAX_REASON, needed=True)
    if not now < row.ends_at <= now + LONGEST_SILENCE:
        raise Invalid(field="ends_at", reason=f"1 – {LONGEST_SILENCE.days} d")
    if row.device_id is not None and row.line_id is not None:
        raise Invalid(field="line_id", reason="device_id")
    for name, model, key in (("device_id", Device, row.device_id), ("line_id", Line, row.line_id)):
        if key is not None:
            _check_part(session, name, model, key, row.school_code)
    if not row.rule and row.device_id is None and row.line_id is None:
        # A whole school without any alert is maintenance.
        raise Invalid(field="rule", reason="-")
    kept = SilenceRepository(session, scope).keep(row)
    _tell_tickets(session, kept, by, now)
    return kept


def end_silence(session: Session, scope: Scope, row: Silence, by: By, now: datetime) -> Silence:
    """Let a fault be heard of again.

    Raises:
        OverAlready: it has ended.
        OutOfScope: of the school.
    """
    _check_lasts(row.ends_at, row.ended_at, now)
    row.ended_at, row.ended_by = now, by.login
    return SilenceRepository(session, scope).keep(row)


_CHANGED = frozenset({"begins_at", "ends_at", "weekdays", "from_minute", "until_minute", "reason"})


def _check(row: MaintenanceWindow, now: datetime) -> None:
    row.reason = check_text("reason", row.reason, MAX_REASON, needed=True)
    longest = LONGEST_SERIES if row.weekdays else LONGEST_STRETCH
    if not row.begins_at < row.ends_at <= row.begins_at + longest:
        raise Invalid(field="ends_at", reason=f"{row.begins_at} – {row.begins_at + longest}")
    if row.ends_at <= now:
        raise Invalid(field="ends_at", reason=f"<= {now}")
    if not row.weekdays:
        row.from_minute = row.until_minute = None
        return
    if set(row.weekdays) - set("1234567"):
        raise Invalid(field="weekdays", reason=row.weekdays)
    row.weekdays = "".join(sorted(set(row.weekdays)))
    for name in ("from_minute", "until_minute"):
        minute = getattr(row, name)
        if minute is None or not 0 <= minute < MINUTES_A_DAY:
            raise Invalid(field=name, reason="-" if minute is None else str(minute))
    if following(row, row.begins_at) is None:
        raise Invalid(field="weekdays", reason=f"{row.begins_at} – {row.ends_at}")


def _check_lasts(ends_at: datetime, ended_at: datetime | None, now: datetime) -> None:
    if ended_at is not None or ends_at <= now:
        raise OverAlready


def _check_part(
    session: Session, field: str, model: type[SQLModel], key: str, school: str | None
) -> None:
    """Let a room, a device or a line pass that is one of the school's."""
    row: Any = session.get(model, key)
    if row is None:
        raise NotFound(what=field.removesuffix("_id"), key=key)
    if row.school_code != school:
        raise Invalid(field=field, reason=f"{row.school_code} ≠ {school}")


def _tell_tickets(session: Session, row: Silence, by: By, now: datetime) -> None:
    """A line in the tickets of the alerts that are silenced: who works on them wants to know."""
    query = select(Alert.ticket_id).where(
        Alert.school_code == row.school_code,
        col(Alert.cleared_at).is_(None),
        col(Alert.ticket_id).is_not(None),
        col(Alert.organisation_code).is_(None),
    )
    if row.rule:
        query = query.where(Alert.rule == row.rule)
    if row.device_id is not None or row.line_id is not None:
        query = query.where(Alert.subject == (row.device_id or row.line_id))
    for ticket in sorted({one for one in session.exec(query) if one is not None}):
        session.add(
            TicketEvent(
                ticket_id=ticket, at=now, kind="silenced", actor_id=by.user_id, text=row.reason
            )
        )
    session.flush()
