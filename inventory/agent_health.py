"""How the boxes themselves are, in one word each: the worst that is known."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from inventory.models import Agent

#: A box asks for its plan every minute or less.
SILENT_AFTER = timedelta(minutes=5)
#: Readings land in the wrong minute beyond this.
SKEW_SECONDS = 30.0
#: Five minutes of batches that are not through although the box is heard.
BEHIND_BATCHES = 30


class AgentHealth(StrEnum):
    """How a box is."""

    ok = "ok"
    refused = "refused"  # shut out
    expected = "expected"  # enrolled, never heard since
    silent = "silent"
    disk_failing = "disk_failing"  # it takes no readings: they wait in memory
    skewed = "skewed"  # its clock is wrong
    behind = "behind"  # its spool grows, or drains
    out_of_date = "out_of_date"  # another version than the controller's


class AgentVitals(NamedTuple):
    """What judges a box, and its name: for looks at thousands of them."""

    id: str
    name: str
    version: str
    revoked_at: datetime | None
    last_seen_at: datetime | None
    last_batch_at: datetime | None
    clock_skew_seconds: float
    spool_batches: int
    spool_fault: str


def health_of(agent: Agent | AgentVitals, now: datetime, version: str) -> AgentHealth:
    """How an agent is now.

    Args:
        agent: the box.
        now: the time.
        version: of the controller; agents are to run the same.
    """
    heard = max(filter(None, (agent.last_seen_at, agent.last_batch_at)), default=None)
    worst_first = (
        (agent.revoked_at is not None, AgentHealth.refused),
        (heard is None, AgentHealth.expected),
        (heard is not None and now - heard > SILENT_AFTER, AgentHealth.silent),
        (bool(agent.spool_fault), AgentHealth.disk_failing),
        (agent.spool_batches > BEHIND_BATCHES, AgentHealth.behind),
        (abs(agent.clock_skew_seconds) > SKEW_SECONDS, AgentHealth.skewed),
        (agent.version != version, AgentHealth.out_of_date),
    )
    return next((health for holds, health in worst_first if holds), AgentHealth.ok)
