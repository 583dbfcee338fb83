"""Whether a simulated device runs, since when, and the counters that start anew with it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.simulate.schoolday import SchoolDay


@dataclass(slots=True)
class Power:
    """The power switch of a device, and its uptime.

    Args:
        day: the day it lives through.
        booted_at: real time of the last start, in seconds since the epoch.
        alive: an agent without power answers nothing.
    """

    day: SchoolDay
    booted_at: float
    alive: bool = True
    #: True until the first reboot: counters then carry what was counted before we looked.
    is_first_run: bool = field(default=True, init=False)

    def cut(self) -> None:
        """Take the power away."""
        self.alive = False

    def restore(self, now: float) -> None:
        """Give the power back; the device starts with fresh counters."""
        self.alive = True
        self.reboot(now)

    def reboot(self, now: float) -> None:
        self.booted_at = now
        self.is_first_run = False

    def ticks(self, now: float) -> int:
        """sysUpTime: hundredths of a second since the start (RFC 3418)."""
        return int((now - self.booted_at) * 100)

    def seconds(self, now: float) -> float:
        return now - self.booted_at

    def counter(self, peak: float, *, seed: int, before: int = 0) -> Callable[[float], int]:
        """A counter that follows the school day and never falls but for a reboot.

        Args:
            peak: units a second while the school is at its busiest.
            seed: makes two counters differ in phase and wobble.
            before: what it showed when the simulation began.
        """
        phase = (seed * 2.399963) % (2 * math.pi)
        omega = 2 * math.pi / (17.0 + seed % 13)

        def done(now: float) -> float:
            # A warped clock: its slope is within 0.7 .. 1.3, so the wobble is in the rate.
            warped = now + 0.3 * math.sin(omega * now + phase) / omega
            return self.day.busy(warped)

        def count(now: float) -> int:
            if self.is_first_run:
                return before + int(peak * max(0.0, done(now) - done(self.day.started)))
            return int(peak * max(0.0, done(now) - done(self.booted_at)))

        return count

    def gauge(self, low: float, high: float, *, seed: int) -> Callable[[float], int]:
        """A whole number that moves between ``low`` and ``high`` with the school day."""
        phase = (seed * 2.399963) % (2 * math.pi)

        def level(now: float) -> int:
            wobble = 0.08 * math.sin(now / 7.0 + phase)
            share = min(1.0, max(0.0, self.day.busyness(now) + wobble))
            return round(low + (high - low) * share)

        return level
