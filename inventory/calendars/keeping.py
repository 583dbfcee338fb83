"""Entering what calendars are made of, taking it away, and undoing either."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import inspect
from sqlmodel import Session

from inventory.audit.actor import actor_of
from inventory.calendars.statutory import statutory_days
from inventory.calendars.weeks import week_kept
from inventory.errors import Conflict, Invalid, TermsOverlap
from inventory.ids import new_id
from inventory.models import (
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    CalendarRow,
)
from inventory.models.base import utc_now
from inventory.repositories.calendars import CalendarRepository
from inventory.schools.checks import check_number, check_text
from inventory.scope import Scope

LONGEST_NAME = 100
#: No term and no vacation is longer.
LONGEST_DAYS = 366
_SATURDAY = 5
_SUNDAY_OF_WEEK = 7
_MIDNIGHT = 24 * 60
#: What the register itself writes into a row.
_KEPT = frozenset({"id", "entered_by", "entered_at", "removed_at", "previous", "revision"})
Row = TypeVar("Row", bound=CalendarRow)


def save_entry(session: Session, scope: Scope, entry: CalendarEntry) -> CalendarEntry:
    """Keep days of a calendar, new or changed.

    Raises:
        Invalid: no owner or two, an end before the beginning, more days than a year has, a
            make-up day that is no Saturday, Sunday or statutory holiday.
        NotFound, OutOfScope: of the school or bureau.
        TermsOverlap: the owner has a term of that stage with one of these days.
    """
    with session.no_autoflush:
        _check_owner(entry)
        entry.name = check_text("name", entry.name, LONGEST_NAME)
        _check_days(entry.first_day, entry.last_day)
        check_number("follows", entry.follows, 1, _SUNDAY_OF_WEEK)
        if entry.kind is CalendarKind.make_up and not _is_free(entry):
            raise Invalid(field="first_day", reason=f"{entry.first_day:%Y-%m-%d} (1-5)")
        if entry.kind is not CalendarKind.make_up:
            entry.follows = None
        _kept(session, scope, entry, "ce")
        # Only now: what terms others have is nothing for those who may not enter any there.
        if entry.kind is CalendarKind.term:
            _check_term(session, scope, entry)
        return entry


def save_hours(session: Session, scope: Scope, hours: CalendarHours) -> CalendarHours:
    """Keep school hours, new or changed.

    Raises:
        Conflict: the owner has hours of that stage that begin on the same day.
        Invalid: no owner or two; nothing is said.
        NotFound, OutOfScope: of the school or bureau.
    """
    with session.no_autoflush:
        _check_owner(hours)
        if hours.lessons is None and hours.evenings is None and hours.boards is None:
            raise Invalid(field="lessons", reason="-")
        week_kept(hours.lessons)
        week_kept(hours.evenings)
        owner = (hours.school_code, hours.organisation_code)
        same = CalendarRepository(session, scope).hours_beginning(
            owner, hours.first_day, hours.stage
        )
        if same is not None and same.id != hours.id:
            raise Conflict(key=hours.first_day.isoformat())
        return _kept(session, scope, hours, "ch")


def save_blackout(session: Session, scope: Scope, blackout: CalendarBlackout) -> CalendarBlackout:
    """Keep a time without tests, new or changed.

    Raises:
        Invalid: no owner or two, days or hours that end before they begin, more days than a year
            has, weekdays that none of the days is.
        NotFound, OutOfScope: of the school or bureau.
    """
    with session.no_autoflush:
        _check_owner(blackout)
        blackout.name = check_text("name", blackout.name, LONGEST_NAME)
        _check_days(blackout.first_day, blackout.last_day)
        blackout.weekdays = "".join(sorted(set(blackout.weekdays)))
        _check_weekdays(blackout)
        if not 0 <= blackout.begins_at < blackout.ends_at <= _MIDNIGHT:
            raise Invalid(field="ends_at", reason=f"{blackout.begins_at} – {blackout.ends_at}")
        return _kept(session, scope, blackout, "cb")


def save(session: Session, scope: Scope, row: CalendarRow) -> None:
    """Keep any of them.

    Raises:
        Conflict, Invalid, NotFound, OutOfScope: as the three above do.
    """
    match row:
        case CalendarEntry():
            save_entry(session, scope, row)
        case CalendarHours():
            save_hours(session, scope, row)
        case CalendarBlackout():
            save_blackout(session, scope, row)


def remove_row(session: Session, scope: Scope, row: CalendarRow) -> None:
    """Take away what was a mistake; it is kept and may come back.

    Raises:
        OutOfScope: of the school or bureau.
    """
    if row.removed_at is None:
        row.removed_at = utc_now()
        _sign(session, row)
    CalendarRepository(session, scope).keep(row)


def undo(session: Session, scope: Scope, row: CalendarRow) -> None:
    """Take back the last thing done to a row; done twice, nothing has happened.

    What was taken away comes back, what was changed says again what it said, what is new goes.

    Raises:
        Conflict, Invalid: what it said does not fit what was entered meanwhile.
        OutOfScope: of the school or bureau.
    """
    if row.removed_at is not None:
        row.removed_at = None
    elif row.previous is not None:
        _put(row, json.loads(row.previous))
    else:
        remove_row(session, scope, row)
        return
    save(session, scope, row)


def _put(row: CalendarRow, values: Mapping[str, Any]) -> None:
    fields = type(row).model_fields
    for name, value in values.items():
        kind: Any = fields[name].annotation
        setattr(row, name, TypeAdapter(kind).validate_python(value))


def _kept(session: Session, scope: Scope, row: Row, letters: str) -> Row:
    if not row.id:
        row.id = new_id(letters)
    else:
        before = _before(row)
        if before:
            row.previous = json.dumps(to_jsonable_python(before), ensure_ascii=False)
    if session.is_modified(row) or not inspect(row).persistent:
        _sign(session, row)
    return CalendarRepository(session, scope).keep(row)


def _before(row: CalendarRow) -> dict[str, Any]:
    """What columns said that were changed since the row was read."""
    state = inspect(row)
    return {
        name: history.deleted[0]
        for name in type(row).model_fields
        if name not in _KEPT and (history := state.attrs[name].history).deleted
    }


def _sign(session: Session, row: CalendarRow) -> None:
    actor = actor_of(session)
    row.entered_by = actor.login if actor else ""
    row.entered_at = utc_now()


def _check_owner(row: CalendarRow) -> None:
    if (row.school_code is None) is (row.organisation_code is None):
        raise Invalid(field="owner", reason="-")
    if row.school_code is not None and row.stage is not None:
        raise Invalid(field="stage", reason=row.stage.value)


def _check_term(session: Session, scope: Scope, entry: CalendarEntry) -> None:
    """Terms of one owner and stage follow each other; which of two would hold nobody could tell."""
    other = CalendarRepository(session, scope).term_within(
        (entry.school_code, entry.organisation_code),
        entry.stage,
        (entry.first_day, entry.last_day),
        beside=entry.id,
    )
    if other is not None:
        raise TermsOverlap(
            first=entry.first_day,
            last=entry.last_day,
            name=other.name,
            its_first=other.first_day,
            its_last=other.last_day,
        )


def _check_days(first: date, last: date) -> None:
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise Invalid(field="last_day", reason=f"{first} – {last}")


def _check_weekdays(blackout: CalendarBlackout) -> None:
    """Weekdays are digits, and one of them comes in the days there are."""
    if not set(blackout.weekdays) <= set("1234567"):
        raise Invalid(field="weekdays", reason=blackout.weekdays)
    length = (blackout.last_day - blackout.first_day).days + 1
    days = (blackout.first_day + timedelta(days=n) for n in range(min(length, _SUNDAY_OF_WEEK)))
    if blackout.weekdays and not any(str(day.isoweekday()) in blackout.weekdays for day in days):
        raise Invalid(field="weekdays", reason=f"{blackout.first_day} – {blackout.last_day}")


def _is_free(entry: CalendarEntry) -> bool:
    """Whether each day is a Saturday, a Sunday or a statutory holiday."""
    off = dict(statutory_days(entry.first_day.year, entry.last_day.year).off)
    length = (entry.last_day - entry.first_day).days + 1
    days = (entry.first_day + timedelta(days=n) for n in range(length))
    return all(day.weekday() >= _SATURDAY or day in off for day in days)
