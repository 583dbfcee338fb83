"""Whether the clock of a box is wrong, by what the box last said of it. Pure."""

from dataclasses import dataclass

from alerts.judging.conditions import ClockSkew

#: A word that is older than this says nothing of now, seconds.
_NOW = 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockFacts:
    """What is known of a box's clock.

    Args:
        skew: seconds it is ahead of ours; below zero behind.
        since: since when it is off by more than is usual; ``None`` while it is not.
        told_at: when it said so last.
    """

    skew: float
    since: float | None
    told_at: float


def is_wrong(rule: ClockSkew, facts: ClockFacts, now: float) -> bool:
    """Whether an alert begins. A box without a battery is off until it has found the time."""
    return (
        now - facts.told_at <= _NOW
        and abs(facts.skew) >= rule.level
        and facts.since is not None
        and now - facts.since >= rule.hold
    )


def is_right(rule: ClockSkew, facts: ClockFacts, now: float) -> bool:
    """Whether one ends."""
    return now - facts.told_at <= _NOW and abs(facts.skew) <= rule.clear
