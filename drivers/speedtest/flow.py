"""Counting and pacing of what several streams carry together. No I/O; the clock is passed in."""

import asyncio
from collections.abc import Awaitable, Callable

#: Time a paced flow may catch up after a late wake-up; more would be a burst above the cap.
_CATCH_UP_SECONDS = 0.05


class Meter:
    """Bytes that crossed the line within a window; what comes before or after does not count.

    TCP's slow start distorts the beginning of a test, hence the window begins ``discard`` seconds
    after now; it ends ``seconds`` after now.
    """

    def __init__(self, clock: Callable[[], float], *, discard: float, seconds: float) -> None:
        self._clock = clock
        self.started = clock()
        self.begins = self.started + discard
        self.ends = self.started + seconds
        #: Within the window; and in all, warm-up included.
        self.bytes = 0.0
        self.all_bytes = 0

    @property
    def now(self) -> float:
        return self._clock()

    @property
    def remaining(self) -> float:
        """Seconds until the window is over."""
        return max(0.0, self.ends - self._clock())

    @property
    def elapsed(self) -> float:
        """Seconds of the window that have passed."""
        return max(0.0, min(self._clock(), self.ends) - self.begins)

    @property
    def over(self) -> bool:
        return self._clock() >= self.ends

    def count(self, size: int) -> None:
        """Count bytes that have arrived just now."""
        self.all_bytes += size
        if self.begins <= self._clock() <= self.ends:
            self.bytes += size

    def hand_over(self, size: int) -> None:
        """Note bytes given to the line; whether they count is another question."""
        self.all_bytes += size

    def count_between(self, size: int, began: float, ended: float) -> None:
        """Count the share of bytes, carried evenly from ``began`` to ``ended``, in the window."""
        within = min(ended, self.ends) - max(began, self.begins)
        if within > 0:
            self.bytes += size * within / (ended - began)

    def bits_per_second(self) -> float:
        """Goodput of the window up to now: payload bytes only, overhead factor 1.0."""
        elapsed = self.elapsed
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

    def book(self, size: int) -> float:
        """Take room for ``size`` bytes under the cap; seconds until it is theirs."""
        if self._bytes_per_second is None:
            return 0.0
        now = self._clock()
        start = max(self._paid_until, now - _CATCH_UP_SECONDS)
        self._paid_until = start + size / self._bytes_per_second
        return max(0.0, self._paid_until - now)

    async def wait_for(self, size: int) -> None:
        """Return when ``size`` more bytes fit under the cap."""
        delay = self.book(size)
        if delay > 0:
            await self._sleep(delay)
