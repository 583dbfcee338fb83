"""Readings over months, under a clock that is set."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.periods import DAY, HOUR
from controller.metrics.store import Aggregation, Append

#: 2026-03-10 08:00 UTC, a Tuesday.
T = 1_773_129_600_000
MINUTE = 60_000
Batch = Callable[..., Append]
EVERY_WAY: tuple[Aggregation, ...] = ("count", "min", "mean", "max", "p05", "p95")


class Clock:
    now = T

    def __call__(self) -> int:
        return self.now


def kinds(folder: Path) -> list[str]:
    """The kinds of the files there are, sorted."""
    return sorted(path.name.split("-")[0] for path in (folder / "metrics").glob("*.duckdb"))


def fill(
    store: DuckDbStore, start: int, days: float, *, series: int = 3, step: int = 10 * MINUTE
) -> None:
    """Load readings that wander, in no order."""
    chance = np.random.default_rng(5)
    times = np.arange(start, start + round(days * DAY), step)
    grid, index = np.meshgrid(times, np.arange(series, dtype=np.int32))
    order = chance.permutation(grid.size)
    store.load(
        [(f"d{n}", "m", "") for n in range(series)],
        grid.ravel()[order],
        index.ravel()[order],
        np.round(chance.gamma(2.0, 50.0, grid.size), 1),
    )


def answers(store: DuckDbStore, start: int, end: int) -> list[object]:
    """What a store says of a range, in many ways; means may differ in their last digit."""
    said: list[object] = [store.series("d1", ["m"], start=start, end=end)]
    for how in EVERY_WAY:
        [curve] = store.series("d1", ["m"], start=start, end=end, step=6 * HOUR, how=how)
        said.append([None if value is None else round(value, 6) for value in curve.values])
        for windows in (None, [(start + HOUR, end - 1)]):
            found = store.aggregate("m", start=start + MINUTE, end=end, how=how, windows=windows)
            said.append({key: round(value, 6) for key, value in found.items()})
    return said
