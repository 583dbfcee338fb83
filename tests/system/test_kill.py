"""Agent and controller are killed in turn, again and again: nothing is lost, nothing doubled."""

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import duckdb

from agent.uplink.spool import SPOOL_FILE, read_status
from tests.system.evidence import set_aside

KILLS = 4


def test_nothing_is_lost_and_nothing_doubled(processes, eventually):
    folder = processes.folder
    spool = folder / "agent" / SPOOL_FILE
    draw = random.Random(7)  # noqa: S311 - the same moments every time
    processes.start_controller()
    processes.start_agent()
    eventually(lambda: _last(spool) > 0, "the first batch")
    for number in range(KILLS):
        time.sleep(draw.uniform(0.3, 1.5))
        if number % 2 == 0:
            processes.kill("agent")
            processes.start_agent()
        else:
            processes.kill("controller")
            time.sleep(draw.uniform(0.0, 0.5))
            processes.start_controller()
    given = read_status(spool).last_sequence
    eventually(lambda: read_status(spool).last_sequence > given + 5, "work after the last kill")
    # An orderly end puts the last polls into the spool; the next start sends them.
    assert processes.stop("agent") == 0
    last = read_status(spool)
    processes.start_agent()
    eventually(lambda: _left(spool, last.last_sequence) == 0, "the spool to be sent")
    processes.kill("agent")
    processes.stop("controller")

    status = read_status(spool)
    assert (status.dropped, status.set_aside) == (0, ())
    ledger, samples, doubled = _stored(folder / "metrics")
    assert all(count == 1 for count in ledger.values()), "a batch is in the ledger twice"
    stored = {sequence for _, sequence in ledger}
    assert len(stored) == len(ledger), "a number was given twice"
    assert set(range(1, last.last_sequence + 1)) <= stored, "a batch was lost"
    assert samples > 0
    assert doubled == 0, "a reading is stored twice"
    assert set_aside(folder) == 0, "the controller refused a batch"


def _last(spool: Path) -> int:
    """The last number given; 0 while there is no spool."""
    try:
        return read_status(spool).last_sequence
    except FileNotFoundError:
        return 0


def _left(spool: Path, up_to: int) -> int:
    """Batches up to a number that still wait: the newest are sent first, so any of them may."""
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True, timeout=30)) as database:
        left: int = database.execute(
            "SELECT count(*) FROM batch WHERE sequence <= ?", (up_to,)
        ).fetchone()[0]
    return left


def _stored(folder: Path) -> tuple[Counter[tuple[str, int]], int, int]:
    ledger: Counter[tuple[str, int]] = Counter()
    samples = doubled = 0
    for file in folder.glob("*.duckdb"):
        with duckdb.connect(file, read_only=True) as database:
            ledger.update(database.sql("SELECT epoch, sequence FROM ledger").fetchall())
            count, distinct = database.sql(
                "SELECT count(*), count(DISTINCT (series, taken_at)) FROM sample"
            ).fetchall()[0]
            samples += count
            doubled += count - distinct
    return ledger, samples, doubled
