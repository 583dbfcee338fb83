"""Months as their first days. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def after(month: date) -> date:
    """The month after."""
    return (month + timedelta(days=31)).replace(day=1)


def last_day(month: date) -> date:
    return after(month) - timedelta(days=1)


def months_up_to(month: date, number: int) -> Sequence[date]:
    """So many months, the earliest first, ending with this one."""
    found = [month]
    while len(found) < number:
        found.append(month_of(found[-1] - timedelta(days=1)))
    return found[::-1]


def months_between(first: date, last: date) -> Sequence[date]:
    """Months from that of one day to that of another, both included."""
    found = []
    month = month_of(first)
    while month <= last:
        found.append(month)
        month = after(month)
    return found
