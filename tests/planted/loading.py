"""Samples on their way into a metric store, some millions at a time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from controller.metrics.store import MetricStore

Floats = NDArray[np.float64]


class Loading:
    """Gathers samples and loads them a few million at a time.

    Args:
        store: to be filled.
        most: samples that are gathered.
    """

    def __init__(self, store: MetricStore, most: int = 3_000_000) -> None:
        self._store, self._most = store, most
        self._places: dict[tuple[str, str, str], int] = {}
        self._gathered: list[tuple[NDArray[np.int64], NDArray[np.int32], Floats]] = []
        self._waiting = 0
        self.total = 0

    def add(
        self,
        names: Sequence[tuple[str, str, str]],
        at: NDArray[np.int64],
        values: NDArray[np.generic],
    ) -> None:
        """A row a series; what is not a number is not there."""
        places = [self._places.setdefault(one, len(self._places)) for one in names]
        known = np.isfinite(values)
        index = np.broadcast_to(np.array(places, dtype=np.int32)[:, None], values.shape)
        self._gathered.append(
            (at[known], index[known], values[known].astype(np.float64, copy=False))
        )
        self._waiting += len(self._gathered[-1][0])
        if self._waiting >= self._most:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            columns = [np.concatenate(some) for some in zip(*self._gathered, strict=True)]
            self._store.load(list(self._places), *columns)
        self.total += self._waiting
        self._gathered, self._waiting = [], 0
