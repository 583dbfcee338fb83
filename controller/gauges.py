"""How the whole fleet is, for ``/metrics``; labels are small and fixed.

Counting looks at every device, so it is done every some seconds and not at every scrape.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from alerts.quiet.silenced import SilencedRepository
from alerts.repositories import AlertRepository, TicketRepository
from controller.errors import Unavailable
from controller.prometheus.census import CensusRepository
from controller.prometheus.remembered import Remembered
from inventory.database import SessionFactory, read_only
from inventory.days import day_of
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope
from inventory.status import SILENT_AFTER

Value = TypeVar("Value", bound=StrEnum)
logger = logging.getLogger(__name__)
#: How long a scrape waits for the count; Prometheus gives up after 10 s unless told otherwise.
_PATIENCE_SECONDS = 4.0


class FleetGauges(Collector):
    """Devices by status, open alerts by severity, tickets by state, agents by state, schools.

    Args:
        cadence: the reachability cadence by which silence is judged.
        seconds: how old figures may be.
    """

    def __init__(self, sessions: SessionFactory, cadence: timedelta, seconds: float) -> None:
        self._sessions = sessions
        self._cadence = cadence
        self._remembered: Remembered[None, Sequence[Metric]] = Remembered(seconds, room=1)
        self._counting = ThreadPoolExecutor(1, "count the fleet")
        self._begun: Future[Sequence[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: at registration the database may not be there yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        # A database that hangs must not make the scrape time out: the other figures are worth
        # having just then. A count that takes longer is told at the next scrape.
        begun = self._begun or self._counting.submit(self._remembered.get, None, self._count_now)
        try:
            counted = begun.result(_PATIENCE_SECONDS)
        except TimeoutError:
            self._begun = begun
            return (_up(0),)
        except (SQLAlchemyError, Unavailable):
            self._begun = None
            logger.exception("the fleet could not be counted")
            return (_up(0),)
        self._begun = None
        return (*counted, _up(1))

    def _count_now(self) -> Sequence[Metric]:
        return self._count(datetime.now(UTC))

    def _count(self, now: datetime) -> Sequence[Metric]:
        with read_only(self._sessions) as session:
            everything = Scope.everything()
            devices = DeviceRepository(session, everything).count_by_status(
                now, cadence=self._cadence
            )
            alerts = AlertRepository(session, everything).count_open()
            quiet = SilencedRepository(session, everything).open_at(now, held=False)
            tickets = TicketRepository(session, everything).count_by_state()
            census = CensusRepository(session, everything)
            calling = census.agents(heard_since=now - SILENT_AFTER * self._cadence)
            enrolled = census.agents()
            schools = SchoolRepository(session, everything).count(day_of(now))
        silenced = Counter(one.alert.severity for one in quiet)
        heard = {severity: count - silenced[severity] for severity, count in alerts.items()}
        unheard = {severity: silenced[severity] for severity in alerts}
        counted = GaugeMetricFamily(
            "fleet_counted_timestamp_seconds", "When the figures of the fleet were counted."
        )
        counted.add_metric([], now.timestamp())
        return (
            _family("fleet_devices", "Devices in service by status.", "status", devices),
            _family("fleet_alerts_open", "Open alerts nobody has silenced.", "severity", heard),
            _family("fleet_alerts_silenced", "Open alerts that are silenced.", "severity", unheard),
            _family("fleet_tickets", "Tickets by state.", "state", tickets),
            GaugeMetricFamily("fleet_schools", "Schools.", schools),
            GaugeMetricFamily("fleet_agents", "Agents enrolled and not revoked.", enrolled),
            GaugeMetricFamily(
                "fleet_agents_heard", "Of these, agents whose batches come in.", calling
            ),
            counted,
        )


class Backlog(Protocol):
    """What waits for a metric server: requests, bytes, and seconds since the oldest came."""

    requests: int
    size: int
    seconds: float
    refused: int


@runtime_checkable
class Journalled(Protocol):
    """A metric store that keeps a journal in the database."""

    def backlog(self) -> Backlog: ...


class JournalGauges(Collector):
    """How much of the journal is not yet with the metric server."""

    def __init__(self, store: Journalled) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        backlog = self._store.backlog()
        for name, text, value in (
            ("requests", "Requests that wait for the metric server.", backlog.requests),
            ("bytes", "Their size, compressed.", backlog.size),
            ("oldest_seconds", "How long the oldest of them has waited.", backlog.seconds),
            ("refused_requests", "Requests the metric server calls wrong.", backlog.refused),
        ):
            yield GaugeMetricFamily(f"fleet_metric_store_journal_{name}", text, value)


def watch_store(registry: CollectorRegistry, store: object) -> None:
    """Have the journal of a store that has one told; others have nothing to tell."""
    if isinstance(store, Journalled):
        registry.register(JournalGauges(store))


def _up(value: int) -> Metric:
    return GaugeMetricFamily(
        "fleet_database_up", "1 while the database answers what the fleet is.", value
    )


def _family(name: str, text: str, label: str, counts: Mapping[Value, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([str(value)], count)
    return family
