"""What a school does on each day, and why it does not teach on others."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from inventory.calendars.calendar import DayEntry, SchoolCalendar, Span, school_year_of
from inventory.calendars.timetable import Timetable
from inventory.models.calendar import CalendarKind

_SATURDAY = 5
#: By the hours of which weekday make-up days are taught of which nobody has said: Monday's.
_MONDAY = 1


class DayKind(StrEnum):
    """What a school does on a day."""

    lessons = "lessons"
    #: A day off, a day of vacation, or a day of the week without hours.
    off = "off"
    #: Nobody has entered a term, or the holidays of the year are not known.
    unknown = "unknown"


class Reason(StrEnum):
    """Why a day has no school hours that count."""

    #: Entered by a school or a bureau.
    day_off = "day_off"
    statutory_holiday = "statutory_holiday"
    #: Outside the terms of the nearest owner that has entered any for the school year.
    vacation = "vacation"
    #: A Saturday or Sunday without hours.
    weekend = "weekend"
    #: Another day of the week without hours.
    no_hours = "no_hours"
    #: Blackouts leave nothing of its hours.
    blackout = "blackout"
    #: Nobody has entered a term for the school year.
    no_term = "no_term"
    #: The holidays of the year are neither published nor said to be entered.
    holidays_unknown = "holidays_unknown"


class Day(NamedTuple):
    """One day of a school.

    Args:
        reason: why it has no hours that count; ``None`` on days with lessons.
        spans: its hours; on days that are unknown what they would be.
        name, owner: of the entry that decided; the holiday's English name and no owner by statute.
        make_up: a day taught for another one.
    """

    day: date
    kind: DayKind
    reason: Reason | None = None
    spans: tuple[Span, ...] = ()
    name: str = ""
    owner: str = ""
    make_up: bool = False


class _Said(NamedTuple):
    owner: str
    entry: DayEntry


def days_of(
    calendar: SchoolCalendar, timetable: Timetable, first_day: date, last_day: date
) -> Iterator[Day]:
    """Each day from ``first_day`` to ``last_day``.

    A day off or a make-up day of the nearest owner decides; then the statutory holidays; then
    the terms of the nearest owner that has entered any for the school year.
    """
    said = _said(calendar, first_day, last_day)
    unknown = frozenset(years_without_holidays(calendar))
    off, worked = dict(calendar.statutory.off), frozenset(calendar.statutory.worked)
    terms = {
        year: _terms(calendar, year)
        for year in range(school_year_of(first_day), school_year_of(last_day) + 1)
    }
    for ordinal in range(first_day.toordinal(), last_day.toordinal() + 1):
        day = date.fromordinal(ordinal)
        week = timetable.week(day)
        decided = said.get(day)
        if decided is not None:
            yield _decided(day, decided, week)
            continue
        if day in off:
            yield Day(day, DayKind.off, Reason.statutory_holiday, name=off[day])
            continue
        make_up = day in worked
        spans = week[_MONDAY - 1 if make_up else day.weekday()]
        if not spans:
            weekend = day.weekday() >= _SATURDAY
            yield Day(day, DayKind.off, Reason.weekend if weekend else Reason.no_hours)
            continue
        yield _by_term(day, terms[school_year_of(day)], spans, make_up, day.year not in unknown)


def years_without_holidays(calendar: SchoolCalendar) -> list[int]:
    """Years of the calendar whose holidays are neither published nor said to be entered."""
    known = set(calendar.statutory.years) | _declared(calendar)
    years = range(calendar.first_day.year, calendar.last_day.year + 1)
    return [year for year in years if year not in known]


def _decided(day: date, said: _Said, week: tuple[tuple[Span, ...], ...]) -> Day:
    name, owner = said.entry.name, said.owner
    if said.entry.kind is not CalendarKind.make_up:
        return Day(day, DayKind.off, Reason.day_off, name=name, owner=owner)
    spans = week[(said.entry.follows or _MONDAY) - 1]
    if not spans:
        return Day(day, DayKind.off, Reason.no_hours, name=name, owner=owner)
    return Day(day, DayKind.lessons, None, spans, name, owner, make_up=True)


def _by_term(
    day: date, terms: list[_Said], spans: tuple[Span, ...], make_up: bool, holidays_known: bool
) -> Day:
    if not terms:
        return Day(day, DayKind.unknown, Reason.no_term, spans)
    term = next((one for one in terms if one.entry.first_day <= day <= one.entry.last_day), None)
    if term is None:
        return Day(day, DayKind.off, Reason.vacation, owner=terms[0].owner)
    if not holidays_known:
        return Day(day, DayKind.unknown, Reason.holidays_unknown, spans)
    return Day(day, DayKind.lessons, None, spans, term.entry.name, term.owner, make_up)


def _said(calendar: SchoolCalendar, first_day: date, last_day: date) -> dict[date, _Said]:
    """Who decides about which day: the nearest owner, and of one owner a make-up day."""
    found: dict[date, _Said] = {}
    for layer in reversed(calendar.layers):
        ordered = sorted(
            (one for one in layer.days if one.kind in (CalendarKind.day_off, CalendarKind.make_up)),
            key=lambda one: (one.kind is CalendarKind.make_up, one.first_day, one.id),
        )
        for one in ordered:
            begin = max(first_day, one.first_day).toordinal()
            for ordinal in range(begin, min(last_day, one.last_day).toordinal() + 1):
                found[date.fromordinal(ordinal)] = _Said(layer.owner, one)
    return found


def _terms(calendar: SchoolCalendar, school_year: int) -> list[_Said]:
    """The terms of a school year by the nearest owner that has entered any."""
    for layer in calendar.layers:
        found = [
            _Said(layer.owner, one)
            for one in layer.days
            if one.kind is CalendarKind.term and school_year_of(one.first_day) == school_year
        ]
        if found:
            return found
    return []


def _declared(calendar: SchoolCalendar) -> set[int]:
    """Years of which an owner says that all their holidays are entered."""
    return {
        year
        for layer in calendar.layers
        for one in layer.days
        if one.kind is CalendarKind.holidays_entered
        for year in range(one.first_day.year, one.last_day.year + 1)
    }
