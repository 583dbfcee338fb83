"""How a device is, in one word; in Python for one device and in SQL for counting thousands.

The two must agree: ``tests/inventory/test_status.py`` holds them against each other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol as Shape

from sqlalchemy import ColumnElement, case, literal
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from drivers.readings import ALIVE, Outcome
from inventory.models import Agent, Device, DeviceState, Lifecycle, Protocol
from inventory.models.device import UNKNOWN_RANK

#: The reachability cadence when nobody says otherwise.
CADENCE = timedelta(seconds=60)
#: A device that was not heard of for so many cadences is silent: nobody knows how it is.
SILENT_AFTER = 3
#: Presence is looked for with the tables, at a fifth of the reachability cadence.
PRESENCE_SILENT_AFTER = 5 * SILENT_AFTER


class Status(StrEnum):
    """How a device is; the vocabulary of every screen."""

    healthy = "healthy"
    #: Watched by presence alone, and not there: switched off, most likely, which is no fault.
    off = "off"
    #: Alive, but a table of its answer was incomplete.
    degraded = "degraded"
    #: Its agent asked and got no usable answer.
    down = "down"
    #: No news: the agent is away, or has stopped asking.
    silent = "silent"
    #: Never polled, or not meant to be.
    unknown = "unknown"


#: What needs somebody comes first; written into ``device.status_rank``, so numbers stay.
RANKS: Mapping[Status, int] = {
    Status.down: 10,
    Status.silent: 20,
    Status.degraded: 30,
    Status.unknown: UNKNOWN_RANK,
    Status.off: 50,
    Status.healthy: 60,
}


class Poll(Shape):
    """What the last poll of a device said, as far as its status goes."""

    @property
    def taken_at(self) -> datetime: ...

    @property
    def outcome(self) -> Outcome: ...

    @property
    def present(self) -> bool | None: ...


def status_of(
    lifecycle: Lifecycle,
    protocol: Protocol,
    state: Poll | None,
    *,
    now: datetime,
    agent_last_batch_at: datetime | None = None,
    cadence: timedelta = CADENCE,
) -> Status:
    """The status of one device.

    ``agent_last_batch_at`` is when the agent that polled it last was heard of (``None``: not
    known, then the poll's own age decides alone).
    """
    if lifecycle is not Lifecycle.in_service or protocol is Protocol.none or state is None:
        return Status.unknown
    oldest = now - SILENT_AFTER * cadence
    beats = PRESENCE_SILENT_AFTER if protocol is Protocol.presence else SILENT_AFTER
    if state.taken_at < now - beats * cadence:
        return Status.silent
    if agent_last_batch_at is not None and agent_last_batch_at < oldest:
        return Status.silent
    if protocol is Protocol.presence and not state.present:
        return Status.off
    if state.outcome not in ALIVE:
        return Status.down
    return Status.healthy if state.outcome is Outcome.ok else Status.degraded


def status_expression(now: datetime, cadence: timedelta = CADENCE) -> ColumnElement[str]:
    """SQL for :func:`status_of`, over ``Device`` outer-joined to ``DeviceState``."""
    oldest = now - SILENT_AFTER * cadence
    oldest_presence = now - PRESENCE_SILENT_AFTER * cadence
    # An alias of its own, or a query that joins Agent itself would be taken for its table.
    agent = aliased(Agent)
    silent_agents = select(agent.id).where(col(agent.last_batch_at) < oldest)
    return case(
        (
            (col(Device.lifecycle) != Lifecycle.in_service)
            | (col(Device.protocol) == Protocol.none)
            | col(DeviceState.device_id).is_(None),
            literal(Status.unknown.value),
        ),
        (
            (col(DeviceState.taken_at) < oldest_presence)
            | ((col(DeviceState.taken_at) < oldest) & (col(Device.protocol) != Protocol.presence))
            | col(DeviceState.agent_id).in_(silent_agents),
            literal(Status.silent.value),
        ),
        (
            (col(Device.protocol) == Protocol.presence) & col(DeviceState.present).is_not(True),
            literal(Status.off.value),
        ),
        (col(DeviceState.outcome).not_in(list(ALIVE)), literal(Status.down.value)),
        (col(DeviceState.outcome) == Outcome.ok, literal(Status.healthy.value)),
        else_=literal(Status.degraded.value),
    )
