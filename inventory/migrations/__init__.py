"""Alembic migrations, run from code: no ini file, no working directory to be in.

The scripts name columns and types themselves and import no tables, so an old one keeps meaning
what it meant. They cover the tables of ``inventory``, of ``alerts`` and of the controller's metric
journal: one database, one chain.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from inventory.database import make_engine
from inventory.migrations.figures import plant
from inventory.models.base import metadata

#: Two controllers that start at once must not migrate at once.
_LOCK = 0x666C656574  # "fleet"
#: A table that is in use is waited for so long, and so often.
_LOCK_SECONDS = 3
_TRIES = 8
logger = logging.getLogger(__name__)


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
    """The same over an engine that exists, as for a database in memory.

    On SQLite all scripts are one transaction. On PostgreSQL each is one, and gives up when a lock
    is not to be had within seconds: those who wait behind it would wait, too. It then tries again.

    Raises:
        OperationalError: a lock was not to be had at any of the tries.
    """
    config = configuration()
    if engine.dialect.name != "postgresql":
        with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            plant(connection)
        return
    with engine.connect() as holder, _one_at_a_time(holder):
        for attempt in range(_TRIES):
            with engine.connect() as connection:
                connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
                connection.exec_driver_sql("SET statement_timeout = 0")
                connection.commit()
                config.attributes["connection"] = connection
                try:
                    command.upgrade(config, revision)
                except OperationalError as error:
                    if not isinstance(error.orig, LockNotAvailable) or attempt == _TRIES - 1:
                        raise
                else:
                    return
                finally:
                    # Its settings are not for whoever comes next.
                    connection.invalidate()
            logger.warning("somebody else holds a table; the migration tries again")
            time.sleep(1 + attempt)


@contextmanager
def _one_at_a_time(connection: Connection) -> Iterator[None]:
    # Asked again and again: a statement that waits for the lock would itself be waited for by
    # the other one's CREATE INDEX CONCURRENTLY.
    connection.execution_options(isolation_level="AUTOCOMMIT")
    while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK})").scalar_one():
        time.sleep(0.2)
    try:
        yield
    finally:
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")


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


def said_by_models(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the tables in Python say something of this table or index; scripts made the others.

    They are the full text table of SQLite with what it keeps itself in, and PostgreSQL's index;
    and the targets that only controllers of the release before still read (decision 0031).
    """
    full_text = (name or "").startswith("search_fts")
    theirs = {("index", "ix_search_document_terms"), ("table", "bandwidthtarget")}
    return not full_text and (kind, name) not in theirs


def differences(connection: Connection) -> Sequence[Any]:
    """What autogenerate would change to make the database what the tables in Python are.

    Only tables whose modules were imported are known: import ``alerts.models`` and
    ``controller.metrics.victoria.tables`` first.
    """
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_name": said_by_models}
    )
    return list(compare_metadata(context, metadata))
