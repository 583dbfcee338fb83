"""Rows into a database by the ten thousand: COPY on PostgreSQL, prepared statements on SQLite."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlmodel import SQLModel

from inventory.models.base import metadata

_Row = tuple[Any, ...]
#: Rows that wait before all are written.
_WAITING: Final = 50_000
#: Bytes SQLite may keep of its file, instead of 2 MB.
_SQLITE_CACHE: Final = 192 << 20


class BulkWriter:
    """Gathers rows and writes them table by table, those first that others point to.

    Nothing is committed. Columns that are not given get the model's plain default, else NULL.

    Args:
        connection: in a transaction that writes.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        if connection.dialect.name == "sqlite":
            # Keys come in no order: the pages they go to have to stay in memory.
            connection.exec_driver_sql(f"PRAGMA cache_size=-{_SQLITE_CACHE >> 10}")
        self._tables: dict[Table, _TableRows] = {}
        self._waiting = 0
        self.rows = 0

    def add(self, model: type[SQLModel], /, **values: Any) -> None:
        """One row; rows of one table that point to each other come in the right order."""
        table: Table = model.__table__  # type: ignore[attr-defined]
        rows = self._tables.get(table)
        if rows is None:
            rows = self._tables[table] = _TableRows(table, self._connection)
        rows.add(values)
        self._waiting += 1
        self.rows += 1

    def flush_when_full(self) -> None:
        """Write what has gathered if it is much; between rows that belong together."""
        if self._waiting >= _WAITING:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered."""
        for table in metadata.sorted_tables:
            if table in self._tables:
                self._tables[table].write()
        self._waiting = 0


class _TableRows:
    """Rows of one table on their way."""

    def __init__(self, table: Table, connection: Connection) -> None:
        self._connection = connection
        # The database numbers rows itself where it can.
        self._columns = [c for c in table.columns if c is not table.autoincrement_column]
        defaults = {}
        self._processors: list[tuple[str, Callable[[Any], Any]]] = []
        for column in self._columns:
            default: Any = column.default
            defaults[column.name] = (
                default.arg if default is not None and default.is_scalar else None
            )
            processor = column.type.dialect_impl(connection.dialect).bind_processor(
                connection.dialect
            )
            if processor is not None:
                self._processors.append((column.name, processor))
        self._defaults = defaults
        self._rows: list[dict[str, Any]] = []
        quote = connection.dialect.identifier_preparer.quote
        names = ", ".join(quote(column.name) for column in self._columns)
        target = f"{quote(table.name)} ({names})"
        self._copy = f"COPY {target} FROM STDIN"
        marks = ", ".join("?" * len(self._columns))
        self._insert = f"INSERT INTO {target} VALUES ({marks})"  # noqa: S608

    def add(self, values: dict[str, Any]) -> None:
        self._rows.append(self._defaults | values)

    def write(self) -> None:
        if not self._rows:
            return
        for name, processor in self._processors:
            # Few values come once only: a poll has one time for a whole school.
            known: dict[Any, Any] = {}
            for row in self._rows:
                value = row[name]
                if value not in known:
                    known[value] = processor(value)
                row[name] = known[value]
        rows = [tuple(row.values()) for row in self._rows]
        self._rows.clear()
        if self._connection.dialect.name == "postgresql":
            self._copy_in(rows)
        else:
            self._connection.exec_driver_sql(self._insert, rows)

    def _copy_in(self, rows: Sequence[_Row]) -> None:
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(self._copy) as copy:
            for row in rows:
                copy.write_row(row)
