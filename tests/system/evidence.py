"""What is left after a campaign: the agent's journal, the store, the ledger, the alerts."""

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from controller.metrics.duckdb import DuckDbStore

_LINE = re.compile(r"agent\.polls: (\S+) at (\d+): (\d+)$")

#: A poll's name: its subject and its time in milliseconds.
PollName = tuple[str, int]


def polls_made(folder: Path) -> Counter[PollName]:
    """Readings of every poll the agent noted in its log, before anything else was done with it."""
    made: Counter[PollName] = Counter()
    with (folder / "agent.log").open(errors="replace") as lines:
        for line in lines:
            if found := _LINE.search(line):
                subject, at, readings = found.groups()
                made[subject, int(at)] += int(readings)
    return made


@dataclass(frozen=True, slots=True)
class Stored:
    """What is in the metric store.

    Args:
        polls: readings by poll.
        doubled: readings that are there more than once.
        ledger: how often each batch is in the ledger.
        unordered: series the store does not give in the order of time.
    """

    polls: Counter[PollName]
    doubled: int
    ledger: Counter[tuple[str, int]]
    unordered: int


def set_aside(folder: Path) -> int:
    """Batches the controller has refused, by its database of SQLite."""
    with sqlite3.connect(f"file:{folder}/fleet.db?mode=ro", uri=True, timeout=10) as database:
        found: int = database.execute("SELECT count(*) FROM quarantined_batch").fetchone()[0]
    return found


def stored(folder: Path) -> Stored:
    """Read the DuckDB files of a controller that has ended, on the day it began."""
    polls: Counter[PollName] = Counter()
    ledger: Counter[tuple[str, int]] = Counter()
    doubled = 0
    names: set[tuple[str, str]] = set()
    files = sorted((folder / "metrics").glob("*.duckdb"))
    assert files, "there is no store"
    for file in files:
        assert file.name.startswith("arrival-"), f"{file.name} is of a day that is over"
        with duckdb.connect(file, read_only=True) as database:
            for subject, at, count in database.sql(
                "SELECT subject, taken_at, count(*) FROM sample JOIN series ON id = series"
                " GROUP BY ALL"
            ).fetchall():
                polls[subject, at] += count
            ((more,),) = database.sql(
                "SELECT count(*) - count(DISTINCT (series, taken_at)) FROM sample"
            ).fetchall()
            doubled += more
            ledger.update(database.sql("SELECT epoch, sequence FROM ledger").fetchall())
            names |= set(database.sql("SELECT subject, metric FROM series").fetchall())
    store = DuckDbStore(folder / "metrics")
    try:
        unordered = sum(
            any(later <= earlier for earlier, later in zip(one.times, one.times[1:], strict=False))
            for subject, metric in names
            for one in store.series(subject, [metric], start=0, end=1 << 53)
        )
    finally:
        store.close()
    return Stored(polls, doubled, ledger, unordered)


#: Seconds since the epoch at which an alert opened and, unless it is open, cleared.
Span = tuple[float, float | None]


def alerts(folder: Path) -> Mapping[str, list[Span]]:
    """Alerts of dead devices by the device's serial number, in the order of time."""
    found: dict[str, list[Span]] = {}
    with sqlite3.connect(folder / "fleet.db") as database:
        for serial, opened, cleared in database.execute(
            "SELECT device.serial, opened_at, cleared_at FROM alert JOIN device ON"
            " device.id = subject WHERE rule = 'device_down' ORDER BY opened_at"
        ):
            span = seconds(opened), None if cleared is None else seconds(cleared)
            found.setdefault(serial, []).append(span)
    return found


def living(folder: Path) -> int:
    """Devices that were found alive, by SNMP or on the broker."""
    with sqlite3.connect(f"file:{folder}/fleet.db?mode=ro", uri=True, timeout=10) as database:
        ((count,),) = database.execute(
            "SELECT count(*) FROM device_state JOIN device ON device.id = device_id"
            " WHERE protocol IN ('snmp', 'mqtt') AND outcome IN ('ok', 'partial')"
        ).fetchall()
    return int(count)


def stale(folder: Path, since: float) -> int:
    """Devices that are asked, or listened to, and whose state is older than ``since``."""
    with sqlite3.connect(f"file:{folder}/fleet.db?mode=ro", uri=True, timeout=10) as database:
        times = [
            seconds(at)
            for (at,) in database.execute(
                "SELECT taken_at FROM device_state JOIN device ON device.id = device_id"
                " WHERE protocol IN ('snmp', 'mqtt')"
            )
        ]
    return sum(at < since for at in times)


def seconds(text: str) -> float:
    """A time as SQLite holds it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def due_reviews(folder: Path) -> int:
    """Devices whose alerts are still to be brought into line with their past."""
    with sqlite3.connect(f"file:{folder}/fleet.db?mode=ro", uri=True, timeout=10) as database:
        (count,) = database.execute("SELECT count(*) FROM device_review").fetchone()
    return int(count)
