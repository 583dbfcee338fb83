"""When a promise falls due: business hours are counted while a clock runs."""

from collections.abc import Sequence
from typing import NamedTuple

from alerts.sla.hours import BusinessHours


class Run(NamedTuple):
    """A clock ran from one moment to another; without an end it still runs."""

    begin: int
    end: int | None = None


class Due(NamedTuple):
    """How a promise stands.

    Args:
        at: when it falls or fell due; ``None`` while the clock stands, and where the calendar
            ends before.
        left: business time that is left, of a clock that stands; ``None`` of one that runs or of
            a promise that is broken.
    """

    at: int | None
    left: int | None = None


def due(hours: BusinessHours, runs: Sequence[Run], target: int) -> Due:
    """When ``target`` of business time has gone by on a clock.

    Args:
        hours: of the school.
        runs: in order, none overlapping; only the last may have no end.
        target: more than 0.
    """
    left = target
    for run in runs:
        if run.end is None:
            return Due(hours.after(run.begin, left))
        spent = hours.between(run.begin, run.end)
        if spent >= left:
            return Due(hours.after(run.begin, left))
        left -= spent
    return Due(None, left)


def spent(hours: BusinessHours, runs: Sequence[Run], now: int) -> int:
    """Business time on a clock until ``now``."""
    return sum(
        hours.between(run.begin, now if run.end is None else min(run.end, now)) for run in runs
    )


def final(hours: BusinessHours, runs: Sequence[Run], target: int) -> int | None:
    """When a promise would fall due if the clock went on from where it stands.

    That is the moment a repair that is done was due at: it was kept if it was done by then.
    """
    found = due(hours, runs, target)
    if found.left is None or not runs:
        return found.at
    end = runs[-1].end
    return None if end is None else hours.after(end, found.left)
