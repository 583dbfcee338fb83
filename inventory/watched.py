"""Connections to PostgreSQL that notice a server which says nothing any more.

A server whose machine is gone is noticed by TCP. One whose process stands still - stopped, out of
memory, in a disk that does not answer - has a kernel that acknowledges everything, and whoever
waits for it waits for ever. So who has waited a while without a byte asks for another connection:
a server that takes long over a statement still answers that at once.
"""

import time
from collections.abc import Callable, Generator
from threading import Lock
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout
from psycopg.waiting import Ready

T = TypeVar("T")
#: Seconds without a byte after which it is asked whether the server is still there.
SILENT_SECONDS = 5.0
#: Seconds it may take over a new connection before it counts as gone. libpq knows no fewer.
PROBE_SECONDS = 2
#: Seconds for which an answer to that question is believed.
_FRESH_SECONDS = 1.0


class Pulse:
    """Whether a server answers; one question at a time for all who want to know. Thread-safe.

    Args:
        connect: makes a connection, given its longest seconds.
    """

    def __init__(
        self,
        connect: Callable[[int], "psycopg.Connection[Any]"],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._lock = Lock()
        self._asked = float("-inf")
        self._answers = True

    def answers(self) -> bool:
        """Whether the server answers now, or did so a moment ago."""
        with self._lock:
            if self._clock() - self._asked >= _FRESH_SECONDS:
                self._answers = self._ask()
                self._asked = self._clock()
            return self._answers

    def require(self) -> None:
        """Nobody needs to find out for themselves what another one has just found out.

        Raises:
            psycopg.OperationalError: it did not answer when last asked, and does not now.
        """
        if not self._answers and not self.answers():
            raise ConnectionTimeout("PostgreSQL does not answer")

    def _ask(self) -> bool:
        try:
            self._connect(PROBE_SECONDS).close()
        except ConnectionTimeout:
            return False
        except psycopg.OperationalError:
            # It is full, or starting, or somebody else is there: an answer all the same. A
            # connection to what is really gone ends by itself.
            return True
        return True


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that ends instead of waiting for a server that stands still.

    ``pulse`` tells whether it does; ``longest`` is the seconds after which it is taken to stand
    still over this very statement, whatever it tells others (0: never). To be set at once.
    """

    pulse: Pulse | None = None
    longest: float = 0.0

    def wait(self, gen: PQGen[T], *arguments: Any, **named: Any) -> T:
        """Wait for the server as psycopg does.

        Raises:
            psycopg.OperationalError: it says nothing any more; the connection is closed.
        """
        return super().wait(self._watched(gen), *arguments, **named)

    def _watched(self, gen: PQGen[T]) -> Generator[Any, Any, T]:
        heard = began = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready != Ready.NONE:
                    heard = now
                elif self._is_over(now - began) or self._is_silent(now - heard):
                    self.pgconn.finish()
                    raise psycopg.OperationalError("PostgreSQL does not answer")
                elif now - heard >= SILENT_SECONDS:
                    heard = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            value: T = end.value
            return value

    def _is_over(self, seconds: float) -> bool:
        return 0 < self.longest <= seconds

    def _is_silent(self, seconds: float) -> bool:
        return seconds >= SILENT_SECONDS and self.pulse is not None and not self.pulse.answers()
