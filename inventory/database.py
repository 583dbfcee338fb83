"""Engines and transactions: the same code on SQLite and PostgreSQL.

SQLite runs in WAL mode with foreign keys on. A writing transaction takes its lock when it begins:
one that only asks for it at its first write fails whenever somebody else has written since its
first read. Connections that never write begin without the lock and never wait. Writers of one
process stand in line (:mod:`inventory.turns`).

A PostgreSQL that stands still fails its connections within ten seconds (:mod:`inventory.watched`).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from sqlite3 import Connection as SqliteConnection
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from inventory.turns import Turns
from inventory.watched import Pulse, WatchedConnection

SessionFactory: TypeAlias = sessionmaker[Session]

#: Milliseconds a SQLite connection waits for another one's write.
BUSY_TIMEOUT = 15_000
#: Of connections to PostgreSQL: a server that is gone without a word is noticed within ~15 s.
_CONNECT: dict[str, Any] = {
    "application_name": "campus-fleet",
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
#: Statements are many and small: to compile one, or to start processes for it, takes longer than
#: the statement, and those of one page would take the processors from all others.
_PLANS = "-c jit=off -c max_parallel_workers_per_gather=0"
#: Seconds PostgreSQL has, beyond those of the longest statement, to say that it ended one.
_GRACE_SECONDS = 10.0
_BEGIN = "sqlite_begin"
#: Of engines of SQLite files: who writes next. (In memory there is one connection for all.)
_turns: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()


def make_engine(
    url: str,
    *,
    pool_size: int = 10,
    wait_seconds: float = 10.0,
    statement_seconds: float = 0.0,
) -> Engine:
    """An engine for ``sqlite:///path``, ``sqlite://`` (memory) or ``postgresql+psycopg://…``.

    Args:
        url: as above.
        pool_size: connections kept; as many more may be opened for a while.
        wait_seconds: how long somebody waits for one to be free.
        statement_seconds: PostgreSQL ends a statement that takes longer; 0 for never.

    Raises:
        ValueError: another database or driver.
    """
    parsed = make_url(url)
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        memory = parsed.database in (None, "", ":memory:")
        engine = (
            create_engine(parsed, poolclass=StaticPool, connect_args={"check_same_thread": False})
            if memory
            else create_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_timeout=wait_seconds,
                connect_args={"check_same_thread": False},
            )
        )
        if not memory:
            _turns[engine] = Turns()
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql+psycopg":
        longest = int(statement_seconds * 1_000)
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=wait_seconds,
            # One that PostgreSQL closed meanwhile, by a restart say, is replaced unnoticed.
            pool_pre_ping=True,
            pool_recycle=1_800,
            # Compiling a list of a frequent word took PostgreSQL ten times as long as reading it.
            connect_args={**_CONNECT, "options": f"-c statement_timeout={longest} {_PLANS}"},
        )
        _watch(engine, statement_seconds + _GRACE_SECONDS if statement_seconds else 0.0)
        return engine
    raise ValueError(f"{parsed.drivername}: the database is sqlite or postgresql+psycopg")


def connect_alone(engine: Engine) -> WatchedConnection:
    """A connection to the PostgreSQL of an engine, outside its pool; each statement commits.

    Raises:
        psycopg.OperationalError: it does not answer.
    """
    connection = WatchedConnection.connect(_address_of(engine), autocommit=True, **_CONNECT)
    connection.pulse = _pulse_of(engine)
    return connection


def _address_of(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _pulse_of(engine: Engine) -> Pulse:
    address = _address_of(engine)
    return Pulse(
        lambda seconds: psycopg.connect(address, **{**_CONNECT, "connect_timeout": seconds})
    )


def _watch(engine: Engine, longest: float) -> None:
    """Have every connection of an engine notice a server that stands still."""
    pulse = _pulse_of(engine)

    def connect(_dialect: Any, _record: Any, args: Any, named: Any) -> WatchedConnection:
        pulse.require()
        connection = WatchedConnection.connect(*args, **named)
        connection.pulse, connection.longest = pulse, longest
        return connection

    event.listen(engine, "do_connect", connect)


def _prepare_sqlite(connection: SqliteConnection, _record: Any) -> None:
    # The driver would begin transactions by itself, and late; ``_begin_sqlite`` does it instead.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT}",
        "journal_mode=WAL",
        # A commit that was acknowledged survives a power cut.
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def session_factory(engine: Engine) -> SessionFactory:
    """Makes sessions whose objects stay readable after the commit."""
    return sessionmaker(engine, class_=Session, expire_on_commit=False)


@contextmanager
def unit_of_work(factory: SessionFactory) -> Iterator[Session]:
    """One job is one transaction: commits at the end, rolls back on any exception."""
    with _turn(factory), factory() as session, session.begin():
        session.connection(execution_options={_BEGIN: "IMMEDIATE"})
        yield session


def _turn(factory: SessionFactory) -> AbstractContextManager[None]:
    engine = factory.kw["bind"]
    turns = _turns.get(engine) if isinstance(engine, Engine) else None
    return nullcontext() if turns is None else turns.turn(BUSY_TIMEOUT / 1_000)


@contextmanager
def read_only(factory: SessionFactory) -> Iterator[Session]:
    """A look that waits for nobody and keeps nothing; what was read stays readable."""
    # Closing lets objects go before it rolls back; a rollback of its own would empty them first.
    with factory() as session:
        yield session
