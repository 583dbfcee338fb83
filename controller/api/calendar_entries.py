"""``/calendar``: entering what calendars are made of, taking it away, undoing either."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session

from controller.api.calendar_schemas import (
    CalendarBlackoutIn,
    CalendarBlackoutOut,
    CalendarBlackoutPatch,
    CalendarEntryIn,
    CalendarEntryOut,
    CalendarEntryPatch,
    CalendarHoursIn,
    CalendarHoursOut,
    CalendarHoursPatch,
    Columns,
    columns_of,
)
from controller.api.conditional import IfMatch, require_match, tag
from controller.api.records import there
from controller.api.schemas import PROBLEMS
from controller.auth.permissions import Permission
from controller.deps import DbSession, Within
from inventory.calendars import keeping
from inventory.models import CalendarBlackout, CalendarEntry, CalendarHours, CalendarRow
from inventory.repositories.calendars import CalendarRepository
from inventory.scope import Scope

router = APIRouter(prefix="/calendar", tags=["calendar"], responses=PROBLEMS)
CalendarScope = Annotated[Scope, Depends(Within(Permission.manage_calendars))]
_Row = TypeVar("_Row", bound=CalendarRow)


class CalendarTable(StrEnum):
    """Which rows of calendars."""

    entries = "entries"
    hours = "hours"
    blackouts = "blackouts"


TABLES: Mapping[CalendarTable, type[CalendarRow]] = {
    CalendarTable.entries: CalendarEntry,
    CalendarTable.hours: CalendarHours,
    CalendarTable.blackouts: CalendarBlackout,
}


@router.post("/entries", status_code=201)
def add_calendar_entry(
    session: DbSession, scope: CalendarScope, body: CalendarEntryIn, response: Response
) -> CalendarEntryOut:
    """Enter a term, days off, or days that are taught for others."""
    entry = CalendarEntry(
        id="", kind=body.kind, name="", first_day=body.first_day, last_day=body.first_day
    )
    keeping.save_entry(session, scope, put(entry, columns_of(body)))
    tag(response, entry)
    return CalendarEntryOut.model_validate(entry)


@router.patch("/entries/{row_id}")
def change_calendar_entry(
    *,
    session: DbSession,
    scope: CalendarScope,
    row_id: str,
    body: CalendarEntryPatch,
    response: Response,
    if_match: IfMatch = None,
) -> CalendarEntryOut:
    """Correct days."""
    entry = _changed(session, scope, (CalendarEntry, row_id), columns_of(body), if_match)
    keeping.save_entry(session, scope, entry)
    tag(response, entry)
    return CalendarEntryOut.model_validate(entry)


@router.post("/hours", status_code=201)
def add_calendar_hours(
    session: DbSession, scope: CalendarScope, body: CalendarHoursIn, response: Response
) -> CalendarHoursOut:
    """Enter school hours that hold from a day on."""
    hours = put(CalendarHours(id="", first_day=body.first_day), columns_of(body))
    keeping.save_hours(session, scope, hours)
    tag(response, hours)
    return CalendarHoursOut.model_validate(hours)


@router.patch("/hours/{row_id}")
def change_calendar_hours(
    *,
    session: DbSession,
    scope: CalendarScope,
    row_id: str,
    body: CalendarHoursPatch,
    response: Response,
    if_match: IfMatch = None,
) -> CalendarHoursOut:
    """Correct school hours; those that hold from a later day on are entered as others."""
    hours = _changed(session, scope, (CalendarHours, row_id), columns_of(body), if_match)
    keeping.save_hours(session, scope, hours)
    tag(response, hours)
    return CalendarHoursOut.model_validate(hours)


@router.post("/blackouts", status_code=201)
def add_calendar_blackout(
    session: DbSession, scope: CalendarScope, body: CalendarBlackoutIn, response: Response
) -> CalendarBlackoutOut:
    """Enter hours in which no line is tested: exams, or live lessons of every week."""
    blackout = CalendarBlackout(
        id="",
        kind=body.kind,
        name="",
        first_day=body.first_day,
        last_day=body.first_day,
        begins_at=0,
        ends_at=0,
    )
    keeping.save_blackout(session, scope, put(blackout, columns_of(body)))
    tag(response, blackout)
    return CalendarBlackoutOut.model_validate(blackout)


@router.patch("/blackouts/{row_id}")
def change_calendar_blackout(
    *,
    session: DbSession,
    scope: CalendarScope,
    row_id: str,
    body: CalendarBlackoutPatch,
    response: Response,
    if_match: IfMatch = None,
) -> CalendarBlackoutOut:
    """Correct hours in which no line is tested."""
    blackout = _changed(session, scope, (CalendarBlackout, row_id), columns_of(body), if_match)
    keeping.save_blackout(session, scope, blackout)
    tag(response, blackout)
    return CalendarBlackoutOut.model_validate(blackout)


@router.delete("/{table}/{row_id}", status_code=204)
def remove_calendar_row(
    *,
    session: DbSession,
    scope: CalendarScope,
    table: CalendarTable,
    row_id: str,
    if_match: IfMatch = None,
) -> None:
    """Take away what was a mistake; ``undo`` brings it back."""
    row = there(CalendarRepository(session, scope).get(TABLES[table], row_id))
    require_match(session, row, if_match, {})
    keeping.remove_row(session, scope, row)


@router.post("/{table}/{row_id}/undo", status_code=204)
def undo_calendar_row(
    *,
    session: DbSession,
    scope: CalendarScope,
    table: CalendarTable,
    row_id: str,
    if_match: IfMatch = None,
) -> None:
    """Take back the last thing that was done to a row; once more does it again."""
    row = there(CalendarRepository(session, scope).get(TABLES[table], row_id))
    require_match(session, row, if_match, {})
    keeping.undo(session, scope, row)


def put(row: _Row, said: Columns) -> _Row:
    """The row with what was said; null says nothing of what always has a value."""
    columns = type(row).__table__.columns  # type: ignore[attr-defined]
    for name, value in said.items():
        if value is not None or columns[name].nullable:
            setattr(row, name, value)
    return row


def _changed(
    session: Session,
    scope: Scope,
    row: tuple[type[_Row], str],
    said: Columns,
    if_match: str | None,
) -> _Row:
    """A row that stands, with what was said by somebody who knew it as it is.

    Raises:
        NotFound: there is none, or it was taken away.
        RevisionPassed: somebody has changed the row since; tells both versions.
    """
    found = CalendarRepository(session, scope).get(*row)
    standing = there(found if found is None or found.removed_at is None else None)
    require_match(session, standing, if_match, said)
    return put(standing, said)
