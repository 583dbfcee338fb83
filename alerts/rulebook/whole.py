"""All rules that alerts are judged by, those for lines and those of documents."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from alerts.judging.documents import shipped_rules
from alerts.judging.rules import RuleSet
from alerts.rulebook.in_force import rules_in_force
from alerts.rules import BandwidthBelowTarget, DeviceDown


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force.

    Args:
        device_down: after how many polls a device is looked at.
        bandwidth_below_target: for lines.
        judged: which silences of devices are told of, when, and how they end; rules of bureaus
            go before these.
        pace: real seconds in which a second of those rules passes; a demonstration lives faster.
    """

    device_down: DeviceDown = field(default_factory=DeviceDown)
    bandwidth_below_target: BandwidthBelowTarget = field(default_factory=BandwidthBelowTarget)
    judged: RuleSet = field(default_factory=shipped_rules)
    pace: float = 1.0
    #: Since when this controller would have heard a box that calls; ``None`` for always.
    listening_since: datetime | None = None

    def with_those_of_bureaus(self, session: Session) -> "Rules":
        """The same, with the rules of bureaus as the database holds them now."""
        return replace(self, judged=rules_in_force(session, self.judged))


DEFAULT_RULES = Rules()
