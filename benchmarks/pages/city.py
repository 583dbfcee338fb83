"""A city that can be looked at: register, line tests and curves, served on a free port."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from sqlalchemy import Engine, text

from controller.app import create_app
from controller.counting import COUNT_SECONDS, count_ahead
from controller.finding import EVERY_SOURCE
from controller.jobs import Jobs, LongJob
from controller.last_tests import DOWNLOAD, UPLOAD
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import MetricStore
from controller.packing import PACK_SECONDS, pack_schools
from controller.settings import Settings
from controller.telemetry import Telemetry
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.migrations import upgrade
from inventory.search.upkeep import AT_ONCE, mark_everything, write_stale
from tests.controller.serving import serving
from tests.register import Size, fill
from tests.register_ledger import fill_ledger

#: A day's silence is none: who is not written about does not grow old meanwhile.
CADENCE_SECONDS = 86_400.0
_DAYS, _HOUR, _MINUTES = 31, 3_600_000, 300_000
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class City:
    """One that is served; ``base`` is its address."""

    app: FastAPI
    base: str
    jobs: tuple[LongJob, ...]

    def count(self) -> tuple[float, float]:
        """Count ahead once more; seconds by the clock, and of this thread's processor time."""
        cpu, began = time.thread_time(), time.perf_counter()
        self.run(self.jobs[0])
        return time.perf_counter() - began, time.thread_time() - cpu

    def run(self, job: LongJob) -> None:
        """Do one of the jobs now; raises ``SystemExit`` where it fails."""
        if not Jobs((), session_factory(self.engine), Telemetry()).run_once(job):
            raise SystemExit(f"{job.name} failed")

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.state.engine
        return engine


def build(url: str, size: Size) -> None:
    """Migrate and fill a database, and write down what is searched of it."""
    upgrade(url)
    engine = make_engine(url)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        fill(connection, size, datetime.now(UTC))
        fill_ledger(connection, size, datetime.now(UTC))
    index(engine)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def index(engine: Engine) -> None:
    """Write everything that is searched; rows filled by SQL have noted nothing of themselves."""
    sessions = session_factory(engine)
    with unit_of_work(sessions) as session:
        mark_everything(session, EVERY_SOURCE)
    written = AT_ONCE
    while written == AT_ONCE:
        with unit_of_work(sessions) as session:
            written = write_stale(session, EVERY_SOURCE)


def curves(folder: Path, size: Size, device: str) -> MetricStore:
    """A store with a month: two tests an hour of every line, and the vitals of one device."""
    store = DuckDbStore(folder)
    end = int(datetime.now(UTC).timestamp() * 1000)
    dice = np.random.default_rng(5)

    def load(series: list[tuple[str, str, str]], every: int) -> None:
        steps = _DAYS * 24 * _HOUR // every
        times = np.tile(end - every * np.arange(steps, dtype=np.int64)[::-1], len(series))
        index = np.repeat(np.arange(len(series), dtype=np.int32), steps)
        # From a tenth of what was contracted to all of it.
        store.load(series, times, index, 2e8 * dice.uniform(0.1, 1.0, len(times)))

    lines = [f"l{number:04}" for number in range(size.schools)]
    load([(line, metric, "") for line in lines for metric in (DOWNLOAD, UPLOAD)], _HOUR)
    ports = [f"GE0/0/{number}" for number in range(8)]
    traffic = ("port_in_bits_per_second", "port_out_bits_per_second")
    load([(device, metric, port) for metric in traffic for port in ports], _MINUTES)
    return store


@contextmanager
def looked_at(url: str, folder: Path, size: Size, *, device: str) -> Iterator[City]:
    """Serve it, counted every 15 s and packed every minute, while its boxes write."""
    settings = Settings(
        database_url=url,
        secret_key_file=folder / "secret.key",
        metrics_url=f"duckdb:///{folder}/unused",
        jobs=False,
        poll_seconds=CADENCE_SECONDS,
    )
    store = curves(folder / "metrics", size, device)
    app = create_app(settings, store=store)
    with ExitStack() as ends:
        base = ends.enter_context(serving(app))
        count = LongJob("count_ahead", COUNT_SECONDS, count_ahead(store, app.state.cadence))
        city = City(app, base, (count, LongJob("pack_schools", PACK_SECONDS, pack_schools)))
        ends.enter_context(_working(city))
        ends.enter_context(_writing(url, size))
        yield city


@contextmanager
def _working(city: City) -> Iterator[None]:
    ended = threading.Event()

    def work(job: LongJob) -> None:
        while not ended.wait(job.every_seconds):
            city.run(job)

    threads = [threading.Thread(target=work, args=(job,)) for job in city.jobs]
    for job in city.jobs:
        city.run(job)
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@contextmanager
def _writing(url: str, size: Size) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.pages.writer", url]
    writer = subprocess.Popen([*command, str(size.schools), str(size.devices)], cwd=_ROOT)
    try:
        yield
        if writer.poll() is not None:
            raise SystemExit("nothing was written meanwhile: the writer ended by itself")
    finally:
        writer.terminate()
        writer.wait(30)
