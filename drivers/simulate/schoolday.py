"""A school day in fast motion: how busy a school is, and how much it has done since a moment.

Timestamps stay real; only the hour of the simulated day runs faster, so a chart of ten minutes
shows the shape of a day while rates and intervals remain true.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

DAY_SECONDS: Final = 86_400.0
_STEP: Final = 60.0

#: (hour of the day, busyness 0 .. 1), linear in between: lessons, breaks, lunch, evening study.
_SHAPE: Final = (
    (0.0, 0.02),
    (6.5, 0.03),
    (7.5, 0.25),
    (8.0, 0.80),
    (9.5, 0.95),
    (9.7, 0.60),
    (10.0, 1.00),
    (11.6, 0.90),
    (12.0, 0.40),
    (13.8, 0.35),
    (14.2, 0.90),
    (16.0, 0.85),
    (16.8, 0.45),
    (18.5, 0.20),
    (20.5, 0.25),
    (22.0, 0.05),
    (24.0, 0.02),
)


def busyness(second_of_day: float) -> float:
    """How busy a school is at a second of the day: 0 (nobody) to 1 (every lesson online)."""
    hour = second_of_day % DAY_SECONDS / 3600.0
    for (start, low), (end, high) in pairwise(_SHAPE):
        if hour < end:
            return low + (high - low) * (hour - start) / (end - start)
    return _SHAPE[-1][1]


#: Busy seconds from midnight to the end of each minute, by the trapezium rule.
_DONE: Final = (
    0.0,
    *accumulate(
        (busyness(k * _STEP) + busyness((k + 1) * _STEP)) / 2 * _STEP
        for k in range(int(DAY_SECONDS / _STEP))
    ),
)
_HOURS: Final = tuple(k * _STEP for k in range(len(_DONE)))


def busy_seconds(second: float) -> float:
    """The integral of :func:`busyness` from the first midnight to ``second``; never falls."""
    days, rest = divmod(second, DAY_SECONDS)
    k = min(bisect_right(_HOURS, rest) - 1, len(_DONE) - 2)
    part = (rest - _HOURS[k]) / _STEP
    return days * _DONE[-1] + _DONE[k] + (_DONE[k + 1] - _DONE[k]) * part


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """Maps real seconds since the epoch to seconds of the simulated day.

    Args:
        started: real time at which the simulation began.
        speed: simulated seconds a real second.
        begins_at: second of the simulated day at ``started``.
    """

    started: float
    speed: float = 240.0
    begins_at: float = 7.0 * 3600

    def __post_init__(self) -> None:
        if self.speed <= 0:
            raise ValueError("speed must be positive")

    def simulated(self, now: float) -> float:
        """Simulated seconds since the first simulated midnight."""
        return self.begins_at + (now - self.started) * self.speed

    def busyness(self, now: float) -> float:
        return busyness(self.simulated(now))

    def busy(self, now: float) -> float:
        """Real seconds of full load done between the start and ``now``; never falls."""
        done = busy_seconds(self.simulated(now)) - busy_seconds(self.begins_at)
        return done / self.speed
