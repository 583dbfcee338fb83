"""Figures and samples out of extracts, and out of files where there are none.

A series of which every sorted file has an extract is read from these, and from the arrivals what
has come since; any other is read from the files alone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.catalogue import Catalogue
from controller.metrics.extracts.file import Run
from controller.metrics.extracts.keeping import Extracts, Held, Runs
from controller.metrics.manifest import Manifest, Segment
from controller.metrics.periods import DAY, TESTS
from controller.metrics.reading import Source, each_sample
from controller.metrics.reading_within import Found, Wanted, figures_within, samples_within
from controller.metrics.store import Samples
from controller.metrics.within import Figures, quantile

#: Shorter questions are about a moment; they read what is there and have nothing made.
_WORTH = DAY
_Span = tuple[int, int]
_NO_VALUES = np.empty(0)


class Asked(NamedTuple):
    """Samples that are asked for.

    Args:
        numbers: of the series, rising; at least one.
        metrics: what they are of.
        start: milliseconds, included.
        end: not included.
    """

    numbers: NDArray[np.int32]
    metrics: Collection[str]
    start: int
    end: int


def figures(
    cursor: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    extracts: Extracts,
    catalogue: Catalogue,
    *,
    wanted: Wanted,
    step: int,
    p95: bool,
) -> Mapping[tuple[str, str, str], Figures]:
    """Figures of series within their windows, by name.

    Args:
        cursor: to ask with.
        manifest: of a view that is open meanwhile.
        extracts: of the store.
        catalogue: of the store.
        wanted: at least one series; the windows of whole steps.
        step: milliseconds over which samples are averaged first; 0 for none.
        p95: whether the percentile is asked for; it is 0 else.
    """
    start, end = wanted.span
    source = Source(manifest, start, end)
    segments = manifest.overlapping("raw", start, end)
    done: list[Found] = []
    if segments and source.exact and not (step and DAY % step):
        if end - start >= _WORTH:
            extracts.ask(segments, step, wanted.numbers)
        held = extracts.holding(segments, step, wanted.numbers)
        there = _everywhere(held)
        if len(there):
            its, runs = wanted.some(there), [one.runs(there) for one in held]
            arrived = dict(samples_within(cursor, _arrivals(manifest, start, end), its))
            done.append(_figures(runs, its, arrived, step=step, p95=p95))
            wanted = wanted.some(np.delete(np.arange(len(wanted.numbers)), there))
    if len(wanted.numbers):
        share = len(wanted.numbers) / len(catalogue)
        done.append(figures_within(cursor, source, wanted, step=step, p95=p95, share=share))
    answer: dict[tuple[str, str, str], Figures] = {}
    for some in done:
        names = catalogue.names(some.numbers)
        answer.update(zip(names, map(Figures, some.counts, some.p95), strict=True))
    return answer


def samples(
    cursor: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    extracts: Extracts,
    catalogue: Catalogue,
    asked: Asked,
) -> Mapping[tuple[str, str, str], Samples]:
    """Samples of some series, by name; one that has none is left out.

    Of tests, which are judged month by month, extracts are wanted; of the others those are read
    that figures have asked for.
    """
    numbers, metrics, start, end = asked
    segments = manifest.overlapping("raw", start, end)
    found: dict[int, Samples] = {}
    if segments:
        if end - start >= _WORTH and all(one.startswith(TESTS) for one in metrics):
            extracts.ask(segments, 0, numbers)
        held = extracts.holding(segments, 0, numbers)
        there = _everywhere(held)
        if len(there):
            its, runs = numbers[there], [one.runs(there) for one in held]
            arrived = dict(each_sample(cursor, _arrivals(manifest, start, end), its))
            found.update(_samples(runs, its, arrived, (start, end)))
            numbers = np.delete(numbers, there)
    if len(numbers):
        found.update(each_sample(cursor, Source(manifest, start, end), numbers))
    names = catalogue.names(np.fromiter(found, dtype=np.int32, count=len(found)))
    return dict(zip(names, found.values(), strict=True))


def _everywhere(held: Sequence[Held]) -> NDArray[np.int64]:
    """Places of the series that are in an extract of every file."""
    return np.flatnonzero(np.all([one.which >= 0 for one in held], axis=0))


def _arrivals(manifest: Manifest, start: int, end: int) -> Source:
    return Source(replace(manifest, segments=()), start, end)


class _Piece(NamedTuple):
    """What one file has of a series within its windows.

    Args:
        run: the series.
        cuts: places at which windows begin and end by turns.
        number: of samples or means between them.
        start: of the file's period.
    """

    run: Run
    cuts: list[int]
    number: int
    start: int

    @property
    def values(self) -> NDArray[np.float64]:
        return self.run.values(self.cuts)

    @property
    def times(self) -> NDArray[np.int64]:
        return self.run.times_in(self.cuts).astype(np.int64) + self.start


class _Openings:
    """The windows of every place that lie in the period of a file, as times of its extracts."""

    def __init__(self, segment: Segment, windows: Sequence[Sequence[tuple[int, int]]]) -> None:
        self._segment, self._windows = segment, windows
        self._known: dict[int, NDArray[np.uint32]] = {}

    def of(self, place: int) -> NDArray[np.uint32]:
        """Beginnings and ends by turns."""
        found = self._known.get(place)
        if found is None:
            start, end = self._segment.start, self._segment.end
            edges = np.array(self._windows[place], dtype=np.int64)
            edges = edges[(edges[:, 0] < end) & (edges[:, 1] > start)]
            found = (np.clip(edges.ravel(), start, end) - start).astype(np.uint32)
            self._known[place] = found
        return found


def _figures(
    held: Sequence[Runs], wanted: Wanted, arrived: Mapping[int, Samples], *, step: int, p95: bool
) -> Found:
    files = [(one, _Openings(one.segment, wanted.windows)) for one in held]
    found = Found(np.empty(0, dtype=np.int32), [], [])
    numbers = []
    series = zip(wanted.numbers.tolist(), wanted.places.tolist(), strict=True)
    for place, (number, windows) in enumerate(series):
        pieces = _pieces(files, place, windows)
        fresh = arrived.get(number)
        if not pieces and fresh is None:
            continue
        if step:
            values = _means(pieces, fresh, step)
            size = len(values)
        else:
            late = () if fresh is None else (fresh[1],)
            size = sum(one.number for one in pieces) + sum(map(len, late))
            values = np.concatenate([*(one.values for one in pieces), *late]) if p95 else _NO_VALUES
        numbers.append(number)
        found.counts.append(size)
        found.p95.append(quantile(values, 0.95) if p95 else 0.0)
    return found._replace(numbers=np.array(numbers, dtype=np.int32))


def _pieces(files: Sequence[tuple[Runs, _Openings]], place: int, windows: int) -> list[_Piece]:
    """What there is of a series in files, but for those that have nothing of it."""
    found = []
    for held, openings in files:
        edges = openings.of(windows)
        if len(edges):
            run = held.of(place)
            cuts: list[int] = run.times.searchsorted(edges).tolist()
            number = sum(cuts[1::2]) - sum(cuts[::2])
            if number:
                found.append(_Piece(run, cuts, number, held.segment.start))
    return found


def _means(pieces: Sequence[_Piece], fresh: Samples | None, step: int) -> NDArray[np.float64]:
    """Means over steps of what several files have of a series."""
    if fresh is None and len(pieces) == 1:
        return pieces[0].values
    times = [one.times for one in pieces]
    means = [one.values for one in pieces]
    weights = [one.run.weights_in(one.cuts) for one in pieces]
    if fresh is not None:
        times.append(fresh[0] // step * step)
        means.append(fresh[1])
        weights.append(np.ones(len(fresh[0]), dtype=np.uint32))
    at = np.concatenate(times)
    order = np.argsort(at, kind="stable")
    begins = np.flatnonzero(np.diff(at[order], prepend=at[order[0]] - 1))
    found, sizes = np.concatenate(means)[order], np.concatenate(weights)[order]
    if len(begins) == len(at) and fresh is None:
        return found
    return np.add.reduceat(found * sizes, begins) / np.add.reduceat(sizes, begins, dtype=np.int64)


def _samples(
    held: Sequence[Runs], numbers: NDArray[np.int32], arrived: Mapping[int, Samples], span: _Span
) -> Iterator[tuple[int, Samples]]:
    """Samples of each series; such as were taken at the same times share these."""
    files = [(one, _clipped(span, one.segment), _Times(one.segment.start)) for one in held]
    for place, number in enumerate(numbers.tolist()):
        found: list[Samples] = []
        for its, edges, times in files:
            run = its.of(place)
            cuts: list[int] = run.times.searchsorted(edges).tolist()
            if cuts[0] < cuts[1]:
                found.append((times.of(run.times_in(cuts)), run.values(cuts)))
        if number in arrived:
            found.append(arrived[number])
        if len(found) == 1:
            yield number, found[0]
        elif found:
            at, values = (np.concatenate(column) for column in zip(*found, strict=True))
            order = np.argsort(at, kind="stable")
            yield number, (at[order], values[order])


def _clipped(span: _Span, segment: Segment) -> NDArray[np.uint32]:
    """The beginning and the end of a span, as times of a file's extracts."""
    edges = np.clip(np.array(span, dtype=np.int64), segment.start, segment.end)
    return (edges - segment.start).astype(np.uint32)


class _Times:
    """Times of a file's samples; a test gives several readings, all of one time."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._last = b""
        self._same: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def of(self, times: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Milliseconds since the epoch."""
        key = times.tobytes()
        if key != self._last:
            self._last, self._same = key, times.astype(np.int64) + self._start
        return self._same
