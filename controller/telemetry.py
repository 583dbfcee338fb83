"""The controller's own figures, in registries of its own, for ``/metrics``.

Labels take few and fixed values: never a school, a device, a person or an address.
"""

import platform
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from sqlalchemy import QueuePool
from sqlalchemy.pool import Pool

from controller.version import VERSION

# A series for the birth of every series tells an operator nothing and doubles the counters.
disable_created_metrics()  # type: ignore[no-untyped-call]

#: Agents are to be answered within a second at p99; a page within 150 ms at p95.
_ANSWER_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
#: A commit takes milliseconds when all is well; a slow disk shows in the upper buckets.
_COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: Jobs are quick or count the whole fleet.
_JOB_SECONDS = (0.01, 0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0)
_LOGINS = ("ok", "refused", "throttled")
_JOB_RESULTS = ("done", "elsewhere", "failed")
_BATCHES = ("stored", "batch_already_stored")


class Telemetry:
    """Figures of one application.

    ``registry`` is this process's own; ``fleet`` is what every process would count alike.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.fleet = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        build = Gauge(
            "fleet_build_info",
            "1, with the versions of this controller and of its Python.",
            ["version", "python_version"],
            registry=self.registry,
        )
        build.labels(VERSION, platform.python_version()).set(1)
        self._watch_ingest()
        self._watch_requests()
        self._watch_jobs()

    def _watch_ingest(self) -> None:
        self.batches = Counter(
            "fleet_ingest_batches",
            "Batches by how they ended: stored, or the code of the refusal.",
            ["result"],
            registry=self.registry,
        )
        for result in _BATCHES:
            self.batches.labels(result)
        self.readings = Counter("fleet_ingest_readings", "Readings stored.", registry=self.registry)
        self.batch_bytes = Counter(
            "fleet_ingest_bytes", "Bytes of stored batches as they came.", registry=self.registry
        )
        self.batch_seconds = Histogram(
            "fleet_ingest_duration_seconds",
            "From the last byte of a batch to its answer.",
            registry=self.registry,
            buckets=_ANSWER_SECONDS,
        )
        self.commit_seconds = Histogram(
            "fleet_metric_store_commit_duration_seconds",
            "One commit of the metric store, several batches together.",
            registry=self.registry,
            buckets=_COMMIT_SECONDS,
        )
        self.in_flight = Gauge(
            "fleet_ingest_in_flight_batches",
            "Batches being taken in now.",
            registry=self.registry,
        )
        self.in_flight_bytes = Gauge(
            "fleet_ingest_in_flight_bytes",
            "Memory that batches being taken in now take, unpacked.",
            registry=self.registry,
        )
        self.quarantined = Counter(
            "fleet_ingest_quarantined_batches",
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

    def _watch_requests(self) -> None:
        self.requests = Counter(
            "fleet_http_requests",
            "Requests answered, by part of the service and class of the status.",
            ["area", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "fleet_http_request_duration_seconds",
            "From a request's head to the last byte of its answer; requests that wait apart.",
            ["area"],
            registry=self.registry,
            buckets=_ANSWER_SECONDS,
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
        for result in _LOGINS:
            self.logins.labels(result)
        self.long_polls = Gauge(
            "fleet_long_polls",
            "Requests of agents that wait for a plan or for commands.",
            registry=self.registry,
        )

    def _watch_jobs(self) -> None:
        # The label is no "job": Prometheus has one of its own, and would call ours exported_job.
        self.jobs = Counter(
            "fleet_job_runs", "Runs of background jobs.", ["task", "result"], registry=self.registry
        )
        self.job_seconds = Histogram(
            "fleet_job_duration_seconds",
            "How long a background job ran.",
            ["task"],
            registry=self.registry,
            buckets=_JOB_SECONDS,
        )
        self._job_interval = Gauge(
            "fleet_job_interval_seconds",
            "How often a background job is to run.",
            ["task"],
            registry=self.registry,
        )
        self.job_leader = Gauge(
            "fleet_job_leader",
            "1 while this process is the one that runs the background jobs.",
            registry=self.registry,
        )
        self._job_done = Gauge(
            "fleet_job_last_success_timestamp_seconds",
            "When this process last ran a background job to its end.",
            ["task"],
            registry=self.registry,
        )

    def watch_job(self, job: str, every_seconds: float) -> None:
        """A job that this process will run: its series begin at 0."""
        self._job_interval.labels(job).set(every_seconds)
        for result in _JOB_RESULTS:
            self.jobs.labels(job, result)

    def job_ran(self, job: str, result: str, seconds: float) -> None:
        """A job ran, or was left to another controller; ``result`` of done, elsewhere, failed."""
        self.jobs.labels(job, result).inc()
        if result != "elsewhere":
            self.job_seconds.labels(job).observe(seconds)
        if result == "done":
            self._job_done.labels(job).set(time.time())

    def watch_pool(self, pool: Pool) -> None:
        """Connections to the database, read when scraped; a pool that counts none is left out."""
        if not isinstance(pool, QueuePool):
            return
        Gauge(
            "fleet_database_connections_in_use",
            "Connections to the database that a request or a job holds.",
            registry=self.registry,
        ).set_function(lambda: float(pool.checkedout()))
        Gauge(
            "fleet_database_connections_limit",
            "Connections this process may hold at once.",
            registry=self.registry,
        ).set(pool.size() + max(0, pool._max_overflow))
