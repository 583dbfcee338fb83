"""``/calendar``: on which days and at which hours a school teaches, and who has said so."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session

from controller.api.calendar_schemas import (
    CalendarBlackoutOut,
    CalendarDocumentOut,
    CalendarEntryOut,
    CalendarHoursOut,
    CalendarRowsOut,
    CutWindowOut,
    ExcludedDayOut,
    HoursWindowOut,
    SchoolCalendarOut,
    SchoolHoursOut,
)
from controller.api.records import SchoolCode, there
from controller.api.schemas import PROBLEMS
from controller.deps import DbSession, ReadScope
from controller.errors import InvalidRequest
from inventory.calendars import SchoolCalendar, Window, digest, document, school_hours
from inventory.calendars.days import days_of, years_without_holidays
from inventory.calendars.keeping import LONGEST_DAYS
from inventory.calendars.loading import Calendars, Rows
from inventory.calendars.timetable import Timetable
from inventory.models import Organisation
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope

router = APIRouter(prefix="/calendar", tags=["calendar"], responses=PROBLEMS)
_Day = Annotated[date, Query()]
_Bureau = Annotated[str, Query(max_length=32, description="Code of the bureau.")]


@router.get("")
def school_calendar(
    session: DbSession, scope: ReadScope, school: SchoolCode, first: _Day, last: _Day
) -> SchoolCalendarOut:
    """What a school does from ``first`` to ``last``, a year at most.

    A day is ``unknown`` where nobody has entered a term for its school year, and in years whose
    statutory holidays are neither published nor said to be entered.
    """
    calendars = _within(session, scope, first, last)
    found = there(SchoolRepository(session, scope).get(school))
    calendar = calendars.of(found.path, found.stage)
    days = days_of(calendar, Timetable(calendar), first, last)
    entries = [one for rows in calendars.rows(found.path, found.stage) for one in rows.days]
    return SchoolCalendarOut(
        days={one.day: one.kind for one in days},
        entries=[CalendarEntryOut.model_validate(one) for one in entries],
        years_without_holidays=years_without_holidays(calendar),
    )


@router.get("/windows")
def school_hours_of(
    session: DbSession, scope: ReadScope, school: SchoolCode, first: _Day, last: _Day
) -> SchoolHoursOut:
    """Times at which a school teaches, without exams and live lessons, and every day that has none.

    ``unknown`` are times that would count if it were known that there are lessons on the day.
    """
    calendar = _calendar_of(session, scope, school, first, last)
    hours = school_hours(calendar, first, last)
    return SchoolHoursOut(
        windows=_windows(hours.windows),
        seconds=hours.seconds,
        excluded=[ExcludedDayOut.model_validate(one) for one in hours.excluded],
        cuts=[
            CutWindowOut(
                begins_at=one.window.begins_at,
                ends_at=one.window.ends_at,
                kind=one.kind,
                name=one.name,
                owner=one.owner,
            )
            for one in hours.cuts
        ],
        unknown=_windows(hours.unknown),
        sha256=digest(document(calendar)),
    )


@router.get("/document")
def calendar_document(
    session: DbSession, scope: ReadScope, school: SchoolCode, first: _Day, last: _Day
) -> CalendarDocumentOut:
    """Everything that says when a school teaches, as the evidence of a verdict holds it."""
    written = document(_calendar_of(session, scope, school, first, last))
    return CalendarDocumentOut(sha256=digest(written), document=written)


@router.get("/rows")
def rows_of_school(
    session: DbSession, scope: ReadScope, school: SchoolCode, first: _Day, last: _Day
) -> CalendarRowsOut:
    """What was entered for a school and above it that concerns the days, the nearest first."""
    calendars = _within(session, scope, first, last)
    found = there(SchoolRepository(session, scope).get(school))
    return _rows(calendars.rows(found.path, found.stage))


@router.get("/rows/bureau")
def rows_of_bureau(
    session: DbSession, scope: ReadScope, bureau: _Bureau, first: _Day, last: _Day
) -> CalendarRowsOut:
    """The same for a bureau, for all stages."""
    calendars = _within(session, scope, first, last)
    known = OrganisationRepository(session, scope).all()
    found: Organisation = there(next((one for one in known if one.code == bureau), None))
    return _rows(calendars.rows(found.path, None))


def _within(session: Session, scope: Scope, first: date, last: date) -> Calendars:
    if not timedelta(0) <= last - first < timedelta(days=LONGEST_DAYS):
        raise InvalidRequest(reason=f"last: {first} – {last}")
    return Calendars(session, scope, first, last)


def _calendar_of(
    session: Session, scope: Scope, school: str, first: date, last: date
) -> SchoolCalendar:
    calendars = _within(session, scope, first, last)
    found = there(SchoolRepository(session, scope).get(school))
    return calendars.of(found.path, found.stage)


def _windows(windows: Iterable[Window]) -> list[HoursWindowOut]:
    return [HoursWindowOut(begins_at=one.begins_at, ends_at=one.ends_at) for one in windows]


def _rows(found: Iterable[Rows]) -> CalendarRowsOut:
    owners = list(found)
    return CalendarRowsOut(
        entries=[CalendarEntryOut.model_validate(one) for its in owners for one in its.days],
        hours=[CalendarHoursOut.model_validate(one) for its in owners for one in its.hours],
        blackouts=[
            CalendarBlackoutOut.model_validate(one) for its in owners for one in its.blackouts
        ],
    )
