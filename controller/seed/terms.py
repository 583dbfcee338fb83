"""When a school of the synthetic city teaches: terms, weekends, public holidays.

A calendar of its own, for years past and to come, that is the same on every machine
(``docs/decisions/0032-a-calendar-for-the-synthetic-city.md``). It is believable, and no source for
a verdict: days on which people work for a holiday elsewhere are left out.
"""

from datetime import date, datetime, timedelta, timezone
from enum import IntEnum
from functools import cache
from typing import Final

#: China has one time, without summer time.
CHINA: Final = timezone(timedelta(hours=8))

#: First day of the first lunar month, fifth of the fifth, fifteenth of the eighth.
_LUNAR: Final = {
    2021: ((2, 12), (6, 14), (9, 21)),
    2022: ((2, 1), (6, 3), (9, 10)),
    2023: ((1, 22), (6, 22), (9, 29)),
    2024: ((2, 10), (6, 10), (9, 17)),
    2025: ((1, 29), (5, 31), (10, 6)),
    2026: ((2, 17), (6, 19), (9, 25)),
    2027: ((2, 6), (6, 9), (9, 15)),
    2028: ((1, 26), (5, 28), (10, 3)),
    2029: ((2, 13), (6, 16), (9, 22)),
    2030: ((2, 3), (6, 5), (9, 12)),
    2031: ((1, 23), (6, 24), (10, 1)),
    2032: ((2, 11), (6, 12), (9, 19)),
    2033: ((1, 31), (6, 1), (9, 8)),
    2034: ((2, 19), (6, 20), (9, 27)),
    2035: ((2, 8), (6, 10), (9, 16)),
}
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


class DayKind(IntEnum):
    """What a school does on a day."""

    lessons = 0
    weekend = 1
    #: Public holidays, and the vacations between two terms.
    away = 2


@cache
def day_kind(day: date) -> DayKind:
    """What schools do on a day from 2021 to 2035.

    Raises:
        KeyError: another year.
    """
    if day in holidays_of(day.year) or is_vacation(day):
        return DayKind.away
    return DayKind.weekend if day.weekday() >= _SATURDAY else DayKind.lessons


def is_school_hour(at: datetime) -> bool:
    """Whether lessons are given: 08:00 - 17:00 of a day of lessons."""
    local = at.astimezone(CHINA)
    return day_kind(local.date()) is DayKind.lessons and 8 <= local.hour < 17  # noqa: PLR2004


def is_vacation(day: date) -> bool:
    """Whether no term has the day."""
    if (7, 6) <= (day.month, day.day) <= (8, 31):
        return True
    spring = date(day.year, *_LUNAR[day.year][0])
    # Winter vacation ends after the Lantern Festival, the fifteenth of the first month.
    return spring - 20 * _DAY <= day <= spring + 15 * _DAY


@cache
def holidays_of(year: int) -> frozenset[date]:
    """Public holidays of a year from 2021 to 2035."""
    spring, dragon_boat, mid_autumn = (date(year, *day) for day in _LUNAR[year])
    # Tomb sweeping is when the sun stands at 15 degrees: the 4th, later in the years before a leap.
    tombs = date(year, 4, 5 if year % 4 >= 2 else 4)  # noqa: PLR2004
    spans = (
        (date(year, 1, 1), 1),
        (spring - _DAY, 8),
        (_bridged(tombs), 3),
        (date(year, 5, 1), 5),
        (_bridged(dragon_boat), 3),
        (_bridged(mid_autumn), 3),
        (date(year, 10, 1), 7),
    )
    return frozenset(begin + n * _DAY for begin, length in spans for n in range(length))


def _bridged(day: date) -> date:
    """Where three free days around a day begin: beside the weekend when it is next to one."""
    return day - {0: 2, 4: 0, 5: 0, 6: 1}.get(day.weekday(), 0) * _DAY
