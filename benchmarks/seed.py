"""``fleet seed``: how fast a synthetic city comes into being.

Run ``python benchmarks/seed.py [--schools 200] [--days 14]``. Samples are made and loaded as the
command does it; the peer loads as many random numbers, of as many series, in blocks of the same
size, so that the ratio is what making believable ones costs. The register goes into SQLite.

``--large`` makes the register of 2,000 schools and 200,000 devices.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from cryptography.fernet import Fernet

import alerts.models  # noqa: F401 - its tables are part of the database
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import MetricStore
from controller.seed.options import CitySpec, History
from controller.seed.people import Login
from controller.seed.run import seed_city
from controller.seed.samples import BLOCK
from inventory import migrations
from inventory.database import make_engine, session_factory
from inventory.secrets import SecretBox

UNTIL = datetime(2026, 9, 24, 7, 0, tzinfo=UTC)
STEP = 300_000
#: All in, a CPU second (issue of the city profile).
BUDGET = 500_000
#: Making samples may cost twice what loading them does.
RATIO = 1 / 3


class Watcher:
    """Watches nothing but when the samples begin."""

    def __init__(self) -> None:
        self.begun = 0.0

    def begin(self, step: str, total: int) -> None:
        self.begun = time.process_time()

    def advance(self, number: int) -> None:
        """Nobody looks."""

    def wants_end(self) -> bool:
        return False

    def registered(self, logins: Sequence[Login]) -> None:
        """Nobody logs in."""


def city(folder: Path, spec: CitySpec) -> tuple[int, float]:
    """Make one; samples, and their rate a CPU second."""
    url = f"sqlite:///{folder / 'fleet.db'}"
    migrations.upgrade(url)
    engine, store, watcher = make_engine(url), DuckDbStore(folder / "metrics"), Watcher()
    cpu, began = time.process_time(), time.perf_counter()
    box = SecretBox(Fernet.generate_key().decode())
    made = seed_city(
        spec, session_factory(engine), store, box=box, password="a" * 12, watcher=watcher
    )
    store.close()
    ended, wall = time.process_time(), time.perf_counter() - began
    loading = wall - made.register_seconds
    size = sum(path.stat().st_size for path in (folder / "metrics").glob("*.duckdb"))
    print(
        f"register: {made.rows:,} rows of {spec.schools:,} schools and {spec.devices:,} devices,"
        f" {made.tickets:,} tickets: {watcher.begun - cpu:.1f} CPU s,"
        f" {made.register_seconds:.1f} s, {made.rows / (watcher.begun - cpu):,.0f} rows/CPU s"
    )
    rate = made.samples / (ended - watcher.begun)
    print(
        f"samples: {made.samples:,}: {rate:,.0f} /CPU s,"
        f" {made.samples / loading:,.0f} /s, {size / made.samples:.1f} bytes each;"
        f" all in {wall:.1f} s, largest memory"
        f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    return made.samples, rate


def bare(store: MetricStore, samples: int, series: int = 1_000) -> float:
    """Load as many random numbers; the rate a CPU second."""
    dice = np.random.default_rng(1)
    names = [(f"d{n}", "cpu_ratio", "") for n in range(series)]
    cpu, loaded, at = 0.0, 0, int(UNTIL.timestamp() * 1000)
    while loaded < samples:
        steps = BLOCK // series
        times = np.tile(at + STEP * np.arange(steps, dtype=np.int64), series)
        index = np.repeat(np.arange(series, dtype=np.int32), steps)
        values = dice.random(len(times))
        began = time.process_time()
        store.load(names, times, index, values)
        cpu += time.process_time() - began
        loaded, at = loaded + len(times), at + STEP * steps
    began = time.process_time()
    store.close()
    rate = loaded / (cpu + time.process_time() - began)
    print(f"peer, random numbers: {loaded:,}: {rate:,.0f} /CPU s")
    return rate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=200)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--large", action="store_true", help="the register of a whole city")
    wanted = parser.parse_args()
    schools = 2_000 if wanted.large else wanted.schools
    spec = CitySpec(
        schools=schools,
        devices=100 * schools,
        days=365 if wanted.large else wanted.days,
        recent_days=0 if wanted.large else wanted.days,
        every=300,
        history=History.sample,
        seed=1,
        until=UNTIL,
    )
    with tempfile.TemporaryDirectory(prefix="seed-") as folder:
        samples, rate = city(Path(folder), spec)
    with tempfile.TemporaryDirectory(prefix="seed-") as folder:
        peer = bare(DuckDbStore(Path(folder)), samples)
    ratio = rate / peer
    print(f"city against random numbers: {ratio:.2f} (budget {RATIO:.2f}, {BUDGET:,} /CPU s)")
    return 0 if ratio >= RATIO and rate >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
