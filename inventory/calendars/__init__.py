"""When schools teach (校历): terms, holidays, hours of a day, and times in which nothing is tested.

``school_hours`` answers for one calendar, ``hours_of_schools`` for many; ``Calendars`` reads
calendars from the register, ``document`` writes one down and ``read_document`` reads it back.
"""

from inventory.calendars.calendar import (
    BlackoutEntry,
    DayEntry,
    HoursEntry,
    Layer,
    SchoolCalendar,
    StatutoryDays,
    school_year_of,
)
from inventory.calendars.document import digest, document, read_document
from inventory.calendars.hours import (
    Cut,
    ExcludedDay,
    Reason,
    SchoolHours,
    Window,
    hours_of_schools,
    school_hours,
)

__all__ = [
    "BlackoutEntry",
    "Cut",
    "DayEntry",
    "ExcludedDay",
    "HoursEntry",
    "Layer",
    "Reason",
    "SchoolCalendar",
    "SchoolHours",
    "StatutoryDays",
    "Window",
    "digest",
    "document",
    "hours_of_schools",
    "read_document",
    "school_hours",
    "school_year_of",
]
