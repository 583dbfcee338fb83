"""Steps of escalation: when a promise is nearly broken, and when it is; pure.

Each step is told once. A ticket that is reopened may take each of them once more.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from alerts.sla.clock import Run, due
from alerts.sla.hours import HOUR, BusinessHours

#: A step is near when three quarters of the promised time are gone.
_NEAR = (3, 4)
#: What is older than a week is no news: a release, or clocks that stood, wake nobody.
LATE = 7 * 24 * HOUR


class Step(StrEnum):
    """What is nearly over, or over."""

    answer_near = "answer_near"
    answer_over = "answer_over"
    repair_near = "repair_near"
    repair_over = "repair_over"


#: The step that says all an earlier one of the same clock would.
_SAYS_MORE = {Step.answer_near: Step.answer_over, Step.repair_near: Step.repair_over}


class Clock(NamedTuple):
    """One clock of a ticket: when it ran, and how much of business time is promised."""

    runs: Sequence[Run]
    target: int


class Coming(NamedTuple):
    """The next step: which, in which round of the ticket's life, and when."""

    step: Step
    round: int
    at: int


class Told(NamedTuple):
    """What a log says: how often the ticket was reopened, and the steps told since."""

    round: int
    steps: frozenset[Step]


class Line(Protocol):
    """One line of a log."""

    kind: str
    step: str | None


def name_of(step: Step, turn: int) -> str:
    """How a line of a log names a step, unlike every other of its ticket."""
    return f"{turn}.{step.value}"


def step_of(name: str) -> Step:
    """The step that a line names.

    Raises:
        ValueError: it names none.
    """
    return Step(name.partition(".")[2])


def told_steps(log: Iterable[Line]) -> Told:
    """The round a ticket is in, and the steps of that round which were told."""
    turn, steps = 0, set[Step]()
    for line in log:
        if line.kind in ("reopened", "unmerged"):
            turn, steps = turn + 1, set()
        elif line.kind == "escalated" and line.step is not None:
            steps.add(step_of(line.step))
    return Told(turn, frozenset(steps))


def next_step(
    hours: BusinessHours, answer: Clock | None, repair: Clock, told: Told, now: int
) -> Coming | None:
    """Which step comes next, or is due already; ``None``: none, while the clocks stay as they are.

    Args:
        hours: of the school.
        answer: ``None`` when somebody has answered.
        repair: the other clock.
        told: of the ticket's log.
        now: microseconds since 1970; of one clock's steps that have both come only the last counts.
    """
    times = {
        **(_times(hours, answer, Step.answer_near, Step.answer_over) if answer else {}),
        **_times(hours, repair, Step.repair_near, Step.repair_over),
    }
    coming = [
        Coming(step, told.round, at)
        for step, at in times.items()
        if step not in told.steps and at > now - LATE and not _outrun(step, times, told.steps, now)
    ]
    return min(coming, key=lambda one: (one.at, one.step), default=None)


def _times(hours: BusinessHours, clock: Clock, near: Step, over: Step) -> dict[Step, int]:
    if not clock.runs or clock.runs[-1].end is not None:
        return {}  # it stands
    part = max(1, clock.target * _NEAR[0] // _NEAR[1])
    found = (
        (near, due(hours, clock.runs, part).at),
        (over, due(hours, clock.runs, clock.target).at),
    )
    return {step: at for step, at in found if at is not None}


def _outrun(step: Step, times: dict[Step, int], told: Collection[Step], now: int) -> bool:
    more = _SAYS_MORE.get(step)
    return more is not None and (more in told or times.get(more, now + 1) <= now)
