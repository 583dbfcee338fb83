"""How the box itself is, for Prometheus.

Figures are read when somebody asks for them. Few boxes are ever asked, so prometheus-client and the
servers it brings (1.3 MB) are loaded with the first scrape.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from agent.uplink.sender import Answer
from agent.uplink.spool import Fault, Spool
from agent.watch.load import Load
from drivers.readings import Outcome, Poll

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric


@dataclass(frozen=True, slots=True)
class _Family:
    """One metric and where its values come from, by the value of its label."""

    name: str
    text: str
    values: Callable[[], Mapping[str, float]]
    label: str = ""
    counts: bool = False


class AgentMetrics:
    """Figures of one agent, in a registry of their own."""

    def __init__(self) -> None:
        self._families: list[_Family] = []
        self._polls: Counter[str] = Counter({outcome.value: 0 for outcome in Outcome})
        self._answers: Counter[str] = Counter({answer.value: 0 for answer in Answer})
        self._readings = 0
        self.watch_counts(
            "fleet_agent_polls", "Polls by outcome.", lambda: self._polls, label="outcome"
        )
        self.watch_counts(
            "fleet_agent_uplink_answers",
            "Exchanges with the controller by what it answered.",
            lambda: self._answers,
            label="answer",
        )
        self.watch_counts(
            "fleet_agent_readings", "Readings taken.", lambda: {"": self._readings}, label=""
        )

    def polled(self, poll: Poll) -> None:
        self._polls[poll.outcome.value] += 1
        self._readings += sum(map(len, poll.blocks))

    def answered(self, answer: Answer) -> None:
        self._answers[answer.value] += 1

    def watch_spool(self, spool: Spool, refuge: Spool) -> None:
        """Depth, bytes, drops and what is the matter with the disk, read when scraped.

        Args:
            spool: on disk.
            refuge: in memory, while the disk takes nothing.
        """
        for name, text, value in (
            (
                "fleet_agent_spool_batches",
                "Batches waiting for the controller.",
                lambda: spool.depth[0] + refuge.depth[0],
            ),
            (
                "fleet_agent_spool_bytes",
                "Bytes waiting for the controller.",
                lambda: spool.depth[1] + refuge.depth[1],
            ),
            (
                "fleet_agent_spool_dropped",
                "Batches dropped since the spool was begun.",
                lambda: spool.depth[2] + refuge.depth[2],
            ),
            (
                "fleet_agent_spool_dropped_readings",
                "Readings in the batches dropped.",
                lambda: spool.dropped_readings + refuge.dropped_readings,
            ),
            (
                "fleet_agent_spool_in_memory_batches",
                "Batches that wait in memory, because the disk takes nothing.",
                lambda: refuge.depth[0],
            ),
            (
                "fleet_agent_spool_set_aside",
                "Damaged spools that lie beside the spool.",
                lambda: spool.set_aside,
            ),
        ):
            self.watch_number(name, text, value)
        faults = sorted(fault.value for fault in Fault if fault is not Fault.none)
        self._watch(
            "fleet_agent_spool_fault",
            "1 for what keeps the disk from taking readings.",
            lambda: {fault: float(spool.fault.value == fault) for fault in faults},
            label="fault",
        )

    def watch_number(self, name: str, text: str, value: Callable[[], float]) -> None:
        """One gauge, read when scraped."""
        self._watch(name, text, lambda: {"": value()})

    def watch_engine(self, counters: Callable[[], Mapping[str, int]]) -> None:
        """The SNMP engine's own counters, read when scraped."""
        for name in counters():
            self.watch_counts(
                f"fleet_agent_snmp_{name}",
                f"SNMP engine: {name.replace('_', ' ')}.",
                lambda name=name: {"": counters()[name]},  # type: ignore[misc]
                label="",
            )

    def watch_counts(
        self,
        name: str,
        text: str,
        counts: Callable[[], Mapping[str, int]],
        *,
        label: str = "what",
    ) -> None:
        """One counter with one label, read when scraped."""
        self._families.append(_Family(name, text, counts, label, counts=True))

    def watch_load(self, load: Load) -> None:
        """How late polls end, and what is left out for it."""
        self.watch_number(
            "fleet_agent_poll_lag_seconds",
            "Time from when a beat was due to when it was over, in the middle of the last ones.",
            lambda: load.lag,
        )
        self.watch_counts(
            "fleet_agent_shed",
            "Tables that were due and left out because the box cannot keep up.",
            lambda: load.shed,
            label="table",
        )

    def page(self) -> bytes:
        """Everything, in Prometheus' text format."""
        from prometheus_client import generate_latest  # noqa: PLC0415  (when somebody asks)

        return generate_latest(self.registry)

    def _watch(
        self, name: str, text: str, values: Callable[[], Mapping[str, float]], label: str = ""
    ) -> None:
        self._families.append(_Family(name, text, values, label))

    @cached_property
    def registry(self) -> "CollectorRegistry":
        """Of prometheus-client, for whoever wants more than the page."""
        from prometheus_client import CollectorRegistry  # noqa: PLC0415  (when somebody asks)
        from prometheus_client.registry import Collector  # noqa: PLC0415

        families = self._families

        class _Figures(Collector):
            def collect(self) -> "Iterator[Metric]":
                return map(_read, families)

        registry = CollectorRegistry()
        registry.register(_Figures())
        return registry


def _read(family: _Family) -> "Metric":
    from prometheus_client.core import (  # noqa: PLC0415  (when somebody asks)
        CounterMetricFamily,
        GaugeMetricFamily,
    )

    kind = CounterMetricFamily if family.counts else GaugeMetricFamily
    read = kind(family.name, family.text, labels=[family.label] if family.label else [])
    for what, value in family.values().items():
        read.add_metric([what] if family.label else [], value)
    return read
