"""Files of the DuckDB store: one for every month in which readings arrived.

Readings go to the file of the month they arrive in, whatever their own time, because a DuckDB
transaction writes to one file only. Every file is complete in itself: a new one begins with a
copy of the series, so that an old one can be sorted, rolled up or removed.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb

SCHEMA = (
    "CREATE TABLE {0}.series (id INTEGER, subject VARCHAR, metric VARCHAR, part VARCHAR)",
    "CREATE TABLE {0}.sample (series INTEGER, taken_at BIGINT, value DOUBLE)",
    "CREATE TABLE {0}.ledger (agent VARCHAR, epoch VARCHAR, sequence BIGINT, stored_at BIGINT)",
)
_UNFINISHED = "unfinished.duckdb"


class StoreInUse(RuntimeError):
    """Another process holds the metric store in {0}; ask that process instead."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"another process holds the metric store in {directory}")
        self.directory = directory


def month_of(at: int) -> str:
    """The month of a time, such as ``2026-09`` (UTC)."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m")


class MonthFiles:
    """Attaches the files of a directory to a connection and begins a new one each month.

    Raises:
        StoreInUse: another process has a file open.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, directory: Path, month: str) -> None:
        self._connection = connection
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        for left_over in directory.glob(f"{_UNFINISHED}*"):
            left_over.unlink()
        self._months: list[str] = []
        for path in sorted(directory.glob("????-??.duckdb")):
            self._attach(path.stem)
        if not self._months:
            self._begin(month)
        self._show()

    @property
    def current(self) -> str:
        """Catalogue name of the file that is written to."""
        return _name(self._months[-1])

    @property
    def names(self) -> list[str]:
        """Catalogue names of all files, oldest first."""
        return [_name(month) for month in self._months]

    def roll(self, month: str) -> None:
        """Begin the file of ``month`` unless it, or a later one, is being written."""
        if month > self._months[-1]:
            self._begin(month)
            self._show()

    def _attach(self, month: str) -> None:
        path = self._directory / f"{month}.duckdb"
        try:
            self._connection.execute(f"ATTACH '{_quoted(path)}' AS {_name(month)}")
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise StoreInUse(self._directory) from error
            raise
        self._months.append(month)

    def _begin(self, month: str) -> None:
        # Made aside and renamed: a kill in between leaves no half-made file behind.
        path = self._directory / _UNFINISHED
        path.unlink(missing_ok=True)
        run = self._connection.execute
        run(f"ATTACH '{_quoted(path)}' AS unfinished")
        run("BEGIN")
        for statement in SCHEMA:
            run(statement.format("unfinished"))
        if self._months:
            run(f"INSERT INTO unfinished.series SELECT * FROM {self.current}.series")  # noqa: S608
        run("COMMIT")
        run("DETACH unfinished")
        path.rename(self._directory / f"{month}.duckdb")
        folder = os.open(self._directory, os.O_RDONLY)
        os.fsync(folder)  # the new name must outlive a power cut as the readings do
        os.close(folder)
        self._attach(month)

    def _show(self) -> None:
        parts = " UNION ALL ".join(f"SELECT * FROM {name}.sample" for name in self.names)  # noqa: S608
        self._connection.execute(f"CREATE OR REPLACE VIEW sample AS {parts}")


def _name(month: str) -> str:
    return "month_" + month.replace("-", "_")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
