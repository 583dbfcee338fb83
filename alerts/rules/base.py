"""What a rule is, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from alerts.severity import Severity

#: Values for a message: they travel as JSON.
Arguments = Mapping[str, str | int | float]

WindowT_contra = TypeVar("WindowT_contra", contravariant=True)


def fault_key(subject: str, rule: str, part: str) -> str:
    """The name of a fault: it keeps one fault on one ticket."""
    return f"{subject}|{rule}|{part}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A fault: something is wrong with a part of a subject.

    Args:
        rule: name of the rule that says so.
        subject: inventory id of the device or the line.
        part: what of it; empty for the whole.
        severity: how loudly it is told.
        arguments: values for the message (:mod:`alerts.messages`).
        definition: id and version of the definition that found it, ``switch_hot@1``.
    """

    rule: str
    subject: str
    part: str = ""
    severity: Severity = Severity.warning
    arguments: Arguments = field(default_factory=dict)
    definition: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clear:
    """A fault is over: it went away, or (``withdrawn``) nobody looks for it any more."""

    rule: str
    subject: str
    part: str = ""
    withdrawn: bool = False


class Rule(Protocol[WindowT_contra]):
    """Looks at one window. Between ``check`` and ``clears`` lies what keeps an alert as it is."""

    @property
    def name(self) -> str: ...

    def check(self, window: WindowT_contra) -> Finding | None:
        """What is wrong, if anything."""
        ...

    def clears(self, window: WindowT_contra) -> bool:
        """Whether an alert of this rule that is open is over."""
        ...
