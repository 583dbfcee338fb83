"""SQLite databases as migrations leave them: made once, for a process and those forked from it."""

import sqlite3
from functools import cache

from sqlalchemy import Engine

from inventory.database import make_engine
from inventory.migrations import upgrade_engine


@cache
def as_file() -> bytes:
    """What a file of such a database holds."""
    engine = make_engine("sqlite://")
    upgrade_engine(engine)
    with engine.connect() as connection:
        held = _driver(connection.connection.driver_connection).serialize()
    engine.dispose()
    return held


def in_memory() -> Engine:
    """One of its own, in memory."""
    engine = make_engine("sqlite://")
    with engine.connect() as connection:
        _driver(connection.connection.driver_connection).deserialize(as_file())
    return engine


def _driver(connection: object) -> sqlite3.Connection:
    assert isinstance(connection, sqlite3.Connection)
    return connection
