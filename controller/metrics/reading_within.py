"""The query behind figures of many series, each within hours of its own, over the files of a store.

One pass over the files, whatever the number of different hours: every series is joined with the
place of its windows, and every sample with the window of that place that it lies in.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.catalogue import Catalogue
from controller.metrics.periods import HOUR
from controller.metrics.reading import ROWS_AT_ONCE, Source, by_series
from controller.metrics.store import Samples
from controller.metrics.within import Chosen, quantile, whole_windows

#: A sample finds its window by place and hour, and by the window's ends within the hour.
_INSIDE = (
    " JOIN wanted ON number = series"
    f" SEMI JOIN opening ON opening.place = wanted.place AND hour = taken_at // {HOUR}"
    " AND taken_at >= opens AND taken_at < closes"
)
#: Rows that are fetched to be averaged: few enough to stay near the processor.
_AVERAGED_AT_ONCE = 1_000_000


class Wanted(NamedTuple):
    """Series, rising, and the place of each one's windows; the windows by place."""

    numbers: NDArray[np.int32]
    places: NDArray[np.int32]
    windows: Sequence[Sequence[tuple[int, int]]]

    @property
    def span(self) -> tuple[int, int]:
        """From the first window to the last."""
        return min(some[0][0] for some in self.windows), max(some[-1][1] for some in self.windows)

    @property
    def part(self) -> float:
        """The part of this span that the longest windows take up."""
        start, end = self.span
        return max(sum(last - first for first, last in some) for some in self.windows) / (
            end - start
        )

    def some(self, chosen: NDArray[np.int64]) -> "Wanted":
        """Those at some places, which rise."""
        return Wanted(self.numbers[chosen], self.places[chosen], self.windows)


class Found(NamedTuple):
    """Series that have something in their windows, how much, and its 95th percentile."""

    numbers: NDArray[np.int32]
    counts: list[int]
    p95: list[float]


def wanted_of(
    catalogue: Catalogue, metrics: Collection[str], chosen: Sequence[Chosen], step: int
) -> Wanted:
    """The series that are chosen and have windows; see ``MetricStore.within``."""
    windows: list[list[tuple[int, int]]] = []
    numbers, places = [], []
    for one in chosen:
        some = whole_windows(one.windows, step)
        if not some:
            continue
        for metric in metrics:
            found = catalogue.numbers_of(metric, one.subjects, one.only, one.without)
            numbers.append(found)
            places.append(np.full(len(found), len(windows), dtype=np.int32))
        windows.append(some)
    if not numbers:
        return Wanted(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), ())
    together = np.concatenate(numbers)
    order = np.argsort(together, kind="stable")
    return Wanted(together[order], np.concatenate(places)[order], windows)


def figures_within(
    cursor: duckdb.DuckDBPyConnection,
    source: Source,
    wanted: Wanted,
    *,
    step: int,
    p95: bool,
    share: float,
) -> Found:
    """Figures of all that have samples in their windows, so many at a time that memory is bounded.

    An hour or a day that samples were rolled up to belongs to the window in which it begins. With
    a step it stands for as many steps as it has, each with its mean.

    Args:
        cursor: to ask with.
        source: what there is from the first window to the last.
        wanted: at least one series; the windows of whole steps.
        step: milliseconds over which samples are averaged first; 0 for none.
        p95: whether the percentile is asked for; it is 0 else, and much is saved.
        share: which part of all series these are.
    """
    start, end = wanted.span
    cursor.register("opening", _by_hour(wanted.windows))
    held = source.rows * share * wanted.part
    at_once = _AVERAGED_AT_ONCE if step else ROWS_AT_ONCE
    groups = max(1, round(held / at_once)) if p95 or step else 1
    size = len(wanted.numbers)
    found = Found(np.empty(0, dtype=np.int32), [], [])
    for some in np.array_split(np.arange(size), min(groups, size)):
        numbers = wanted.numbers[some]
        cursor.register("wanted", {"number": numbers, "place": wanted.places[some]})
        where = f"series BETWEEN {numbers[0]} AND {numbers[-1]}"
        if step and source.exact:
            some_found = _averaged(cursor, source, where, step=step, span=end - start)
        else:
            rows = cursor.execute(_query(source, where, step, p95=p95)).fetchnumpy()
            some_found = Found(rows["series"], rows["n"].tolist(), rows["p95"].tolist())
        cursor.unregister("wanted")
        found = Found(
            np.concatenate([found.numbers, np.asarray(some_found.numbers, dtype=np.int32)]),
            found.counts + some_found.counts,
            found.p95 + (some_found.p95 if p95 else [0.0] * len(some_found.counts)),
        )
    return found


def samples_within(
    cursor: duckdb.DuckDBPyConnection, source: Source, wanted: Wanted
) -> Iterator[tuple[int, Samples]]:
    """(series, its samples within its windows) of few samples, such as those that came today."""
    cursor.register("opening", _by_hour(wanted.windows))
    cursor.register("wanted", {"number": wanted.numbers, "place": wanted.places})
    where = f"series BETWEEN {wanted.numbers[0]} AND {wanted.numbers[-1]}"
    rows = cursor.execute(
        f"SELECT series, taken_at, value FROM ({source.samples(where)}){_INSIDE} ORDER BY 1, 2"  # noqa: S608
    ).fetchnumpy()
    cursor.unregister("wanted")
    yield from by_series(rows)


def _averaged(
    cursor: duckdb.DuckDBPyConnection, source: Source, where: str, *, step: int, span: int
) -> Found:
    """Figures of means over steps, of a range that is ``span`` milliseconds long.

    Samples lie nearly in the order of series and time, so runs of them are summed up here in half
    of the time that DuckDB takes to find a group for each.
    """
    shift = (span // step).bit_length()
    rows = cursor.execute(
        f"SELECT (series::BIGINT << {shift}) | ((taken_at - {source.start}) // {int(step)}) AS key,"  # noqa: S608
        f" value FROM ({source.samples(where)}){_INSIDE}"
    ).fetchnumpy()
    keys, values = np.asarray(rows["key"], np.int64), np.asarray(rows["value"], np.float64)
    if not len(keys):
        return Found(np.empty(0, dtype=np.int32), [], [])
    keys, sums, sizes = _summed(keys, values, np.ones(len(keys)))
    if not _lie_together(keys, shift):
        order = np.argsort(keys, kind="stable")
        keys, sums, sizes = _summed(keys[order], sums[order], sizes[order])
    means, owners = sums / sizes, keys >> shift
    firsts = _begins(owners)
    ends = [*firsts[1:].tolist(), len(owners)]
    spans = list(zip(firsts.tolist(), ends, strict=True))
    return Found(
        owners[firsts].astype(np.int32),
        [end - first for first, end in spans],
        [quantile(means[first:end], 0.95) for first, end in spans],
    )


def _summed(
    keys: NDArray[np.int64], sums: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Runs of equal keys as one each, with sums of what belongs to them."""
    begins = _begins(keys)
    if len(begins) == len(keys):
        return keys, sums, sizes
    return keys[begins], np.add.reduceat(sums, begins), np.add.reduceat(sizes, begins)


def _lie_together(keys: NDArray[np.int64], shift: int) -> bool:
    """Whether equal keys are neighbours: every series in one piece, forwards or backwards."""
    owners = keys >> shift
    pieces = _begins(owners)
    if len(np.unique(owners[pieces])) < len(pieces):
        return False
    forwards, backwards = 1, 2
    ways = np.zeros(len(keys), dtype=np.int8)
    ways[1:][keys[1:] > keys[:-1]] = forwards
    ways[1:][keys[1:] < keys[:-1]] = backwards
    ways[pieces] = 0
    return not (np.bitwise_or.reduceat(ways, pieces) == forwards | backwards).any()


def _begins(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where runs of equal keys begin."""
    return np.concatenate(([0], np.flatnonzero(keys[1:] != keys[:-1]) + 1))


def _query(source: Source, where: str, step: int, *, p95: bool) -> str:
    inside = f"FROM ({source.samples(where)}){_INSIDE}"
    rows = f"SELECT series, value {inside}"
    if step:
        # Samples of one step lie in one window: windows are of whole steps.
        rows = (
            f"SELECT series, avg(value) AS value {inside} GROUP BY series, taken_at // {int(step)}"
        )
    both = " UNION ALL ".join([rows, *source.repeated(where, _INSIDE, step)])
    high = "quantile_cont(value, 0.95)" if p95 else "0::DOUBLE"
    return f"SELECT series, count(*) AS n, {high} AS p95 FROM ({both}) GROUP BY series"  # noqa: S608


def _by_hour(windows: Sequence[Sequence[tuple[int, int]]]) -> dict[str, NDArray[Any]]:
    """Windows of every place cut at full hours."""
    pieces = [
        (place, hour, max(first, hour * HOUR), min(last, (hour + 1) * HOUR))
        for place, some in enumerate(windows)
        for first, last in some
        for hour in range(first // HOUR, (last - 1) // HOUR + 1)
    ]
    columns = np.array(pieces, dtype=np.int64).T
    return {
        "place": columns[0].astype(np.int32),
        "hour": columns[1],
        "opens": columns[2],
        "closes": columns[3],
    }
