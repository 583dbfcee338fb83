"""Which hours of a day a school's week has, by whose word and from when on."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from inventory.calendars.calendar import HoursEntry, Layer, SchoolCalendar, Week
from inventory.calendars.spans import union

_EMPTY: Week = ((),) * 7


class Said(NamedTuple):
    """An entry that is in force, and whose it is."""

    owner: str
    entry: HoursEntry


class InForce(NamedTuple):
    """Of each thing the entry that decides it; ``None`` where nobody has said anything."""

    lessons: Said | None
    evenings: Said | None
    boards: Said | None

    @property
    def week(self) -> Week:
        """Lessons, and evenings where students board."""
        lessons = self.lessons.entry.lessons if self.lessons else None
        boards = self.boards is not None and self.boards.entry.boards
        evenings = self.evenings.entry.evenings if boards and self.evenings else None
        return _together(lessons or _EMPTY, evenings or _EMPTY)


class Timetable:
    """The school hours of a calendar's weeks; made once for each of its days that begins another.

    Args:
        calendar: the nearest layer that has said something decides, each thing by itself.
    """

    def __init__(self, calendar: SchoolCalendar) -> None:
        layers = [layer for layer in calendar.layers if layer.hours]
        begins = {entry.first_day for layer in layers for entry in layer.hours}
        first, last = calendar.first_day, calendar.last_day
        self._begins = sorted({first, *(one for one in begins if first < one <= last)})
        self._in_force = [in_force(layers, day) for day in self._begins]
        self._weeks = [one.week for one in self._in_force]

    def week(self, day: date) -> Week:
        """Spans by weekday in the week of that day, which is one of the calendar's."""
        if len(self._weeks) == 1:
            return self._weeks[0]
        return self._weeks[bisect_right(self._begins, day) - 1]


def in_force(layers: Iterable[Layer], day: date) -> InForce:
    """Which entries decide about a day."""
    said = [
        Said(layer.owner, max(begun, key=lambda one: (one.first_day, one.id)))
        for layer in layers
        if (begun := [one for one in layer.hours if one.first_day <= day])
    ]
    return InForce(
        next((one for one in said if one.entry.lessons is not None), None),
        next((one for one in said if one.entry.evenings is not None), None),
        next((one for one in said if one.entry.boards is not None), None),
    )


@lru_cache(maxsize=4096)
def _together(lessons: Week, evenings: Week) -> Week:
    return tuple(union(day + evening) for day, evening in zip(lessons, evenings, strict=True))
