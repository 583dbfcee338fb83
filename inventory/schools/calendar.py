"""On which days a school teaches, by its own calendar and those of the bureaus above it (校历)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlmodel import Session

from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.models import CalendarEntry, CalendarKind
from inventory.repositories.calendars import CalendarRepository
from inventory.schools.checks import check_text
from inventory.scope import Scope

LONGEST_NAME = 100
#: No term and no vacation is longer.
LONGEST_DAYS = 366
_SATURDAY = 5
#: From this month on a day belongs to the school year that is about to begin.
_AUGUST = 8


class DayKind(StrEnum):
    """What a school does on a day."""

    lessons = "lessons"
    #: A day off, a day of vacation, or a weekend.
    off = "off"
    #: A weekday of a school year for which nobody has entered a term.
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class SchoolDays:
    """The calendar of one school.

    Args:
        entries: by owner, the nearest first: the school itself, its township, county, city.
    """

    entries: Sequence[Sequence[CalendarEntry]]

    def kind(self, day: date) -> DayKind:
        """What is done on a day.

        A day off or a make-up day that the nearest owner has entered decides. Else a weekend is
        off, and a weekday has lessons within the terms of the nearest owner that has entered any
        for that school year.
        """
        for owned in self.entries:
            kinds = {
                one.kind
                for one in owned
                if one.kind is not CalendarKind.term and one.first_day <= day <= one.last_day
            }
            if CalendarKind.make_up in kinds:
                return DayKind.lessons
            if kinds:
                return DayKind.off
        if day.weekday() >= _SATURDAY:
            return DayKind.off
        for owned in self.entries:
            terms = [
                one
                for one in owned
                if one.kind is CalendarKind.term
                and school_year_of(one.first_day) == school_year_of(day)
            ]
            if terms:
                within = any(one.first_day <= day <= one.last_day for one in terms)
                return DayKind.lessons if within else DayKind.off
        return DayKind.unknown

    def between(self, first: date, last: date) -> Mapping[date, DayKind]:
        """What is done on each day from ``first`` to ``last``."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return {day: self.kind(day) for day in days}


class Calendars:
    """Calendars of the schools within a scope, for days from ``first`` to ``last``; read once."""

    def __init__(self, session: Session, scope: Scope, first: date, last: date) -> None:
        begin = date(school_year_of(first), _AUGUST, 1)
        end = date(school_year_of(last) + 1, _AUGUST, 1)
        self._owned: dict[str, list[CalendarEntry]] = defaultdict(list)
        for entry in CalendarRepository(session, scope).touching(begin, end):
            self._owned[entry.school_code or entry.organisation_code or ""].append(entry)

    def of(self, path: str) -> SchoolDays:
        """The calendar of the school of that path."""
        codes = reversed(path.strip("/").split("/"))
        return SchoolDays([self._owned[code] for code in codes if code in self._owned])


def school_year_of(day: date) -> int:
    """The year the school year of a day begins in; August belongs to the one to come."""
    return day.year if day.month >= _AUGUST else day.year - 1


def save_entry(session: Session, scope: Scope, entry: CalendarEntry) -> CalendarEntry:
    """Keep days of a calendar, new or changed.

    Raises:
        Invalid: no owner or two, an end before the beginning, more days than a year has, a
            make-up day that is no Saturday or Sunday.
        NotFound, OutOfScope: of the school or bureau.
    """
    with session.no_autoflush:
        if (entry.school_code is None) is (entry.organisation_code is None):
            raise Invalid(field="owner", reason="-")
        entry.name = check_text("name", entry.name, LONGEST_NAME)
        if not 0 <= (entry.last_day - entry.first_day).days < LONGEST_DAYS:
            raise Invalid(field="last_day", reason=f"{entry.first_day} – {entry.last_day}")
        if entry.kind is CalendarKind.make_up and not _are_weekend(entry):
            raise Invalid(field="first_day", reason=f"{entry.first_day:%Y-%m-%d} (1-5)")
    entry.id = entry.id or new_id("ce")
    return CalendarRepository(session, scope).keep(entry)


def remove_entry(session: Session, scope: Scope, entry: CalendarEntry) -> None:
    """Forget days that were a mistake.

    Raises:
        OutOfScope: of the school or bureau.
    """
    CalendarRepository(session, scope).remove(entry)


def _are_weekend(entry: CalendarEntry) -> bool:
    return (
        entry.first_day.weekday() >= _SATURDAY
        and entry.last_day.weekday() >= _SATURDAY
        and (entry.last_day - entry.first_day).days <= 1
    )
