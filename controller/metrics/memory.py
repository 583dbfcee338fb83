"""A metric store in memory, for tests and trials: the same answers, nothing kept."""

from collections.abc import Collection, Mapping, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from controller.metrics.curves import checked_load, grid_of
from controller.metrics.store import Aggregation, Append, BatchKey, Samples, Series
from controller.metrics.within import Chosen, Figures, figures_of, merged, whole_windows


class MemoryStore:
    """A :class:`~controller.metrics.store.MetricStore` of plain lists. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ledger: set[BatchKey] = set()
        self._samples: dict[tuple[str, str, str], list[tuple[int, float]]] = {}

    def append(self, batches: Sequence[Append]) -> Sequence[bool]:
        with self._lock:
            return [self._append(batch) for batch in batches]

    def _append(self, batch: Append) -> bool:
        if batch.key in self._ledger:
            return False
        readings = [
            ((rows.subject, reading.metric, reading.part), (rows.at, reading.value))
            for rows in batch.rows
            for block in rows.blocks
            for reading in block
            if np.isfinite(reading.value)
        ]
        for key, sample in readings:
            self._samples.setdefault(key, []).append(sample)
        self._ledger.add(batch.key)
        return True

    def load(
        self,
        series: Sequence[tuple[str, str, str]],
        times: NDArray[np.int64],
        index: NDArray[np.int32],
        values: NDArray[np.float64],
    ) -> None:
        finite = checked_load(series, times, index, values)
        with self._lock:
            for at, place, value in zip(
                times[finite].tolist(), index[finite].tolist(), values[finite].tolist(), strict=True
            ):
                self._samples.setdefault(series[place], []).append((at, value))

    def stored(self, key: BatchKey) -> bool:
        return key in self._ledger

    def series(
        self,
        subject: str,
        metrics: Collection[str],
        *,
        start: int,
        end: int,
        step: int = 0,
        parts: Collection[str] | None = None,
        how: Aggregation = "mean",
    ) -> Sequence[Series]:
        grid = grid_of(start, end, step)
        answer: list[Series] = []
        with self._lock:
            for metric in metrics:
                for (owner, name, part), samples in self._samples.items():
                    if owner != subject or name != metric:
                        continue
                    if parts is not None and part not in parts:
                        continue
                    inside = sorted(one for one in samples if start <= one[0] < end)
                    if inside and step:
                        answer.append(Series(metric, part, grid, _spread(inside, grid, step, how)))
                    elif inside:
                        times, values = zip(*inside, strict=True)
                        answer.append(Series(metric, part, times, values))
        return answer

    def aggregate(
        self,
        metric: str,
        *,
        start: int,
        end: int,
        how: Aggregation,
        subjects: Collection[str] | None = None,
        only: Collection[tuple[str, str]] | None = None,
        windows: Collection[tuple[int, int]] | None = None,
    ) -> Mapping[tuple[str, str], float]:
        inside = merged([(start, end)] if windows is None else windows, start, end)
        answer = {}
        with self._lock:
            for (subject, name, part), samples in self._samples.items():
                if name != metric or (subjects is not None and subject not in subjects):
                    continue
                if only is not None and (subject, part) not in only:
                    continue
                values = [
                    value
                    for at, value in samples
                    if any(first <= at < last for first, last in inside)
                ]
                if values:
                    answer[subject, part] = _figure(values, how)
        return answer

    def within(
        self,
        metrics: Collection[str],
        chosen: Sequence[Chosen],
        *,
        step: int = 0,
        p95: bool = True,
    ) -> Mapping[tuple[str, str, str], Figures]:
        answer = {}
        with self._lock:
            for one in chosen:
                windows = whole_windows(one.windows, step)
                for key, rows in self._samples.items():
                    subject, metric, part = key
                    if metric not in metrics or not one.holds(subject, part):
                        continue
                    times, values = zip(*sorted(rows), strict=True)
                    found = figures_of(np.array(times), np.array(values), windows, step)
                    if found is not None:
                        answer[key] = found if p95 else found._replace(p95=0.0)
        return answer

    def samples(
        self,
        metric: str,
        subjects: Collection[str],
        *,
        start: int,
        end: int,
        without: Collection[str] = (),
    ) -> Mapping[tuple[str, str], Samples]:
        found = self.samples_of([metric], subjects, start=start, end=end, without=without)
        return {(subject, part): some for (subject, _, part), some in found.items()}

    def samples_of(
        self,
        metrics: Collection[str],
        subjects: Collection[str],
        *,
        start: int,
        end: int,
        without: Collection[str] = (),
    ) -> Mapping[tuple[str, str, str], Samples]:
        answer = {}
        with self._lock:
            for key, rows in self._samples.items():
                subject, metric, part = key
                if metric in metrics and subject in subjects and part not in without:
                    found = sorted(row for row in rows if start <= row[0] < end)
                    if found:
                        times, values = zip(*found, strict=True)
                        answer[key] = np.array(times), np.array(values, dtype=np.float64)
        return answer

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], *, since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]:
        answer = {}
        with self._lock:
            for key, samples in self._samples.items():
                if key[0] in subjects and key[1] in metrics:
                    newest = samples[0]
                    for sample in samples:
                        if sample[0] >= newest[0]:
                            newest = sample
                    if newest[0] >= since:
                        answer[key] = newest
        return answer

    def beyond(
        self, metric: str, level: float, *, above: bool, since: int
    ) -> Mapping[tuple[str, str], tuple[int, float]]:
        subjects = {key[0] for key in list(self._samples)}
        return {
            (subject, part): (at, value)
            for (subject, _, part), (at, value) in self.latest(
                subjects, [metric], since=since
            ).items()
            if (value > level if above else value < level)
        }

    def tidy(self, now: int) -> None:
        """Nothing to put in order."""

    def stop_tidying(self) -> None:
        """Nothing to stop."""

    def close(self) -> None:
        """Nothing to let go."""


def _spread(
    samples: Sequence[tuple[int, float]], grid: Sequence[int], step: int, how: Aggregation
) -> tuple[float | None, ...]:
    buckets: dict[int, list[float]] = {}
    for at, value in samples:
        buckets.setdefault((at - grid[0]) // step, []).append(value)
    return tuple(
        _figure(buckets[place], how) if place in buckets else None for place in range(len(grid))
    )


def _figure(values: Sequence[float], how: Aggregation) -> float:
    match how:
        case "count":
            return float(len(values))
        case "min":
            return min(values)
        case "mean":
            return sum(values) / len(values)
        case "max":
            return max(values)
        case "p05":
            return float(np.quantile(values, 0.05))
        case "p95":
            return float(np.quantile(values, 0.95))
