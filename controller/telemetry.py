"""The controller's own figures, in a registry of its own, for ``/metrics``."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

#: A commit takes milliseconds when all is well; a slow disk shows in the upper buckets.
_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Telemetry:
    """Counters of one application; labels take few and fixed values."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.batches = Counter(
            "fleet_ingest_batches",
            "Batches by how they ended: stored, already_stored, or the code of the refusal.",
            ["result"],
            registry=self.registry,
        )
        self.readings = Counter("fleet_ingest_readings", "Readings stored.", registry=self.registry)
        self.batch_bytes = Counter(
            "fleet_ingest_bytes", "Bytes of stored batches as they came.", registry=self.registry
        )
        self.batch_seconds = Histogram(
            "fleet_ingest_seconds",
            "From the last byte of a batch to its answer.",
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.commit_seconds = Histogram(
            "fleet_metric_store_commit_seconds",
            "One commit of the metric store, several batches together.",
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.in_flight = Gauge(
            "fleet_ingest_in_flight", "Batches being taken in now.", registry=self.registry
        )
        self.in_flight_bytes = Gauge(
            "fleet_ingest_in_flight_bytes",
            "Memory that batches being taken in now take, unpacked.",
            registry=self.registry,
        )
        self.quarantined = Counter(
            "fleet_ingest_quarantined",
            "Batches set aside because they will never fit, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.polls_left_out = Counter(
            "fleet_ingest_polls_left_out",
            "Polls of stored batches that the agent may not write, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.reports = Counter(
            "fleet_ingest_reports",
            "Events, findings, configurations and results of commands stored.",
            registry=self.registry,
        )
        self.reports_left_out = Counter(
            "fleet_ingest_reports_left_out",
            "Reports of stored batches that the agent may not write.",
            registry=self.registry,
        )
        self.refusals = Counter(
            "fleet_http_refusals",
            "Answers with a problem document, by code.",
            ["code"],
            registry=self.registry,
        )
        self.logins = Counter(
            "fleet_logins", "Log-ins by result.", ["result"], registry=self.registry
        )
        self.long_polls = Gauge(
            "fleet_long_polls",
            "Requests of agents that wait for a plan or for commands.",
            registry=self.registry,
        )
        self.jobs = Counter(
            "fleet_job_runs", "Runs of background jobs.", ["job", "result"], registry=self.registry
        )
        self.job_seconds = Histogram(
            "fleet_job_seconds",
            "How long a background job ran.",
            ["job"],
            registry=self.registry,
            buckets=_SECONDS,
        )
