"""How many datagrams are looked at: token buckets, in tables that cannot grow."""

from collections.abc import Iterable
from typing import Final

#: A device with all its ports flapping, and then some.
_SOURCE_RATE, _SOURCE_BURST = 5.0, 30.0
#: All who are not in the plan share one bucket: they may neither starve others nor fill a table.
_STRANGERS_RATE, _STRANGERS_BURST = 2.0, 20.0
#: pysnmp needs 1 to 3 ms for each; this is at most a third of a slow core.
_TOTAL_RATE, _TOTAL_BURST = 100.0, 300.0

SOURCE: Final = "flooded_source"
STRANGERS: Final = "flooded_strangers"
TOTAL: Final = "flooded_total"


class Bucket:
    """Tokens that come back with time.

    Args:
        rate: tokens a second.
        burst: most tokens there can be; it begins full.
        now: seconds of any clock that only grows.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, now

    def take(self, now: float) -> bool:
        """Whether there was a token left."""
        tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens = tokens - 1 if tokens >= 1 else tokens
        return tokens >= 1


class FloodGate:
    """Decides which datagrams are looked at."""

    def __init__(self, now: float) -> None:
        self._total = Bucket(_TOTAL_RATE, _TOTAL_BURST, now)
        self._strangers = Bucket(_STRANGERS_RATE, _STRANGERS_BURST, now)
        self._sources: dict[str, Bucket] = {}

    def know(self, addresses: Iterable[str], now: float) -> None:
        """Give each of these a bucket of its own; those who have one keep it."""
        self._sources = {
            address: self._sources.get(address) or Bucket(_SOURCE_RATE, _SOURCE_BURST, now)
            for address in addresses
        }

    def refuses(self, address: str, now: float) -> str:
        """Why a datagram from there is dropped; empty when it may pass."""
        own = self._sources.get(address)
        if own is None:
            if not self._strangers.take(now):
                return STRANGERS
        elif not own.take(now):
            return SOURCE
        return "" if self._total.take(now) else TOTAL
