"""Totals of long lists, kept for a minute: the same in every order and on every page of a list.

To count 100,000 devices takes a database longer than to read a page of them, and the figure is the
same to whoever sorts them anew, or turns to the next page.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

#: Seconds for which a total may be shown.
KEPT_SECONDS = 60.0
#: Smaller totals are counted at every look.
WORTH_KEEPING = 5_000
#: Totals of one database; those that were asked for longest ago go first.
_MOST = 512


Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Answers by what was asked; thread-safe."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, most: int | None = None
    ) -> None:
        self._clock = clock
        self._most = _MOST if most is None else most
        self._answers: OrderedDict[Hashable, tuple[float, Value | None]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """The answer of the last minute; ``None`` where it is to be looked for."""
        with self._lock:
            at, answer = self._answers.get(key, (0.0, None))
        return None if answer is None or self._clock() - at > KEPT_SECONDS else answer

    def keep(self, key: Hashable, answer: Value) -> None:
        """Remember an answer that was just found."""
        with self._lock:
            self._answers[key] = self._clock(), answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)


class KeptTotals(Kept[int]):
    """Totals by what was counted."""

    def keep(self, key: Hashable, answer: int) -> None:
        """Remember a total that was just counted, if it is worth it."""
        if answer >= WORTH_KEEPING:
            super().keep(key, answer)


_kept: WeakKeyDictionary[Engine, KeptTotals] = WeakKeyDictionary()


def totals_of(engine: Engine) -> KeptTotals:
    """What is kept of a database."""
    return _kept.setdefault(engine, KeptTotals())
