"""Tables a device takes long to answer have a cadence of their own.

Old switches walk their forwarding hardware for some tables and need half a minute for what others
do in a millisecond. Which ones is learned by measuring every walk. A slow table is read in a poll
of its own, behind the quick ones, and not more often than that it keeps the device busy for a
tenth of the time.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from drivers.base import Column, Oid, SnmpSession, Value
from drivers.definitions import Gauge, dotted
from drivers.snmp.ports import IF_ENTRY
from drivers.snmp.session import Session

#: A walk that takes this long is slow.
SLOW_SECONDS = 5.0
#: A slow table is asked for at most this share of the time.
_SHARE = 0.1
#: Durations worth remembering, and how many of a device at most.
_NOTED_SECONDS = 1.0
_MOST_NOTED = 64
_LONGEST_SECONDS = 3_600.0

#: The port table, as the durations name it.
PORTS = ".".join(map(str, IF_ENTRY))


class SlowTables:
    """How long the tables of one device take, in seconds, by the OID of their entry."""

    __slots__ = ("_next", "durations")

    def __init__(self) -> None:
        self.durations: dict[str, float] = {}
        self._next: dict[str, float] = {}

    def took(self, table: Oid, seconds: float) -> None:
        """A walk of ``table`` took so long; one slow answer alone says half of it."""
        name = ".".join(map(str, table))
        before = self.durations.get(name)
        if before is None and seconds < _NOTED_SECONDS:
            return
        mean = seconds if before is None else (before + seconds) / 2
        if mean < _NOTED_SECONDS:
            self._forget(name)
        elif name in self.durations or len(self.durations) < _MOST_NOTED:
            self.durations[name] = mean
            if mean < SLOW_SECONDS:
                self._next.pop(name, None)

    def resume(self, durations: Mapping[str, float]) -> None:
        """Take up what was kept; numbers that cannot be durations are ignored."""
        for name, seconds in list(durations.items())[:_MOST_NOTED]:
            if math.isfinite(seconds) and _NOTED_SECONDS <= seconds <= _LONGEST_SECONDS:
                self.durations.setdefault(name, seconds)

    @property
    def slow(self) -> frozenset[str]:
        """Tables to be left out of ordinary polls."""
        if not self.durations:
            return _NONE
        return frozenset(name for name, s in self.durations.items() if s >= SLOW_SECONDS)

    def due(self, now: float) -> list[str]:
        """Slow tables it is time for."""
        return [name for name in self.slow if now >= self._next.get(name, 0.0)]

    def done(self, name: str, now: float, cadence: float) -> None:
        """A slow table was asked for; it comes again at its own cadence."""
        seconds = self.durations.get(name, 0.0)
        self._next[name] = now + max(cadence, seconds / _SHARE)

    def _forget(self, name: str) -> None:
        self.durations.pop(name, None)
        self._next.pop(name, None)


_NONE: frozenset[str] = frozenset()


def quick_gauges(gauges: Sequence[Gauge], slow: frozenset[str]) -> Sequence[Gauge]:
    """The gauges that need no slow table.

    A fallback for a metric of a slow table is left out with it, or the metric would come from two
    places in turn.
    """
    if not slow:
        return gauges
    elsewhere = {gauge.metric for gauge in gauges if _slow_table(gauge, slow)}
    return [
        gauge
        for gauge in gauges
        if not _slow_table(gauge, slow) and not (gauge.fallback and gauge.metric in elsewhere)
    ]


def gauges_of_table(gauges: Sequence[Gauge], table: str, slow: frozenset[str]) -> Sequence[Gauge]:
    """The gauges read with one slow table, and what falls back on others where it is empty."""
    own = {gauge.metric for gauge in gauges if _slow_table(gauge, slow) == table}
    return [
        gauge
        for gauge in gauges
        if _slow_table(gauge, slow) == table
        or (gauge.fallback and gauge.metric in own and not _slow_table(gauge, slow))
    ]


def _slow_table(gauge: Gauge, slow: frozenset[str]) -> str | None:
    """The slow table a gauge is read with; the first of several."""
    texts = [*gauge.columns.values(), *(lookup.column for lookup in gauge.lookups.values())]
    return min({".".join(map(str, dotted(text)[:-1])) for text in texts} & slow, default=None)


class MeasuredSession:
    """A session that tells how long each walk took.

    Args:
        session: the one that asks.
        took: told of the entry of the first column, and of the seconds.
        clock: seconds that only grow.
    """

    def __init__(
        self, session: SnmpSession, took: Callable[[Oid, float], None], clock: Callable[[], float]
    ) -> None:
        self._session = session
        self._took = took
        self._clock = clock

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        """As the session does."""
        return await self._session.get(oids)

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        """As the session does, and measured."""
        began = self._clock()
        try:
            return await self._session.walk(columns, scalars=scalars)
        finally:
            if columns:
                # What the box itself takes is not the table's fault.
                held_up = self._session.held_up if isinstance(self._session, Session) else 0.0
                self._took(columns[0][:-1], max(0.0, self._clock() - began - held_up))
