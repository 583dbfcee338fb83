"""The metric store of one machine: DuckDB, written by one thread at a time, read by many."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.catalogue import Catalogue
from controller.metrics.curves import checked_load, curves, grid_of, merged
from controller.metrics.files import MonthFiles, month_of
from controller.metrics.group import GroupCommit
from controller.metrics.latest import LatestValues
from controller.metrics.ledger import Ledger
from controller.metrics.store import Aggregation, Append, BatchKey, Series

_SQL: Mapping[Aggregation, str] = {
    "count": "count(value)::DOUBLE",
    "min": "min(value)",
    "mean": "avg(value)",
    "max": "max(value)",
    "p05": "quantile_cont(value, 0.05)",
    "p95": "quantile_cont(value, 0.95)",
}
#: After a start the newest values of this long are held in memory; older ones are looked up.
WARM_MILLISECONDS = 24 * 3_600_000


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class DuckDbStore:
    """A :class:`~controller.metrics.store.MetricStore` in a directory of monthly files.

    Thread-safe. Concurrent appends share transactions. One process holds the directory.

    Args:
        directory: made when absent.
        memory_limit: what DuckDB may use, such as ``1GB``; larger queries spill to disk.
        threads: worker threads of DuckDB.
        clock: milliseconds since the epoch; decides which month's file is written.

    Raises:
        StoreInUse: another process has the directory open.
    """

    def __init__(
        self,
        directory: Path,
        *,
        memory_limit: str = "1GB",
        threads: int = 2,
        clock: Callable[[], int] = _milliseconds,
    ) -> None:
        self._clock = clock
        self._stale = False
        self._catalogue, self._ledger, self._latest = Catalogue(), Ledger(), LatestValues()
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": str(directory / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            self._files = MonthFiles(self._connection, directory, month_of(clock()))
            self._load()
        except BaseException:
            self._connection.close()
            raise
        self._writing = Lock()
        self._group = GroupCommit(self._store)

    def append(self, batches: Sequence[Append]) -> Sequence[bool]:
        """Store batches durably, readings and ledger in one transaction.

        Gaps, and numbers that are not finite, are left out.

        Raises:
            ValueError: a column of a block is not as long as its parts; nothing is stored.
            duckdb.Error: the disk is full or failing; nothing is stored.
        """
        return self._group.submit(batches)

    def load(
        self,
        series: Sequence[tuple[str, str, str]],
        times: NDArray[np.int64],
        index: NDArray[np.int32],
        values: NDArray[np.float64],
    ) -> None:
        """Store many samples in one transaction, outside the ledger.

        Raises:
            ValueError: arrays of unequal length, or an index outside ``series``.
            duckdb.Error: the disk is full or failing; nothing is stored.
        """
        finite = checked_load(series, times, index, values)
        with self._writing:
            if self._stale:
                self._load()
            numbers = self._catalogue.numbers(series)
            samples: dict[str, NDArray[Any]] = {
                "series": numbers[index[finite]],
                "taken_at": times[finite],
                "value": values[finite],
            }
            self._commit(samples, (), self._clock())

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
        """Curves of one subject in ``[start, end)`` that have samples there.

        With ``step``, ``values[i]`` sums up ``[start + i * step, start + (i + 1) * step)``.

        Raises:
            ValueError: more than ``MAX_STEPS`` steps.
        """
        grid = grid_of(start, end, step)
        found = list(self._catalogue.find(subject, metrics, parts))
        if not found:
            return ()
        wanted = ", ".join(str(number) for number, _, _ in found)
        where = f"series IN ({wanted}) AND taken_at >= {int(start)} AND taken_at < {int(end)}"
        if step:
            query = (
                f"SELECT series, (taken_at - {int(start)}) // {int(step)}, {_SQL[how]}"  # noqa: S608
                f" FROM sample WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2"
            )
        else:
            query = f"SELECT series, taken_at, value FROM sample WHERE {where} ORDER BY 1, 2"  # noqa: S608
        return curves(found, self._query(query), metrics, grid)

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
        """One figure for every (subject, part) that has samples in ``[start, end)``.

        Only samples inside one of the ``windows`` count, when they are given.
        """
        known = f"{self._files.current}.series"
        wanted = f"SELECT id FROM {known} WHERE metric = $metric"  # noqa: S608
        arguments: dict[str, Any] = {"metric": metric, "start": start, "end": end}
        if subjects is not None:
            wanted += " AND subject IN (SELECT unnest($subjects::VARCHAR[]))"
            arguments["subjects"] = list(subjects)
        if only is not None:
            wanted += (
                " AND (subject, part) IN (SELECT (unnest($owners::VARCHAR[]),"
                " unnest($parts::VARCHAR[])))"
            )
            arguments["owners"] = [subject for subject, _ in only]
            arguments["parts"] = [part for _, part in only]
        inside = "true"
        if windows is not None:
            ranges = merged(windows, start, end)
            inside = " OR ".join(f"taken_at BETWEEN {a} AND {b - 1}" for a, b in ranges) or "false"
        rows = self._query(
            f"SELECT subject, part, figure FROM (SELECT series, {_SQL[how]} AS figure"  # noqa: S608
            f" FROM sample WHERE taken_at >= $start AND taken_at < $end AND series IN ({wanted})"
            f" AND ({inside}) GROUP BY series) JOIN {known} ON id = series",
            arguments,
        )
        return {(subject, part): figure for subject, part, figure in rows}

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], *, since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]:
        """(subject, metric, part) to its newest (time, value), not older than ``since``."""
        answer: dict[tuple[str, str, str], tuple[int, float]] = {}
        cold: dict[int, tuple[str, str, str]] = {}
        for subject in subjects:
            for number, metric, part in self._catalogue.find(subject, metrics):
                newest = self._latest.get(number)
                if newest is None:
                    cold[number] = subject, metric, part
                elif newest[0] >= since:
                    answer[subject, metric, part] = newest
        if cold and since < self._latest.horizon:
            rows = self._query(
                "SELECT series, max(taken_at), arg_max(value, taken_at) FROM sample"
                " WHERE taken_at >= $since AND taken_at < $until"
                " AND series IN (SELECT unnest($series::INTEGER[])) GROUP BY series",
                {"since": since, "until": self._latest.horizon, "series": list(cold)},
            )
            answer |= {cold[number]: (at, value) for number, at, value in rows}
        return answer

    def tidy(self, now: int) -> None:
        """Nothing yet to put in order."""

    def close(self) -> None:
        """Write everything into the files proper and let them go."""
        self._connection.close()

    def _query(self, query: str, arguments: Mapping[str, Any] | None = None) -> list[Any]:
        with self._connection.cursor() as cursor:
            return cursor.execute(query, arguments or {}).fetchall()

    def _store(self, batches: Sequence[Append]) -> list[bool]:
        """Store what the ledger does not hold; one transaction, one thread at a time."""
        with self._writing:
            return self._store_new(batches)

    def _store_new(self, batches: Sequence[Append]) -> list[bool]:
        if self._stale:
            self._load()
        stored = []
        fresh: dict[BatchKey, Append] = {}
        for batch in batches:
            is_new = batch.key not in self._ledger and batch.key not in fresh
            stored.append(is_new)
            if is_new:
                fresh[batch.key] = batch
        if not fresh:
            return stored
        self._commit(self._columns(fresh.values()), list(fresh), self._clock())
        return stored

    def _commit(self, samples: dict[str, NDArray[Any]], keys: Sequence[BatchKey], now: int) -> None:
        self._files.roll(month_of(now))
        self._stale = True  # until it is certain that memory and file agree
        self._write(samples, keys, now)
        for key in keys:
            self._ledger.add(key)
        self._latest.update(samples["series"], samples["taken_at"], samples["value"])
        self._stale = False

    def _columns(self, batches: Collection[Append]) -> dict[str, NDArray[Any]]:
        numbers: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
        times: list[int] = []
        values: list[float | None] = []
        for batch in batches:
            for rows in batch.rows:
                for block in rows.blocks:
                    for column in block.columns.values():
                        if len(column) != len(block.parts):
                            raise ValueError("a column of a block is not as long as its parts")
                        values += column
                    series = self._catalogue.number(rows.subject, block)
                    numbers.append(series)
                    times.append(rows.at)
        lengths = [len(some) for some in numbers[1:]]
        columns: dict[str, NDArray[Any]] = {
            "series": np.concatenate(numbers),
            "taken_at": np.repeat(np.array(times, dtype=np.int64), lengths),
            "value": np.array(values, dtype=np.float64),
        }
        finite = np.isfinite(columns["value"])
        return columns if finite.all() else {k: v[finite] for k, v in columns.items()}

    def _write(self, samples: dict[str, NDArray[Any]], keys: Sequence[BatchKey], now: int) -> None:
        current = self._files.current
        series = self._catalogue.take_fresh()
        with self._connection.cursor() as cursor:
            cursor.execute("BEGIN")
            if series:
                _insert(cursor, f"{current}.series", _series_columns(series))
            if len(samples["series"]):
                _insert(cursor, f"{current}.sample", samples)
            if keys:
                cursor.execute(
                    f"INSERT INTO {current}.ledger SELECT unnest($1::VARCHAR[]),"
                    " unnest($2::VARCHAR[]), unnest($3::BIGINT[]), $4::BIGINT",
                    [
                        [key.agent for key in keys],
                        [key.epoch for key in keys],
                        [key.sequence for key in keys],
                        now,
                    ],
                )
            cursor.execute("COMMIT")

    def _load(self) -> None:
        """Fill the memory from the files."""
        catalogue, ledger = Catalogue(), Ledger()
        for row in self._query(f"SELECT * FROM {self._files.current}.series"):  # noqa: S608
            catalogue.load(*row)
        for name in self._files.names:
            # Numbers that follow each other share the difference to their rank.
            for run in self._query(
                "SELECT agent, epoch, min(sequence), max(sequence) FROM (SELECT agent, epoch,"  # noqa: S608
                " sequence, sequence - row_number() OVER (PARTITION BY agent, epoch"
                f" ORDER BY sequence) AS run FROM {name}.ledger) GROUP BY agent, epoch, run"
            ):
                ledger.add_run(*run)
        latest = (
            LatestValues(self._clock() - WARM_MILLISECONDS) if len(catalogue) else LatestValues()
        )
        with self._connection.cursor() as cursor:
            newest = cursor.execute(
                "SELECT series, max(taken_at) AS taken_at, arg_max(value, taken_at) AS value"
                " FROM sample WHERE taken_at >= $1 GROUP BY series",
                [latest.horizon],
            ).fetchnumpy()
        latest.update(newest["series"], newest["taken_at"], newest["value"])
        self._catalogue, self._ledger, self._latest = catalogue, ledger, latest
        self._stale = False


def _series_columns(rows: Sequence[tuple[int, str, str, str]]) -> dict[str, NDArray[Any]]:
    numbers, subjects, metrics, parts = zip(*rows, strict=True)
    return {
        "id": np.array(numbers, dtype=np.int32),
        "subject": np.array(subjects, dtype=object),
        "metric": np.array(metrics, dtype=object),
        "part": np.array(parts, dtype=object),
    }


def _insert(
    cursor: duckdb.DuckDBPyConnection, table: str, columns: dict[str, NDArray[Any]]
) -> None:
    """Put arrays into a table; they are named and ordered as its columns."""
    cursor.register("incoming", columns)
    cursor.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM incoming")  # noqa: S608
    cursor.unregister("incoming")
