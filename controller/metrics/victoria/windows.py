"""Samples within chosen hours, out of blocks that hold all hours."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from controller.metrics.victoria.columns import numbers
from controller.metrics.victoria.native import Block

Samples = tuple[NDArray[np.int64], NDArray[np.float64]]

#: Rows unpacked together: the processor's cache holds them, numpy's calls cost little.
_ROWS_AT_ONCE = 200_000
#: Longest table of moments.
_MOST_MOMENTS = 4_000_000


class Hours:
    """Whether times lie within one of some windows.

    Args:
        windows: ``[start, end)`` in milliseconds, rising, without overlap, at least one.
    """

    def __init__(self, windows: Sequence[tuple[int, int]]) -> None:
        self.start, self.end = windows[0][0], windows[-1][1]
        self._edges = np.array(windows, dtype=np.int64).ravel()
        # Windows begin and end at round times, so a short table answers for all moments.
        self._unit = math.gcd(*(self._edges - self.start).tolist())
        moments = (self.end - self.start) // self._unit
        self._table: NDArray[np.bool_] | None = None
        if moments <= _MOST_MOMENTS:
            # One moment before all windows and one behind them.
            self._table = np.zeros(moments + 2, dtype=bool)
            for first, last in (self._edges - self.start).reshape(-1, 2) // self._unit + 1:
                self._table[first:last] = True

    def hold(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each time whether it lies within."""
        if self._table is None:
            odd: NDArray[np.bool_] = np.searchsorted(self._edges, times, side="right") % 2 == 1
            return odd
        moments = times - self.start
        moments //= self._unit
        moments += 1
        np.clip(moments, 0, len(self._table) - 1, out=moments)
        inside: NDArray[np.bool_] = self._table[moments]
        return inside


def samples_within(blocks: Iterable[Block], hours: Hours) -> dict[bytes, Samples]:
    """Samples of each series within the hours, rising in time, each once.

    Raises:
        UnknownBlocks: a block does not make sense.
    """
    found: dict[bytes, list[Samples]] = {}
    for some in _portions(blocks):
        rows = np.array([block.rows for block in some], dtype=np.int64)
        times = numbers([block.times for block in some], rows)
        values = _values(some, rows)
        inside = hours.hold(times)
        ends = np.cumsum(np.add.reduceat(inside, np.cumsum(rows) - rows, dtype=np.int64)).tolist()
        times, values = times[inside], values[inside]
        for block, first, last in zip(some, [0, *ends[:-1]], ends, strict=True):
            if first < last:
                pieces = found.setdefault(block.series, [])
                pieces.append((times[first:last], values[first:last]))
    return {series: _in_order(pieces) for series, pieces in found.items()}


def _portions(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    some: list[Block] = []
    rows = 0
    for block in blocks:
        some.append(block)
        rows += block.rows
        if rows >= _ROWS_AT_ONCE:
            yield some
            some, rows = [], 0
    if some:
        yield some


def _values(blocks: Sequence[Block], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values as the server itself reckons them: what is small is divided, for its last digit."""
    whole = numbers([block.values for block in blocks], rows).astype(np.float64)
    exponents = np.array([block.exponent for block in blocks], dtype=np.int64)
    if not exponents.any():
        return whole
    for exponent in np.unique(exponents).tolist():
        factor = float(f"1e{abs(exponent)}")
        chosen = np.repeat(exponents == exponent, rows)
        whole[chosen] = whole[chosen] / factor if exponent < 0 else whole[chosen] * factor
    return whole


def _in_order(pieces: Sequence[Samples]) -> Samples:
    times = np.concatenate([times for times, _ in pieces])
    values = np.concatenate([values for _, values in pieces])
    if (times[1:] > times[:-1]).all():
        return times, values
    # Late samples have blocks of their own, and what was sent again lies in two of them.
    times, places = np.unique(times, return_index=True)
    return times, values[places]
