"""Makes the files that are never written to again: sorted samples, and roll-ups of them.

Work goes by stretches of series of some millions of rows, so memory stays bounded whatever the
size of a file, and queries of others come in between. A file is whole and on disk when a function
here returns; until the manifest names it, it does not count.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import duckdb

from controller.metrics.files import known_as, quoted
from controller.metrics.manifest import Segment, sync
from controller.metrics.periods import WIDTH, Kind

#: Rows sorted at once: 20 bytes each, and as much again while they are sorted.
STRETCH_ROWS = 2_000_000
#: Pieces a stretch is put together of, where all series have as many rows: more of them, and a
#: piece of busy series is still no more than a stretch.
_PIECES = 64

#: A quarter of DuckDB's usual block and twice its row group: what a column leaves free at the end
#: of its last block costs 0.4 bytes a sample instead of 0.8, and a small file is a small file.
_LAYOUT = "(BLOCK_SIZE 65536, ROW_GROUP_SIZE 245760)"

SAMPLE = "series INTEGER, taken_at BIGINT, value DOUBLE"
ROLLUP = (
    "series INTEGER, taken_at BIGINT, count BIGINT, min DOUBLE, mean DOUBLE, max DOUBLE,"
    " p05 DOUBLE, p95 DOUBLE"
)
#: Times run forwards through one series and backwards through the next, so none leaps back by the
#: length of the file where series meet: a leap widens every time of its block of 2,048.
_THERE_AND_BACK = "CASE WHEN series % 2 = 0 THEN taken_at ELSE -taken_at END"
#: Of one hour or day in several pieces; exact but for the quantiles, which are weighed.
_MERGED = (
    "series, taken_at, sum(count)::BIGINT, min(min), sum(mean * count) / sum(count), max(max),"
    " sum(p05 * count) / sum(count), sum(p95 * count) / sum(count)"
)


def table_of(kind: Kind) -> str:
    """The table in a segment of a kind."""
    return "sample" if kind == "raw" else "rollup"


class Stopped(Exception):
    """The store is about to be closed; what was being made is thrown away."""


class SegmentWriter:
    """Writes segments out of files that are attached to the same connection.

    Args:
        connection: the one with the files.
        stopping: when set, whatever is being written ends with :class:`Stopped`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, stopping: Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def sort(
        self, sources: Sequence[str], path: Path, period: tuple[int, int], where: str = "true"
    ) -> Segment | None:
        """The samples of a period in several files, sorted into one; ``where`` picks series.

        Returns:
            The segment, or ``None`` (and no file) when nothing is of that period.
        """
        start, end = period
        return self._write(
            path,
            "raw",
            period,
            _union(sources, "sample", f"taken_at >= {start} AND taken_at < {end} AND {where}"),
            f"SELECT * FROM {{source}} ORDER BY series, {_THERE_AND_BACK}",  # noqa: S608
        )

    def merge(
        self, kind: Kind, sources: Sequence[str], path: Path, period: tuple[int, int]
    ) -> Segment | None:
        """Segments of one period as one."""
        if kind == "raw":
            return self.sort(sources, path, period)
        return self._write(
            path,
            kind,
            period,
            _union(sources, "rollup", "true"),
            f"SELECT {_MERGED} FROM {{source}} GROUP BY ALL ORDER BY series, taken_at",  # noqa: S608
        )

    def roll_up(
        self,
        kind: Kind,
        sources: Sequence[str],
        path: Path,
        period: tuple[int, int],
        *,
        month: tuple[int, int],
        where: str = "true",
    ) -> Segment | None:
        """The hours or days of a month's samples, for a period around it; of some series."""
        width = WIDTH[kind]
        since, until = month
        return self._write(
            path,
            kind,
            period,
            _union(sources, "sample", f"taken_at >= {since} AND taken_at < {until} AND {where}"),
            # Rounded down, before 1970 too, which // does not do.
            f"SELECT series, taken_at - ((taken_at % {width}) + {width}) % {width},"  # noqa: S608
            " count(*), min(value), avg(value), max(value),"
            " quantile_cont(value, 0.05), quantile_cont(value, 0.95)"
            " FROM {source} GROUP BY ALL ORDER BY 1, 2",
        )

    def _write(
        self, path: Path, kind: Kind, period: tuple[int, int], source: str, select: str
    ) -> Segment | None:
        with self.file(path) as (cursor, name):
            table = f"{name}.{table_of(kind)}"
            cursor.execute(f"CREATE TABLE {table} ({SAMPLE if kind == 'raw' else ROLLUP})")
            for first, last in self._stretches(cursor, source):
                part = f"(SELECT * FROM ({source}) WHERE series BETWEEN {first} AND {last})"  # noqa: S608
                cursor.execute(f"INSERT INTO {table} {select.format(source=part)}")
            found = cursor.execute(
                f"SELECT count(*), min(taken_at), max(taken_at) FROM {table}"  # noqa: S608
            ).fetchone()
        rows, first_time, last_time = found or (0, None, None)
        if not rows:
            path.unlink()
            return None
        return Segment(path.stem, kind, *period, first_time, last_time, rows)

    @contextmanager
    def file(self, path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """A new file, attached while it is filled; then whole, on disk and let go."""
        name = known_as(path.stem)
        with self._connection.cursor() as cursor:
            cursor.execute(f"ATTACH '{quoted(path)}' AS {name} {_LAYOUT}")
            try:
                yield cursor, name
                cursor.execute(f"CHECKPOINT {name}")
            except BaseException:
                cursor.execute(f"DETACH {name}")
                path.unlink(missing_ok=True)
                path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
                raise
            cursor.execute(f"DETACH {name}")
        sync(path)

    def _stretches(
        self, cursor: duckdb.DuckDBPyConnection, source: str
    ) -> Iterator[tuple[int, int]]:
        """Ranges of series, both ends included, of some ``STRETCH_ROWS`` rows each."""
        found = cursor.execute(
            f"SELECT count(*), min(series), max(series) FROM ({source})"  # noqa: S608
        ).fetchone()
        rows, first, last = found or (0, None, None)
        if not rows:
            return
        # Counted by neighbours and not one by one: a city has millions of series.
        width = max(1, (last - first + 1) * STRETCH_ROWS // (rows * _PIECES))
        pieces = cursor.execute(
            f"SELECT (series - {first}) // {width} AS piece, count(*) FROM ({source})"  # noqa: S608
            " GROUP BY piece ORDER BY piece"
        ).fetchall()
        begins, gathered = first, 0
        for piece, count in pieces:
            begin = first + piece * width
            if gathered and gathered + count > STRETCH_ROWS:
                yield self._unless_stopped(begins, begin - 1)
                begins, gathered = begin, 0
            gathered += count
        yield self._unless_stopped(begins, last)

    def _unless_stopped(self, first: int, last: int) -> tuple[int, int]:
        if self._stopping.is_set():
            raise Stopped
        return first, last


def _union(sources: Sequence[str], table: str, where: str) -> str:
    return " UNION ALL ".join(
        f"SELECT * FROM {known_as(name)}.{table} WHERE {where}"  # noqa: S608
        for name in sources
    )
