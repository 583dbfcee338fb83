"""A line that active tests find slower than its target.

The share of a target a test must reach, and the share of tests that must reach it, are those of
the FCC's performance measures (80/80). An alert needs more than a bad moment: it fires when so
few tests pass that a line that kept the rule would do so in at most one case of twenty (exact
binomial, one-sided), which is three failures out of three, or six out of fourteen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import comb
from statistics import median

from alerts.rules.base import Finding
from alerts.severity import Severity

#: How sure a rule is before it fires.
CONFIDENCE = 0.95
#: Below this share of the target at the median, a line is told loudly.
CRITICAL_SHARE = 0.5
_MEGA = 1_000_000


class Direction(StrEnum):
    """Which way; also the part of the alert, because each way is judged by itself."""

    down = "down"
    up = "up"


@dataclass(frozen=True, kw_only=True, slots=True)
class BandwidthWindow:
    """The latest active tests of one line in one direction.

    Args:
        target: bit/s.
        measured: goodput of every test in bit/s, oldest first; 0.0 is a failed test. A test that
            was not made is not here: absence is missing data.
    """

    subject: str
    direction: Direction
    target: float
    measured: Sequence[float]


@lru_cache(maxsize=1024)
def most_passes_of_a_bad_line(tests: int, pass_share: float) -> int:
    """The largest count of passes that a line of ``pass_share`` has by chance in 5 % at most.

    -1 when there is none, because the tests are too few.
    """
    chance, passes = 0.0, -1
    for count in range(tests + 1):
        chance += comb(tests, count) * pass_share**count * (1 - pass_share) ** (tests - count)
        if chance > 1 - CONFIDENCE:
            break
        passes = count
    return passes


@dataclass(frozen=True, kw_only=True, slots=True)
class BandwidthBelowTarget:
    """Fires when the tests say firmly that too few of them reach the target.

    Args:
        share: of the target that a test must reach.
        pass_share: of the tests that must reach it.
        fewest: tests before the rule says anything.
        passes_to_clear: tests in a row, the last ones, that end an alert.
    """

    share: float = 0.8
    pass_share: float = 0.8
    fewest: int = 3
    passes_to_clear: int = 3

    @property
    def name(self) -> str:
        return "bandwidth_below_target"

    def passes(self, measured: float, target: float) -> bool:
        """Whether one test passes; both in bit/s."""
        return measured >= self.share * target

    def check(self, window: BandwidthWindow) -> Finding | None:
        tests = len(window.measured)
        if tests < self.fewest or self.clears(window):
            return None
        passed = sum(self.passes(measured, window.target) for measured in window.measured)
        if passed > most_passes_of_a_bad_line(tests, self.pass_share):
            return None
        middle = median(window.measured)
        return Finding(
            rule=self.name,
            subject=window.subject,
            part=window.direction.value,
            severity=Severity.critical
            if middle < CRITICAL_SHARE * window.target
            else Severity.warning,
            arguments={
                "tests": tests,
                "passed": passed,
                "share": self.share,
                "median_mbps": round(middle / _MEGA, 3),
                "target_mbps": round(window.target / _MEGA, 3),
            },
        )

    def clears(self, window: BandwidthWindow) -> bool:
        last = window.measured[-self.passes_to_clear :]
        return len(last) == self.passes_to_clear and all(
            self.passes(measured, window.target) for measured in last
        )
