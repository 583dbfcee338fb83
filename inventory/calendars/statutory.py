"""Statutory holidays and the days worked for them (调休), from the library that follows them.

The State Council publishes the days of a year late in the year before. Years that the library
does not know are left out, never worked out from the moon: nobody can know which weekends will be
worked. A newer release of the library brings them, or a bureau enters them.
"""

from functools import cache
from importlib.metadata import version

import chinese_calendar

from inventory.calendars.calendar import StatutoryDays

SOURCE = "chinese-calendar"


@cache
def known_years() -> frozenset[int]:
    """Years whose holidays are published."""
    return frozenset(day.year for day in chinese_calendar.holidays)


@cache
def statutory_days(first_year: int, last_year: int) -> StatutoryDays:
    """The days of the years from one to the other, those among them that are published."""
    asked = range(first_year, last_year + 1)
    return StatutoryDays(
        source=SOURCE,
        version=version(SOURCE),
        years=tuple(sorted(known_years().intersection(asked))),
        off=tuple(
            sorted(
                (day, str(name))
                for day, name in chinese_calendar.holidays.items()
                if day.year in asked
            )
        ),
        worked=tuple(sorted(day for day in chinese_calendar.workdays if day.year in asked)),
    )
