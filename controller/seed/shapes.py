"""How much goes on in a school at every minute of a day: 0 at night, 1 in the busiest lesson."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from controller.seed.places import SeedSchool
from controller.seed.terms import CHINA, day_kind
from inventory.models import Stage

_MINUTES: Final = 1_440
_OFFSET: Final = int(CHINA.utcoffset(None).total_seconds() * 1000)
_DAY: Final = 86_400_000
_FIRST: Final = date(1970, 1, 1)
#: A lesson and the break after it, in minutes.
_LESSON: Final = 50
_BREAK: Final = 10

#: (hour, share): days of lessons; the dip at noon; nobody stays in the evening.
_LESSONS: Final = (
    (0, 0.015), (5.5, 0.015), (6.8, 0.05), (7.4, 0.3), (8.0, 0.72), (9.8, 0.95), (11.3, 0.9),
    (11.9, 0.5), (12.5, 0.28), (13.6, 0.33), (14.1, 0.85), (15.5, 1.0), (16.4, 0.8), (17.2, 0.3),
    (18.5, 0.08), (20.0, 0.04), (24, 0.015),
)  # fmt: skip
#: Pupils live there: self-study in the evening, dormitories until the lights go out.
_BOARDERS: Final = (
    (0, 0.03), (5.5, 0.03), (6.3, 0.25), (7.4, 0.4), (8.0, 0.75), (9.8, 0.95), (11.4, 0.9),
    (12.0, 0.55), (12.6, 0.4), (13.7, 0.4), (14.2, 0.85), (15.6, 1.0), (17.0, 0.75), (18.0, 0.4),
    (19.0, 0.6), (20.8, 0.62), (21.8, 0.5), (22.6, 0.12), (24, 0.03),
)  # fmt: skip
#: Teachers on duty, and what runs by itself.
_QUIET: Final = ((0, 0.012), (7.5, 0.014), (9.0, 0.07), (11.5, 0.06), (15.0, 0.065), (18.0, 0.02),
                 (24, 0.012))  # fmt: skip
_QUIET_BOARDERS: Final = ((0, 0.03), (7.5, 0.08), (9.0, 0.3), (12.5, 0.22), (15.0, 0.3),
                          (20.0, 0.35), (22.5, 0.1), (24, 0.03))  # fmt: skip


class Profile(IntEnum):
    """Whose day it is."""

    day_school = 0
    boarding_school = 1
    kindergarten = 2


def profile_of(school: SeedSchool) -> Profile:
    """How a school's day goes."""
    if school.boards:
        return Profile.boarding_school
    return Profile.kindergarten if school.stage is Stage.kindergarten else Profile.day_school


def _curve(points: Sequence[tuple[float, float]], *, lessons: bool = False) -> NDArray[np.float64]:
    minutes = np.arange(_MINUTES)
    hours, shares = zip(*points, strict=True)
    curve: NDArray[np.float64] = np.interp(minutes / 60, hours, shares)
    if lessons:
        in_break = (minutes - 8 * 60) % _LESSON >= _LESSON - _BREAK
        taught = (minutes >= 8 * 60) & (minutes < 17 * 60)
        curve[in_break & taught] *= 0.82
    return curve


#: By profile, kind of day, minute.
_CURVES: Final = np.stack(
    [
        np.stack([_curve(_LESSONS, lessons=True), _curve(_QUIET), _curve(_QUIET) * 0.5]),
        np.stack([_curve(_BOARDERS, lessons=True), _curve(_QUIET_BOARDERS), _curve(_QUIET)]),
        np.stack([_curve(_LESSONS) * 0.9, _curve(_QUIET) * 0.4, _curve(_QUIET) * 0.4]),
    ]
)


def shapes(times: NDArray[np.int64]) -> NDArray[np.float64]:
    """What goes on at each time, by profile: ``len(Profile)`` rows.

    Args:
        times: milliseconds since the epoch, rising or not, of the years 2021 to 2035.
    """
    local = times + _OFFSET
    days = local // _DAY
    kinds = kinds_of(days)
    minutes = local % _DAY // 60_000
    found: NDArray[np.float64] = _CURVES[:, kinds, minutes]
    return found


def kinds_of(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """The kind of each day, given as days since the epoch in China."""
    first, last = int(days.min()), int(days.max())
    known = [int(day_kind(_FIRST + timedelta(days=day))) for day in range(first, last + 1)]
    found: NDArray[np.int64] = np.array(known, dtype=np.int64)[days - first]
    return found
