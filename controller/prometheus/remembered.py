"""Figures that cost something to count, kept for some seconds."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import BoundedSemaphore, Lock
from typing import Final, Generic, TypeVar

from controller.errors import Unavailable

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
#: Requests that may wait for figures: each holds a thread that pages need.
_WAITING: Final = 8
_PATIENCE_SECONDS: Final = 20.0
#: Counting takes at most this share of one connection's time.
_SHARE: Final = 0.05
_RETRY_SECONDS: Final = 15


class Remembered(Generic[Key, Value]):
    """Makes one value at a time and keeps it; who comes meanwhile waits for it.

    Args:
        seconds: how old a value may be; one that took long to make may be older, so that making
            never takes more than a twentieth of the time.
        room: values kept; the one not asked for longest goes first.
        clock: seconds, counting up.
    """

    def __init__(
        self, seconds: float, room: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._room = room
        self._clock = clock
        self._lock = Lock()
        self._waiting = BoundedSemaphore(_WAITING)
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of ``key``, made now if there is none young enough.

        Raises:
            Unavailable: too many wait already, or it takes too long.
        """
        if not self._waiting.acquire(blocking=False):
            raise Unavailable(_RETRY_SECONDS)
        try:
            if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
                raise Unavailable(_RETRY_SECONDS)
            try:
                return self._get(key, make)
            finally:
                self._lock.release()
        finally:
            self._waiting.release()

    def _get(self, key: Key, make: Callable[[], Value]) -> Value:
        now = self._clock()
        kept = self._kept.get(key)
        if kept is not None and now < kept[0]:
            self._kept.move_to_end(key)
            return kept[1]
        value = make()
        done = self._clock()
        self._kept[key] = done + max(self._seconds, (done - now) / _SHARE), value
        self._kept.move_to_end(key)
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return value
