"""The metric store with history: a city's month of uplinks, charts, size on disk, opening again.

Run ``python benchmarks/metric_history.py [--series 4000] [--days 31]``. Readings of a whole city
are loaded a day at a time, sorted by ``tidy`` as the job does it, and then asked:

- the 95th percentile of every uplink in school hours of the month, as the verdict needs it,
  against bare DuckDB with the same rows sorted in one table of one file;
- a chart of 30 days of one device, raw and in 300 steps, first and later calls;
- bytes a reading on disk, and peak memory;
- how long a store takes to open that was killed after its last acknowledged load.

A billion readings: ``--series 116000 --days 30 --grown`` (6 GB of room, a quarter of an hour): the
sorted files are written by SQL as housekeeping leaves them, instead of loaded and sorted.
"""

import argparse
import itertools
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import duckdb
import numpy as np

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.manifest import Segment
from controller.metrics.periods import period_of
from controller.metrics.segments import SAMPLE, SegmentWriter

STEP = 300_000
HOUR = 3_600_000
DAY = 24 * HOUR
#: The end of the last month, so that all of it is past and a month is a whole one.
END = period_of("raw", int(time.time() * 1000))[0]
CHART = 30 * DAY
#: Budgets: seconds for the verdict of 2,000 schools (of processor time, so that a busy machine does
#: not count; two cores take half of it), seconds for a chart, bytes a reading.
VERDICT, CHART_SECONDS, BYTES = 2.0, 0.3, 5.0
METRICS = ("port_in_bits_per_second", "port_out_bits_per_second")


def names(series: int) -> list[tuple[str, str, str]]:
    """Two metrics of every school's uplink."""
    return [(f"d{n // 2:016d}", METRICS[n % 2], "GigabitEthernet0/0/1") for n in range(series)]


def fill(store: DuckDbStore, series: int, days: int) -> float:
    """Load the days before ``END``; returns readings a second of ``load`` alone."""
    chance = np.random.default_rng(3)
    index = np.tile(np.arange(series, dtype=np.int32), DAY // STEP)
    known, spent = names(series), 0.0
    for day in range(days):
        times = END - (days - day) * DAY + np.arange(0, DAY, STEP, dtype=np.int64)
        values = np.round(chance.gamma(2.0, 2e7, len(index)))
        begun = time.perf_counter()
        store.load(known, np.repeat(times, series), index, values)
        spent += time.perf_counter() - begun
    return len(index) * days / spent


def grow(store: DuckDbStore, series: int, days: int) -> None:
    """As ``fill`` and ``tidy``, by SQL: one file for each month, and three for the newest."""
    names_only = np.arange(series, dtype=np.int32)
    store.load(names(series), np.full(series, END - 1, dtype=np.int64), names_only, np.ones(series))
    store.tidy(int(time.time() * 1000) + 2 * DAY)
    files, connection = store._files, store._connection
    edges = sorted({END - days * DAY, period_of("raw", END - 1)[0], END - 5 * DAY, END - DAY, END})
    edges = [edge for edge in edges if edge >= END - days * DAY]
    for first, last in itertools.pairwise(edges):
        path, ticks = files.new_path("raw-grown"), (last - first) // STEP
        with SegmentWriter(connection, Event()).file(path) as (cursor, name):
            cursor.execute(f"CREATE TABLE {name}.sample ({SAMPLE})")
            for begin in range(1, series + 1, 1000):
                some = begin * ticks, min(begin + 1000, series + 1) * ticks
                cursor.execute(
                    f"INSERT INTO {name}.sample SELECT i // {ticks},"  # noqa: S608
                    f" CASE WHEN i // {ticks} % 2 = 0 THEN {first} + (i % {ticks}) * {STEP}"
                    f" ELSE {last} - (i % {ticks} + 1) * {STEP} END,"
                    " (hash(i) % 100000000)::DOUBLE"
                    f" FROM range({some[0]}, {some[1]}) x(i)"
                )
        period = period_of("raw", first)
        rows = series * (last - first) // STEP
        made = Segment(path.stem, "raw", *period, first, last - STEP, rows)
        files.change(lambda old, made=made: replace(old, segments=(*old.segments, made)))


def school_hours(days: int) -> list[tuple[int, int]]:
    """8:00 - 12:00 and 14:00 - 17:30 in China, Monday to Friday."""
    windows = []
    for day in range(END - days * DAY, END, DAY):
        if datetime.fromtimestamp(day / 1000, UTC).weekday() < 5:
            windows += [(day, day + 4 * HOUR), (day + 6 * HOUR, day + 9 * HOUR + HOUR // 2)]
    return windows


def median(ask: Callable[[], object], times: int = 3) -> float:
    """Seconds of the median call."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def bare(folder: Path, windows: list[tuple[int, int]], directory: Path) -> float:
    """The same question to bare DuckDB: one table in one file, sorted, no names, no store."""
    with duckdb.connect(str(folder / "bare.duckdb"), config={"threads": 2}) as run:
        sources = []
        for number, path in enumerate(sorted(directory.glob("raw-*.duckdb"))):
            run.execute(f"ATTACH '{path}' AS s{number} (READ_ONLY)")
            sources.append(f"SELECT * FROM s{number}.sample")  # noqa: S608
        run.execute(
            f"CREATE TABLE sample AS SELECT * FROM ({' UNION ALL '.join(sources)})"  # noqa: S608
            " ORDER BY series, taken_at"
        )
        run.execute("CREATE TABLE opening (opens BIGINT, closes BIGINT)")
        run.executemany("INSERT INTO opening VALUES (?, ?)", windows)
        return median(
            lambda: run.execute(
                "SELECT series, quantile_cont(value, 0.95) FROM sample WHERE EXISTS"
                " (SELECT 1 FROM opening WHERE taken_at >= opens AND taken_at < closes)"
                " AND series % 2 = 1 GROUP BY series"
            ).fetchall()
        )


LOADER = """
import sys, time
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
import metric_history as bench
store = bench.DuckDbStore(Path(sys.argv[2]))
bench.fill(store, int(sys.argv[3]), int(sys.argv[4]))
print("loaded", flush=True)
time.sleep(600)
"""


def opened_after_kill(series: int, days: int) -> float:
    """Seconds to open a store whose process was killed right after an acknowledged load."""
    folder = Path(tempfile.mkdtemp(prefix="metric-killed-"))
    try:
        command = [sys.executable, "-c", LOADER, __file__, str(folder), str(series), str(days)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as loader:
            if loader.stdout is None or loader.stdout.readline().strip() != "loaded":
                raise RuntimeError("the loader failed")
            os.kill(loader.pid, signal.SIGKILL)
        begun = time.perf_counter()
        store = DuckDbStore(folder)
        took = time.perf_counter() - begun
        counts = store.aggregate(METRICS[0], start=0, end=END, how="count", only=[names(1)[0][::2]])
        store.close()
        if list(counts.values()) != [days * DAY // STEP]:
            raise RuntimeError(f"not all that was acknowledged is there: {counts}")
        return took
    finally:
        shutil.rmtree(folder)


def measure(store: DuckDbStore, series: int, days: int) -> tuple[float, float]:
    """Seconds of the verdict and of the slowest first chart; prints them as it goes."""
    known, windows = names(series), school_hours(days)
    uplinks = [(subject, part) for subject, metric, part in known if metric == METRICS[0]]
    chart = {"start": END - CHART, "end": END}
    ask: dict[str, Callable[[], object]] = {
        "30 days of one device, raw": lambda: store.series(
            uplinks[len(uplinks) // 2][0], METRICS, **chart
        ),
        "30 days of one device, 300 steps": lambda: store.series(
            uplinks[len(uplinks) // 3][0], METRICS, **chart, step=CHART // 300
        ),
        "p95 in school hours of 2,000 uplinks, both ways": lambda: [
            store.aggregate(
                metric,
                start=END - days * DAY,
                end=END,
                how="p95",
                only=uplinks[:2000],
                windows=windows,
            )
            for metric in METRICS
        ],
    }
    figures = []
    for name, call in ask.items():
        first, begun = median(call, 1), time.process_time()
        later = median(call)
        cpu = (time.process_time() - begun) / 3
        print(
            f"{name:48} first {first * 1000:8.1f} ms, then {later * 1000:8.1f} ms"
            f" ({cpu * 1000:.1f} ms of processor time)",
            flush=True,
        )
        figures.append(cpu if "p95" in name else first)
    return figures[-1], max(figures[:-1])


def rolled_up(store: DuckDbStore, series: int, days: int) -> None:
    """Have all samples rolled up, and tell what the hours take and answer."""
    begun = time.perf_counter()
    store.tidy(END + 125 * DAY)
    rate = series * days * DAY // STEP / (time.perf_counter() - begun)
    hours = [one for one in store._files.manifest.segments if one.kind == "hourly"]
    size = sum(store._files._path(one.name).stat().st_size for one in hours)
    rows = sum(one.rows for one in hours)
    print(f"rolled up at {rate:,.0f} readings/s; {size / rows:.1f} bytes an hour's row")
    took = median(lambda: store.aggregate(METRICS[0], start=0, end=END, how="p95"))
    print(f"p95 of every uplink from hours: {took * 1000:.1f} ms", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=4000)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--grown", action="store_true")
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    series, days = asked.series, asked.days
    folder = Path(tempfile.mkdtemp(prefix="metric-history-", dir=asked.folder))
    samples = series * days * DAY // STEP
    try:
        store = DuckDbStore(folder / "store")
        if asked.grown:
            grow(store, series, days)
        else:
            rate = fill(store, series, days)
            print(f"{samples:,} readings loaded at {rate:,.0f} readings/s", flush=True)
            begun = time.perf_counter()
            store.tidy(int(time.time() * 1000) + 2 * DAY)
            rate = samples / (time.perf_counter() - begun)
            print(f"sorted at {rate:,.0f} readings/s", flush=True)
        size = sum(path.stat().st_size for path in (folder / "store").glob("*.duckdb"))
        files = len(list((folder / "store").glob("*.duckdb")))
        print(f"{size / samples:.2f} bytes/reading in {files} files", flush=True)
        verdict, chart = measure(store, series, days)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{peak / 1024:.0f} MB resident at most")
        store.close()
        begun = time.perf_counter()
        DuckDbStore(folder / "store").close()
        print(f"opened again in {time.perf_counter() - begun:.2f} s", flush=True)
        kept = size / samples <= BYTES and chart <= CHART_SECONDS
        if samples < 100_000_000:
            peer = 2 * bare(folder, school_hours(days), folder / "store")
            print(f"the same verdict from bare DuckDB, one sorted table: {peer * 1000:.1f} ms")
            store = DuckDbStore(folder / "store")
            rolled_up(store, series, days)
            store.close()
            print(f"opened after kill -9 in {opened_after_kill(series, days):.2f} s")
            kept = kept and verdict <= VERDICT
        print(f"budgets {'kept' if kept else 'MISSED'}")
        return 0 if kept else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
