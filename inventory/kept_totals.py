"""Totals of long lists, kept for a minute: the same in every order and on every page of a list.

To count 100,000 devices takes a database longer than to read a page of them, and the figure is the
same to whoever sorts them anew, or turns to the next page.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

#: Seconds for which a total may be shown.
KEPT_SECONDS = 60.0
#: Smaller totals are counted at every look.
WORTH_KEEPING = 5_000
#: Totals of one database; those that were asked for longest ago go first.
_MOST = 512


class KeptTotals:
    """Totals by what was counted; thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._totals: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> int | None:
        """The total of the last minute; ``None`` where it is to be counted."""
        with self._lock:
            at, total = self._totals.get(key, (0.0, None))
        return None if total is None or self._clock() - at > KEPT_SECONDS else total

    def keep(self, key: Hashable, total: int) -> None:
        """Remember a total that was just counted, if it is worth it."""
        if total < WORTH_KEEPING:
            return
        with self._lock:
            self._totals[key] = self._clock(), total
            self._totals.move_to_end(key)
            while len(self._totals) > _MOST:
                self._totals.popitem(last=False)


_kept: WeakKeyDictionary[Engine, KeptTotals] = WeakKeyDictionary()


def totals_of(engine: Engine) -> KeptTotals:
    """What is kept of a database."""
    return _kept.setdefault(engine, KeptTotals())
