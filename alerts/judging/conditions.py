"""What a rule looks for: plain values with pure questions about samples and their times.

``WORD`` is what files call a condition. What is always the same fault has its name in ``FAULT``:
one fault has one alert, whichever of several definitions found it.

Samples are (moment, value), oldest first. Between "fires" and "clears" lies what keeps an alert
as it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from alerts.judging.trend import trend_of

Samples = Sequence[tuple[float, float]]
#: A forecast clears when the end is this much further away than it fired at.
_FURTHER = 1.25


class Clock(StrEnum):
    """Which time counts."""

    always = "always"
    school = "school"


class Side(StrEnum):
    """On which side of a level a value is bad."""

    above = "above"
    below = "below"


class Work(StrEnum):
    """Lists of a school's that somebody is to look through."""

    unknown_devices = "unknown_devices"
    telnet_open = "telnet_open"
    public_communities = "public_communities"
    default_logins = "default_logins"
    changed_configurations = "changed_configurations"
    wrong_clocks = "wrong_clocks"


class Ends(StrEnum):
    """What has a last day."""

    warranty = "warranty"
    support = "support"
    certificate = "certificate"
    #: What the controller itself shows, and the authority that boxes and browsers trust.
    controller = "controller"
    authority = "authority"


#: Terms of no school: their alerts are the bureau's at the top.
OF_CONTROLLER = frozenset({Ends.controller, Ends.authority})


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A device that does not answer.

    Args:
        polls: that failed in a row.
        hold: seconds of absence, counted by ``clock``.
        clock: ``school`` for what may be switched off whenever there is no school.
        clear_after: seconds it must answer before its alert ends; doubles with each return.
    """

    WORD: ClassVar[str] = "absence"
    FAULT: ClassVar[str] = "device_down"
    polls: int = 2
    hold: float = 0.0
    clock: Clock = Clock.always
    clear_after: float = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerCut:
    """A UPS that lives on its battery; ``clear_after`` seconds of mains end it."""

    WORD: ClassVar[str] = "power_cut"
    FAULT: ClassVar[str] = "power_cut"
    hold: float = 30.0
    clear_after: float = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSilent:
    """A box that is not heard for ``hold`` seconds."""

    WORD: ClassVar[str] = "agent_silent"
    FAULT: ClassVar[str] = "agent_silent"
    hold: float = 300.0
    clear_after: float = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class NobodyHeard:
    """Of ``boxes`` boxes or more not one is heard for ``hold`` seconds: we are cut off."""

    WORD: ClassVar[str] = "nobody_heard"
    FAULT: ClassVar[str] = "nobody_heard"
    boxes: int = 3
    hold: float = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockSkew:
    """A box whose clock is off by ``level`` seconds, either way, for ``hold`` seconds.

    ``clear`` seconds or less end it.
    """

    WORD: ClassVar[str] = "clock_skew"
    FAULT: ClassVar[str] = "clock_skew"
    level: float = 60.0
    clear: float = 5.0
    hold: float = 900.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """Things of a school that wait on a list: one alert for all, until nothing is on it.

    Args:
        work: which list.
        least: so many.
        hold: seconds each of them has waited.
    """

    WORD: ClassVar[str] = "listed"
    FAULT: ClassVar[str] = ""
    work: Work
    least: int = 1
    hold: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """Terms of a school's things that end within ``within`` seconds: one alert a month of ends.

    It is over when all were prolonged, or have ended.
    """

    WORD: ClassVar[str] = "ending"
    FAULT: ClassVar[str] = ""
    ends: Ends
    within: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LineDown:
    """A line that carries nothing, or a school nothing of which is reached from elsewhere."""

    WORD: ClassVar[str] = "line_down"
    FAULT: ClassVar[str] = "line_down"
    hold: float = 180.0
    clear_after: float = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Flapping:
    """A port that goes up and down ``changes`` times within ``within`` seconds."""

    WORD: ClassVar[str] = "flapping"
    FAULT: ClassVar[str] = "port_flapping"
    changes: int = 6
    within: float = 3_600.0
    clear_after: float = 3_600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeated:
    """Something a device tells ``times`` times within ``within`` seconds.

    Args:
        event: as agents call it, whichever vendor's trap it was: ``authentication_failure``.
    """

    WORD: ClassVar[str] = "repeated"
    FAULT: ClassVar[str] = ""
    event: str
    times: int
    within: float = 3_600.0
    clear_after: float = 3_600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SitesDark:
    """Many schools below one bureau that go dark together: their line is down, or their box silent.

    Args:
        sites: so many at least.
        share: of all that are watched below the bureau, 0 to 1.
        within: seconds in which they went dark.
        clear_after: seconds after the last one came back that stragglers are waited for.
    """

    WORD: ClassVar[str] = "sites_dark"
    FAULT: ClassVar[str] = "sites_dark"
    sites: int = 10
    share: float = 0.05
    within: float = 600.0
    clear_after: float = 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertFlood:
    """More than ``alerts`` new alerts below one bureau within ``within`` seconds.

    It is over when no more than so many were new within ``clear_after`` seconds.
    """

    WORD: ClassVar[str] = "alert_flood"
    FAULT: ClassVar[str] = "alert_flood"
    alerts: int = 60
    within: float = 60.0
    clear_after: float = 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured(ABC):
    """What looks at samples of one metric."""

    WORD: ClassVar[str] = ""
    FAULT: ClassVar[str] = ""
    metric: str

    @property
    @abstractmethod
    def window(self) -> float:
        """Seconds of samples it looks at."""

    @abstractmethod
    def fires(self, samples: Samples) -> bool:
        """Whether an alert begins."""

    @abstractmethod
    def clears(self, samples: Samples) -> bool:
        """Whether it ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold(Measured):
    """A value beyond a level for ``hold`` seconds; back beyond ``clear`` for as long ends it."""

    WORD: ClassVar[str] = "threshold"
    side: Side
    level: float
    clear: float
    hold: float = 300.0
    clear_after: float = 300.0

    @property
    def window(self) -> float:
        return 3 * max(self.hold, self.clear_after)

    def fires(self, samples: Samples) -> bool:
        return _held(samples, self._is_bad, self.hold)

    def clears(self, samples: Samples) -> bool:
        return _held(samples, self._is_good, self.clear_after)

    def _is_bad(self, value: float) -> bool:
        return value > self.level if self.side is Side.above else value < self.level

    def _is_good(self, value: float) -> bool:
        return value <= self.clear if self.side is Side.above else value >= self.clear


@dataclass(frozen=True, kw_only=True, slots=True)
class State(Measured):
    """A value that is one of ``values`` for ``hold`` seconds; another one for as long ends it."""

    WORD: ClassVar[str] = "state"
    values: tuple[float, ...]
    hold: float = 120.0
    clear_after: float = 120.0

    @property
    def window(self) -> float:
        return 3 * max(self.hold, self.clear_after)

    def fires(self, samples: Samples) -> bool:
        return _held(samples, lambda value: value in self.values, self.hold)

    def clears(self, samples: Samples) -> bool:
        return _held(samples, lambda value: value not in self.values, self.clear_after)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate(Measured):
    """A value that rises (``above``) or falls (``below``) by ``by`` within ``within`` seconds.

    It ends when it moved by less than ``clear`` within as long.
    """

    WORD: ClassVar[str] = "rate"
    side: Side
    by: float
    clear: float
    within: float = 3_600.0

    @property
    def window(self) -> float:
        return self.within

    def moved(self, samples: Samples) -> float:
        """How far the newest value is from the lowest (highest) of the window."""
        if not samples:
            return 0.0
        end, newest = samples[-1]
        values = [value for at, value in samples if at >= end - self.within]
        return newest - min(values) if self.side is Side.above else max(values) - newest

    def fires(self, samples: Samples) -> bool:
        return self.moved(samples) >= self.by

    def clears(self, samples: Samples) -> bool:
        return bool(samples) and self.moved(samples) < self.clear


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast(Measured):
    """A value whose trend over ``over`` seconds reaches ``level`` within ``within`` seconds.

    Nothing is said before samples span half of ``over``.
    """

    WORD: ClassVar[str] = "forecast"
    side: Side
    level: float
    within: float
    over: float

    @property
    def window(self) -> float:
        return self.over

    def seconds_left(self, samples: Samples) -> float | None:
        """Until the level is reached; ``None`` when it never is, or nothing can be said."""
        if not samples or samples[-1][0] - samples[0][0] < self.over / 2:
            return None
        trend = trend_of(samples)
        if trend is None:
            return None
        way = self.level - trend.value if self.side is Side.above else trend.value - self.level
        pace = trend.slope if self.side is Side.above else -trend.slope
        if way <= 0:
            return 0.0
        return way / pace if pace > 0 else None

    def fires(self, samples: Samples) -> bool:
        left = self.seconds_left(samples)
        return left is not None and left <= self.within

    def clears(self, samples: Samples) -> bool:
        if not samples or samples[-1][0] - samples[0][0] < self.over / 2:
            return False
        left = self.seconds_left(samples)
        return left is None or left > self.within * _FURTHER


Condition = (
    Absence
    | PowerCut
    | AgentSilent
    | NobodyHeard
    | LineDown
    | Flapping
    | Repeated
    | ClockSkew
    | Listed
    | Ending
    | SitesDark
    | AlertFlood
    | Measured
)


def _held(samples: Samples, holds: Callable[[float], bool], seconds: float) -> bool:
    """Whether the newest samples all hold, and do so for that long."""
    begin = None
    for at, value in reversed(samples):
        if not holds(value):
            break
        begin = at
    return begin is not None and samples[-1][0] - begin >= seconds
