"""The metric store of a city against the one of a single machine, on the same readings.

Run ``python benchmarks/victoria.py [--series 4000] [--days 7]``. A real VictoriaMetrics and a real
PostgreSQL are started here, with the flags of docs/deploy.md; the peer is ``DuckDbStore`` in the
same run. CPU seconds are those of this process: encoding, journal and delivery, to the last sample
delivered. The budget: a CPU second of ours takes in at least a fifth of what DuckDB's does.
With ``--days 31`` there are 35.7 million samples; "ten hours of each day" is then what a month's
verdict asks for, and is right only if both stores tell the same.
"""

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import psycopg

import controller.metrics.victoria.tables  # noqa: F401 - part of the database
from benchmarks.citywide.processes import free_port
from benchmarks.metric_store import STEP, batches
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import Append, BatchKey, MetricStore
from controller.metrics.victoria.client import Access, MetricServer
from controller.metrics.victoria.store import VictoriaStore
from inventory.database import make_engine
from inventory.migrations import upgrade

BUDGET = 1 / 5
FLAGS = ("-retentionPeriod=100y", "-dedup.minScrapeInterval=1ms", "-memory.allowedBytes=2GB")


def wait_for(answers: Callable[[], object], *errors: type[Exception]) -> None:
    for _ in range(600):
        try:
            answers()
        except errors:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("a server does not answer")


@contextmanager
def running(command: Sequence[str | Path], folder: Path, user: str | None) -> Iterator[None]:
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(command, cwd=folder, user=user, stdout=log, stderr=log)
    try:
        yield
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL that really writes to disk; yields the URL of a migrated database."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    folder, port = Path(tempfile.mkdtemp(prefix="victoria-postgres-")), free_port()
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    try:
        made = [programs / "initdb", "-D", "data", "-U", "fleet", "-A", "trust", "-E", "UTF8"]
        subprocess.run(made, check=True, cwd=folder, user=user, stdout=subprocess.DEVNULL)
        options = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        command = [programs / "postgres", "-D", "data", *(w for o in options for w in ("-c", o))]
        with running(command, folder, user):
            url = f"postgresql://fleet@127.0.0.1:{port}/postgres"
            wait_for(lambda: psycopg.connect(url).close(), psycopg.OperationalError)
            migrated = url.replace("postgresql:", "postgresql+psycopg:")
            upgrade(migrated)
            yield migrated
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def victoria() -> Iterator[tuple[str, Path]]:
    """A VictoriaMetrics; yields its URL and the folder of its data."""
    folder, port = Path(tempfile.mkdtemp(prefix="victoria-")), free_port()
    address = f"127.0.0.1:{port}"
    command = ["victoria-metrics", f"-httpListenAddr={address}", "-storageDataPath=data", *FLAGS]
    try:
        with running(command, folder, None):
            url = f"http://{address}"
            wait_for(lambda: httpx.get(f"{url}/health", trust_env=False), httpx.TransportError)
            time.sleep(2.5)  # a server just begun gets nothing yet; that is not to be measured
            yield url, folder / "data"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def append_rate(
    store: MetricStore, settle: Callable[[], None], asked: argparse.Namespace, group: int
) -> float:
    """Readings a CPU second; making the values is not counted."""
    start = int(time.time() * 1000) - asked.ticks * STEP - group * 86_400_000
    made = [
        Append(BatchKey("a", f"e{group}", batch.key.sequence), batch.rows)
        for tick in batches(asked.switches, asked.ticks, start)
        for batch in tick
    ]
    rows = sum(len(block) for one in made for row in one.rows for block in row.blocks)
    cpu, begun = time.process_time(), time.perf_counter()
    for first in range(0, len(made), group):
        store.append(made[first : first + group])
    answered = time.perf_counter() - begun
    settle()
    cpu = time.process_time() - cpu
    print(
        f"{type(store).__name__:14} append, {group:2} batches a commit: {rows / cpu:11,.0f}"
        f" readings/CPU s {rows / answered:11,.0f} readings/s answered ({rows:,})"
    )
    return rows / cpu


def fill(store: MetricStore, settle: Callable[[], None], series: int, days: int) -> tuple[int, int]:
    """Five-minute samples by ``load``, a day a call; returns the range."""
    rng = np.random.default_rng(3)
    names = [(f"d{n:016d}", "m", "") for n in range(series)]
    a_day = 86_400_000 // STEP
    end = int(time.time()) * 1000
    start = end - days * 86_400_000
    index = np.tile(np.arange(series, dtype=np.int32), a_day)
    begun = time.perf_counter()
    for day in range(days):
        at = start + day * 86_400_000 + np.repeat(np.arange(a_day, dtype=np.int64) * STEP, series)
        store.load(names, at, index, np.round(rng.gamma(2.0, 2e7, len(at))))
    settle()
    spent = time.perf_counter() - begun
    count = series * a_day * days
    print(f"{type(store).__name__:14} load: {count / spent:11,.0f} samples/s ({count:,})")
    return start, end


def queries(store: MetricStore, series: int, start: int, end: int) -> dict[str, float]:
    """Seconds each question takes, the median of three."""
    answers = {}
    subjects = [f"d{n:016d}" for n in range(series)]
    noon = [(at + 28_800_000, at + 64_800_000) for at in range(start, end, 86_400_000)]
    for name, ask in (
        ("p95 of every series", lambda: store.aggregate("m", start=start, end=end, how="p95")),
        (
            "p95, ten hours of each day",
            lambda: store.aggregate(
                "m", start=start, end=end, how="p95", subjects=subjects, windows=noon
            ),
        ),
        ("one curve, raw", lambda: store.series(subjects[9], ["m"], start=start, end=end)),
        (
            "one curve, 300 steps",
            lambda: store.series(
                subjects[9], ["m"], start=start, end=end, step=(end - start) // 300
            ),
        ),
        ("newest of 2,000", lambda: store.latest(subjects[:2000], ["m"], since=end - 900_000)),
    ):
        took = []
        for _ in range(3):
            begun = time.perf_counter()
            ask()
            took.append(time.perf_counter() - begun)
        answers[name] = sorted(took)[1]
        print(f"{type(store).__name__:14} {name:28} {answers[name] * 1000:9.1f} ms")
    return answers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=4000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--switches", type=int, default=100)
    parser.add_argument("--ticks", type=int, default=10)
    asked = parser.parse_args()
    if not shutil.which("victoria-metrics") or not Path("/usr/lib/postgresql").is_dir():
        print("VictoriaMetrics or PostgreSQL is not installed (tools/debian_packages.sh)")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="victoria-duckdb-"))
    try:
        with postgres() as database, victoria() as (url, data):
            duck = DuckDbStore(folder, threads=2)
            city = VictoriaStore(
                make_engine(database, pool_size=4),
                MetricServer(url, Access()),
                label="bench",
                keep=120.0,
                most_bytes=8 << 30,
            )
            shares = []
            for group in (1, 20):
                peer = append_rate(duck, lambda: None, asked, group)
                shares.append(append_rate(city, city.settle, asked, group) / peer)
            asked_of = []
            for store, settle in ((duck, lambda: None), (city, city.settle)):
                start, end = fill(store, settle, asked.series, asked.days)
                asked_of.append(queries(store, asked.series, start, end))
            for name, seconds in asked_of[0].items():
                print(f"{name:28} {asked_of[1][name] / seconds:6.1f} times what DuckDB takes")
            duck.close()
            city.close()
            size = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
            print(f"VictoriaMetrics on disk, index included: {size / 1e6:,.1f} MB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept = min(shares) >= BUDGET
    print(
        f"a CPU second takes in {shares[0]:.0%} and {shares[1]:.0%} of what DuckDB's does"
        f" (budget {BUDGET:.0%}): {'kept' if kept else 'MISSED'}"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
