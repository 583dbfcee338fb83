"""The newest value of every series, in memory: two numbers a series."""

import numpy as np
from numpy.typing import NDArray

from controller.metrics.growing import grown

#: Before every time a reading may have.
NEVER = np.iinfo(np.int64).min


class LatestValues:
    """Newest time and value by series number, of samples not older than ``horizon``.

    What is older is not kept here, so that a late reading never passes for the newest.
    """

    def __init__(self, horizon: int = int(NEVER) + 1) -> None:
        self.horizon = horizon
        self._times: NDArray[np.int64] = np.full(1024, NEVER, dtype=np.int64)
        self._values: NDArray[np.float64] = np.zeros(1024, dtype=np.float64)

    def update(
        self, series: NDArray[np.int32], times: NDArray[np.int64], values: NDArray[np.float64]
    ) -> None:
        """Take samples in; of equal times the one that comes last stands."""
        if not len(series):
            return
        self._grow(int(series.max()) + 1)
        if len(times) > 1 and np.any(times[1:] < times[:-1]):
            order = np.argsort(times, kind="stable")
            series, times, values = series[order], times[order], values[order]
        newer = (times >= self._times[series]) & (times >= self.horizon)
        # Of repeated indices numpy keeps the last assignment, which is the newest here.
        series = series[newer]
        self._values[series] = values[newer]
        self._times[series] = times[newer]

    def get(self, series: int) -> tuple[int, float] | None:
        """Newest (time, value) of a series; ``None`` when nothing newer than the horizon came."""
        if series >= len(self._times):
            return None
        time = int(self._times[series])
        return None if time == NEVER else (time, float(self._values[series]))

    def beyond(
        self, series: NDArray[np.int32], level: float, *, above: bool, since: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
        """Those of some series whose newest value is past a level: numbers, times and values."""
        # The values first: the times say which of them are there.
        values, times = self._values, self._times
        series = series[series < min(len(values), len(times))]
        newest = values[series]
        is_past = newest > level if above else newest < level
        found = series[is_past & (times[series] >= max(since, int(NEVER) + 1))]
        return found, times[found], values[found]

    def _grow(self, size: int) -> None:
        # The times last: whoever finds a series in them finds its value.
        self._values = grown(self._values, size, 0)
        self._times = grown(self._times, size, int(NEVER))
