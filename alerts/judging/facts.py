"""What is known of one school at one moment: the window its alerts are judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from alerts.judging.hours import NONE, Hours, Span
from drivers.readings import Kind


class Uplink(NamedTuple):
    """A way towards the agent: the next device, and its port where that is known."""

    device: str
    port: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFacts:
    """A device as polls found it.

    Args:
        alive: whether the newest poll found it alive.
        since: since when it has been alive, or not alive.
        taken_at: of the newest poll.
        failures: polls in a row that found it not alive.
        agent: who polls it; empty where that is not known.
        uplinks: any one of them that works is enough. Empty for a top of the tree, or one whose
            place in it is not known.
        returns: how often it came back within the rules' flap window; what flaps is ended late.
        away: when it did not answer before ``since``, oldest first; ``None`` where nobody knows.
        outcome, detail: of the newest poll, for the message.
    """

    id: str
    kind: Kind
    alive: bool
    since: float
    taken_at: float
    failures: int = 0
    agent: str = ""
    uplinks: tuple[Uplink, ...] = ()
    returns: int = 0
    away: tuple[Span, ...] | None = None
    outcome: str = "timeout"
    detail: str = ""
    model: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerFacts:
    """What a UPS says of the mains.

    Args:
        device: the UPS.
        failed_at: since when it lives on its battery, or when it last began to.
        back_at: when mains came back; ``None`` while they are away.
        taken_at: when it was last asked.
    """

    device: str
    failed_at: float | None
    back_at: float | None
    taken_at: float


#: Mains that went again so soon were never back for what starts slowly, seconds.
ONE_OUTAGE = 900.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentFacts:
    """A box.

    Args:
        school: where it stands; it may poll other schools, too.
        heard_at: when it was last heard.
        back_at: since when it has been heard without a gap.
        away: gaps before that, as far as they are remembered; oldest first.
    """

    id: str
    school: str
    heard_at: float
    back_at: float = 0.0
    away: tuple[Span, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LineFacts:
    """An Internet line as tests and probes found it; ``up`` is ``None`` where nobody knows."""

    id: str
    up: bool | None
    since: float
    taken_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PortFacts:
    """A port that went up or down within the flap window.

    Args:
        changes: how often within it.
        changed_at: when it last did.
    """

    device: str
    port: str
    changes: int
    changed_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class HappeningFacts:
    """When a device told the same thing again and again, oldest first."""

    device: str
    event: str
    times: Sequence[float]


class Quiet(NamedTuple):
    """A time in which some things are not alerted of: maintenance, or a silence.

    Args:
        begin, end: of the span that holds now, or was the last one.
        subjects: ids of devices and lines; empty for all of the school.
        rules: their names; empty for all.
        reason: why, in the words of whoever said so.
    """

    begin: float
    end: float
    subjects: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    reason: str = ""

    def covers(self, subject: str, rule: str) -> bool:
        """Whether it is about a fault at all, whatever the time."""
        return (not self.subjects or subject in self.subjects) and (
            not self.rules or rule in self.rules
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasureFacts:
    """Samples of one metric of one part of a subject within a rule's window, oldest first."""

    subject: str
    rule: str
    part: str
    samples: Sequence[tuple[float, float]]


class Key(NamedTuple):
    """The name of a fault: it has at most one alert that is open."""

    rule: str
    subject: str
    part: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One school.

    Args:
        devices: those that do not answer, those they hang on, and those with alerts; who is not
            here is taken to work.
        path: of the school within the register, for rules of some bureaus only.
        answered_at: when anything of the school answered last; endless where that is not asked.
        reached_from: since when something of it has answered without a gap.
        hours: school hours, from long before to at least a week ahead.
        quiets: maintenance and silences that hold or ended within the last days.
        standing: open alerts, with the moment each was opened.
    """

    code: str
    path: str = "/"
    devices: Mapping[str, DeviceFacts] = field(default_factory=dict)
    agents: Mapping[str, AgentFacts] = field(default_factory=dict)
    powers: Sequence[PowerFacts] = ()
    lines: Sequence[LineFacts] = ()
    ports: Sequence[PortFacts] = ()
    happenings: Sequence[HappeningFacts] = ()
    measures: Sequence[MeasureFacts] = ()
    quiets: Sequence[Quiet] = ()
    answered_at: float = inf
    reached_from: float = 0.0
    hours: Hours = NONE
    standing: Mapping[Key, float] = field(default_factory=dict)
