"""Which of several controllers runs the jobs: the one that holds an advisory lock of PostgreSQL.

The lock belongs to a connection of its own, outside the pool. A controller that is killed loses it
with its connection, at once; one that vanishes with its machine after ``_KEEPALIVE`` seconds, when
PostgreSQL stops waiting for its acknowledgements. The others ask for it every two seconds.
"""

import logging
from threading import Lock
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from inventory.database import connect_alone

logger = logging.getLogger(__name__)
#: Both halves of the lock's name: "fleet", "jobs".
_NAME = (0x666C65, 0x6A6F62)
#: Seconds, of the server towards the holder: idle, between probes, and probes without an answer.
_KEEPALIVE = (4, 2, 3)
_STILL_HELD = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND pid = :pid AND classid = :first AND objid = :second)"
)


class Leadership(Protocol):
    """Whether this process is the one that runs jobs."""

    def hold(self) -> bool:
        """Take it or keep it; whether it is ours now."""
        ...

    def confirmed(self, session: Session) -> bool:
        """Whether the database of this transaction still knows it to be ours."""
        ...

    def leave(self) -> None:
        """Let another one have it."""
        ...


class Alone:
    """The leadership of the only process there is."""

    def hold(self) -> bool:
        return True

    def confirmed(self, session: Session) -> bool:
        return True

    def leave(self) -> None:
        """There is nobody to leave it to."""


class AdvisoryLock:
    """The leadership among processes that share a PostgreSQL. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._pid = 0
        self._left = False

    def hold(self) -> bool:
        with self._lock:
            if self._left:
                return False
            try:
                if self._connection is None:
                    return self._take()
                self._connection.execute("SELECT 1")
            except (psycopg.Error, SQLAlchemyError) as error:
                if self._pid:
                    logger.warning("the connection that held the jobs is lost: %s", error)
                self._drop()
                return False
            return True

    def confirmed(self, session: Session) -> bool:
        values = {"pid": self._pid, "first": _NAME[0], "second": _NAME[1]}
        return bool(self._pid) and bool(session.execute(_STILL_HELD, values).scalar_one())

    def leave(self) -> None:
        with self._lock:
            self._left = True
            self._drop()

    def _take(self) -> bool:
        # Not a place of the pool: it is kept for as long as the process lives.
        connection = self._connection = connect_alone(self._engine)
        lock = "SELECT pg_try_advisory_lock(%s, %s), pg_backend_pid()"
        row = connection.execute(lock, _NAME).fetchone()
        if row is None or not row[0]:
            self._drop()
            return False
        for name, value in zip(("idle", "interval", "count"), _KEEPALIVE, strict=True):
            connection.execute(f"SET tcp_keepalives_{name} = {value}")
        self._pid = row[1]
        logger.info("this controller runs the jobs")
        return True

    def _drop(self) -> None:
        connection, self._connection, self._pid = self._connection, None, 0
        if connection is not None:
            connection.close()


def leadership_of(engine: Engine) -> Leadership:
    """What fits the database: several processes share none but a PostgreSQL."""
    return AdvisoryLock(engine) if engine.dialect.name == "postgresql" else Alone()
