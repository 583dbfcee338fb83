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

    def wait(self, login: str, address: str, now: float) -> float:
        """Seconds until the next try is looked at; 0 when now."""
        with self._lock:
            return max(
                self._wait((login, address), self.attempts, now),
                self._wait(("", address), self.attempts * ADDRESS_FACTOR, now),
            )

    def failed(self, login: str, address: str, now: float) -> None:
        with self._lock:
            for key in ((login, address), ("", address)):
                failures = self._failures.setdefault(key, deque())
                failures.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > _MAX_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        with self._lock:
            self._failures.pop((login, address), None)

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
