"""Who has a ticket, as the lines of its log say."""

from collections.abc import Iterable
from typing import Protocol


class Line(Protocol):
    """A line of a ticket's log."""

    @property
    def kind(self) -> str: ...
    @property
    def actor_id(self) -> str | None: ...
    @property
    def assignee_id(self) -> str | None: ...


def holder_after(lines: Iterable[Line]) -> str | None:
    """Who has a ticket after some lines; none: nobody, or nobody knows."""
    holder = None
    for line in lines:
        if line.kind in ("assigned", "put_back"):
            holder = line.assignee_id
        elif line.kind == "started":
            holder = holder or line.actor_id
    return holder
