"""Whom a step of a ticket concerns: who has it, who had it until then, who opened it."""

from collections.abc import Sequence

from alerts.holders import holder_after
from alerts.models import TicketEvent

#: Lines that take a ticket from whoever had it.
_MOVES = frozenset({"assigned", "put_back"})
#: Lines that whoever opened a ticket waits for.
_AWAITED = frozenset(
    {"waiting", "resolved", "reopened", "closed", "merged", "unmerged", "commented", "joined"}
)
#: Lines that are told to those they concern and to nobody else.
PRIVATE = frozenset({"prioritised"})


def concerned(log: Sequence[TicketEvent], line: TicketEvent) -> frozenset[str]:
    """Ids of those who are to be told of a line, whoever else is; who wrote it is none of them.

    Args:
        log: of the ticket, in order; what was written later counts for nothing.
        line: one of it.
    """
    until = [one for one in log if (one.id or 0) <= (line.id or 0)]
    found = {holder_after(until), line.assignee_id}
    if line.kind in _MOVES:
        found.add(holder_after(until[:-1]))
    if line.kind in _AWAITED:
        found.update(one.actor_id for one in until[:1] if one.kind == "opened")
    return frozenset(one for one in found - {line.actor_id} if one is not None)


def is_private(line: TicketEvent) -> bool:
    """Whether nobody is told but those it concerns: of what a storm takes in, too."""
    return line.kind in PRIVATE or (line.kind == "merged" and line.actor_id is None)
