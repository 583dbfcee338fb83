"""A store on a disk under a clock that is set, and the plainest store with the same readings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.memory import MemoryStore
from controller.metrics.periods import DAY, HOUR
from controller.metrics.store import MetricStore
from controller.metrics.within import Chosen
from tests.controller.metrics.housekeeping.months import MINUTE, Clock

#: 2026-03-02 00:00 UTC, a Monday.
START = 1_772_409_600_000
DAYS = 5
LINES = 6


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = START + DAYS * DAY
    return clock


@pytest.fixture
def reopen(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], DuckDbStore]]:
    held: list[DuckDbStore] = []

    def again() -> DuckDbStore:
        if held:
            held.pop().close()
        held.append(DuckDbStore(tmp_path / "metrics", clock=clock))
        return held[0]

    yield again
    held.pop().close()


@pytest.fixture
def store(reopen: Callable[[], DuckDbStore]) -> DuckDbStore:
    return reopen()


@pytest.fixture
def plain() -> MemoryStore:
    return MemoryStore()


def load(*stores: MetricStore, start: int, end: int, seed: int = 1, lines: int = LINES) -> None:
    """Losses, round trips and an uplink of some lines in ``[start, end)``, a minute apart."""
    chance = np.random.default_rng(seed)
    at = np.arange(start, end, MINUTE)
    names, index, times, values = [], [], [], []
    for n in range(lines):
        columns = {
            ("ping_loss_ratio", "r1"): chance.choice([0.0, 0.5, 1.0], len(at)),
            ("ping_round_trip_seconds", "r1"): np.where(
                chance.random(len(at)) < 0.1, np.nan, np.round(chance.gamma(2, 0.01, len(at)), 6)
            ),
            ("port_in_bits_per_second", "wan"): np.rint(chance.gamma(2, 1e6, len(at))),
            ("speedtest_outcome", "s"): np.where(at % HOUR, np.nan, 0.0),
        }
        for (metric, part), column in columns.items():
            index.append(np.full(len(at), len(names), dtype=np.int32))
            names.append((f"l{n}", metric, part))
            times.append(at + n * 1_000 + chance.integers(0, 900, len(at)))
            values.append(column)
    for one in stores:
        one.load(names, *(np.concatenate(some) for some in (times, index, values)))


def questions(start: int = START, days: int = DAYS) -> list[Chosen]:
    """Lines of two calendars, one of them with hours taken out in the middle of a minute."""
    hours = [(start + n * DAY + 30 * MINUTE, start + n * DAY + 4 * HOUR) for n in range(days)]
    others = [(a + 7 * MINUTE + 1_234, b - 12 * MINUTE - 77) for a, b in hours[:-1]]
    return [
        Chosen(hours, subjects=[f"l{n}" for n in range(LINES - 2)]),
        Chosen(others, subjects=[f"l{LINES - 2}"]),
        Chosen([hours[0], hours[2]], subjects=[f"l{LINES - 1}", "nobody"]),
    ]


def answers(store: MetricStore, chosen: list[Chosen] | None = None) -> list[object]:
    """What a store says of them, in every way that verdicts ask; last digits may differ."""
    asked = questions() if chosen is None else chosen
    trips = store.within(["ping_round_trip_seconds"], asked)
    means = store.within(["port_in_bits_per_second"], asked, step=5 * MINUTE)
    start = min(window[0] for one in asked for window in one.windows)
    end = max(window[1] for one in asked for window in one.windows)
    lines = [f"l{n}" for n in range(LINES)]
    return [
        store.within(["ping_loss_ratio"], asked, p95=False),
        *(
            {key: (one.number, pytest.approx(one.p95, rel=1e-12)) for key, one in some.items()}
            for some in (trips, means)
        ),
        {
            key: (times.tolist(), values.tolist())
            for metrics in (["speedtest_outcome"], ["ping_loss_ratio", "ping_round_trip_seconds"])
            for key, (times, values) in store.samples_of(
                metrics, lines, start=start, end=end
            ).items()
        },
    ]


def extracts(folder: Path) -> list[str]:
    """The names of all extracts, sorted."""
    return sorted(path.name for path in (folder / "metrics" / "extracts").iterdir())
