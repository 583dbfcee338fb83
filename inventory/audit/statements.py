"""What a statement about many rows found, and what it left behind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, or_, select
from sqlalchemy.orm import ORMExecuteState

Row = Mapping[str, Any]
Key = tuple[Any, ...]
#: Rows that are named in one query.
_AT_ONCE = 200


def rows_of_insert(state: ORMExecuteState) -> Sequence[Row]:
    """Rows as an ``INSERT`` names them: its parameters, else its own values."""
    parameters = state.parameters
    if isinstance(parameters, Mapping):
        return [parameters]
    if parameters:
        return [*parameters]
    return [cast(Any, state.statement).compile().params]


def rows_before(connection: Connection, table: Table, state: ORMExecuteState) -> dict[Key, Row]:
    """Rows an ``UPDATE`` or ``DELETE`` will find, by their keys."""
    statement: Any = state.statement
    if state.is_update and state.parameters and not isinstance(state.parameters, Mapping):
        # By primary key, one set of parameters a row.
        names = [column.name for column in table.primary_key]
        keys = [tuple(row[name] for name in names) for row in state.parameters]
        return _by_key(connection, table, keys)
    query = select(table)
    if statement.whereclause is not None:
        query = query.where(statement.whereclause)
    given = state.parameters if isinstance(state.parameters, Mapping) else {}
    rows = (cast(Row, row._mapping) for row in connection.execute(query, given))
    return {_key(table, row): row for row in rows}


def rows_now(connection: Connection, table: Table, before: Mapping[Key, Row]) -> dict[Key, Row]:
    """The same rows as they are now."""
    return _by_key(connection, table, list(before))


def _by_key(connection: Connection, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for some in _parts(keys):
        rows = connection.execute(select(table).where(_named(table, some)))
        found |= {_key(table, one): one for one in (cast(Row, row._mapping) for row in rows)}
    return found


def _named(table: Table, keys: Sequence[Key]) -> ColumnElement[bool]:
    columns: list[Column[Any]] = [*table.primary_key]
    if len(columns) == 1:
        # A condition a row takes ten times as long to write down as its row to read.
        return columns[0].in_([key for (key,) in keys])
    pairs = (zip(columns, key, strict=True) for key in keys)
    return or_(*(and_(*(column == value for column, value in pair)) for pair in pairs))


def _parts(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for begin in range(0, len(keys), _AT_ONCE):
        yield keys[begin : begin + _AT_ONCE]


def _key(table: Table, row: Mapping[str, Any]) -> Key:
    return tuple(row[column.name] for column in table.primary_key)
