"""Batches waiting for the uplink: on disk, bounded in bytes and days.

One SQLite file in WAL mode with ``synchronous=FULL``: one fsync a batch, and a batch comes every
ten seconds (``benchmarks/spool.py`` measures it), so that a power cut takes back nothing that was
kept.

A batch leaves the spool only after the controller has answered for it. When the spool is full the
oldest go first, and are counted: new readings matter more than old ones. The name of a batch,
``(epoch, sequence)``, is given inside the transaction that stores it. Every opening begins a new
random epoch: whatever a failing disk took back, no name is ever given twice
(``docs/decisions/0020-an-epoch-is-one-run.md``).

A disk that takes nothing is no reason to end: every call says :class:`SpoolFull`, and the file is
tried again now and then.
"""

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from agent.uplink import spool_file
from agent.uplink.spool_file import SPOOL_FILE, Fault, Spooled, SpoolStatus, read_status

__all__ = ["SPOOL_FILE", "Encoder", "Fault", "Spool", "SpoolFull", "SpoolStatus", "Spooled"]
__all__ += ["read_status"]

log = logging.getLogger(__name__)

#: Given (epoch, sequence), yields the bytes that are sent.
Encoder = Callable[[str, int], bytes]

#: What SQLite takes for a row, its page share and its place in the tree.
_ROW_OVERHEAD = 64
_DAY_MS = 86_400_000
_TRY_AGAIN_SECONDS = 10.0
_ROW = "SELECT sequence, body, created_at, boot, boot_ms FROM batch"


class SpoolFull(OSError):
    """The disk takes no more, or gave way: nothing of the attempt was kept."""


class Spool:
    """A bounded queue in one SQLite file. Safe to use from several threads.

    Args:
        path: the file; ``None`` keeps everything in memory, to be lost at the end.
        max_bytes: sum of the stored bodies beyond which the oldest are dropped.
        max_days: age beyond which batches are dropped.
        boot: id of this run of the box; ages of its batches do not depend on the wall clock.
        clock: seconds, growing; paces the attempts on a disk that takes nothing.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        max_bytes: int,
        max_days: float,
        boot: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._max_age_ms = int(max_days * _DAY_MS)
        self._boot = boot
        self._clock = clock
        self._lock = threading.RLock()
        self._epoch = secrets.token_hex(8)
        self._last_sequence = self._batches = self._readings = self._bytes = 0
        #: Batches and readings: counted, and as the file has it.
        self._dropped = self._dropped_stored = (0, 0)
        self._fault = Fault.none
        self._database: sqlite3.Connection | None = None
        self._next_try = 0.0
        with self._lock:
            try:
                self._open()
            except SpoolFull as error:
                log.error("the spool cannot be used: %s", error)

    @property
    def epoch(self) -> str:
        """Random, one an opening of the file."""
        return self._epoch

    @property
    def depth(self) -> tuple[int, int, int]:
        """Batches, bytes and dropped batches, from memory: cheap enough for every scrape."""
        return self._batches, self._bytes, self._dropped[0]

    @property
    def dropped_readings(self) -> int:
        """Readings in the batches dropped."""
        return self._dropped[1]

    @property
    def fault(self) -> Fault:
        """What is the matter with the disk, as of the last attempt to write."""
        return self._fault

    @property
    def set_aside(self) -> int:
        """Damaged files lying beside the spool."""
        return len(spool_file.damaged_files(self._path)) if self._path else 0

    def put(
        self,
        encode: Encoder,
        *,
        readings: int,
        now_ms: int,
        boot_ms: int = 0,
        draft: int | None = None,
    ) -> int:
        """Name, encode and store a batch, gathered in ``draft``; returns its sequence.

        Raises:
            SpoolFull: the disk takes no more. Nothing was stored, and no number was used up.
        """
        batches = [(encode, readings)]
        return self.put_all(batches, now_ms=now_ms, boot_ms=boot_ms, draft=draft)[0]

    def put_all(
        self,
        batches: Sequence[tuple[Encoder, int]],
        *,
        now_ms: int,
        boot_ms: int = 0,
        instead_of: int | None = None,
        draft: int | None = None,
    ) -> list[int]:
        """Store several batches at once, optionally in place of one that was too large.

        Raises:
            SpoolFull: as for :meth:`put`; ``instead_of`` is then still there.
        """
        with self._transaction() as database:
            if instead_of is not None:
                self._delete(database, instead_of)
            sequences = [
                self._insert(database, encode, readings, now_ms, boot_ms)
                for encode, readings in batches
            ]
            self._drop_oldest(database, now_ms, boot_ms)
            if draft is not None:
                database.execute("INSERT OR REPLACE INTO note VALUES ('draft', ?)", (str(draft),))
        return sequences

    def last_draft(self) -> int:
        """Number of the newest draft that is in the spool, or was; 0 when there was none.

        Raises:
            SpoolFull: the file cannot be used.
        """
        with self._transaction() as database:
            row = database.execute("SELECT value FROM note WHERE name = 'draft'").fetchone()
        return int(row[0]) if row else 0

    def oldest(self) -> Spooled | None:
        """The batch that has waited longest, or ``None``."""
        with self._transaction() as database:
            row = database.execute(f"{_ROW} ORDER BY sequence LIMIT 1").fetchone()
        return Spooled(*row) if row else None

    def newest(self, within: int) -> Spooled | None:
        """The newest waiting batch, if it is among the last ``within`` that were stored."""
        with self._transaction() as database:
            row = database.execute(
                f"{_ROW} WHERE sequence > ? ORDER BY sequence DESC LIMIT 1",
                (self._last_sequence - within,),
            ).fetchone()
        return Spooled(*row) if row else None

    def replace(self, sequence: int, body: bytes, created_at: int) -> None:
        """Put other bytes of the same name in place of a batch."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT size FROM batch WHERE sequence = ?", (sequence,)
            ).fetchone()
            if row is not None:
                size = len(body) + _ROW_OVERHEAD
                database.execute(
                    "UPDATE batch SET body = ?, created_at = ?, size = ? WHERE sequence = ?",
                    (body, created_at, size, sequence),
                )
                self._bytes += size - row[0]

    def done(self, sequence: int) -> None:
        """Forget a batch the controller has answered for; one already dropped is no error.

        Raises:
            SpoolFull: the disk takes not even the deletion; the batch is still there.
        """
        with self._transaction() as database:
            self._delete(database, sequence)

    def drop(self, sequence: int) -> None:
        """Forget a batch the controller refuses for good, and count it."""
        with self._transaction() as database:
            self._count(self._delete(database, sequence))

    def count_dropped(self, batches: int, readings: int = 0) -> None:
        """Count what could not even be stored."""
        with self._lock:
            self._dropped = self._dropped[0] + batches, self._dropped[1] + readings

    def move_to(self, other: "Spool", *, now_ms: int, boot_ms: int) -> None:
        """Hand everything over, names and drops included.

        Raises:
            SpoolFull: the other took no more; what it took is no longer here.
        """
        dropped, self._dropped = self._dropped, (0, 0)
        other.count_dropped(*dropped)
        while True:
            with self._transaction() as database:
                row = database.execute(
                    "SELECT sequence, body, readings FROM batch ORDER BY sequence LIMIT 1"
                ).fetchone()
            if row is None:
                return
            sequence, body, readings = row
            other.put(
                lambda _epoch, _sequence, body=body: body,  # type: ignore[misc]
                readings=readings,
                now_ms=now_ms,
                boot_ms=boot_ms,
            )
            self.done(sequence)

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        """The open file; opened, healed or made when need be.

        Raises:
            SpoolFull: the disk does not let us, or did not a moment ago.
        """
        if self._database is not None:
            return self._database
        now = self._clock()
        if now < self._next_try:
            raise SpoolFull(f"the disk is {self._fault}")
        try:
            try:
                database = spool_file.connect(self._path)
            except sqlite3.DatabaseError as error:
                if self._path is None or not spool_file.is_damage(error):
                    raise
                spool_file.set_aside(self._path, error)
                database = spool_file.connect(self._path)
            self._stand(spool_file.begin_epoch(database, epoch := secrets.token_hex(8)))
        except (OSError, sqlite3.Error) as error:
            self._next_try = now + _TRY_AGAIN_SECONDS
            self._fault = spool_file.fault_of(error)
            raise SpoolFull(f"{self._path}: {error}") from None
        self._database, self._epoch, self._fault = database, epoch, Fault.none
        return database

    def _stand(self, found: spool_file.Standing) -> None:
        self._batches, self._readings, self._bytes = found.batches, found.readings, found.bytes
        self._last_sequence = found.last_sequence
        # What was counted while the file could not be written is still to be added.
        pending = (self._dropped[i] - self._dropped_stored[i] + found.dropped[i] for i in (0, 1))
        self._dropped = next(pending), next(pending)
        self._dropped_stored = found.dropped

    def _insert(
        self,
        database: sqlite3.Connection,
        encode: Encoder,
        readings: int,
        now_ms: int,
        boot_ms: int,
    ) -> int:
        sequence = self._last_sequence + 1
        body = encode(self._epoch, sequence)
        size = len(body) + _ROW_OVERHEAD
        database.execute(
            "INSERT INTO batch (sequence, created_at, readings, size, body, boot, boot_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (sequence, now_ms, readings, size, body, self._boot, boot_ms),
        )
        self._last_sequence = sequence
        self._batches += 1
        self._readings += readings
        self._bytes += size
        return sequence

    def _delete(self, database: sqlite3.Connection, sequence: int) -> int | None:
        """Readings of the batch deleted; ``None`` when it was not there."""
        row = database.execute(
            "DELETE FROM batch WHERE sequence = ? RETURNING readings, size", (sequence,)
        ).fetchone()
        if row is None:
            return None
        readings: int = row[0]
        self._batches -= 1
        self._readings -= readings
        self._bytes -= row[1]
        return readings

    def _count(self, readings: int | None) -> None:
        if readings is not None:
            self.count_dropped(1, readings)

    def _drop_oldest(self, database: sqlite3.Connection, now_ms: int, boot_ms: int) -> None:
        """Keep within the bounds; the newest batch always stays."""
        while self._batches > 1:
            sequence, created_at, boot, made_ms = database.execute(
                "SELECT sequence, created_at, boot, boot_ms FROM batch ORDER BY sequence LIMIT 1"
            ).fetchone()
            # Of this run of the box the age is certain; a clock that was set ages nothing.
            of_this_run = bool(self._boot) and boot == self._boot
            age = boot_ms - made_ms if of_this_run else now_ms - created_at
            if self._bytes <= self._max_bytes and age <= self._max_age_ms:
                return
            self._count(self._delete(database, sequence))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on disk and in the totals; damage found on the way heals the spool."""
        with self._lock:
            database = self._open()
            before = (self._last_sequence, self._batches, self._readings, self._bytes)
            dropped, changes = self._dropped, database.total_changes
            try:
                database.execute("BEGIN")
                yield database
                if self._dropped != self._dropped_stored:
                    database.executemany(
                        "UPDATE note SET value = ? WHERE name = ?",
                        zip(map(str, self._dropped), ("dropped", "dropped_readings"), strict=True),
                    )
                database.execute("COMMIT")
            except BaseException as error:
                self._last_sequence, self._batches, self._readings, self._bytes = before
                self._dropped = dropped
                if not isinstance(error, sqlite3.Error):
                    spool_file.undo(database)
                    raise
                self._fail(database, error)
                raise SpoolFull(str(error)) from None
            self._dropped_stored = self._dropped
            if database.total_changes != changes:
                self._fault = Fault.none

    def _fail(self, database: sqlite3.Connection, error: sqlite3.Error) -> None:
        """Judge what the file answered, and put it right as far as that goes."""
        if spool_file.is_damage(error):
            # Opening it anew finds the damage, unless it was only in what SQLite had in memory.
            self._let_go()
            if self._path is not None:
                try:
                    spool_file.set_aside(self._path, error)
                except OSError as failure:
                    log.error("the damaged spool cannot be set aside: %s", failure)
            self._next_try = 0.0
            try:
                self._open()
            except SpoolFull as failure:
                log.error("no new spool can be begun: %s", failure)
            return
        self._fault = spool_file.fault_of(error)
        if self._fault is Fault.full:
            spool_file.undo(database)  # it may have room again at once
        else:
            self._let_go()

    def _let_go(self) -> None:
        if self._database is not None:
            try:
                self._database.close()
            except sqlite3.Error as error:
                log.warning("the spool does not close: %s", error)
        self._database = None
