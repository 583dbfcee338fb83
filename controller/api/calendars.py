"""``/calendar``: on which days a school teaches, and who has said so."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.records import SchoolCode, there
from controller.api.schemas import PROBLEMS, Schema
from controller.deps import DbSession, ReadScope
from controller.errors import InvalidRequest
from inventory.models import CalendarKind
from inventory.repositories import SchoolRepository
from inventory.schools.calendar import LONGEST_DAYS, Calendars, DayKind

router = APIRouter(prefix="/calendar", tags=["calendar"], responses=PROBLEMS)
_Day = Annotated[date, Query()]


class CalendarEntryOut(Schema):
    """Days of a school, or of a bureau above it."""

    school_code: str | None
    organisation_code: str | None
    kind: CalendarKind
    name: str
    first_day: date
    last_day: date


class SchoolCalendarOut(Schema):
    """What a school does on each day, and the entries that were looked at."""

    days: dict[date, DayKind]
    entries: list[CalendarEntryOut]


@router.get("")
def school_calendar(
    session: DbSession, scope: ReadScope, school: SchoolCode, first: _Day, last: _Day
) -> SchoolCalendarOut:
    """What a school does from ``first`` to ``last``, a year at most.

    A day is ``unknown`` where nobody has entered a term for its school year. Entries are brought
    by ``POST /imports/calendar``.
    """
    if not timedelta(0) <= last - first < timedelta(days=LONGEST_DAYS):
        raise InvalidRequest(reason=f"last: {first} – {last}")
    found = there(SchoolRepository(session, scope).get(school))
    days = Calendars(session, scope, first, last).of(found.path)
    entries = [one for owned in days.entries for one in owned]
    return SchoolCalendarOut(
        days=dict(days.between(first, last)),
        entries=[CalendarEntryOut.model_validate(one) for one in entries],
    )
