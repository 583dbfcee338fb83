"""Whose a row is: its own school or bureau, or that of what it belongs to by foreign keys.

A new table needs to say nothing: the way from it to a school is read from its foreign keys.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, select
from sqlmodel import SQLModel

#: Tables that are no owners: a ticket is not where the person lives to whom it is assigned.
_NO_OWNERS = frozenset({"agent", "app_user", "attachment", "catalogue_model", "credential"})
#: More foreign keys than lie between any row and its school.
_FURTHEST = 4
Row = Mapping[str, Any]


class Place(NamedTuple):
    """A school, or a bureau, or neither."""

    school: str | None = None
    organisation: str | None = None


class _Way(NamedTuple):
    """Columns to follow, and the column at the end."""

    hops: tuple[tuple[str, str, str], ...]
    column: str
    is_school: bool


class Places:
    """Finds whose rows are; remembers what it read, so use one for each flush.

    Args:
        connection: of the session's transaction.
        fresh: rows that are not sure to be found by a query, by table and key.
    """

    def __init__(self, connection: Connection, fresh: Mapping[tuple[str, str], Row]) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str, str], Row | None] = {}
        self._fresh = fresh

    def of(self, table: str, row: Row) -> Place:
        for way in _ways(table):
            found = self._end(row, way)
            if found is not None:
                return Place(found) if way.is_school else Place(None, found)
        return Place()

    def _end(self, row: Row, way: _Way) -> str | None:
        here = row
        for column, table, key in way.hops:
            value = here.get(column)
            further = None if value is None else self._row(table, key, str(value))
            if further is None:
                return None
            here = further
        value = here.get(way.column)
        return None if value is None else str(value)

    def _row(self, table: str, column: str, value: str) -> Row | None:
        fresh = self._fresh.get((table, value))
        if fresh is not None:
            return fresh
        at = (table, column, value)
        if at not in self._known:
            its = SQLModel.metadata.tables[table]
            found = self._connection.execute(select(its).where(its.c[column] == value)).first()
            self._known[at] = None if found is None else cast(Row, found._mapping)
        return self._known[at]


@cache
def _ways(table: str) -> tuple[_Way, ...]:
    """Ways from a table to a school or a bureau, the shortest first, schools before bureaus."""
    found = sorted(_from(table, (), frozenset()), key=lambda w: (len(w.hops), not w.is_school))
    return tuple(found)


def _from(
    name: str, hops: tuple[tuple[str, str, str], ...], seen: frozenset[str]
) -> Iterator[_Way]:
    table = SQLModel.metadata.tables[name]
    if name == "school":
        yield _Way(hops, "code", is_school=True)
        return
    if name == "organisation":
        yield _Way(hops, "code", is_school=False)
        return
    for column, is_school in (("school_code", True), ("organisation_code", False)):
        if column in table.columns:
            yield _Way(hops, column, is_school=is_school)
    if len(hops) >= _FURTHEST:
        return
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        target, its = key.target_fullname.split(".")
        if target not in _NO_OWNERS and target not in seen and target != name:
            yield from _from(target, (*hops, (key.parent.name, target, its)), seen | {name})
