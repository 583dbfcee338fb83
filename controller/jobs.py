"""What the controller does by itself, on a clock.

A job never overlaps itself, catches up with one run however many it missed, and of several
controllers one runs them all (``controller.leadership``); another takes over within seconds.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zlib import crc32

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import text
from sqlmodel import Session

from alerts.evaluation import Rules, evaluate, judge_vitals, look_around
from alerts.history import MOST, review
from alerts.judgement import judge
from alerts.judging.conditions import Forecast, Measured, Rate
from alerts.storm.keeping import Storms, storms_are_about
from controller.leadership import Alone, Leadership
from controller.metrics.store import MetricStore
from controller.telemetry import Telemetry
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.days import day_of
from inventory.repositories.people import WebSessionRepository
from inventory.schools.changes import carry_out_due
from inventory.scope import Scope

logger = logging.getLogger(__name__)
#: Between two questions for the leadership.
_ASK_SECONDS = 2.0
#: Between two looks of the alert rules, at which their spans hold as they are written.
_USUAL_SECONDS = 20.0
#: Between two looks at trends of weeks, and at how fast values move: tables are read as often.
_SELDOM: Mapping[type[Measured], timedelta] = {
    Forecast: timedelta(hours=1),
    Rate: timedelta(minutes=5),
}
#: Subjects judged, and devices reviewed, in one transaction.
_JUDGED_AT_ONCE, _REVIEWED_AT_ONCE = 200, 20


class Transactions(Protocol):
    """Short transactions of a long job."""

    def reading(self) -> AbstractContextManager[Session]:
        """A look that keeps nobody waiting."""
        ...

    def writing(self) -> AbstractContextManager[Session]:
        """One that commits at its end.

        Raises:
            NotTheLeader: another controller runs the jobs by now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One task: ``run(session, now)`` inside a transaction that commits when it returns."""

    name: str
    every_seconds: float
    run: Callable[[Session, datetime], object]


@dataclass(frozen=True, slots=True)
class LongJob:
    """One task that takes its time: ``run(transactions, now)`` begins and ends its own."""

    name: str
    every_seconds: float
    run: Callable[[Transactions, datetime], object]


class NotTheLeader(Exception):
    """Another controller runs the jobs, or this one is being run there."""


class Jobs:
    """Runs jobs in threads of their own, from ``start`` to ``stop``."""

    def __init__(
        self,
        jobs: tuple[Job | LongJob, ...],
        sessions: SessionFactory,
        telemetry: Telemetry,
        leadership: Leadership | None = None,
    ):
        self._jobs = jobs
        self._sessions = sessions
        self._telemetry = telemetry
        self._leadership = leadership or Alone()
        self._leads = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                "default": {"type": "threadpool", "max_workers": 2},
                "leadership": {"type": "threadpool", "max_workers": 1},
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        self._telemetry.job_leader.set_function(lambda: float(self._leads))
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
        self._leads = self._leadership.hold()
        self._scheduler.add_job(
            self._ask, "interval", seconds=_ASK_SECONDS, id="leadership", executor="leadership"
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Wait for what runs; start nothing more; let another controller go on."""
        self._scheduler.shutdown(wait=True)
        self._leadership.leave()

    def run_once(self, job: Job | LongJob) -> bool:
        """Run a job now, unless another controller does; never raises for the job's fault."""
        began = time.monotonic()
        try:
            if self._leadership.hold():
                self._run(job)
                result = "done"
            else:
                result = "elsewhere"
        except NotTheLeader:
            result = "elsewhere"
        except Exception:
            logger.exception("job %s failed; it runs again in %s s", job.name, job.every_seconds)
            result = "failed"
        self._telemetry.job_ran(job.name, result, time.monotonic() - began)
        return result == "done"

    def _run(self, job: Job | LongJob) -> None:
        transactions = _Fenced(job.name, self._sessions, self._leadership)
        now = datetime.now(UTC)
        if isinstance(job, LongJob):
            job.run(transactions, now)
        else:
            with transactions.writing() as session:
                job.run(session, now)

    def _ask(self) -> None:
        """Ask for the leadership; a new leader runs everything at once."""
        leads, self._leads = self._leads, self._leadership.hold()
        if self._leads and not leads:
            for job in self._jobs:
                self._scheduler.modify_job(job.name, next_run_time=datetime.now(UTC))


class _Fenced:
    """Transactions of the leader: whoever lost the leadership unnoticed writes nothing more."""

    def __init__(self, name: str, sessions: SessionFactory, leadership: Leadership) -> None:
        self._key = crc32(f"campus-fleet job {name}".encode())
        self._sessions = sessions
        self._leadership = leadership

    def reading(self) -> AbstractContextManager[Session]:
        return read_only(self._sessions)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with unit_of_work(self._sessions) as session:
            if session.connection().dialect.name == "postgresql":
                # First the job's own lock: a leader before us may still be in the middle of it.
                lock = text("SELECT pg_try_advisory_xact_lock(:key)")
                if not session.execute(lock, {"key": self._key}).scalar_one():
                    raise NotTheLeader
            if not self._leadership.confirmed(session):
                raise NotTheLeader
            yield session


def judge_alerts(
    store: MetricStore, quiet_period: timedelta, every_seconds: float = _USUAL_SECONDS
) -> Callable[[Transactions, datetime], None]:
    """The job that opens and clears alerts by what the stores hold.

    Who looks more often than usual has devices that are polled more often, too: all spans of the
    rules are shorter by as much.
    """
    everything = Scope.everything()
    written = Rules(pace=min(1.0, every_seconds / _USUAL_SECONDS))
    begun: list[datetime] = []

    def run(transactions: Transactions, now: datetime) -> None:
        # Who was away heard no box: their silence counts from the first look on.
        if not begun:
            begun.append(now)
        rules = replace(written, listening_since=begun[0])
        with transactions.reading() as session:
            news = look_around(session, store, now, everything, rules=rules)
            subjects = news.subjects
            judged = rules.with_those_of_bureaus(session).judged
            stormy = storms_are_about(session, news.dark, judged)
        if stormy:
            # Before the single ones, which are held back behind it.
            with transactions.writing() as session:
                Storms(session, judged, now, quiet_period).judge(news.dark)
        for start in range(0, len(subjects), _JUDGED_AT_ONCE):
            some = subjects[start : start + _JUDGED_AT_ONCE]
            with transactions.writing() as session:
                evaluate(
                    session,
                    store,
                    now,
                    everything,
                    subjects=some,
                    rules=rules,
                    quiet_period=quiet_period,
                )

    return run


def judge_measured(
    store: MetricStore, quiet_period: timedelta, every_seconds: float = _USUAL_SECONDS
) -> Callable[[Transactions, datetime], None]:
    """The job that opens and clears alerts by what devices measure of themselves."""
    everything = Scope.everything()
    rules = Rules(pace=min(1.0, every_seconds / _USUAL_SECONDS))
    looked: dict[type[Measured], datetime] = {}

    def run(transactions: Transactions, now: datetime) -> None:
        due = [
            one
            for one, every in _SELDOM.items()
            if one not in looked or now - looked[one] >= every * rules.pace
        ]
        but = tuple(one for one in _SELDOM if one not in due)
        with transactions.reading() as session:
            findings, clears = judge_vitals(session, store, now, everything, rules=rules, but=but)
        if findings or clears:
            with transactions.writing() as session:
                judge(session, findings, clears, now, quiet_period=quiet_period)
        looked.update(dict.fromkeys(due, now))

    return run


def review_alerts(
    store: MetricStore, quiet_period: timedelta, every_seconds: float = _USUAL_SECONDS
) -> Callable[[Transactions, datetime], None]:
    """The job that makes the alerts of a past that came late."""
    rules = Rules(pace=min(1.0, every_seconds / _USUAL_SECONDS))

    def run(transactions: Transactions, now: datetime) -> None:
        for _ in range(0, MOST, _REVIEWED_AT_ONCE):
            with transactions.writing() as session:
                done = review(
                    session,
                    store,
                    now,
                    rules=rules,
                    quiet_period=quiet_period,
                    most=_REVIEWED_AT_ONCE,
                )
            if done < _REVIEWED_AT_ONCE:
                return

    return run


def tidy_metrics(store: MetricStore) -> Callable[[Transactions, datetime], None]:
    """The job that keeps the metric store in order; it needs no transaction."""

    def run(_: Transactions, now: datetime) -> None:
        store.tidy(round(now.timestamp() * 1000))

    return run


def forget_expired_sessions(session: Session, now: datetime) -> None:
    """Housekeeping: browser sessions that are over."""
    WebSessionRepository(session, Scope.everything()).forget_expired(now)


def carry_out_school_changes(session: Session, now: datetime) -> None:
    """Let schools close, merge and move whose day has come where the bureau is."""
    done = carry_out_due(session, now, day_of(now))
    if done:
        logger.info("%d schools have closed, merged or moved", done)
