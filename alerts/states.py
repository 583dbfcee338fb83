"""States of tickets, which may follow which, and what a line of the log says about them."""

from collections.abc import Mapping
from enum import StrEnum


class TicketState(StrEnum):
    """ITIL incident states."""

    new = "new"
    assigned = "assigned"
    in_progress = "in_progress"
    waiting = "waiting"
    resolved = "resolved"
    closed = "closed"
    reopened = "reopened"


_S = TicketState
#: States of tickets that need nobody any more.
STOPPED = frozenset({_S.resolved, _S.closed})
#: From which states a ticket may go to which.
ALLOWED: Mapping[TicketState, frozenset[TicketState]] = {
    _S.assigned: frozenset({_S.new, _S.assigned, _S.in_progress, _S.waiting, _S.reopened}),
    _S.in_progress: frozenset({_S.new, _S.assigned, _S.waiting, _S.reopened}),
    _S.waiting: frozenset({_S.assigned, _S.in_progress}),
    _S.resolved: frozenset({_S.new, _S.assigned, _S.in_progress, _S.waiting, _S.reopened}),
    _S.closed: frozenset({_S.resolved}),
    _S.reopened: STOPPED,
}
#: The state a ticket is in after a line of that kind; other kinds leave it as it was.
STATE_AFTER: Mapping[str, TicketState] = {
    "opened": _S.new,
    "assigned": _S.assigned,
    "started": _S.in_progress,
    "waiting": _S.waiting,
    "resolved": _S.resolved,
    "closed": _S.closed,
    "merged": _S.closed,
    "unmerged": _S.reopened,
    "put_back": _S.new,
    "reopened": _S.reopened,
}
