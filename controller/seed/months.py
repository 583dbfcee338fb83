"""Verdicts of the city's months, computed and kept by the job that does it every night."""

from collections.abc import Iterator
from datetime import date, datetime

from controller.compliance.district.months import after, month_of
from controller.metrics.store import MetricStore
from controller.month_verdicts import OwnSessions, keep_month
from controller.seed.options import CitySpec, History
from inventory.database import SessionFactory
from inventory.days import day_of
from inventory.scope import Scope


def months_of(spec: CitySpec) -> list[date]:
    """First days of the months that have all that a verdict needs, as far as they are told."""
    if spec.history not in (History.sample, History.all):
        return []
    return list(months_between(spec.probed, spec.until))


def keep_months(sessions: SessionFactory, store: MetricStore, spec: CitySpec) -> Iterator[int]:
    """Compute and keep them, one after the other; gives how many schools each has."""
    for month in months_of(spec):
        yield keep_month(
            OwnSessions(sessions),
            store,
            Scope.everything(),
            spec.city_code,
            month,
            now=spec.until,
        )


def months_between(begin: datetime, until: datetime) -> Iterator[date]:
    """First days of the months with a day that is over, the first of them that of ``begin``."""
    month, last = month_of(day_of(begin)), day_of(until)
    # Of the month that runs the days up to yesterday count: on its first one there are none.
    while month < last:
        yield month
        month = after(month)
