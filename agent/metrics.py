"""How the box itself is, for Prometheus: ``/metrics`` on the loopback address by default."""

import logging
from collections.abc import Callable, Iterator, Mapping
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from agent.uplink.sender import Answer
from agent.uplink.spool import Fault, Spool
from agent.watch.load import Load
from drivers.readings import Outcome, Poll

log = logging.getLogger(__name__)


class AgentMetrics:
    """Counters of one agent, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._polls = Counter(
            "fleet_agent_polls", "Polls by outcome.", ["outcome"], registry=self.registry
        )
        self._answers = Counter(
            "fleet_agent_uplink_answers",
            "Exchanges with the controller by what it answered.",
            ["answer"],
            registry=self.registry,
        )
        self._readings = Counter("fleet_agent_readings", "Readings taken.", registry=self.registry)
        for outcome in Outcome:
            self._polls.labels(outcome.value)
        for answer in Answer:
            self._answers.labels(answer.value)

    def polled(self, poll: Poll) -> None:
        self._polls.labels(poll.outcome.value).inc()
        self._readings.inc(sum(map(len, poll.blocks)))

    def answered(self, answer: Answer) -> None:
        self._answers.labels(answer.value).inc()

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
        fault = Gauge(
            "fleet_agent_spool_fault",
            "1 for what keeps the disk from taking readings.",
            ["fault"],
            registry=self.registry,
        )
        for what in set(Fault) - {Fault.none}:
            fault.labels(what.value).set_function(lambda what=what: float(spool.fault is what))  # type: ignore[misc]

    def watch_number(self, name: str, text: str, value: Callable[[], float]) -> None:
        """One gauge, read when scraped."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def watch_engine(self, counters: Callable[[], Mapping[str, int]]) -> None:
        """The SNMP engine's own counters, read when scraped."""
        self.registry.register(_Engine(counters))

    def watch_counts(
        self,
        name: str,
        text: str,
        counts: Callable[[], Mapping[str, int]],
        *,
        label: str = "what",
    ) -> None:
        """One counter with one label, read when scraped."""
        self.registry.register(_Counts(name, text, counts, label))

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

    def serve(self, address: str, port: int) -> Callable[[], None]:
        """Answer scrapes until the returned function is called; port 0 serves nothing."""
        if port == 0:
            return lambda: None
        try:
            server, thread = start_http_server(port, address, self.registry)
        except OSError as error:
            log.warning("no metrics on %s:%d: %s", address, port, error)
            return lambda: None
        return lambda: _stop(server, thread)


def _stop(server: WSGIServer, thread: Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


class _Engine(Collector):
    def __init__(self, counters: Callable[[], Mapping[str, int]]) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        for name, value in self._counters().items():
            yield CounterMetricFamily(
                f"fleet_agent_snmp_{name}", f"SNMP engine: {name.replace('_', ' ')}.", value=value
            )


class _Counts(Collector):
    def __init__(
        self, name: str, text: str, counts: Callable[[], Mapping[str, int]], label: str
    ) -> None:
        self._name, self._text, self._counts, self._label = name, text, counts, label

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._text, labels=[self._label])
        for what, value in self._counts().items():
            family.add_metric([what], value)
        yield family
