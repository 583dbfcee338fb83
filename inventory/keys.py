"""Many keys in one statement, whatever the database."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Text, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col


def among(session: Session, column: Any, keys: Sequence[str]) -> ColumnElement[bool]:
    """SQL for "this column is one of these keys": they go as one value, be they thousands."""
    if session.get_bind().dialect.name == "postgresql":
        return col(column) == any_(cast(list(keys), ARRAY(Text)))
    listed = func.json_each(msgspec.json.encode(list(keys)).decode()).table_valued("value")
    return col(column).in_(select(listed.c.value))


def gathered(session: Session, query: Any) -> list[str]:
    """The keys a query of one column finds, as one value.

    Rows take longer, and for each of them other threads may go first. In the order of the query
    where that has a limit, else in none.
    """
    keys = query.subquery()
    (key,) = keys.c
    if session.get_bind().dialect.name == "postgresql":
        return session.scalar(select(func.json_agg(key)).select_from(keys)) or []
    text = session.scalar(select(func.json_group_array(key)).select_from(keys))
    return msgspec.json.decode(text or "[]", type=list[str])
