"""The metric store of one machine: DuckDB, written by one thread at a time, read by many."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.arriving import Columns, columns_of, write_arrival
from controller.metrics.background import in_background
from controller.metrics.curves import checked_load, curves, grid_of
from controller.metrics.extracts.asking import Asked, figures, samples
from controller.metrics.extracts.keeping import Extracts
from controller.metrics.files import StoreFiles, known_as
from controller.metrics.group import GroupCommit
from controller.metrics.housekeeping import Housekeeping
from controller.metrics.manifest import Manifest
from controller.metrics.periods import Retention
from controller.metrics.reading import Source, aggregate_figures, numbers_in
from controller.metrics.reading_within import wanted_of
from controller.metrics.recall import recall, rows_in
from controller.metrics.register import heard_in
from controller.metrics.room import Room
from controller.metrics.store import Aggregation, Append, BatchKey, Samples, Series
from controller.metrics.within import Chosen, Figures, merged

#: An arrival file is closed at midnight, and when it has this many samples.
ARRIVAL_ROWS = 16_000_000
#: Samples written until DuckDB gives back what it keeps of them.
_KEPT_ROWS = 1_000_000


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class DuckDbStore:
    """A :class:`~controller.metrics.store.MetricStore` in a directory; see docs/metrics.md.

    Thread-safe. Concurrent appends share transactions. One process holds the directory.

    Args:
        directory: made when absent.
        retention: how long samples, roll-ups and ledger are kept by ``tidy``.
        memory_limit: what DuckDB may use, such as ``1GB``; larger queries spill to disk.
        threads: worker threads of DuckDB.
        clock: milliseconds since the epoch; decides which day's file is written.

    Raises:
        StoreInUse: another process has the directory open.
    """

    def __init__(
        self,
        directory: Path,
        *,
        retention: Retention | None = None,
        memory_limit: str = "1GB",
        threads: int = 2,
        clock: Callable[[], int] = _milliseconds,
    ) -> None:
        self._clock = clock
        self._stale = False
        self._threads = threads
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
        self._room = Room(self._connection, memory_limit)
        self._kept = 0
        try:
            self._files = StoreFiles(self._connection, directory, clock())
        except BaseException:
            self._connection.close()
            raise
        self._extracts = Extracts(self._connection, directory / "extracts", clock)
        try:
            self._extracts.open(self._files.manifest)
            self._recall()
            self._room.give_back()
        except BaseException:
            self.close()
            raise
        self._writing = Lock()
        self._tidying = Lock()
        self._group = GroupCommit(self._store)
        self._housekeeping = Housekeeping(
            self._connection, self._files, retention or Retention(), self._forget
        )

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
                self._recall()
            numbers = self._memory.catalogue.numbers(series)
            samples: Columns = {
                "series": numbers[index[finite]],
                "taken_at": times[finite],
                "value": values[finite],
            }
            self._commit(samples, (), self._clock())

    def stored(self, key: BatchKey) -> bool:
        return key in self._memory.ledger

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

        With ``step``, ``values[i]`` sums up ``[start + i * step, start + (i + 1) * step)``. Where
        samples are not kept any more, an hour or day stands at its beginning, by its mean when
        there is no step.

        Raises:
            ValueError: more than ``MAX_STEPS`` steps.
        """
        grid = grid_of(start, end, step)
        found = list(self._memory.catalogue.find(subject, metrics, parts))
        if not found:
            return ()
        where = numbers_in([number for number, _, _ in found])
        with self._asking() as (manifest, cursor):
            source = Source(manifest, start, end)
            query = source.figures(how, where, step=step) if step else source.points(where)
            rows = cursor.execute(query).fetchall()
        return curves(found, rows, metrics, grid)

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

        Where samples are not kept any more, an hour or day belongs to the window in which it
        begins.
        """
        catalogue = self._memory.catalogue
        numbers = catalogue.numbers_of(metric, subjects, only)
        inside = None if windows is None else merged(windows, start, end)
        if not len(numbers) or inside == []:
            return {}
        answer = {}
        with self._asking() as (manifest, cursor):
            source, share = Source(manifest, start, end), len(numbers) / len(catalogue)
            for number, figure in aggregate_figures(
                cursor, source, how, numbers, share=share, windows=inside
            ):
                subject, _, part = catalogue.name(number)
                answer[subject, part] = figure
        return answer

    def within(
        self,
        metrics: Collection[str],
        chosen: Sequence[Chosen],
        *,
        step: int = 0,
        p95: bool = True,
    ) -> Mapping[tuple[str, str, str], Figures]:
        """Number and 95th percentile of many series in one pass, each within hours of its own.

        Where samples are not kept any more, an hour or day belongs to the window in which it
        begins.
        """
        catalogue = self._memory.catalogue
        wanted = wanted_of(catalogue, metrics, chosen, step)
        if not len(wanted.numbers):
            return {}
        with self._asking() as (manifest, cursor):
            return figures(
                cursor, manifest, self._extracts, catalogue, wanted=wanted, step=step, p95=p95
            )

    def samples(
        self,
        metric: str,
        subjects: Collection[str],
        *,
        start: int,
        end: int,
        without: Collection[str] = (),
    ) -> Mapping[tuple[str, str], Samples]:
        """Every sample in ``[start, end)`` by (subject, part), rising in time."""
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
        """Samples of several metrics in one pass, by (subject, metric, part)."""
        catalogue = self._memory.catalogue
        some = [catalogue.numbers_of(metric, subjects, without=without) for metric in metrics]
        numbers = np.sort(np.concatenate(some)) if some else np.empty(0, dtype=np.int32)
        if not len(numbers):
            return {}
        asked = Asked(numbers, metrics, start, end)
        with self._asking() as (manifest, cursor):
            return samples(cursor, manifest, self._extracts, catalogue, asked)

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], *, since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]:
        """(subject, metric, part) to its newest (time, value), not older than ``since``."""
        memory = self._memory
        answer: dict[tuple[str, str, str], tuple[int, float]] = {}
        cold: dict[int, tuple[str, str, str]] = {}
        for subject in subjects:
            for number, metric, part in memory.catalogue.find(subject, metrics):
                newest = memory.latest.get(number)
                if newest is None:
                    cold[number] = subject, metric, part
                elif newest[0] >= since:
                    answer[subject, metric, part] = newest
        if cold and since < memory.latest.horizon:
            numbers = np.sort(np.array(list(cold), dtype=np.int32))
            with self._asking() as (manifest, cursor):
                points = Source(manifest, since, memory.latest.horizon).points(
                    f"series BETWEEN {numbers[0]} AND {numbers[-1]}"
                )
                cursor.register("wanted", {"number": numbers})
                rows = cursor.execute(
                    "SELECT series, max(taken_at), arg_max(value, taken_at)"  # noqa: S608
                    f" FROM ({points}) SEMI JOIN wanted ON number = series GROUP BY series"
                ).fetchall()
            answer |= {cold[number]: (at, value) for number, at, value in rows}
        return answer

    def beyond(
        self, metric: str, level: float, *, above: bool, since: int
    ) -> Mapping[tuple[str, str], tuple[int, float]]:
        """Newest (time, value) of the (subject, part) at which it is past a level, on one side."""
        return self._memory.beyond(metric, level, above=above, since=since)

    def tidy(self, now: int) -> None:
        """Sort closed files, roll up and drop what is over; writers wait for a moment only.

        Raises:
            duckdb.Error, OSError: the disk is full or failing; what was there is untouched.
        """
        with self._tidying:
            with self._writing:
                if self._files.is_past(now):
                    self._begin_arrival(now)
            with self._room.asking(), self._one_thread():
                in_background(lambda: self._put_in_order(now))

    def _put_in_order(self, now: int) -> None:
        self._housekeeping.tidy(now)
        with self._files.view() as manifest:
            self._extracts.tidy(manifest, now)

    @contextmanager
    def _asking(self) -> Iterator[tuple[Manifest, duckdb.DuckDBPyConnection]]:
        """The files to ask, and what to ask them with."""
        with (
            self._room.asking(),
            self._files.view() as manifest,
            self._connection.cursor() as cursor,
        ):
            yield manifest, cursor

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        """Every query stays in the thread that asks, so that tidying takes one processor at most.

        DuckDB's own threads would work for it at the same priority as for everybody.
        """
        try:
            self._connection.execute("SET threads = 1")
            yield
        finally:
            self._connection.execute(f"SET threads = {self._threads}")

    def stop_tidying(self) -> None:
        """Have a ``tidy`` of another thread end within a stretch of rows; later ones do nothing."""
        self._housekeeping.stop()
        self._extracts.stop()

    def close(self) -> None:
        """Write everything into the files proper and let them go."""
        self._connection.close()
        self._files.close()

    def _store(self, batches: Sequence[Append]) -> list[bool]:
        """Store what the ledger does not hold; one transaction, one thread at a time."""
        with self._writing:
            if self._stale:
                self._recall()
            stored = []
            fresh: dict[BatchKey, Append] = {}
            for batch in batches:
                is_new = batch.key not in self._memory.ledger and batch.key not in fresh
                stored.append(is_new)
                if is_new:
                    fresh[batch.key] = batch
            if fresh:
                samples = columns_of(fresh.values(), self._memory.catalogue, self._memory.blocks)
                self._commit(samples, list(fresh), self._clock())
        return stored

    def _commit(self, samples: Columns, keys: Sequence[BatchKey], now: int) -> None:
        if self._rows >= ARRIVAL_ROWS or self._files.is_past(now):
            self._begin_arrival(now)
        self._stale = True  # until it is certain that memory and file agree
        self._write(samples, keys, now)
        for key in keys:
            self._memory.ledger.add(key)
        self._memory.latest.update(samples["series"], samples["taken_at"], samples["value"])
        self._rows += len(samples["series"])
        self._kept += len(samples["series"])
        self._stale = False
        if self._kept >= _KEPT_ROWS and self._room.give_back():
            self._kept = 0

    def _write(self, samples: Columns, keys: Sequence[BatchKey], now: int) -> None:
        series = self._memory.catalogue.take_fresh()
        with self._connection.cursor() as cursor:
            file = known_as(self._files.current)
            write_arrival(cursor, file, series, samples, keys=keys, now=now)

    def _begin_arrival(self, now: int) -> None:
        self._files.begin_arrival(now)
        self._rows = 0

    def _forget(self, epochs: Sequence[tuple[str, str]]) -> None:
        """Let epochs go that have left the register, unless something of them has come since."""
        with self._writing, self._files.view() as manifest, self._connection.cursor() as cursor:
            heard = set(cursor.execute(heard_in(manifest.arrivals)).fetchall())
            for epoch in epochs:
                if epoch not in heard:
                    self._memory.ledger.forget(*epoch)

    def _recall(self) -> None:
        """Fill the memory from the files."""
        with self._files.view() as manifest, self._connection.cursor() as cursor:
            memory = recall(cursor, manifest, self._clock())
            self._rows = rows_in(cursor, self._files.current)
        self._memory = memory
        self._stale = False
