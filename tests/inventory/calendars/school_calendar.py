"""A calendar to ask for school hours: a city's term over shipped hours, and entries to add."""

from datetime import date, timedelta

from inventory.calendars import (
    BlackoutEntry,
    DayEntry,
    HoursEntry,
    Layer,
    Reason,
    SchoolCalendar,
    SchoolHours,
)
from inventory.calendars.statutory import statutory_days
from inventory.models import BlackoutKind, CalendarKind, Stage

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 30)
TERM = DayEntry("t", 1, CalendarKind.term, "第一学期", date(2026, 9, 1), date(2027, 1, 22))
MORNING, AFTERNOON = (480, 700), (820, 970)
WEEK = ((MORNING, AFTERNOON),) * 5 + ((), ())
DEFAULT = Layer("", hours=(HoursEntry("x", 1, date.min, WEEK, ((),) * 7, False),))
CITY = Layer("33", days=(TERM,))


def calendar(
    *layers: Layer, first: date = FIRST, last: date = LAST, stage: Stage = Stage.primary
) -> SchoolCalendar:
    statutory = statutory_days(first.year, last.year)
    return SchoolCalendar(stage, first, last, (*layers, DEFAULT), statutory)


def day_off(first: date, last: date | None = None, name: str = "运动会") -> DayEntry:
    return DayEntry("o", 1, CalendarKind.day_off, name, first, last or first)


def make_up(day: date, follows: int = 0) -> DayEntry:
    return DayEntry("m", 1, CalendarKind.make_up, "补课", day, day, follows)


def blackout(
    first: date, last: date, span: tuple[int, int], weekdays: tuple[int, ...] = ()
) -> BlackoutEntry:
    return BlackoutEntry("b", 1, BlackoutKind.exam, "期中考试", first, last, weekdays, span)


def reasons(hours: SchoolHours) -> dict[date, Reason]:
    return {one.day: one.reason for one in hours.excluded}


def taught(hours: SchoolHours) -> set[date]:
    """Days with a window, by Beijing's clock, which is eight hours ahead and has no summer time."""
    return {(one.begins_at + timedelta(hours=8)).date() for one in hours.windows}
