"""What logs say about repairs, and what comes out of many of them; pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import fmean, median

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


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some repairs in a period; what nobody can tell is ``None``.

    Args:
        opened: tickets opened in the period.
        repaired: resolved in it by people.
        by_itself: resolved in it because the fault was gone.
        mtta: mean seconds from the opening to the answer, of those opened in the period.
        mttr: mean seconds from the opening to the repair, of those repaired in it.
        mtta_worked: the first of these in the business hours of each school.
        mttr_worked: the second, without the time in which a promise of a repair stands.
        first_time_fix: share of the repaired that one person repaired without its being reopened.
        sla_kept: share of the repaired that were in time, of those with a promise.
        backlog: open at the end of the period.
        backlog_age: median seconds they had been open for.
        cost: yuan, of those repaired.
    """

    opened: int
    repaired: int
    by_itself: int
    mtta: float | None
    mttr: float | None
    mtta_worked: float | None
    mttr_worked: float | None
    first_time_fix: float | None
    sla_kept: float | None
    backlog: int
    backlog_age: float | None
    cost: Decimal | None


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


def figures_of(repairs: Iterable[Repair], begin: datetime, end: datetime) -> Figures:
    """The figures of a period.

    Args:
        repairs: as of its end.
        begin: its first moment.
        end: the first moment after it.
    """
    every = list(repairs)
    fresh = [one for one in every if begin <= one.opened < end]
    done = [one for one in every if one.done is not None and begin <= one.done < end]
    fixed = [one for one in done if not one.by_itself]
    open_ = [one for one in every if one.done is None]
    promised = [one for one in fixed if one.due is not None]
    costs = [one.cost for one in fixed if one.cost is not None]
    return Figures(
        opened=len(fresh),
        repaired=len(fixed),
        by_itself=len(done) - len(fixed),
        mtta=_mean([_seconds(one.opened, one.answered) for one in fresh]),
        mttr=_mean([_seconds(one.opened, one.done) for one in fixed]),
        mtta_worked=_mean([one.worked_answer for one in fresh]),
        mttr_worked=_mean([one.worked for one in fixed]),
        first_time_fix=_share(sum(one.at_once for one in fixed), len(fixed)),
        sla_kept=_share(
            sum(one.done <= one.due for one in promised if one.done and one.due), len(promised)
        ),
        backlog=len(open_),
        backlog_age=median([(end - one.opened).total_seconds() for one in open_])
        if open_
        else None,
        cost=sum(costs, Decimal(0)) if costs else None,
    )


def _seconds(begin: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - begin).total_seconds()


def _mean(spans: Iterable[float | None]) -> float | None:
    """Of those that are known."""
    known = [one for one in spans if one is not None]
    return fmean(known) if known else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
