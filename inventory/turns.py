"""Whoever wants to write to SQLite next waits in line.

SQLite takes one writing transaction at a time, and whoever finds it taken looks again every 100 ms.
While batches come one group after the other, those looks fall between two groups once in many
times: jobs and people waited up to nine seconds, and failed after fifteen. In line, each waits for
those before it. Other processes (the command line) still wait SQLite's own way.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy.exc import TimeoutError as WaitedTooLong


class Turns:
    """A lock that is had in the order in which it was asked for; any thread may give it back."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Wait for a turn, and keep it for the length of the context.

        Raises:
            sqlalchemy.exc.TimeoutError: those before took longer than ``seconds``.
        """
        self._wait(seconds)
        try:
            yield
        finally:
            self._pass_on()

    def _wait(self, seconds: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        came = False
        try:
            came = mine.acquire(timeout=seconds)
        finally:
            if not came:
                self._leave(mine)
        if not came:
            raise WaitedTooLong(f"others have been writing for {seconds:g} seconds")

    def _leave(self, mine: Lock) -> None:
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        self._pass_on()  # the turn came in the very moment

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
