"""What a ticket's log says about its clocks: when they ran, and who answered first."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from alerts.sla.clock import Run
from alerts.sla.hours import moment
from alerts.states import STATE_AFTER, STOPPED, TicketState
from alerts.urgency import WaitingFor


class Line(Protocol):
    """One line of a log."""

    at: datetime
    kind: str
    actor_id: str | None
    assignee_id: str | None
    waiting_for: WaitingFor | None


def runs_of(log: Iterable[Line], pausing: Collection[WaitingFor]) -> list[Run]:
    """When the clock of the repair ran.

    From the opening until the ticket is resolved or closed, and again after it was reopened; not
    while it waits for something that ``pausing`` names.

    Args:
        log: in order.
        pausing: what a repair may wait for without losing time.
    """
    runs: list[Run] = []
    began: int | None = None
    for line in log:
        after = STATE_AFTER.get(line.kind)
        if after is None:
            continue
        waits = after is TicketState.waiting and line.waiting_for in pausing
        goes = after not in STOPPED and not waits
        at = moment(line.at)
        if goes and began is None:
            began = at
        elif not goes and began is not None:
            runs.append(Run(began, at))
            began = None
    return runs if began is None else [*runs, Run(began)]


def responded_at(log: Iterable[Line]) -> datetime | None:
    """When somebody first took the ticket on: accepted it, began, or did something about it.

    Giving it to somebody else is no answer, nor is a comment.
    """
    for line in log:
        if line.actor_id is None:
            continue
        took = line.kind == "assigned" and line.assignee_id == line.actor_id
        if took or line.kind in ("started", "waiting", "resolved", "merged"):
            return line.at
    return None


def state_of(log: Iterable[Line]) -> TicketState | None:
    """The state a log ends in; ``None`` of an empty one."""
    state = None
    for line in log:
        state = STATE_AFTER.get(line.kind, state)
    return state
