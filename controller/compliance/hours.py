"""School hours as windows: exclusions taken out, days and hours of the day in them. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from controller.compliance.inputs import Window

#: China keeps UTC+8 all year, and an installation serves one city (``inventory.calendars``).
_OFFSET = 8 * 3_600_000
_HOUR = 3_600_000
_DAY = 24 * _HOUR
_EPOCH = date(1970, 1, 1)


class Slots(NamedTuple):
    """Hours of school days in which a test belongs.

    Args:
        number: of all of them.
        hours: of the day, 0 to 23, local time.
        days: days since 1970, local time.
        edges: at which school hours begin and end by turns, in milliseconds.
    """

    number: int
    hours: frozenset[int]
    days: frozenset[int]
    edges: NDArray[np.int64]


def without(windows: Sequence[Window], taken: Iterable[Window]) -> tuple[Window, ...]:
    """What is left of windows, in order, when others are taken out."""
    left = [one for one in sorted(windows) if one[0] < one[1]]
    for begin, end in taken:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, begin)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return tuple(left)


def seconds_in(windows: Iterable[Window]) -> int:
    return sum(end - begin for begin, end in windows) // 1000


def inside(windows: Sequence[Window], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which times lie within windows that are in order and apart."""
    return between(edges_of(windows), at)


def edges_of(windows: Sequence[Window]) -> NDArray[np.int64]:
    """Beginnings and ends by turns."""
    return np.array(windows, dtype=np.int64).ravel()


def between(edges: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which times lie behind a beginning and before its end."""
    found: NDArray[np.bool_] = np.searchsorted(edges, at, side="right") & 1 == 1
    return found


def slots(windows: Sequence[Window]) -> Slots:
    """Hours of the day of which at least half are school hours, day by day."""
    taught: dict[int, int] = {}
    for begin, end in windows:
        first, last = (begin + _OFFSET) // _HOUR, (end + _OFFSET - 1) // _HOUR
        for hour in range(first, last + 1):
            start = hour * _HOUR - _OFFSET
            part = min(end, start + _HOUR) - max(begin, start)
            taught[hour] = taught.get(hour, 0) + part
    whole = [hour for hour, part in taught.items() if 2 * part >= _HOUR]
    return Slots(
        len(whole),
        frozenset(hour % 24 for hour in whole),
        frozenset(hour // 24 for hour in whole),
        edges_of(windows),
    )


def days_and_hours(at: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Days since 1970, and hours of the day, local time."""
    days, hours = np.divmod((at + _OFFSET) // _HOUR, 24)
    return days, hours


@lru_cache(maxsize=4096)
def day_of(number: int) -> date:
    """The day of so many days since 1970."""
    return _EPOCH + timedelta(days=number)
