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
