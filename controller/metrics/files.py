"""The files of the DuckDB store, attached to one connection.

Readings go to the newest *arrival* file, whatever their own time, because a DuckDB transaction
writes to one file only. Housekeeping turns closed arrivals into sorted *segments*, one a period
of the readings' own time, and their series and ledger into a *register*. The manifest names the
files that count; replacing it is one rename, so a kill leaves the old set or the new one whole,
and files that no manifest names are removed when the store opens.

A reader takes a view and keeps it for as long as it reads; a file that housekeeping replaced is
let go when the last view that shows it is closed.
"""

import fcntl
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock

import duckdb

from controller.metrics.manifest import Manifest, read_manifest, sync, write_manifest
from controller.metrics.periods import day_of

SCHEMA = (
    "CREATE TABLE {0}.series (id INTEGER, subject VARCHAR, metric VARCHAR, part VARCHAR)",
    "CREATE TABLE {0}.sample (series INTEGER, taken_at BIGINT, value DOUBLE)",
    "CREATE TABLE {0}.ledger (agent VARCHAR, epoch VARCHAR, sequence BIGINT, stored_at BIGINT)",
)
_OURS = re.compile(r"(arrival|raw|hourly|daily|register)-.*\.duckdb(\.wal)?|manifest\.json\.tmp")
#: Before there was a manifest, arrivals were called after their month.
_MONTH = "????-??.duckdb"


class StoreInUse(RuntimeError):
    """Another process holds the metric store in {0}; ask that process instead."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"another process holds the metric store in {directory}")
        self.directory = directory


class _Generation:
    """A manifest, how many read by it, and the files that ended with it."""

    __slots__ = ("dropped", "manifest", "readers")

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.readers = 0
        self.dropped: frozenset[str] = frozenset()


class StoreFiles:
    """Attaches the files of a directory and changes which of them count.

    Raises:
        StoreInUse: another process, or another store of this one, has the directory.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, directory: Path, now: int) -> None:
        self._connection = connection
        self._directory = directory
        self._changing = Lock()
        directory.mkdir(parents=True, exist_ok=True)
        self._held = _hold(directory)
        try:
            known = read_manifest(directory)
            if known is None:
                months = sorted(path.stem for path in directory.glob(_MONTH))
                known = Manifest(arrivals=tuple(months))
            self._generations = deque([_Generation(known)])
            for path in directory.iterdir():
                if _OURS.fullmatch(path.name) and path.name.split(".")[0] not in known.names:
                    path.unlink()
            for name in sorted(known.names):
                self._attach(name, writable=name in known.arrivals)
            if not known.arrivals:
                self.begin_arrival(now)
        except BaseException:
            os.close(self._held)
            raise

    @property
    def manifest(self) -> Manifest:
        """The files that count now."""
        return self._generations[-1].manifest

    @property
    def current(self) -> str:
        """The file that is written to."""
        return self.manifest.arrivals[-1]

    def new_path(self, prefix: str, ahead: int = 0) -> Path:
        """Where a new file may be made; ``ahead`` others are being made for the same change.

        Numbers of files that came to nothing may come again.
        """
        number = self.manifest.following + ahead
        while self._path(f"{prefix}-{number:06}").exists():
            number += 1
        return self._path(f"{prefix}-{number:06}")

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.duckdb"

    @contextmanager
    def view(self) -> Iterator[Manifest]:
        """Files that stay readable until the view is closed."""
        with self._changing:
            seen = self._generations[-1]
            seen.readers += 1
        try:
            yield seen.manifest
        finally:
            with self._changing:
                seen.readers -= 1
            self._let_go()

    def is_past(self, now: int) -> bool:
        """Whether the arrival file is of an earlier day than ``now``."""
        return self.current.removeprefix("arrival-")[:10] < day_of(now)

    def begin_arrival(self, now: int) -> None:
        """Close the arrival file and write to a new one; nobody may be writing."""
        path = self.new_path(f"arrival-{day_of(now)}")
        name = path.stem
        self._attach(name, writable=True)
        with self._connection.cursor() as cursor:
            for statement in SCHEMA:
                cursor.execute(statement.format(known_as(name)))
            cursor.execute(f"CHECKPOINT {known_as(name)}")
        sync(path)
        self.change(lambda old: replace(old, arrivals=(*old.arrivals, name)), attached=True)

    def change(self, how: Callable[[Manifest], Manifest], *, attached: bool = False) -> None:
        """Commit another set of files. New ones must be whole and on disk.

        Args:
            how: the new manifest from the old one.
            attached: the new files are attached already.
        """
        with self._changing:
            old = self._generations[-1]
            new = how(old.manifest)
            added = new.names - old.manifest.names
            numbers = [int(name.rsplit("-", 1)[1]) for name in added]
            new = replace(new, following=max([new.following, *(n + 1 for n in numbers)]))
            held: list[str] = []
            try:
                for name in () if attached else sorted(added):
                    self._attach(name, writable=False)
                    held.append(name)
                write_manifest(self._directory, new)
            except BaseException:
                for name in held:
                    self._detach(name)
                raise
            old.dropped = old.manifest.names - new.names
            self._generations.append(_Generation(new))
        self._let_go()

    def close(self) -> None:
        """Let another process have the directory; the connection must be closed."""
        held, self._held = self._held, -1
        if held >= 0:
            os.close(held)

    def _let_go(self) -> None:
        # Only the oldest generation may end: a file that went with it may be shown by older ones.
        dropped: list[str] = []
        with self._changing:
            while len(self._generations) > 1 and not self._generations[0].readers:
                dropped += self._generations.popleft().dropped
        for name in dropped:
            self._detach(name)
            self._path(name).unlink()
            self._directory.joinpath(f"{name}.duckdb.wal").unlink(missing_ok=True)

    def _attach(self, name: str, *, writable: bool) -> None:
        mode = "" if writable else " (READ_ONLY)"
        with self._connection.cursor() as cursor:
            cursor.execute(f"ATTACH '{quoted(self._path(name))}' AS {known_as(name)}{mode}")

    def _detach(self, name: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(f"DETACH {known_as(name)}")


def known_as(name: str) -> str:
    """A file's name in a query."""
    return f'"{name}"'


def quoted(path: Path) -> str:
    """A path inside the quotes of a statement."""
    return str(path).replace("'", "''")


def _hold(directory: Path) -> int:
    held = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(held)
        raise StoreInUse(directory) from error
    return held
