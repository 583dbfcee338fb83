"""How the whole fleet is, counted when ``/metrics`` is asked; labels are small and fixed."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from alerts.repositories import AlertRepository, TicketRepository
from inventory.database import SessionFactory, read_only
from inventory.repositories.agents import AgentRepository
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope
from inventory.status import SILENT_AFTER

Value = TypeVar("Value", bound=StrEnum)
logger = logging.getLogger(__name__)


class FleetGauges(Collector):
    """Devices by status, open alerts by severity, tickets by state, agents by state, schools.

    Args:
        cadence: the reachability cadence by which silence is judged.
    """

    def __init__(self, sessions: SessionFactory, cadence: timedelta) -> None:
        self._sessions = sessions
        self._cadence = cadence

    def describe(self) -> Iterable[Metric]:
        """Nothing: at registration the database may not be there yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            return self._count(datetime.now(UTC))
        except SQLAlchemyError:
            # The other figures are worth having just then.
            logger.exception("the fleet could not be counted")
            return ()

    def _count(self, now: datetime) -> Iterable[Metric]:
        with read_only(self._sessions) as session:
            everything = Scope.everything()
            devices = DeviceRepository(session, everything).count_by_status(
                now, cadence=self._cadence
            )
            alerts = AlertRepository(session, everything).count_open()
            tickets = TicketRepository(session, everything).count_by_state()
            agents = AgentRepository(session, everything)
            heard = len(agents.heard_since(now - SILENT_AFTER * self._cadence))
            enrolled = sum(agent.revoked_at is None for agent in agents.all())
            schools = SchoolRepository(session, everything).count()
        return (
            _family("fleet_devices", "Devices in service by status.", "status", devices),
            _family("fleet_alerts_open", "Open alerts by severity.", "severity", alerts),
            _family("fleet_tickets", "Tickets by state.", "state", tickets),
            GaugeMetricFamily("fleet_schools", "Schools.", schools),
            GaugeMetricFamily("fleet_agents", "Agents enrolled and not revoked.", enrolled),
            GaugeMetricFamily("fleet_agents_heard", "Agents heard of lately.", heard),
        )


def _family(name: str, text: str, label: str, counts: Mapping[Value, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([str(value)], count)
    return family
