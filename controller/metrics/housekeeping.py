"""Housekeeping of the DuckDB store: sort what is closed, roll up what is old, drop what is over.

Every step makes its files aside and ends with one change of the manifest, so a kill at any moment
costs the step and nothing else. Writers wait only while a new arrival file is begun and while the
manifest changes.

- A closed arrival is split by the month of the readings' own time and sorted by series and time
  (forwards and backwards in turn).
- Samples answer everything as long as they are kept. When a month is over, its hours and days are
  made, in the same change that drops it, so that readings which came late within the time of
  samples are in the roll-ups like all others. What comes even later makes the month anew, and its
  hours and days are added to those there are. Samples of tests outlive the others of their month
  and are rolled up when they are over themselves.
- Segments of one period and of similar size become one, so that a period has few of them and a
  row is written a few times in its life.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import duckdb

from controller.metrics.files import StoreFiles, known_as
from controller.metrics.manifest import Manifest, Segment
from controller.metrics.periods import DAY, TESTS, Kind, Retention, day_of, period_of
from controller.metrics.register import series_in, write_register
from controller.metrics.segments import SegmentWriter, Stopped

logger = logging.getLogger(__name__)

#: Closed arrivals that are sorted in one step.
ARRIVALS_A_STEP = 8
#: Segments of similar size in one period that become one.
MERGED_AT = 4
#: Sizes are similar up to this factor between one segment and all smaller ones together.
SIMILAR = 2
#: A month of samples becomes one file when it has been over so long, and then again when this
#: part of it has come late.
SETTLED, LATE_PART = 3 * DAY, 1 / 20


class Housekeeping:
    """Keeps the files of a store in order.

    Args:
        connection: the store's.
        files: the store's.
        retention: how long what is kept.
        forget: told which (agent, epoch) have left the register's ledger.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: StoreFiles,
        retention: Retention,
        forget: Callable[[Sequence[tuple[str, str]]], None],
    ) -> None:
        self._connection = connection
        self._files = files
        self._retention = retention
        self._forget = forget
        self._stopping = Event()
        self._writer = SegmentWriter(connection, self._stopping)

    def tidy(self, now: int) -> None:
        """Do all that is due, oldest first."""
        try:
            self._tidy(now)
        except Stopped:
            logger.info("stopped in the middle; what is left is done after the next start")

    def stop(self) -> None:
        """End soon, and do nothing more."""
        self._stopping.set()

    def _tidy(self, now: int) -> None:
        self._drop_hours(now)
        while self._sort_arrivals(now):
            pass
        for month in self._periods("raw", self._retention.oldest_test(now)):
            self._retire(month, with_tests=True)
        for month in self._periods("raw", self._retention.oldest("raw", now)):
            self._retire(month, with_tests=False)
        self._drop_days(now)
        while group := similar(self._files.manifest, now - SETTLED):
            self._merge(group)

    def _sort_arrivals(self, now: int) -> bool:
        """Turn the oldest closed arrivals into segments; whether there were any."""
        seen = self._files.manifest
        closed = seen.arrivals[:-1][:ARRIVALS_A_STEP]
        if not closed:
            return False
        forget_before = now - round(self._retention.ledger_days * DAY)
        with self._aside() as new:
            path = new("register", now)
            with self._writer.file(path) as (cursor, out):
                forgotten = write_register(cursor, out, seen.register, closed, forget_before)
            months = self._months(closed, self._retention.oldest("daily", now))
            found = [self._writer.sort(closed, new("raw", month[0]), month) for month in months]
            made = [segment for segment in found if segment]
            self._files.change(
                lambda old: replace(
                    old,
                    arrivals=tuple(name for name in old.arrivals if name not in closed),
                    register=path.stem,
                    segments=(*old.segments, *made),
                )
            )
        if forgotten:
            self._forget(forgotten)
        logger.info("sorted %d files of arrivals into %d", len(closed), len(made))
        return True

    def _months(self, arrivals: Sequence[str], since: int) -> list[tuple[int, int]]:
        """The months of what is in some files, but for what is older than anything kept."""
        days = " UNION ".join(
            f"SELECT DISTINCT taken_at // {DAY} FROM {known_as(name)}.sample"  # noqa: S608
            f" WHERE taken_at >= {since}"
            for name in arrivals
        )
        with self._connection.cursor() as cursor:
            found = cursor.execute(days).fetchall()
        return sorted({period_of("raw", day * DAY) for (day,) in found})

    def _periods(self, kind: Kind, oldest: int) -> list[tuple[int, int]]:
        """The periods of a kind that ended by a time, in order."""
        return sorted(
            {
                (one.start, one.end)
                for one in self._files.manifest.segments
                if one.kind == kind and one.end <= oldest
            }
        )

    def _retire(self, month: tuple[int, int], *, with_tests: bool) -> None:
        """Roll a month of samples up and drop it; those of tests stay unless they are over too."""
        known = self._files.manifest
        raw = [
            one
            for one in known.segments
            if one.kind == "raw" and (one.start, one.end) == month and (with_tests or not one.tests)
        ]
        if not raw:
            return
        sources = [one.name for one in raw]
        hours, days = period_of("hourly", month[0]), period_of("daily", month[0])
        tests = f"series IN ({tests_in(known)})"
        rolled = "true" if with_tests else f"NOT {tests}"
        with self._aside() as new:
            path = new("daily", days[0])
            found = [self._writer.roll_up("daily", sources, path, days, month=month, where=rolled)]
            if hours[1] > known.hourly_from:
                path = new("hourly", hours[0])
                found.append(
                    self._writer.roll_up("hourly", sources, path, hours, month=month, where=rolled)
                )
            if not with_tests:
                left = self._writer.sort(sources, new("raw", month[0]), month, tests)
                found.append(None if left is None else replace(left, tests=True))
            self._replace(raw, [segment for segment in found if segment])
        logger.info("rolled up the month of %s", day_of(month[0]))

    def _drop_hours(self, now: int) -> None:
        """Drop months of hours that are over; before what is left, days answer."""
        first, _ = period_of("hourly", self._retention.oldest("hourly", now))
        if first > self._files.manifest.hourly_from:
            self._files.change(
                lambda old: replace(
                    old,
                    hourly_from=first,
                    segments=tuple(
                        one for one in old.segments if one.kind != "hourly" or one.end > first
                    ),
                )
            )

    def _drop_days(self, now: int) -> None:
        oldest = self._retention.oldest("daily", now)
        for year in self._periods("daily", oldest):
            self._replace(
                [
                    one
                    for one in self._files.manifest.segments
                    if one.kind == "daily" and (one.start, one.end) == year
                ],
                [],
            )

    def _merge(self, group: Sequence[Segment]) -> None:
        kind, period = group[0].kind, (group[0].start, group[0].end)
        with self._aside() as new:
            merged = self._writer.merge(
                kind, [one.name for one in group], new(kind, period[0]), period
            )
            only_tests = all(one.tests for one in group)
            self._replace(group, [replace(merged, tests=only_tests)] if merged else [])

    def _replace(self, old: Sequence[Segment], new: Sequence[Segment]) -> None:
        self._files.change(
            lambda known: replace(
                known,
                segments=(*(one for one in known.segments if one not in old), *new),
            )
        )

    @contextmanager
    def _aside(self) -> Iterator[Callable[[str, int], Path]]:
        """Gives paths for new files of a kind and time; they are removed when the step fails."""
        made: list[Path] = []

        def new(kind: str, at: int) -> Path:
            path = self._files.new_path(f"{kind}-{day_of(at)}", len(made))
            made.append(path)
            return path

        try:
            yield new
        except BaseException:
            for path in made:
                path.unlink(missing_ok=True)
            raise


def tests_in(manifest: Manifest) -> str:
    """The query of the numbers of series of tests."""
    named = series_in(manifest.register, manifest.arrivals)
    return f"SELECT id FROM ({named}) WHERE starts_with(metric, '{TESTS}')"  # noqa: S608


def similar(manifest: Manifest, settled: int) -> list[Segment]:
    """Segments of one period that had better be one; empty when all is well.

    Args:
        manifest: the files there are.
        settled: months of samples that ended by then become one file.
    """
    periods: dict[tuple[Kind, int], list[Segment]] = {}
    for one in sorted(manifest.segments, key=lambda one: one.rows):
        periods.setdefault((one.kind, one.start), []).append(one)
    for (kind, _), segments in periods.items():
        rows, group = 0, list[Segment]()
        for one in segments:
            if group and one.rows > SIMILAR * rows:
                break
            rows += one.rows
            group.append(one)
        if len(group) >= MERGED_AT:
            return group
        late = sum(one.rows for one in segments[:-1])
        over = kind == "raw" and segments[0].end <= settled
        if over and late > LATE_PART * segments[-1].rows:
            return segments
    return []
