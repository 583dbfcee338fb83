"""Makes extracts out of sorted files, some millions of rows at a time."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.extracts.file import Writer, writing
from controller.metrics.files import known_as
from controller.metrics.manifest import Segment
from controller.metrics.segments import STRETCH_ROWS, Stopped


def make(
    cursor: duckdb.DuckDBPyConnection,
    segment: Segment,
    step: int,
    numbers: NDArray[np.int32],
    path: Path,
    *,
    stopping: Event,
) -> None:
    """Write an extract of some series; what has no sample in the segment is there and empty.

    Args:
        cursor: of the connection that has the segment.
        segment: of samples.
        step: milliseconds over which they are averaged, a part of a day; 0: as they are.
        numbers: of the series, rising.
        path: of the new file.
        stopping: when set, nothing is made.

    Raises:
        Stopped: the store is about to be closed.
        OSError, duckdb.Error: the disk is full or failing.
    """
    source = f"{known_as(segment.name)}.sample"
    with writing(path, segment, step) as out:
        for some in _stretches(cursor, source, numbers):
            if stopping.is_set():
                raise Stopped
            cursor.register("extracted", {"number": some})
            rows = cursor.execute(
                f"SELECT series, taken_at - {segment.start} AS at, value FROM {source}"  # noqa: S608
                f" SEMI JOIN extracted ON number = series"
                f" WHERE series BETWEEN {some[0]} AND {some[-1]}"
            ).fetchnumpy()
            cursor.unregister("extracted")
            _write(out, some, rows, step)


def _stretches(
    cursor: duckdb.DuckDBPyConnection, source: str, numbers: NDArray[np.int32]
) -> Iterator[NDArray[np.int32]]:
    """The series in groups of some ``STRETCH_ROWS`` rows each."""
    cursor.register("extracted", {"number": numbers})
    rows = cursor.execute(
        f"SELECT series, count(*) AS n FROM {source} SEMI JOIN extracted ON number = series"  # noqa: S608
        f" WHERE series BETWEEN {numbers[0]} AND {numbers[-1]} GROUP BY series"
    ).fetchnumpy()
    cursor.unregister("extracted")
    sizes = np.zeros(len(numbers), dtype=np.int64)
    sizes[np.searchsorted(numbers, rows["series"])] = rows["n"]
    gathered = np.cumsum(sizes) // STRETCH_ROWS
    yield from np.split(numbers, np.flatnonzero(np.diff(gathered)) + 1)


def _write(
    out: Writer, numbers: NDArray[np.int32], rows: dict[str, NDArray[np.generic]], step: int
) -> None:
    series, at = np.asarray(rows["series"], np.int64), np.asarray(rows["at"], np.int64)
    values = np.asarray(rows["value"], np.float64)
    # Files are sorted, every other series backwards: runs, which a stable sort takes as they are.
    order = np.argsort(series << 32 | at, kind="stable")
    series, at, values = series[order], at[order], values[order]
    weights: NDArray[np.int64] | None = None
    if step and len(at):
        at = at // step * step
        begins = np.flatnonzero(np.diff(series << 32 | at, prepend=-1))
        weights = np.diff(begins, append=len(at))
        values = np.add.reduceat(values, begins) / weights
        series, at = series[begins], at[begins]
    ends = np.searchsorted(series, numbers, side="right").tolist()
    begin = 0
    times = at.astype(np.uint32)
    sizes = None if weights is None else weights.astype(np.uint32)
    for number, end in zip(numbers.tolist(), ends, strict=True):
        out.add(
            number,
            times[begin:end],
            values[begin:end],
            sizes[begin:end] if sizes is not None else _NO_SIZES if step else None,
        )
        begin = end


_NO_SIZES = np.empty(0, dtype=np.uint32)
