"""Questions to a metric server, with the answers every store gives.

PromQL looks back over ``(t - window, t]`` at whole milliseconds, so ``[start, end)`` is the window
``end - start`` at ``end - 1``. An explicit window is exact: neither staleness nor the look-back of
instant selectors comes into it. Where the server cannot be trusted to count a sample once that was
sent twice, or has no function for the question, raw samples are fetched and summed up here.
"""

import logging
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from controller.metrics.curves import curves, grid_of
from controller.metrics.store import Aggregation, Series
from controller.metrics.victoria.client import PATIENT_SECONDS, MetricServer, RawSeries
from controller.metrics.victoria.encode import NAME, PART, SUBJECT
from controller.metrics.victoria.errors import RequestRefused
from controller.metrics.victoria.figures import figure_of, spread
from controller.metrics.victoria.native import UnknownBlocks, blocks, labels
from controller.metrics.victoria.selectors import newest, over, portions, selector
from controller.metrics.victoria.windows import Hours, samples_within
from controller.metrics.within import FAR, Chosen, Figures, figures_of, merged, whole_windows

logger = logging.getLogger(__name__)
A = TypeVar("A")
T = TypeVar("T")
Samples = tuple[NDArray[np.int64], NDArray[np.float64]]
#: What becomes of the times and values of a series.
Summary = Callable[[NDArray[np.int64], NDArray[np.float64]], T]

#: Below this step VictoriaMetrics mends the last points of a curve, and they would be wrong.
_LEAST_STEP = 60_000
#: Prometheus and VictoriaMetrics refuse more steps a query (11,000 and 30,000).
_MOST_STEPS = 11_000
#: A window that reaches back before 1970 finds nothing at all; nothing is as old as this.
_OLDEST = 86_400_000
#: Nothing is taken that is further ahead.
_AHEAD = 2 * 86_400_000
#: Queries of one question that run at the same time.
_AT_ONCE = 4
#: Samples of one series by which a fast answer is compared with one in JSON.
_COMPARED = 50
_LABEL = {NAME: "name"}
_DIGITS = re.compile(r"(\d+)")


class Reads:
    """Asks one server. Thread-safe.

    Args:
        labels: on every series that is ours.
        deduplicates: whether the server itself counts a sample once that was sent twice.
    """

    def __init__(
        self, server: MetricServer, labels: Mapping[str, str], deduplicates: Callable[[], bool]
    ) -> None:
        self._server = server
        self._labels = {name: [value] for name, value in labels.items()}
        self._deduplicates = deduplicates
        self._warned = False
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="metric query")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def series(
        self,
        subject: str,
        metrics: Collection[str],
        *,
        parts: Collection[str] | None,
        start: int,
        end: int,
        step: int,
        how: Aggregation,
    ) -> Sequence[Series]:
        """Curves of one subject in ``[start, end)``, parts in their natural order."""
        grid = grid_of(start, end, step)
        if not metrics or (parts is not None and not parts) or start >= end:
            return ()
        rows: dict[tuple[str, str], list[tuple[int, float]]] = {}
        names = [
            self._selector(name=metrics_, subject=[subject], part=parts_)
            for metrics_ in portions(metrics)
            for parts_ in ([None] if parts is None else portions(parts))
        ]
        served = len(grid) - bool(step and (end - start) % step)
        if not self._is_served(start, step, served):
            served = 0
        else:
            for key, at, value in self._each(self._range, names, start, step, served, how):
                rows.setdefault(key, []).append(((at - start) // step, value))
        for key, (times, values) in self._raw(names, start + served * step, end):
            some = rows.setdefault(key, [])
            if step:
                some += spread((times - start) // step, values, how)
            else:
                some += zip(times.tolist(), values.tolist(), strict=True)
        found = [(number, *key) for number, key in enumerate(sorted(rows, key=_natural))]
        numbered = ((number, *row) for number, *key in found for row in rows[key[0], key[1]])
        return curves(found, numbered, metrics, grid)

    def aggregate(
        self,
        metric: str,
        *,
        how: Aggregation,
        start: int,
        end: int,
        subjects: Collection[str] | None,
        only: Collection[tuple[str, str]] | None,
        windows: Collection[tuple[int, int]] | None,
    ) -> Mapping[tuple[str, str], float]:
        """One figure for every (subject, part)."""
        start = max(start, _OLDEST)
        inside = merged([(start, end)] if windows is None else windows, start, end)
        if not inside:
            return {}
        names = list(self._wanted(metric, subjects, only))
        if len(inside) == 1 and self._deduplicates():
            [(first, last)] = inside
            found = dict(self._each(self._figures, names, how, first, last))
        else:
            found = self._summed_up(names, lambda _, values: figure_of(values, how), inside)
        pairs = None if only is None else set(only)
        owners = None if subjects is None else set(subjects)
        return {
            key: figure
            for key, figure in found.items()
            if (pairs is None or key in pairs) and (owners is None or key[0] in owners)
        }

    def within(
        self, metrics: Collection[str], chosen: Sequence[Chosen], step: int, *, p95: bool
    ) -> Mapping[tuple[str, str, str], Figures]:
        """Figures of many series, each within hours of its own."""
        answer = {}
        for one in chosen:
            windows = merged(whole_windows(one.windows, step), _OLDEST, FAR)
            if not windows:
                continue

            def summary(
                times: NDArray[np.int64],
                values: NDArray[np.float64],
                windows: Sequence[tuple[int, int]] = windows,
            ) -> Figures | None:
                return figures_of(times, values, windows, step)

            for metric in metrics:
                names = list(self._wanted(metric, one.subjects, one.only))
                for (subject, part), found in self._summed_up(names, summary, windows).items():
                    if found is not None and one.holds(subject, part):
                        figures = found if p95 else found._replace(p95=0.0)
                        answer[subject, metric, part] = figures
        return answer

    def samples(
        self, metrics: Collection[str], subjects: Collection[str], start: int, end: int
    ) -> Mapping[tuple[str, str, str], Samples]:
        """Every sample in ``[start, end)`` by (subject, metric, part)."""
        if not metrics or not subjects or start >= end:
            return {}

        def exported(name: str) -> Iterator[tuple[tuple[str, str, str], Samples]]:
            for one in self._server.export(name, start=max(start, _OLDEST), end=end - 1):
                yield _whole(one.metric), _samples(one)

        names = [
            self._selector(name=some, subject=those, part=None)
            for those in portions(subjects)
            for some in portions(metrics)
        ]
        return {key: some for key, some in self._each(exported, names) if len(some[0])}

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]:
        """(subject, metric, part) to its newest (time, value)."""
        if not subjects or not metrics:
            return {}
        names = [
            self._selector(name=some, subject=those, part=None)
            for those in portions(subjects)
            for some in portions(metrics)
        ]
        return dict(self._each(self._newest, names, since))

    def beyond(
        self, metric: str, level: float, *, above: bool, since: int
    ) -> Mapping[tuple[str, str], tuple[int, float]]:
        """(subject, part) to its newest (time, value), where that is past a level."""
        name = self._selector(name=[metric], subject=None, part=None)
        return {
            (subject, part): (at, value)
            for (subject, _, part), (at, value) in self._newest(name, since)
            if (value > level if above else value < level)
        }

    def _is_served(self, start: int, step: int, steps: int) -> bool:
        """Whether the server makes the same curve as we would of the raw samples."""
        return (
            step >= _LEAST_STEP
            and 0 < steps <= _MOST_STEPS
            and start >= _OLDEST
            and self._deduplicates()
        )

    def _wanted(
        self,
        metric: str,
        subjects: Collection[str] | None,
        only: Collection[tuple[str, str]] | None,
    ) -> Iterator[str]:
        if only is not None:
            # Pairs that share a part are asked for together.
            for some in portions(only, lambda pair: pair[1] + pair[0]):
                yield self._selector(
                    name=[metric], subject={one for one, _ in some}, part={one for _, one in some}
                )
        elif subjects is not None:
            for those in portions(subjects):
                yield self._selector(name=[metric], subject=those, part=None)
        else:
            yield self._selector(name=[metric], subject=None, part=None)

    def _selector(
        self,
        *,
        name: Collection[str],
        subject: Collection[str] | None,
        part: Collection[str] | None,
    ) -> str:
        return selector(name=name, **self._labels, subject=subject, part=part)

    def _each(
        self, ask: Callable[..., Iterable[A]], names: Sequence[str], *arguments: object
    ) -> Iterator[A]:
        """Answers to the same question about several lists of names, a few at the same time."""
        if len(names) == 1:
            yield from ask(names[0], *arguments)
            return
        for answer in self._threads.map(lambda one: list(ask(one, *arguments)), names):
            yield from answer

    def _range(
        self, name: str, start: int, step: int, steps: int, how: Aggregation
    ) -> Iterator[tuple[tuple[str, str], int, float]]:
        query = f"{over(how, name, step)} keep_metric_names"
        last = start + steps * step - 1
        for curve in self._server.query_range(query, start=start + step - 1, end=last, step=step):
            for seconds, value in curve.values:
                yield _key(curve.metric), round(seconds * 1_000), float(value)

    def _raw(
        self, names: Sequence[str], start: int, end: int
    ) -> Iterator[tuple[tuple[str, str], Samples]]:
        for name in names if start < end else ():
            for one in self._server.export(name, start=max(start, _OLDEST), end=end - 1):
                yield _key(one.metric), _samples(one)

    def _figures(
        self, name: str, how: Aggregation, start: int, end: int
    ) -> Iterator[tuple[tuple[str, str], float]]:
        query = over(how, name, end - start)
        for one in self._server.query(query, at=end - 1, seconds=PATIENT_SECONDS):
            yield _owner(one.metric), float(one.value[1])

    def _summed_up(
        self, names: Sequence[str], summary: Summary[T], inside: Sequence[tuple[int, int]]
    ) -> dict[tuple[str, str], T]:
        """What becomes of samples that are fetched: as the server keeps them, or as JSON."""
        if not names:
            return {}
        hours = Hours(inside)
        try:
            return dict(self._each(self._unpacked, names, summary, hours, names[0]))
        except (UnknownBlocks, RequestRefused) as error:
            if not self._warned:
                self._warned = True
                logger.warning("samples are fetched as JSON, slowly: %s", error)
        return dict(self._each(self._summed, names, summary, inside))

    def _unpacked(
        self, name: str, summary: Summary[T], hours: Hours, compared: str
    ) -> Iterator[tuple[tuple[str, str], T]]:
        start, end = hours.start, hours.end - 1
        found = samples_within(
            blocks(self._server.export_native(name, start=start, end=end)), hours
        )
        if name == compared and found:
            series, (times, values) = next(iter(found.items()))
            self._compare(series, times, values)
        for series, (times, values) in found.items():
            yield _owner(labels(series)), summary(times, values)

    def _compare(
        self, series: bytes, times: NDArray[np.int64], values: NDArray[np.float64]
    ) -> None:
        """Hold one series of an answer against what the documented way tells of its last hours.

        Raises:
            UnknownBlocks: they differ.
        """
        named = selector(**{_LABEL.get(key, key): [one] for key, one in labels(series).items()})
        some = times[-_COMPARED:]
        for one in self._server.export(named, start=int(some[0]), end=int(some[-1])):
            told = dict(zip(*(column.tolist() for column in _samples(one)), strict=True))
            same = zip(some.tolist(), values[-_COMPARED:].tolist(), strict=True)
            # There may be new samples by now, but all of these.
            if all(told.get(at) == value for at, value in same):
                return
        raise UnknownBlocks("the server tells other samples another way")

    def _summed(
        self, name: str, summary: Summary[T], inside: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[tuple[str, str], T]]:
        found: dict[tuple[str, str], list[Samples]] = {}
        for first, last in inside:
            for one in self._server.export(name, start=first, end=last - 1):
                found.setdefault(_owner(one.metric), []).append(_samples(one))
        for owner, some in found.items():
            times, values = (np.concatenate(column) for column in zip(*some, strict=True))
            yield owner, summary(times, values)

    def _newest(
        self, name: str, since: int
    ) -> Iterator[tuple[tuple[str, str, str], tuple[int, float]]]:
        until = time.time_ns() // 1_000_000 + _AHEAD
        at, value = newest(name, until - max(since, _OLDEST) + 1)
        times = {
            _whole(one.metric): round(float(one.value[1]) * 1_000)
            for one in self._server.query(at, at=until)
        }
        for one in self._server.query(value, at=until):
            key = _whole(one.metric)
            if key in times:
                yield key, (times[key], float(one.value[1]))


def _key(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get(NAME, ""), labels.get(PART, "")


def _owner(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get(SUBJECT, ""), labels.get(PART, "")


def _whole(labels: Mapping[str, str]) -> tuple[str, str, str]:
    return labels.get(SUBJECT, ""), labels.get(NAME, ""), labels.get(PART, "")


def _natural(key: tuple[str, str]) -> tuple[str, list[tuple[int, str]]]:
    """Ports as people count them: 0/0/9 before 0/0/10."""
    metric, part = key
    return metric, [
        (int(piece), "") if place % 2 else (-1, piece)
        for place, piece in enumerate(_DIGITS.split(part))
    ]


def _samples(one: RawSeries) -> Samples:
    """Samples of a series, each once."""
    times = np.array(one.timestamps, dtype=np.int64)
    values = np.array(one.values, dtype=np.float64)
    # A sample that was sent again has the same time; servers keep those in any order.
    times, places = np.unique(times, return_index=True)
    return times, values[places]
