"""Blocks of samples and the arithmetic that all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from controller.seed.shapes import shapes
from controller.seed.watched import Off

Floats: TypeAlias = NDArray[np.float64]
Times: TypeAlias = NDArray[np.int64]
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Block:
    """Samples as :meth:`controller.metrics.store.MetricStore.load` takes them."""

    series: Sequence[tuple[str, str, str]]
    times: Times
    index: NDArray[np.int32]
    values: Floats

    def __len__(self) -> int:
        """Gaps, which are not stored, are not counted."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the city's past, ``[start, end)`` in milliseconds, and whose readings of it.

    Args:
        what: ``tests``, ``uplinks``, ``probes``, ``gauges``, ``ramps`` or ``usages``.
        first: first row of that, and ``last``, the one after the last.
        samples: about how many there will be.
    """

    what: str
    start: int
    end: int
    first: int
    last: int
    samples: int


def grid(stretch: Stretch, step: int) -> Times:
    """Times of a stretch, ``step`` milliseconds apart."""
    return np.arange(-(-stretch.start // step) * step, stretch.end, step, dtype=np.int64)


def laid_out(names: Sequence[tuple[str, str, str]], times: Times, values: Floats) -> Block:
    """One row a series; gaps are left out."""
    index = np.repeat(np.arange(len(names), dtype=np.int32), len(times))
    return Block(names, np.tile(times, len(names)), index, values.ravel())


def blank(
    values: Floats, offs: Sequence[Off], stretch: Stretch, times: Times, value: float
) -> None:
    """Put ``value`` wherever rows are off."""
    for off in offs:
        if off.begin >= stretch.end or off.end <= stretch.start:
            continue
        first, last = max(off.first, stretch.first), min(off.last, stretch.last)
        if first < last:
            begin, end = np.searchsorted(times, (off.begin, off.end))
            values[first - stretch.first : last - stretch.first, begin:end] = value


def of_profiles(profiles: Sequence[int], times: Times) -> Floats:
    """What goes on in each row's school."""
    found: Floats = shapes(times)[np.array(profiles, dtype=np.int64)]
    return found


def column(numbers: Sequence[float]) -> Floats:
    """Numbers of rows, to multiply with rows of times."""
    return np.array(numbers, dtype=np.float64)[:, None]


def daily(times: Times, rows: int, dice: np.random.Generator) -> Floats:
    """A factor a day: no two days are alike."""
    days = times // DAY
    factors: Floats = np.exp(0.12 * dice.standard_normal((rows, int(days[-1] - days[0]) + 1)))
    return factors[:, days - days[0]]
