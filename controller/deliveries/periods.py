"""Which period's report is due on a day. Pure."""

from datetime import date, timedelta
from typing import NamedTuple

from inventory.models import DeliveryKind, ReportDelivery

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """Days of a report, both included."""

    first: date
    last: date


def latest(kind: DeliveryKind, today: date) -> Period:
    """The last month or calendar year that is over."""
    last = today.replace(day=1) - _DAY
    if kind is DeliveryKind.year:
        return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    return Period(last.replace(day=1), last)


def due(delivery: ReportDelivery, today: date, made_on: date) -> Period | None:
    """The period whose report is to be sent by now.

    Args:
        delivery: which report, and from which day of the month on.
        today: the day.
        made_on: the day the delivery was made: what was due before then is not sent.
    """
    period = latest(delivery.kind, today)
    on = (period.last + _DAY).replace(day=delivery.day)
    return period if made_on <= on <= today else None
