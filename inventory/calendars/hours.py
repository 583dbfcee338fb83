"""School hours as windows of time: a pure function of a calendar and two days."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from inventory.calendars.calendar import BlackoutEntry, SchoolCalendar, Span
from inventory.calendars.days import Day, DayKind, Reason, days_of
from inventory.calendars.spans import intersection, without
from inventory.calendars.timetable import Timetable
from inventory.models.calendar import BlackoutKind

__all__ = [
    "Cut",
    "DayKind",
    "ExcludedDay",
    "Reason",
    "SchoolHours",
    "Window",
    "hours_of_schools",
    "school_hours",
]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HOUR = 60


class Window(NamedTuple):
    """From ``begin`` until just before ``end``: microseconds since 1970, UTC."""

    begin: int
    end: int

    @property
    def begins_at(self) -> datetime:
        return _EPOCH + self.begin * _MICROSECOND

    @property
    def ends_at(self) -> datetime:
        return _EPOCH + self.end * _MICROSECOND


class ExcludedDay(NamedTuple):
    """A day without school hours that count.

    Args:
        name: of the entry or the holiday (its English name); empty where there is none.
        owner: code of the school or bureau that entered it; empty where nobody did.
    """

    day: date
    reason: Reason
    name: str = ""
    owner: str = ""


class Cut(NamedTuple):
    """School hours that do not count because of a blackout; ``window`` lies within them."""

    window: Window
    kind: BlackoutKind
    name: str
    owner: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class SchoolHours:
    """When a school teaches, and why not at other times.

    Args:
        windows: school hours that count, in order, none overlapping.
        excluded: every day that has no such window, in order.
        cuts: what blackouts took out of school hours.
        unknown: what would be school hours of the days whose reason is ``no_term`` or
            ``holidays_unknown``; a line may be tested then, a verdict must not count it.
    """

    windows: tuple[Window, ...]
    excluded: tuple[ExcludedDay, ...]
    cuts: tuple[Cut, ...]
    unknown: tuple[Window, ...]

    @property
    def seconds(self) -> int:
        """How long all windows are together."""
        return sum(one.end - one.begin for one in self.windows) // 1_000_000


def school_hours(calendar: SchoolCalendar, first_day: date, last_day: date) -> SchoolHours:
    """School hours from ``first_day`` to ``last_day``, both included, by the calendar's clock.

    Raises:
        ValueError: the days are in the wrong order or lie outside those the calendar is of.
    """
    if not calendar.first_day <= first_day <= last_day <= calendar.last_day:
        raise ValueError(f"{first_day} - {last_day}: not within the days the calendar was read for")
    timetable = Timetable(calendar)
    windows: list[Window] = []
    excluded: list[ExcludedDay] = []
    cuts: list[Cut] = []
    unknown: list[Window] = []
    blackouts = _blackouts(calendar, first_day, last_day)
    for day in days_of(calendar, timetable, first_day, last_day):
        its = blackouts.get(day.day, ())
        left = without(day.spans, [one.span for _, one in its]) if its else day.spans
        found = _windows(calendar.zone, day.day.toordinal(), left) if left else ()
        if day.kind is DayKind.unknown:
            unknown += found
        elif day.kind is DayKind.lessons:
            windows += found
            cuts += _cuts(calendar.zone, day, its)
        if day.reason is not None:
            excluded.append(ExcludedDay(day.day, day.reason, day.name, day.owner))
        elif not left:
            owner, cut = its[0]
            excluded.append(ExcludedDay(day.day, Reason.blackout, cut.name, owner))
    return SchoolHours(tuple(windows), tuple(excluded), tuple(cuts), tuple(unknown))


def hours_of_schools(
    calendars: Mapping[str, SchoolCalendar], first_day: date, last_day: date
) -> dict[str, SchoolHours]:
    """School hours by school; those that share one calendar object share their hours.

    Raises:
        ValueError: as of ``school_hours``.
    """
    made: dict[int, SchoolHours] = {}
    found = {}
    for school, calendar in calendars.items():
        key = id(calendar)
        if key not in made:
            made[key] = school_hours(calendar, first_day, last_day)
        found[school] = made[key]
    return found


_Owned = tuple[str, BlackoutEntry]


def _blackouts(
    calendar: SchoolCalendar, first_day: date, last_day: date
) -> Mapping[date, tuple[_Owned, ...]]:
    """Blackouts by day with their owners: those of every layer hold."""
    found: dict[date, tuple[_Owned, ...]] = {}
    for layer in calendar.layers:
        for one in layer.blackouts:
            for day in _days(max(first_day, one.first_day), min(last_day, one.last_day)):
                if not one.weekdays or day.isoweekday() in one.weekdays:
                    found[day] = (*found.get(day, ()), (layer.owner, one))
    return found


def _cuts(zone: str, day: Day, blackouts: Iterable[_Owned]) -> Iterator[Cut]:
    for owner, one in blackouts:
        spans = intersection(day.spans, one.span)
        for window in _windows(zone, day.day.toordinal(), spans):
            yield Cut(window, one.kind, one.name, owner, one.id)


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


@lru_cache(maxsize=65_536)
def _windows(zone: str, ordinal: int, spans: tuple[Span, ...]) -> tuple[Window, ...]:
    """Spans of a day by the clock of a zone as windows.

    Clocks that go forward in a span make it shorter, and one that lies in the hour they leave out
    is none.
    """
    tz = ZoneInfo(zone)
    made = (
        Window(_instant(tz, ordinal, begin), _instant(tz, ordinal, end)) for begin, end in spans
    )
    return tuple(one for one in made if one.begin < one.end)


def _instant(tz: ZoneInfo, ordinal: int, minute: int) -> int:
    days, rest = divmod(minute, 24 * _HOUR)
    day = date.fromordinal(ordinal + days)
    at = datetime(day.year, day.month, day.day, rest // _HOUR, rest % _HOUR, tzinfo=tz)
    return (at.astimezone(UTC) - _EPOCH) // _MICROSECOND
