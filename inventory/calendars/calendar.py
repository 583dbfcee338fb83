"""The calendar of one school as plain values: all that its school hours are made of.

Nothing in here reads a database or a clock: a calendar that was written down and read back gives
the same hours for ever.
"""

from dataclasses import dataclass
from datetime import date

from inventory.days import ZONE
from inventory.models.calendar import BlackoutKind, CalendarKind
from inventory.models.organisation import Stage

#: Minutes of a day, from and until: ``(480, 700)`` is 8:00 to 11:40; 1440 is midnight after it.
Span = tuple[int, int]
#: Spans of Monday, Tuesday, and so on to Sunday; those of a day in order, none overlapping.
Week = tuple[tuple[Span, ...], ...]
#: From this month on a day belongs to the school year that is about to begin.
_AUGUST = 8


@dataclass(frozen=True, slots=True)
class DayEntry:
    """Days that one owner has entered.

    Args:
        revision: grows with each change of the entry.
        follows: by which weekday's hours (1 Monday to 7 Sunday) make-up days are taught; 0 where
            nobody has said.
    """

    id: str
    revision: int
    kind: CalendarKind
    name: str
    first_day: date
    last_day: date
    follows: int = 0


@dataclass(frozen=True, slots=True)
class HoursEntry:
    """School hours that hold from a day on, until a later entry of the same layer begins.

    Args:
        lessons: hours of lessons; ``None`` leaves them to the next layer.
        evenings: hours of schools whose students board; ``None`` likewise.
        boards: whether students board; ``None`` likewise.
    """

    id: str
    revision: int
    first_day: date
    lessons: Week | None = None
    evenings: Week | None = None
    boards: bool | None = None


@dataclass(frozen=True, slots=True)
class BlackoutEntry:
    """Times in which no line is tested and whose minutes do not count.

    Args:
        weekdays: 1 Monday to 7 Sunday; empty for every day from ``first_day`` to ``last_day``.
        span: of each of those days.
    """

    id: str
    revision: int
    kind: BlackoutKind
    name: str
    first_day: date
    last_day: date
    weekdays: tuple[int, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Layer:
    """What one owner says, for a school's stage or for all stages; all of it in a stable order.

    Args:
        owner: code of the school or bureau; empty for what is shipped.
    """

    owner: str
    days: tuple[DayEntry, ...] = ()
    hours: tuple[HoursEntry, ...] = ()
    blackouts: tuple[BlackoutEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class StatutoryDays:
    """Statutory holidays and the days worked for them (调休), as far as they are published.

    Args:
        source, version: the library they come from.
        years: those that are published, of those that were asked for.
        off: days off with the English name of the holiday, weekends among them.
        worked: Saturdays and Sundays on which people work.
    """

    source: str = ""
    version: str = ""
    years: tuple[int, ...] = ()
    off: tuple[tuple[date, str], ...] = ()
    worked: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """Everything that says when a school teaches from ``first_day`` to ``last_day``.

    Args:
        zone: name of the time zone its hours are written in (IANA).
        layers: the nearest owner first: the school, its township, county, city; what is shipped.
            Of one owner what is said of the school's stage comes before what is said of all.
        statutory: what holds where no owner has entered anything.
    """

    stage: Stage
    first_day: date
    last_day: date
    layers: tuple[Layer, ...]
    statutory: StatutoryDays
    zone: str = ZONE.key


def school_year_of(day: date) -> int:
    """The year the school year of a day begins in; August belongs to the one to come."""
    return day.year if day.month >= _AUGUST else day.year - 1
