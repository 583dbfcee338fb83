"""Queries over the files of a store: samples where they are kept, else hours, else days.

A roll-up row stands for the samples of its hour or day, at the hour's or day's beginning, with
their number as its weight. Count, least, mean and greatest are exact. A quantile over roll-ups
makes the samples of a row up again between its least value, its quantiles and its greatest: exact
where the samples of an hour hardly differ. Where samples cover the range, nothing else is read.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.files import known_as
from controller.metrics.manifest import Manifest, Segment
from controller.metrics.periods import DAY, WIDTH, Kind
from controller.metrics.store import Aggregation, Samples

#: Of samples.
_EXACT: Mapping[Aggregation, str] = {
    "count": "count(value)::DOUBLE",
    "min": "min(value)",
    "mean": "avg(value)",
    "max": "max(value)",
    "p05": "quantile_cont(value, 0.05)",
    "p95": "quantile_cont(value, 0.95)",
}
#: Of samples and roll-ups.
_WEIGHED: Mapping[Aggregation, str] = {
    "count": "sum(count)::DOUBLE",
    "min": "min(min)",
    "mean": "sum(mean * count) / sum(count)",
    "max": "max(max)",
}
#: Of samples and of what roll-ups stand for.
_QUANTILES: Mapping[Aggregation, str] = {
    "p05": "quantile_cont(near, 0.05)",
    "p95": "quantile_cont(near, 0.95)",
}
#: The samples of a row as they may have been: one is the least, one the greatest, the others lie
#: evenly, a twentieth of them below the 5th percentile and a twentieth above the 95th.
_NEAR = """CASE WHEN count = 1 THEN [mean] ELSE [
    CASE WHEN i = 0 THEN min
        WHEN i = count - 1 THEN max
        WHEN i + 0.5 < 0.05 * count THEN min + (p05 - min) * (i + 0.5) / (0.05 * count)
        WHEN i + 0.5 > 0.95 * count THEN max - (max - p95) * (count - i - 0.5) / (0.05 * count)
        ELSE p05 + (p95 - p05) * ((i + 0.5) / count - 0.05) / 0.9
    END FOR i IN range(count)] END"""
#: A quantile holds its samples in memory, 8 bytes each: so many rows at once.
ROWS_AT_ONCE = 24_000_000
#: What a row of a roll-up may stand for: an hour of a reading a minute.
_A_ROLLUP = 60


def numbers_in(numbers: Collection[int]) -> str:
    """The condition that picks some series; literal numbers let DuckDB skip row groups."""
    return f"series IN ({', '.join(str(int(number)) for number in numbers)})"


class Source:
    """What a manifest holds in ``[start, end)``, as text of queries.

    Args:
        manifest: of a view that is open as long as the queries run.
        start: milliseconds, included.
        end: not included.
    """

    def __init__(self, manifest: Manifest, start: int, end: int) -> None:
        self.start, self._end = int(start), int(end)
        self._arrivals = manifest.arrivals
        self._raw = manifest.overlapping("raw", start, end)
        since = manifest.hourly_from
        self._hours = manifest.overlapping("hourly", max(start, since), end)
        self._days = manifest.overlapping("daily", start, min(end, since))
        self._since = since

    @property
    def exact(self) -> bool:
        """Whether only samples are in the range."""
        return not self._hours and not self._days

    @property
    def rows(self) -> int:
        """About how many values a quantile would hold of the sorted files in the range."""
        rolled = sum(self._share(one) for one in (*self._hours, *self._days))
        return sum(self._share(one) for one in self._raw) + _A_ROLLUP * rolled

    def figures(self, how: Aggregation, where: str, *, step: int = 0, joins: str = "") -> str:
        """Rows (series, place in the grid of ``step``, figure), in order.

        Args:
            how: what the figure is.
            where: a condition over ``series`` and ``taken_at``.
            step: length of a place; the whole range is one when 0.
            joins: narrows the rows further.
        """
        place = f"(taken_at - {self.start}) // {int(step)}" if step else "0"
        if self.exact:
            return (
                f"SELECT series, {place} AS place, {_EXACT[how]} FROM ({self.samples(where)})"  # noqa: S608
                f" {joins} GROUP BY ALL ORDER BY 1, 2"
            )
        rows = f"SELECT *, {place} AS place FROM ({self._weighed(where)}) {joins}"  # noqa: S608
        if how not in _QUANTILES:
            return (
                f"SELECT series, place, {_WEIGHED[how]} FROM ({rows})"  # noqa: S608
                " GROUP BY ALL ORDER BY 1, 2"
            )
        # A row by itself knows its quantile.
        return (
            f"SELECT series, place, CASE WHEN count(near) = max(count) THEN any_value({how})"  # noqa: S608
            f" ELSE {_QUANTILES[how]} END"
            f" FROM (SELECT series, place, count, {how}, unnest({_NEAR}) AS near FROM ({rows}))"
            " GROUP BY ALL ORDER BY 1, 2"
        )

    def points(self, where: str) -> str:
        """Rows (series, time, value), in order: every sample, and the mean of hours and days."""
        if self.exact:
            return f"SELECT * FROM ({self.samples(where)}) ORDER BY 1, 2"  # noqa: S608
        pieces = [self.samples(where)]
        pieces += [
            f"SELECT series, taken_at, sum(mean * count) / sum(count) FROM ({rows})"  # noqa: S608
            " GROUP BY ALL"
            for _, rows in self._rolled(where)
        ]
        return f"SELECT * FROM ({' UNION ALL '.join(pieces)}) ORDER BY 1, 2"  # noqa: S608

    def samples(self, where: str) -> str:
        """Rows (series, taken_at, value) of arrivals and sorted files."""
        inside = f"{self._between(self.start, self._end)} AND {where}"
        names = (*self._arrivals, *(one.name for one in self._raw))
        return _union(names, "series, taken_at, value", "sample", inside)

    def _weighed(self, where: str) -> str:
        pieces = [
            "SELECT series, taken_at, 1 AS count, value AS min, value AS mean, value AS max,"  # noqa: S608
            f" value AS p05, value AS p95 FROM ({self.samples(where)})"
        ]
        return " UNION ALL ".join([*pieces, *(rows for _, rows in self._rolled(where))])

    def repeated(self, where: str, joins: str, step: int) -> list[str]:
        """Queries of rows (series, value) for what roll-ups stand for.

        Args:
            where: a condition over ``series`` and ``taken_at``.
            joins: narrows the rows further.
            step: of a row, as many means of so many milliseconds as it has; its samples when 0.
        """
        return [
            f"SELECT series, unnest({_means(WIDTH[kind] // step) if step else _NEAR}) AS value"  # noqa: S608
            f" FROM ({rows}) {joins}"
            for kind, rows in self._rolled(where)
        ]

    def _rolled(self, where: str) -> list[tuple[Kind, str]]:
        pieces: list[tuple[Kind, str]] = []
        kinds: tuple[tuple[Kind, list[Segment], int, int], ...] = (
            ("hourly", self._hours, max(self.start, self._since), self._end),
            ("daily", self._days, self.start, min(self._end, self._since)),
        )
        for kind, segments, start, end in kinds:
            if segments:
                inside = f"{self._between(start, end)} AND {where}"
                names = [one.name for one in segments]
                pieces.append((kind, _union(names, "*", "rollup", inside)))
        return pieces

    def _share(self, segment: Segment) -> int:
        """Rows of a segment that are about inside the range."""
        inside = min(segment.last, self._end) - max(segment.first, self.start)
        return segment.rows * inside // max(segment.last - segment.first, 1)

    @staticmethod
    def _between(start: int, end: int) -> str:
        return f"taken_at >= {start} AND taken_at < {end}"


def _means(most: int) -> str:
    """The mean of a row, for each of its steps that may have a sample: not more than ``most``."""
    return f"[mean FOR i IN range(least(count, {most}))]"


def _union(names: Collection[str], columns: str, table: str, where: str) -> str:
    return " UNION ALL ".join(
        f"SELECT {columns} FROM {known_as(name)}.{table} WHERE {where}"  # noqa: S608
        for name in names
    )


def aggregate_figures(
    cursor: duckdb.DuckDBPyConnection,
    source: Source,
    how: Aggregation,
    numbers: NDArray[np.int32],
    *,
    share: float,
    windows: Collection[tuple[int, int]] | None,
) -> Iterator[tuple[int, float]]:
    """(series, figure) of some series, so many at a time that memory stays bounded.

    Args:
        cursor: to ask with.
        source: what there is in the range.
        how: what the figure is.
        numbers: the series, in order.
        share: which part of all series these are.
        windows: in order and apart; ``None`` for the whole range.
    """
    joins = "SEMI JOIN wanted ON number = series"
    if windows is not None:
        cursor.register("opening", _by_day(windows))
        joins += (
            f" SEMI JOIN opening ON day = taken_at // {DAY}"
            " AND taken_at >= opens AND taken_at < closes"
        )
    groups = max(1, round(source.rows * share / ROWS_AT_ONCE))
    for group in np.array_split(numbers, min(groups, len(numbers))):
        cursor.register("wanted", {"number": group})
        where = f"series BETWEEN {group[0]} AND {group[-1]}"
        query = source.figures(how, where, joins=joins)
        for number, _, figure in cursor.execute(query).fetchall():
            yield number, figure
        cursor.unregister("wanted")


def each_sample(
    cursor: duckdb.DuckDBPyConnection, source: Source, numbers: NDArray[np.int32]
) -> Iterator[tuple[int, Samples]]:
    """(series, its samples) of some series, in order; one that has none is left out."""
    cursor.register("wanted", {"number": numbers})
    where = f"series BETWEEN {numbers[0]} AND {numbers[-1]}"
    rows = cursor.execute(
        f"SELECT series, taken_at, value FROM ({source.samples(where)})"  # noqa: S608
        " SEMI JOIN wanted ON number = series ORDER BY 1, 2"
    ).fetchnumpy()
    yield from by_series(rows)


def by_series(rows: Mapping[str, NDArray[Any]]) -> Iterator[tuple[int, Samples]]:
    """(series, its samples) of columns in the order of series and time."""
    series = np.asarray(rows["series"])
    if not len(series):
        return
    times, values = np.asarray(rows["taken_at"], np.int64), np.asarray(rows["value"], np.float64)
    first = np.flatnonzero(np.r_[True, series[1:] != series[:-1]]).tolist()
    for begin, end in zip(first, [*first[1:], len(series)], strict=True):
        yield int(series[begin]), (times[begin:end], values[begin:end])


def _by_day(windows: Collection[tuple[int, int]]) -> dict[str, NDArray[Any]]:
    """Windows cut at midnight, so that a sample finds its own by its day."""
    pieces = [
        (day, max(first, day * DAY), min(last, (day + 1) * DAY))
        for first, last in windows
        for day in range(first // DAY, (last - 1) // DAY + 1)
    ]
    days, opens, closes = zip(*pieces, strict=True) if pieces else ((), (), ())
    return {
        "day": np.array(days, dtype=np.int64),
        "opens": np.array(opens, dtype=np.int64),
        "closes": np.array(closes, dtype=np.int64),
    }
