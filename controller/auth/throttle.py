"""Slows down guessing: failed log-ins are counted by name and address, and by address alone."""

from collections import OrderedDict, deque
from threading import Lock
from typing import TypeAlias

Key: TypeAlias = tuple[str, str]

#: A school's people often share one address, so the address alone gets this many times more.
ADDRESS_FACTOR = 10
_MAX_KEYS = 10_000


class Throttle:
    """Failures within a sliding window. Time is passed in, seconds, monotonic.

    Args:
        attempts: failures of one name from one address before it has to wait.
        window: seconds a failure counts.
    """

    def __init__(self, attempts: int, window: float) -> None:
        self.attempts = attempts
        self.window = window
        self._failures: OrderedDict[Key, deque[float]] = OrderedDict()
        self._lock = Lock()

    def attempt(self, login: str, address: str, now: float) -> float:
        """Seconds to wait before the next try is looked at; 0 when it may be looked at now.

        A try counts as failed until :meth:`succeeded` says otherwise, so that many at once do
        not slip through together.
        """
        own, shared = (login, address), ("", address)
        with self._lock:
            wait = max(
                self._wait(own, self.attempts, now),
                self._wait(shared, self.attempts * ADDRESS_FACTOR, now),
            )
            if wait > 0:
                return wait
            for key in (own, shared):
                self._failures.setdefault(key, deque()).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _MAX_KEYS:
                self._failures.popitem(last=False)
        return 0.0

    def succeeded(self, login: str, address: str) -> None:
        """The last try was right: the name's failures are forgotten, the try does not count."""
        with self._lock:
            self._failures.pop((login, address), None)
            shared = self._failures.get(("", address))
            if shared:
                shared.pop()

    def _wait(self, key: Key, allowed: int, now: float) -> float:
        failures = self._failures.get(key)
        if failures is None:
            return 0.0
        while failures and failures[0] <= now - self.window:
            failures.popleft()
        if not failures:
            del self._failures[key]
            return 0.0
        return 0.0 if len(failures) < allowed else failures[0] + self.window - now
