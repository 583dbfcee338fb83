"""The spool's file: made, checked, upgraded, set aside when damaged, and looked at from outside."""

import errno
import logging
import secrets
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

log = logging.getLogger(__name__)

#: Name of the file in the state directory.
SPOOL_FILE = "spool.db"
TOTALS = "SELECT count(*), coalesce(sum(readings), 0), coalesce(sum(size), 0) FROM batch"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batch (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL,
    boot TEXT NOT NULL DEFAULT '',
    boot_ms INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
#: Columns of the first release, and those that came later, each with its default.
_FIRST_COLUMNS = ("sequence", "created_at", "readings", "size", "body")
_LATER_COLUMNS = {"boot": "TEXT NOT NULL DEFAULT ''", "boot_ms": "INTEGER NOT NULL DEFAULT 0"}
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class Fault(StrEnum):
    """Why the disk takes no readings."""

    none = ""
    full = "full"
    read_only = "read_only"
    failing = "failing"


@dataclass(frozen=True, slots=True)
class Spooled:
    """One waiting batch and the number that acknowledges it.

    Args:
        created_at: when it was made, by what the box then took for the time; milliseconds.
        boot: id of the box's run in which it was made, empty if unknown.
        boot_ms: milliseconds since that boot.
    """

    sequence: int
    body: bytes
    created_at: int = 0
    boot: str = ""
    boot_ms: int = 0


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """How full the spool is. Drops are counted since the file was begun."""

    epoch: str
    batches: int
    readings: int
    bytes: int
    dropped: int
    dropped_readings: int
    oldest_at: int | None
    last_sequence: int
    set_aside: tuple[str, ...] = ()


def connect(path: Path | None) -> sqlite3.Connection:
    """Open or make the file, ready for use; without a path it lives in memory.

    Raises:
        OSError, sqlite3.OperationalError: the disk does not let us.
        sqlite3.DatabaseError: the file is damaged, or no spool (:func:`is_damage`).
    """
    if path is not None:
        path.touch(mode=0o600, exist_ok=True)
    database = sqlite3.connect(
        ":memory:" if path is None else path,
        isolation_level=None,
        check_same_thread=False,
        timeout=10,
    )
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA cache_size=-512")  # KiB; a queue is written and read once
        database.execute(f"PRAGMA journal_size_limit={4 << 20}")
        database.executescript(_SCHEMA)
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        _check_columns(database)
        _check_rows(database)
    except sqlite3.Error as error:
        database.close()
        if _name_of(error) == "SQLITE_ERROR":  # no such table, no such column: not ours
            raise sqlite3.DatabaseError(str(error)) from None
        raise
    return database


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a file stands when it is opened; ``dropped`` is batches and readings."""

    batches: int
    readings: int
    bytes: int
    dropped: tuple[int, int]
    last_sequence: int


def begin_epoch(database: sqlite3.Connection, epoch: str) -> Standing:
    """Write down a new epoch and read where the file stands."""
    database.execute("INSERT OR REPLACE INTO note VALUES ('epoch', ?)", (epoch,))
    notes = dict(database.execute("SELECT name, value FROM note"))
    batches, readings, size = database.execute(TOTALS).fetchone()
    row = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
    dropped = int(notes["dropped"]), int(notes["dropped_readings"])
    return Standing(batches, readings, size, dropped, row[0] if row else 0)


def _check_rows(database: sqlite3.Connection) -> None:
    """Random bytes may leave the tree whole and the numbers in it not."""
    database.executemany(
        "INSERT OR IGNORE INTO note VALUES (?, '0')", [("dropped",), ("dropped_readings",)]
    )
    notes = dict(database.execute("SELECT name, value FROM note"))
    if not all(_is_count(notes[name]) for name in ("dropped", "dropped_readings")):
        raise sqlite3.DatabaseError("the count of drops is unreadable")
    if not _is_count(notes.get("draft", "0")):
        raise sqlite3.DatabaseError("the number of the last draft is unreadable")
    (odd,) = database.execute(
        "SELECT count(*) FROM batch WHERE typeof(created_at) || typeof(readings) || typeof(size)"
        " || typeof(boot_ms) <> 'integerintegerintegerinteger' OR typeof(body) <> 'blob'"
    ).fetchone()
    if odd:
        raise sqlite3.DatabaseError(f"{odd} batches are unreadable")
    database.execute("SELECT seq FROM sqlite_sequence").fetchone()


def _is_count(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdecimal()


def _check_columns(database: sqlite3.Connection) -> None:
    """Add what a file of an older release lacks; what is no batch table at all is damage."""
    there = [row[1] for row in database.execute("PRAGMA table_info(batch)")]
    notes = [row[1] for row in database.execute("PRAGMA table_info(note)")]
    if tuple(there[: len(_FIRST_COLUMNS)]) != _FIRST_COLUMNS or notes != ["name", "value"]:
        raise sqlite3.DatabaseError(f"its tables are not a spool's: {there}, {notes}")
    for name, kind in _LATER_COLUMNS.items():
        if name not in there:
            database.execute(f"ALTER TABLE batch ADD COLUMN {name} {kind}")


def set_aside(path: Path, why: BaseException) -> None:
    """Rename a damaged file, so that a new one can be begun.

    Renamed, not deleted: somebody may want to dig the readings out. Only the latest is kept, so
    that a failing card does not fill itself with its own corpses.

    Raises:
        OSError: the disk does not take even that.
    """
    for old in damaged_files(path):
        old.unlink()
    aside = path.with_name(f"{path.name}.damaged-{secrets.token_hex(4)}")
    path.replace(aside)
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    log.error("the spool is damaged (%s): set aside as %s, a new one is begun", why, aside)


def read_status(path: Path) -> SpoolStatus:
    """What stands in a spool, also while an agent is using it; writes nothing.

    Raises:
        FileNotFoundError: there is no spool yet.
        sqlite3.DatabaseError: the file is damaged; the agent will set it aside.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        (tables,) = database.execute(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'note'"
        ).fetchone()
        notes = dict(database.execute("SELECT name, value FROM note")) if tables else {}
        if "epoch" not in notes:
            raise FileNotFoundError(path)  # it is being made just now
        batches, readings, size = database.execute(TOTALS).fetchone()
        (oldest_at,) = database.execute("SELECT min(created_at) FROM batch").fetchone()
        row = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
    finally:
        database.close()
    return SpoolStatus(
        epoch=notes["epoch"],
        batches=batches,
        readings=readings,
        bytes=size,
        dropped=int(notes["dropped"]),
        dropped_readings=int(notes.get("dropped_readings", "0")),
        oldest_at=oldest_at,
        last_sequence=row[0] if row else 0,
        set_aside=tuple(file.name for file in damaged_files(path)),
    )


def damaged_files(path: Path) -> list[Path]:
    """Files set aside earlier."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is broken: SQLITE_CORRUPT and SQLITE_NOTADB have no subclass."""
    return type(error) is sqlite3.DatabaseError or (
        isinstance(error, sqlite3.OperationalError) and _name_of(error) == "SQLITE_IOERR_SHORT_READ"
    )


def fault_of(error: BaseException) -> Fault:
    """What is the matter with the disk, by what it answered."""
    name = _name_of(error)
    if name == "SQLITE_FULL" or getattr(error, "errno", None) in _FULL:
        return Fault.full
    if name.startswith("SQLITE_READONLY") or getattr(error, "errno", None) in _READ_ONLY:
        return Fault.read_only
    return Fault.failing


def _name_of(error: BaseException) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def undo(database: sqlite3.Connection) -> None:
    """Roll back; a file that does not even do that is rolled back when it is opened again."""
    try:
        if database.in_transaction:
            database.execute("ROLLBACK")
    except sqlite3.Error as error:
        log.warning("the spool does not roll back: %s", error)
