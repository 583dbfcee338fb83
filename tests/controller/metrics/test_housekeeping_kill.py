"""Kill -9 in the middle of sorting, merging, rolling up and dropping: nothing lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.periods import DAY, HOUR, Retention
from controller.metrics.store import BatchKey

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
#: Between two batches, and between the days of the process that is killed.
STEP = 6 * HOUR
PORTS = 20
RETENTION = Retention(raw_days=20, hourly_days=100)

WORKER = """
import sys, threading
from pathlib import Path
from controller.metrics import segments
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.periods import Retention
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block

segments.STRETCH_ROWS = 100  # many steps, so that a kill finds the middle of something
sequence, start, step, ports = map(int, sys.argv[2:6])
now = start + sequence * step
store = DuckDbStore(
    Path(sys.argv[1]), clock=lambda: now, retention=Retention(raw_days=20, hourly_days=100)
)
print("open", flush=True)

def tidy():
    while True:
        store.tidy(now)

threading.Thread(target=tidy, daemon=True).start()
while True:
    now = start + sequence * step
    block = Block(tuple(f"g{n}" for n in range(ports)), {"m": [float(sequence)] * ports})
    store.append([Append(BatchKey("a1", "e1", sequence), (Rows("d1", now, (block,)),))])
    print(sequence, flush=True)
    sequence += 1
"""


def kill_while_tidying(directory: Path, first: int, chance: random.Random) -> int:
    """Runs a store that writes and tidies at once, kills it; returns the last batch told."""
    command = [sys.executable, "-c", WORKER, str(directory), str(first), str(T), str(STEP)]
    with subprocess.Popen([*command, str(PORTS)], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "open"
        after = chance.randint(20, 120)
        for _ in range(after):
            worker.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        os.kill(worker.pid, signal.SIGKILL)
        said = worker.stdout.read().split("\n")
    # The last line may be cut off by the kill; then nobody was told.
    told = [int(line) for line in said[:-1] if line]
    return told[-1] if told else first + after - 1


def assert_all_is_there_once(directory: Path, told: int) -> int:
    """Every acknowledged batch counts once, by samples or roll-ups; returns the next sequence."""
    end = T + 100_000 * DAY
    store = DuckDbStore(directory, clock=lambda: T + told * STEP, retention=RETENTION)
    try:
        for _ in range(2):
            counts = store.aggregate("m", start=0, end=end, how="count")
            assert len(counts) == PORTS
            [count] = set(counts.values())
            stored = round(count)
            assert stored > told
            for how, value in (("mean", (stored - 1) / 2), ("min", 0.0), ("max", stored - 1.0)):
                figures = store.aggregate("m", start=0, end=end, how=how)  # type: ignore[arg-type]
                assert list(figures.values()) == [pytest.approx(value)] * PORTS
            assert all(store.stored(BatchKey("a1", "e1", n)) for n in range(stored))
            assert not store.stored(BatchKey("a1", "e1", stored))
            [curve] = store.series("d1", ["m"], start=T, end=end, parts=["g7"])
            assert sorted(set(curve.times)) == list(curve.times)
            store.tidy(T + told * STEP)
        return stored
    finally:
        store.close()


def kill_again_and_again(directory: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    following = 0
    for _ in range(rounds):
        told = kill_while_tidying(directory, following, chance)
        following = assert_all_is_there_once(directory, told)
        names = [path.name for path in directory.glob("*.wal")]
        assert not names, "closing the store leaves no logs behind"


def test_nothing_is_lost_or_doubled_by_kill_9_while_files_are_changed(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path / "metrics", 3, 11)


@pytest.mark.campaign
def test_many_kills_while_files_are_changed(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path / "metrics", 60, 12)
    assert [path.name for path in (tmp_path / "metrics").glob("hourly-*")]
    assert [path.name for path in (tmp_path / "metrics").glob("daily-*")]
