"""Alembic migrations, run from code: no ini file, no working directory to be in.

The scripts name columns and types themselves and import no tables, so an old one keeps meaning
what it meant. They cover the tables of ``inventory``, of ``alerts`` and of the controller's metric
journal: one database, one chain.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from inventory.database import make_engine
from inventory.models.base import metadata

#: Two controllers that start at once must not migrate at once.
_LOCK = 0x666C656574  # "fleet"


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def head() -> str:
    """The newest revision of the scripts."""
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    if newest is None:
        raise RuntimeError("no migration scripts were installed")
    return newest


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to ``revision``; does nothing when it is there already."""
    engine = make_engine(url)
    try:
        upgrade_engine(engine, revision)
    finally:
        engine.dispose()


def upgrade_engine(engine: Engine, revision: str = "head") -> None:
    """The same over an engine that exists, as for a database in memory."""
    config = configuration()
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def current(url: str) -> str | None:
    """The revision a database is at; ``None`` if it has none."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def check(url: str) -> bool:
    """Whether a database is at the newest revision."""
    return current(url) == head()


def differences(connection: Connection) -> Sequence[Any]:
    """What autogenerate would change to make the database what the tables in Python are.

    Only tables whose modules were imported are known: import ``alerts.models`` and
    ``controller.metrics.victoria.tables`` first.
    """
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))
