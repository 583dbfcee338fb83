"""What the controller does by itself, on a clock.

A job never overlaps itself, catches up with one run however many it missed, and only one
controller of several runs it: on PostgreSQL each run asks for an advisory lock first.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import text
from sqlmodel import Session

from alerts.evaluation import evaluate
from alerts.history import review
from controller.metrics.store import MetricStore
from controller.telemetry import Telemetry
from inventory.database import SessionFactory, unit_of_work
from inventory.repositories.people import WebSessionRepository
from inventory.scope import Scope

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One task: ``run(session, now)`` inside a transaction that commits when it returns."""

    name: str
    every_seconds: float
    run: Callable[[Session, datetime], object]


class Jobs:
    """Runs jobs in threads of their own, from ``start`` to ``stop``."""

    def __init__(self, jobs: tuple[Job, ...], sessions: SessionFactory, telemetry: Telemetry):
        self._jobs = jobs
        self._sessions = sessions
        self._telemetry = telemetry
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": {"type": "threadpool", "max_workers": 2}},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        for job in self._jobs:
            self._telemetry.watch_job(job.name, job.every_seconds)
            self._scheduler.add_job(
                self.run_once,
                "interval",
                args=(job,),
                seconds=job.every_seconds,
                id=job.name,
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Wait for what runs; start nothing more."""
        self._scheduler.shutdown(wait=True)

    def run_once(self, job: Job) -> bool:
        """Run a job now, unless another controller does; never raises for the job's fault."""
        began = time.monotonic()
        try:
            with unit_of_work(self._sessions) as session:
                mine = _is_mine(session, job.name)
                if mine:
                    job.run(session, datetime.now(UTC))
            result = "done" if mine else "elsewhere"
        except Exception:
            logger.exception("job %s failed; it runs again in %s s", job.name, job.every_seconds)
            result = "failed"
        self._telemetry.job_ran(job.name, result, time.monotonic() - began)
        return result == "done"


def judge_alerts(
    store: MetricStore, quiet_period: timedelta
) -> Callable[[Session, datetime], None]:
    """The job that opens and clears alerts by what the stores hold."""

    def run(session: Session, now: datetime) -> None:
        evaluate(session, store, now, Scope.everything(), quiet_period=quiet_period)

    return run


def review_alerts(
    store: MetricStore, quiet_period: timedelta
) -> Callable[[Session, datetime], None]:
    """The job that makes the alerts of a past that came late."""

    def run(session: Session, now: datetime) -> None:
        review(session, store, now, quiet_period=quiet_period)

    return run


def forget_expired_sessions(session: Session, now: datetime) -> None:
    """Housekeeping: browser sessions that are over."""
    WebSessionRepository(session, Scope.everything()).forget_expired(now)


def _is_mine(session: Session, name: str) -> bool:
    """Whether this transaction is the one to run the job, until it ends."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return True
    key = crc32(f"campus-fleet job {name}".encode())
    lock = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(connection.execute(lock, {"key": key}).scalar_one())
