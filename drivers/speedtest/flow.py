"""Counting and pacing of what several streams carry together. No I/O; the clock is passed in."""

import asyncio
from collections.abc import Awaitable, Callable

#: Time a paced flow may catch up after a late wake-up; more would be a burst above the cap.
_CATCH_UP_SECONDS = 0.05


class Meter:
    """Bytes of one direction, of which the first ``discard`` seconds do not count.

    TCP's slow start and full send buffers distort the beginning of a test.
    """

    def __init__(self, clock: Callable[[], float], *, discard: float) -> None:
        self._clock = clock
        self._begins = clock() + discard
        self.bytes = 0

    def count(self, size: int) -> None:
        now = self._clock()
        if now >= self._begins:
            self.bytes += size

    def bits_per_second(self) -> float:
        """Goodput up to now: payload bytes only, overhead factor 1.0."""
        elapsed = self._clock() - self._begins
        return self.bytes * 8 / elapsed if elapsed > 0 else 0.0


class Pace:
    """Holds several streams to one rate together; no limit when ``bits_per_second`` is ``None``."""

    def __init__(
        self,
        bits_per_second: float | None,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bytes_per_second = bits_per_second / 8 if bits_per_second else None
        self._clock = clock
        self._sleep = sleep
        self._paid_until = clock()

    async def wait_for(self, size: int) -> None:
        """Return when ``size`` more bytes fit under the cap."""
        if self._bytes_per_second is None:
            return
        now = self._clock()
        start = max(self._paid_until, now - _CATCH_UP_SECONDS)
        self._paid_until = start + size / self._bytes_per_second
        if self._paid_until > now:
            await self._sleep(self._paid_until - now)
