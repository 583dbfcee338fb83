"""The statements that every poll of every device needs, in the words of each database.

They go to the driver as text: SQLAlchemy's work on each value and row costs several times what the
database does with it. Columns are named by this module's callers, never by what came in.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol, cast

import msgspec
from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from inventory.models.base import UtcDateTime

#: What decides which parts of a poll are new.
READ = (
    *("taken_at", "outcome", "failures", "detail", "agent_id", "vitals_at", "present_at"),
    *("present", "ports_at", "facts_at", "other_serial"),
    *("attached_at", "attached_device_id", "attached_port"),
)
#: A row of a state: these, and then what ``READ`` names.
_COLUMNS = ("device_id", "school_code", "ports_down", *READ)
_STATE = SQLModel.metadata.tables["device_state"]
_TIMES = frozenset(c.name for c in _STATE.columns if isinstance(c.type, UtcDateTime))
_Convert = Callable[[Any], Any]


class StateSql(Protocol):
    """One database's way to find states and to change some columns of many."""

    #: Whether rows are locked; else states come with the devices.
    locks: bool

    def devices(
        self, connection: Connection, subjects: Iterable[str], schools: Iterable[str] | None
    ) -> Sequence[Any]:
        """Id and school of devices; the id of their state or ``None``, the rest of it if unlocked.

        Args:
            connection: in a transaction.
            subjects: ids of devices, and of other things.
            schools: only devices of these; ``None`` for any.
        """
        ...

    def locked(self, connection: Connection, devices: Iterable[str]) -> Sequence[Any]:
        """Rows of states, locked in the order of their devices' ids."""
        ...

    def converted(self, rows: Sequence[Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
        """Rows of states as Python has them; an outcome is the text of its member."""
        ...

    def update(
        self,
        connection: Connection,
        columns: tuple[str, ...],
        keys: Sequence[tuple[str, datetime]],
        values: Sequence[Iterable[Any]],
    ) -> None:
        """Give columns of states new values.

        Args:
            connection: in a transaction.
            columns: to be changed.
            keys: device ids, and the newest poll known of each: a state that knows a newer one
                stays as it is.
            values: of each column, in the order of ``keys``.
        """
        ...


def state_sql(connection: Connection) -> StateSql:
    """The statements of the database at the other end."""
    return _POSTGRES if connection.dialect.name == "postgresql" else _SQLITE


class _Sqlite:
    """Any number of rows goes, and comes, as one JSON text.

    The driver lets go of the interpreter's lock for every row, and has to wait for it again while
    requests are answered: row by row, a thousand states took half a second of waiting.
    """

    locks = False

    def __init__(self) -> None:
        dialect: Dialect = sqlite.dialect()
        times = UtcDateTime()
        self._from_text = cast(_Convert, times.result_processor(dialect, None))
        self._to_text = cast(_Convert, times.bind_processor(dialect))
        columns = ", ".join(f"device_state.{name}" for name in _COLUMNS)
        # The unary plus keeps the index over schools out of it: the ids say all.
        self._devices = (
            "SELECT json_group_array(json_array("  # noqa: S608
            f"device.id, device.school_code, {columns})) FROM device"
            " LEFT JOIN device_state ON device_state.device_id = device.id"
            " WHERE device.id IN (SELECT value FROM json_each(?))"
        )
        self._of_schools = " AND +device.school_code IN (SELECT value FROM json_each(?))"

    def devices(
        self, connection: Connection, subjects: Iterable[str], schools: Iterable[str] | None
    ) -> Sequence[Any]:
        query, parameters = self._devices, [_json(subjects)]
        if schools is not None:
            query, parameters = query + self._of_schools, [*parameters, _json(schools)]
        [[found]] = _rows(connection, query, *parameters)
        rows: list[list[Any]] = msgspec.json.decode(found)
        return rows

    def locked(self, connection: Connection, devices: Iterable[str]) -> Sequence[Any]:
        raise TypeError("SQLite locks no rows")

    def converted(self, rows: Sequence[Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
        return _converted(rows, self._from_text)

    def update(
        self,
        connection: Connection,
        columns: tuple[str, ...],
        keys: Sequence[tuple[str, datetime]],
        values: Sequence[Iterable[Any]],
    ) -> None:
        ids, newest = zip(*keys, strict=True)
        texts = list(map(self._to_text, newest))

        def told(column: Iterable[Any]) -> Iterable[Any]:
            # Nearly all clocks of a device are of its newest poll: the very same object.
            for value, at, text in zip(column, newest, texts, strict=True):
                yield text if value is at else self._to_text(value)

        rows = _json(zip(ids, texts, *_written(columns, values, told), strict=True))
        connection.exec_driver_sql(_sqlite_update(columns), (rows,))


class _Postgres:
    """Ids go as an array, and so does each column of an update: one statement for all rows.

    Arrays go as the text PostgreSQL reads (manual, 8.15.2): the driver's way of writing them costs
    as much as everything else here together.
    """

    locks = True

    def __init__(self) -> None:
        self._devices = (
            "SELECT device.id, device.school_code, device_state.device_id FROM device"
            " LEFT JOIN device_state ON device_state.device_id = device.id"
            " WHERE device.id = ANY(%s::text[])"
        )
        self._of_schools = " AND device.school_code = ANY(%s::text[])"
        self._locked = (
            f"SELECT {', '.join(_COLUMNS)} FROM device_state"  # noqa: S608
            " WHERE device_id = ANY(%s::text[]) ORDER BY device_id FOR NO KEY UPDATE"
        )

    def devices(
        self, connection: Connection, subjects: Iterable[str], schools: Iterable[str] | None
    ) -> Sequence[Any]:
        if schools is None:
            return _rows(connection, self._devices, _array(subjects))
        return _rows(
            connection, self._devices + self._of_schools, _array(subjects), _array(schools)
        )

    def locked(self, connection: Connection, devices: Iterable[str]) -> Sequence[Any]:
        return _rows(connection, self._locked, _array(devices))

    def converted(self, rows: Sequence[Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
        return _converted(rows, _utc)

    def update(
        self,
        connection: Connection,
        columns: tuple[str, ...],
        keys: Sequence[tuple[str, datetime]],
        values: Sequence[Iterable[Any]],
    ) -> None:
        ids, newest = zip(*keys, strict=True)
        arrays = (ids, newest, *_written(columns, values, list))
        connection.exec_driver_sql(_postgres_update(columns), tuple(map(_array, arrays)))


@lru_cache(maxsize=256)
def _sqlite_update(columns: tuple[str, ...]) -> str:
    told = ", ".join(f"{name} = told.value ->> {n}" for n, name in enumerate(columns, start=2))
    return (
        f"UPDATE device_state SET {told} FROM json_each(?) AS told"  # noqa: S608
        " WHERE device_id = told.value ->> 0 AND taken_at <= told.value ->> 1"
    )


@lru_cache(maxsize=256)
def _postgres_update(columns: tuple[str, ...]) -> str:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    told = ", ".join(f"{name} = told.{name}" for name in columns)
    arrays = ", ".join(f"%s::{_STATE.c[name].type.compile(dialect)}[]" for name in columns)
    return (
        f"UPDATE device_state SET {told}"  # noqa: S608
        f" FROM unnest(%s::text[], %s::timestamptz[], {arrays})"
        f" AS told(told_id, newest, {', '.join(columns)})"
        " WHERE device_id = told_id AND device_state.taken_at <= newest"
    )


def _rows(connection: Connection, query: str, *parameters: object) -> Sequence[Any]:
    return connection.exec_driver_sql(query, parameters).all()


def _json(values: Iterable[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _array(values: Iterable[Any]) -> str:
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _converted(rows: Sequence[Sequence[Any]], convert: _Convert) -> Iterable[tuple[Any, ...]]:
    if not rows:
        return ()
    by_column = zip(_COLUMNS, zip(*rows, strict=True), strict=True)
    columns = (map(convert, column) if name in _TIMES else column for name, column in by_column)
    return zip(*columns, strict=True)


def _written(
    names: tuple[str, ...], columns: Sequence[Iterable[Any]], times: _Convert
) -> Iterable[Iterable[Any]]:
    for name, column in zip(names, columns, strict=True):
        if name == "outcome":
            yield (outcome.value for outcome in column)
        elif name in _TIMES:
            yield times(column)
        else:
            yield column


_SQLITE, _POSTGRES = _Sqlite(), _Postgres()
