"""What logs say about repairs; pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from alerts.sla.clock import spent
from alerts.sla.hours import SECOND, BusinessHours, moment
from alerts.sla.log import Line, responded_at, runs_of
from alerts.states import STATE_AFTER, STOPPED
from alerts.urgency import WaitingFor


@dataclass(frozen=True, slots=True)
class SchoolClock:
    """The business hours of a school, and what a repair may wait for without losing any."""

    hours: BusinessHours
    pausing: Collection[WaitingFor] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """One ticket as figures see it.

    Args:
        opened: when.
        answered: when somebody first took it on.
        done: when it was last resolved before the end of the period; ``None``: it was open then.
        by_itself: the fault went away, nobody repaired it.
        at_once: resolved once, by the first who had it.
        due: when the repair was promised for, where it is known.
        cost: yuan.
        worked_answer: seconds of business time until it was answered; ``None``: nobody can tell.
        worked: the same until it was done, without what the promise does not count.
    """

    opened: datetime
    answered: datetime | None
    done: datetime | None
    by_itself: bool
    at_once: bool
    due: datetime | None = None
    cost: Decimal | None = None
    worked_answer: float | None = None
    worked: float | None = None


def repair_of(
    log: Sequence[Line],
    end: datetime,
    *,
    due: datetime | None = None,
    cost: Decimal | None = None,
    clock: SchoolClock | None = None,
) -> Repair | None:
    """What the log of a ticket says up to the end of a period; ``None``: nothing until then.

    A ticket that was merged into another one is no repair of its own.
    """
    lines = [line for line in log if line.at < end]
    if not lines or _is_merged(lines):
        return None
    done: Line | None = None
    for line in lines:
        after = STATE_AFTER.get(line.kind)
        if after is not None and after not in STOPPED:
            done = None
        elif line.kind == "resolved":
            done = line
    holders = {line.assignee_id or line.actor_id for line in lines if line.kind in _HOLDING}
    answered = responded_at(lines)
    worked_answer = worked = None
    if clock is not None and answered is not None:
        opened = moment(lines[0].at)
        worked_answer = clock.hours.between(opened, moment(answered)) / SECOND
    if clock is not None and done is not None:
        runs = runs_of(lines, clock.pausing)
        worked = spent(clock.hours, runs, moment(done.at)) / SECOND
    reopened = any(line.kind == "reopened" for line in lines)
    return Repair(
        opened=lines[0].at,
        answered=answered,
        done=None if done is None else done.at,
        by_itself=done is not None and done.actor_id is None,
        at_once=done is not None and not reopened and len(holders) <= 1,
        due=due,
        cost=cost,
        worked_answer=worked_answer,
        worked=worked,
    )


def _is_merged(lines: Iterable[Line]) -> bool:
    """Whether it went on in another ticket at the end: a merge may have been taken back."""
    merged = False
    for line in lines:
        if line.kind in STATE_AFTER:
            merged = line.kind == "merged"
    return merged


#: Lines that say who has it.
_HOLDING = ("assigned", "started")


@dataclass(frozen=True, slots=True)
class Settled:
    """From when on a log says the same of its repair.

    Args:
        at: of the last line that says anything of it; ``None``: there is no such line.
        turned: it said something else before: it was resolved, and then went on or was merged.
            Without that it was open until it was done, at whatever moment one asks.
    """

    at: datetime | None
    turned: bool


def settled(log: Iterable[Line]) -> Settled:
    """When the log of a ticket last changed what figures count of it."""
    at: datetime | None = None
    stopped = turned = False
    for line in log:
        after = STATE_AFTER.get(line.kind)
        # The school's word that it works changes nothing of when it was repaired.
        if after is None or line.kind == "closed":
            continue
        turned = turned or stopped
        stopped = after in STOPPED
        at = line.at
    return Settled(at, turned)
