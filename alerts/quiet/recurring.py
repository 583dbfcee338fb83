"""The stretches of time a maintenance window means, in Beijing time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from alerts.quiet.models import MaintenanceWindow
from inventory.days import ZONE, day_of

MINUTES_A_DAY = 1_440
_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """From a moment until another one, which is not included."""

    begin: datetime
    end: datetime


def stretches(window: MaintenanceWindow, since: datetime, until: datetime) -> Iterator[Stretch]:
    """Those of a window that touch ``[since, until)``, in order; none of one that was undone.

    One that was ended early ends then; so does what it would have repeated.
    """
    first = window.begins_at
    last = window.ends_at if window.ended_at is None else min(window.ends_at, window.ended_at)
    if window.is_undone:
        return
    for begin, end in _planned(window, max(first, since), min(last, until)):
        found = Stretch(max(begin, first), min(end, last))
        if found.begin < found.end and found.begin < until and found.end > since:
            yield found


def holds(window: MaintenanceWindow, at: datetime) -> Stretch | None:
    """The stretch a moment lies in."""
    return next(stretches(window, at, at + timedelta(microseconds=1)), None)


def following(window: MaintenanceWindow, at: datetime) -> Stretch | None:
    """The stretch a moment lies in, or else the next one."""
    # A week on is another one of the same day, if there is one at all.
    begin = max(at, window.begins_at)
    return next(stretches(window, at, begin + 8 * _DAY), None)


def _planned(window: MaintenanceWindow, since: datetime, until: datetime) -> Iterator[Stretch]:
    if not window.weekdays:
        yield Stretch(window.begins_at, window.ends_at)
        return
    if until <= since:
        return
    begin, end = window.from_minute or 0, window.until_minute or 0
    if end <= begin:
        end += MINUTES_A_DAY
    day = day_of(since) - _DAY
    while day <= day_of(until):
        if str(day.isoweekday()) in window.weekdays:
            yield Stretch(_moment(day, begin), _moment(day, end))
        day += _DAY


def _moment(day: date, minute: int) -> datetime:
    later, minute = divmod(minute, MINUTES_A_DAY)
    return datetime.combine(day + later * _DAY, time(minute // 60, minute % 60), ZONE)
