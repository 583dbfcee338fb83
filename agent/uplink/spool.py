"""Batches waiting for the uplink: on disk, oldest first, bounded in bytes and days.

One SQLite file in WAL mode with ``synchronous=FULL``. In WAL mode the cheaper ``NORMAL`` lets a
power cut take back the last commits. Losing ten seconds of readings so would be bearable; taking
back a *number* is not: the next batch would go out under a sequence the controller has stored
already, be answered 409, and be deleted as done. FULL costs one fsync a batch, and a batch comes
every ten seconds (``benchmarks/spool.py`` measures it).

A batch leaves the spool only after the controller has answered for it. When the spool is full the
oldest go first, and are counted: new readings matter more than old ones. The name of a batch,
``(epoch, sequence)``, is given inside the transaction that stores it; AUTOINCREMENT never gives a
number twice, and a spool begun anew gets a new random epoch.
"""

import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)

#: Name of the file in the state directory.
SPOOL_FILE = "spool.db"
#: Given (epoch, sequence), yields the bytes that are sent.
Encoder = Callable[[str, int], bytes]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batch (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
#: What SQLite takes for a row, its page share and its place in the tree.
_ROW_OVERHEAD = 64
_DAY_MS = 86_400_000
_TOTALS = "SELECT count(*), coalesce(sum(readings), 0), coalesce(sum(size), 0) FROM batch"


class SpoolFull(OSError):
    """The disk takes no more, or gave way: nothing of the attempt was kept."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One waiting batch and the number that acknowledges it."""

    sequence: int
    body: bytes


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """How full the spool is. ``dropped`` counts batches since the epoch began."""

    epoch: str
    batches: int
    readings: int
    bytes: int
    dropped: int
    oldest_at: int | None
    last_sequence: int
    set_aside: tuple[str, ...] = ()


class Spool:
    """A bounded first-in-first-out queue in one SQLite file. Safe to use from several threads.

    Args:
        path: the file; its directory must exist.
        max_bytes: sum of the stored bodies beyond which the oldest are dropped.
        max_days: age beyond which batches are dropped.
    """

    def __init__(self, path: Path, *, max_bytes: int, max_days: float) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._max_age_ms = int(max_days * _DAY_MS)
        self._lock = threading.RLock()
        self._epoch = ""
        self._last_sequence = self._batches = self._readings = self._bytes = self._dropped = 0
        try:
            self._begin()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            self._begin_anew(error)

    @property
    def epoch(self) -> str:
        """Random, one a spool file."""
        return self._epoch

    @property
    def depth(self) -> tuple[int, int, int]:
        """Batches, bytes and drops, from memory: cheap enough for every batch and scrape."""
        return self._batches, self._bytes, self._dropped

    def put(self, encode: Encoder, *, readings: int, now_ms: int) -> int:
        """Name, encode and store a batch; returns its sequence.

        Raises:
            SpoolFull: the disk takes no more. Nothing was stored, and no number was used up.
        """
        return self.put_all([(encode, readings)], now_ms=now_ms)[0]

    def put_all(
        self, batches: Sequence[tuple[Encoder, int]], *, now_ms: int, instead_of: int | None = None
    ) -> list[int]:
        """Store several batches at once, optionally in place of one that was too large.

        Raises:
            SpoolFull: as for :meth:`put`; ``instead_of`` is then still there.
        """
        with self._transaction():
            sequences = [self._insert(encode, readings, now_ms) for encode, readings in batches]
            if instead_of is not None:
                self._delete(instead_of)
            self._drop_oldest(now_ms)
        return sequences

    def oldest(self) -> Spooled | None:
        """The batch to send next, or ``None``."""
        with self._transaction():
            row = self._db.execute(
                "SELECT sequence, body FROM batch ORDER BY sequence LIMIT 1"
            ).fetchone()
        return Spooled(*row) if row else None

    def done(self, sequence: int) -> None:
        """Forget a batch the controller has answered for; one already dropped is no error.

        Raises:
            SpoolFull: the disk takes not even the deletion; the batch is still there.
        """
        with self._transaction():
            self._delete(sequence)

    def drop(self, sequence: int) -> None:
        """Forget a batch the controller refuses for good, and count it."""
        with self._transaction():
            self._delete(sequence)
            self._dropped += 1

    def count_dropped(self, batches: int) -> None:
        """Count what could not even be stored."""
        with self._lock:
            self._dropped += batches

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> None:
        """Open or create the file and learn where it stands."""
        self._path.touch(mode=0o600, exist_ok=True)
        self._db = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=10
        )
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA cache_size=-512")  # KiB; a queue is written and read once
            self._db.execute(f"PRAGMA journal_size_limit={4 << 20}")
            self._db.executescript(_SCHEMA)
            (verdict,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            self._db.execute(
                "INSERT OR IGNORE INTO note VALUES ('epoch', ?), ('dropped', '0')",
                (secrets.token_hex(8),),
            )
            self._recount()
        except sqlite3.Error:
            self._db.close()
            raise

    def _begin_anew(self, error: BaseException) -> None:
        """Set a damaged file aside and go on with a new one, under a new epoch."""
        self._db.close()
        # Renamed, not deleted: somebody may want to dig the readings out. Only the latest is
        # kept, so that a failing card does not fill itself with its own corpses.
        for old in _damaged(self._path):
            old.unlink()
        aside = self._path.with_name(f"{self._path.name}.damaged-{secrets.token_hex(4)}")
        self._path.replace(aside)
        for tail in ("-wal", "-shm"):
            self._path.with_name(self._path.name + tail).unlink(missing_ok=True)
        log.error("the spool is damaged (%s): set aside as %s, a new one is begun", error, aside)
        self._begin()

    def _recount(self) -> None:
        notes = dict(self._db.execute("SELECT name, value FROM note"))
        if not notes["dropped"].isdecimal():
            raise sqlite3.DatabaseError("the count of drops is unreadable")
        self._epoch = notes["epoch"]
        self._dropped = self._dropped_stored = int(notes["dropped"])
        self._batches, self._readings, self._bytes = self._db.execute(_TOTALS).fetchone()
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
        self._last_sequence = row[0] if row else 0

    def _insert(self, encode: Encoder, readings: int, now_ms: int) -> int:
        sequence = self._last_sequence + 1
        body = encode(self._epoch, sequence)
        size = len(body) + _ROW_OVERHEAD
        self._db.execute(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?)", (sequence, now_ms, readings, size, body)
        )
        self._last_sequence = sequence
        self._batches += 1
        self._readings += readings
        self._bytes += size
        return sequence

    def _delete(self, sequence: int) -> None:
        row = self._db.execute(
            "DELETE FROM batch WHERE sequence = ? RETURNING readings, size", (sequence,)
        ).fetchone()
        if row:
            self._batches -= 1
            self._readings -= row[0]
            self._bytes -= row[1]

    def _drop_oldest(self, now_ms: int) -> None:
        """Keep within the bounds; the newest batch always stays."""
        while self._batches > 1:
            sequence, created_at = self._db.execute(
                "SELECT sequence, created_at FROM batch ORDER BY sequence LIMIT 1"
            ).fetchone()
            if self._bytes <= self._max_bytes and now_ms - created_at <= self._max_age_ms:
                return
            self._delete(sequence)
            self._dropped += 1

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, on disk and in the totals; damage found on the way heals the spool."""
        with self._lock:
            before = (self._last_sequence, self._batches, self._readings, self._bytes)
            dropped = self._dropped
            try:
                self._db.execute("BEGIN")
                yield
                if self._dropped != self._dropped_stored:
                    self._db.execute(
                        "UPDATE note SET value = ? WHERE name = 'dropped'", (str(self._dropped),)
                    )
                self._db.execute("COMMIT")
                self._dropped_stored = self._dropped
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._last_sequence, self._batches, self._readings, self._bytes = before
                self._dropped = dropped
                if _is_damage(error):
                    self._begin_anew(error)
                if _is_damage(error) or isinstance(error, sqlite3.OperationalError):
                    raise SpoolFull(str(error)) from None
                raise


def read_status(path: Path) -> SpoolStatus:
    """What stands in a spool, also while an agent is using it; writes nothing.

    Raises:
        FileNotFoundError: there is no spool yet.
        sqlite3.DatabaseError: the file is damaged; the agent will set it aside.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        (tables,) = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'note'").fetchone()
        notes = dict(db.execute("SELECT name, value FROM note")) if tables else {}
        if "epoch" not in notes:
            raise FileNotFoundError(path)  # it is being made just now
        batches, readings, size = db.execute(_TOTALS).fetchone()
        (oldest_at,) = db.execute("SELECT min(created_at) FROM batch").fetchone()
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
    finally:
        db.close()
    return SpoolStatus(
        epoch=notes["epoch"],
        batches=batches,
        readings=readings,
        bytes=size,
        dropped=int(notes["dropped"]),
        oldest_at=oldest_at,
        last_sequence=row[0] if row else 0,
        set_aside=tuple(p.name for p in _damaged(path)),
    )


def _damaged(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def _is_damage(error: BaseException) -> bool:
    """Whether the file itself is broken: SQLITE_CORRUPT and SQLITE_NOTADB have no subclass."""
    return type(error) is sqlite3.DatabaseError or (
        isinstance(error, sqlite3.OperationalError)
        and error.sqlite_errorname == "SQLITE_IOERR_SHORT_READ"
    )
