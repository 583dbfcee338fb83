"""The hours of a school in which a clock of service goes on."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from inventory.calendars import SchoolCalendar, school_hours
from inventory.models.calendar import BlackoutKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Microseconds.
SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000


class BusinessHours:
    """Windows of time, and how much of them lies between two moments.

    Args:
        windows: (begin, end) in any order; what they share counts once.
    """

    __slots__ = ("_begins", "_ends", "_totals")

    def __init__(self, windows: Iterable[tuple[int, int]]) -> None:
        made = list(_union(windows))
        self._begins = [begin for begin, _ in made]
        self._ends = [end for _, end in made]
        #: All hours until the end of each window.
        self._totals = list(accumulate(end - begin for begin, end in made))

    def between(self, begin: int, end: int) -> int:
        """Business time from one moment to a later one; 0 where ``end`` is not later."""
        return max(0, self._until(end) - self._until(begin))

    def after(self, begin: int, amount: int) -> int | None:
        """The first moment with at least ``amount`` of business time since ``begin``.

        ``None``: the windows end before. Nothing to wait for (0 or less) is over at ``begin``.
        """
        if amount <= 0:
            return begin
        wanted = self._until(begin) + amount
        place = bisect_left(self._totals, wanted)
        if place == len(self._totals):
            return None
        return self._ends[place] - (self._totals[place] - wanted)

    def _until(self, at: int) -> int:
        """All business time before a moment."""
        place = bisect_right(self._begins, at) - 1
        if place < 0:
            return 0
        return self._totals[place] - max(0, self._ends[place] - at)


def business_hours(calendar: SchoolCalendar, first_day: date, last_day: date) -> BusinessHours:
    """The hours of a school in which repairs are promised.

    School hours of days with lessons, make-up days among them. Days that nobody has entered a term
    for count as if there were one: a promise must not wait for a calendar. In exams nobody may
    enter the rooms, so their hours do not count; other times without speed tests do.

    Raises:
        ValueError: as of ``inventory.calendars.school_hours``.
    """
    hours = school_hours(calendar, first_day, last_day)
    exams = [cut.window for cut in hours.cuts if cut.kind is BlackoutKind.exam]
    others = [cut.window for cut in hours.cuts if cut.kind is not BlackoutKind.exam]
    return BusinessHours(_without((*hours.windows, *hours.unknown, *others), exams))


def moment(at: datetime) -> int:
    """An aware time as microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def time_of(at: int) -> datetime:
    """The same back, UTC."""
    return _EPOCH + at * _MICROSECOND


def _union(windows: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    standing: tuple[int, int] | None = None
    for begin, end in sorted(windows):
        if begin >= end:
            continue
        if standing is None or begin > standing[1]:
            if standing is not None:
                yield standing
            standing = (begin, end)
        else:
            standing = (standing[0], max(standing[1], end))
    if standing is not None:
        yield standing


def _without(
    windows: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Windows less the times that were taken from them; both lists are walked once."""
    gaps = list(_union(taken))
    ends = [end for _, end in gaps]
    for begin, end in _union(windows):
        start = begin
        for gap in gaps[bisect_right(ends, begin) :]:
            if gap[0] >= end:
                break
            yield start, gap[0]
            start = gap[1]
        yield start, end
