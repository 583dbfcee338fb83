"""Metric store: readings a second on one core, bytes a row, p95 of every series, one curve.

Run ``python benchmarks/metric_store.py [--series 4000] [--days 7]``. Readings go through
``DuckDbStore.append`` as the controller hands them over: switches with 52 ports and 10 columns,
polled every five minutes, several polls a batch. The peers are the other ways into DuckDB from
Python for the same rows.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block

PORTS = tuple(f"GigabitEthernet0/0/{n}" for n in range(1, 53))
METRICS = tuple(f"port_metric_{n}" for n in range(10))
STEP = 300_000
#: Polls in a batch of at most 5,000 readings.
POLLS = 9
#: Numbering, ledger and newest values may cost twice the insert itself.
BUDGET = 1 / 3


def batches(switches: int, ticks: int, start: int) -> Iterator[list[Append]]:
    """Per tick, every switch once; values wander as rates do and some ports are silent."""
    chance = random.Random(1)  # noqa: S311 - values, no secrets
    base = [[chance.uniform(0, 1e8) for _ in PORTS] for _ in METRICS]
    silent = [[chance.random() < 0.05 for _ in PORTS] for _ in METRICS]
    sequence = 0
    for tick in range(ticks):
        at = start + tick * STEP
        polls = []
        for switch in range(switches):
            columns = {
                metric: [
                    None if gap else round(value * chance.uniform(0.9, 1.1))
                    for value, gap in zip(values, gaps, strict=True)
                ]
                for metric, values, gaps in zip(METRICS, base, silent, strict=True)
            }
            polls.append(Rows(f"d{switch:016d}", at, (Block(PORTS, columns),)))
        made = []
        for first in range(0, len(polls), POLLS):
            made.append(Append(BatchKey("a", "e", sequence), tuple(polls[first : first + POLLS])))
            sequence += 1
        yield made


def append_rate(switches: int, ticks: int, group: int) -> float:
    """Readings a CPU second of ``append`` alone; making the values is not counted."""
    folder = Path(tempfile.mkdtemp(prefix="metric-store-"))
    try:
        store = DuckDbStore(folder, threads=1)
        cpu = wall = 0.0
        rows = commits = 0
        for made in batches(switches, ticks, int(time.time() * 1000) - ticks * STEP):
            for first in range(0, len(made), group):
                part = made[first : first + group]
                rows += sum(len(b) for batch in part for r in batch.rows for b in r.blocks)
                started, begun = time.process_time(), time.perf_counter()
                store.append(part)
                cpu += time.process_time() - started
                wall += time.perf_counter() - begun
                commits += 1
        store.close()
        size = sum(p.stat().st_size for p in folder.glob("*.duckdb"))
        print(
            f"append, {group:3} batches a commit: {rows / cpu:12,.0f} readings/CPU s"
            f" {rows / wall:12,.0f} readings/s {commits / wall:6.0f} commits/s"
            f" {size / rows:5.1f} bytes/reading ({rows:,} readings)"
        )
        return rows / cpu
    finally:
        shutil.rmtree(folder)


def peers(rows: int, rounds: int) -> float:
    """The ways into a DuckDB table from Python; each round is one transaction.

    Returns the rows a CPU second of the best one.
    """
    best = 0.0
    chance = random.Random(2)  # noqa: S311 - values, no secrets
    numbers, values = list(range(rows)), [chance.random() for _ in range(rows)]
    insert = "INSERT INTO file.sample"

    def with_numpy(run: duckdb.DuckDBPyConnection, at: int) -> None:
        columns = {
            "series": np.array(numbers, dtype=np.int32),
            "taken_at": np.full(rows, at, dtype=np.int64),
            "value": np.array(values, dtype=np.float64),
        }
        run.register("incoming", columns)
        run.execute(f"{insert} SELECT * FROM incoming")  # noqa: S608
        run.unregister("incoming")

    def with_lists(run: duckdb.DuckDBPyConnection, at: int) -> None:
        run.execute(
            f"{insert} SELECT unnest($1::INTEGER[]), $2::BIGINT, unnest($3::DOUBLE[])",
            [numbers, at, values],
        )

    def with_executemany(run: duckdb.DuckDBPyConnection, at: int) -> None:
        some = [(n, at, v) for n, v in zip(numbers[:500], values[:500], strict=True)]
        run.executemany(f"{insert} VALUES (?, ?, ?)", some)

    for name, way, each in (
        ("numpy arrays", with_numpy, rows),
        ("unnest of lists", with_lists, rows),
        ("executemany", with_executemany, 500),
    ):
        folder = Path(tempfile.mkdtemp(prefix="metric-store-"))
        try:
            run = duckdb.connect(":memory:", config={"threads": 1})
            run.execute(f"ATTACH '{folder / 'peer.duckdb'}' AS file")
            run.execute("CREATE TABLE file.sample (series INTEGER, taken_at BIGINT, value DOUBLE)")
            started = time.process_time()
            for at in range(rounds):
                run.execute("BEGIN")
                way(run, at)
                run.execute("COMMIT")
            spent = time.process_time() - started
            run.close()
            best = max(best, each * rounds / spent)
            print(f"{name:16} {each:6,} rows a commit: {each * rounds / spent:12,.0f} rows/CPU s")
        finally:
            shutil.rmtree(folder)
    return best


def queries(series: int, days: int) -> None:
    """p95 of every series, one curve and the newest values, over a filled store."""
    folder = Path(tempfile.mkdtemp(prefix="metric-store-"))
    end = int(time.time() * 1000)
    ticks = days * 86_400_000 // STEP
    start = end - ticks * STEP
    chance = np.random.default_rng(3)
    try:
        store = DuckDbStore(folder)
        subjects = [f"d{n:016d}" for n in range(series)]
        for tick in range(ticks):
            values = np.round(chance.gamma(2.0, 2e7, series)).tolist()
            rows = tuple(
                Rows(subject, start + tick * STEP, (Block(("",), {"m": [value]}),))
                for subject, value in zip(subjects, values, strict=True)
            )
            store.append([Append(BatchKey("a", "e", tick), rows)])
        print(f"{series * ticks:,} readings of {series:,} series over {days} days")
        for name, ask in (
            ("p95 of every series", lambda: store.aggregate("m", start=start, end=end, how="p95")),
            ("one curve, raw", lambda: store.series(subjects[9], ["m"], start=start, end=end)),
            (
                "one curve, 300 steps",
                lambda: store.series(
                    subjects[9], ["m"], start=start, end=end, step=(end - start) // 300
                ),
            ),
            ("newest of 2,000", lambda: store.latest(subjects[:2000], ["m"], since=start)),
        ):
            took = []
            for _ in range(5):
                begun = time.perf_counter()
                ask()
                took.append(time.perf_counter() - begun)
            print(f"{name:22} {sorted(took)[2] * 1000:8.1f} ms")
        store.close()
        begun = time.perf_counter()
        store = DuckDbStore(folder)
        print(f"{'open again':22} {(time.perf_counter() - begun) * 1000:8.1f} ms")
        store.close()
        size = sum(p.stat().st_size for p in folder.glob("*.duckdb"))
        print(f"{size / series / ticks:.1f} bytes/reading")
    finally:
        shutil.rmtree(folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=4000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--switches", type=int, default=200)
    parser.add_argument("--ticks", type=int, default=10)
    asked = parser.parse_args()
    peer = peers(20_000, 20)
    append_rate(asked.switches, asked.ticks, 1)
    share = append_rate(asked.switches, asked.ticks, 20) / peer
    queries(asked.series, asked.days)
    kept = share >= BUDGET
    print(
        f"append of twenty batches runs at {share:.0%} of the peer's rate"
        f" (budget: {BUDGET:.0%}): {'kept' if kept else 'MISSED'}"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
