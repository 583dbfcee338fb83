"""That agents called, and what they say of themselves with their batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Update, bindparam, case, func, update
from sqlmodel import Session, SQLModel

from drivers.readings import AgentStatus
from inventory.agent_health import SILENT_AFTER, SKEW_SECONDS
from inventory.enrolment import MAX_NAME

_MAX_FAULT = 32
_AGENT = SQLModel.metadata.tables["agent"]
_BY_ID = update(_AGENT).where(_AGENT.c.id == bindparam("key"))
_HEARD_AT = bindparam("heard_at", type_=_AGENT.c.back_at.type)
_CALLED = _BY_ID.values(
    back_at=case(
        (
            _AGENT.c.last_seen_at < bindparam("silent_since"),
            bindparam("heard_at", type_=_AGENT.c.back_at.type),
        ),
        else_=_AGENT.c.back_at,
    )
)
_TOLD_AT = bindparam("told_at", type_=_AGENT.c.status_at.type)
_IF_NEWEST = _BY_ID.where(_AGENT.c.status_at.is_(None) | (_AGENT.c.status_at <= _TOLD_AT)).values(
    skewed_at=case(
        (
            func.abs(bindparam("skew", type_=_AGENT.c.clock_skew_seconds.type)) > SKEW_SECONDS,
            func.coalesce(_AGENT.c.skewed_at, _TOLD_AT),
        ),
        else_=None,
    )
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One agent that called.

    Args:
        created_at: of the batch it brought, milliseconds; ``None``: it brought none.
    """

    agent_id: str
    created_at: int | None = None
    status: AgentStatus | None = None


def heard_from_all(session: Session, heard: Sequence[Heard], now: datetime) -> None:
    """Note that agents called, in the order in which their batches were taken.

    Batches come in any order after an outage: of statuses the newest stands.
    """
    session.flush()
    # Agents in one order, so that two controllers never wait for each other.
    calls = sorted(heard, key=lambda one: one.agent_id)
    rows = [_call(one, now) for one in calls]
    _update(session, _CALLED, rows)
    _update(session, _IF_NEWEST, [_told(one, now) for one in calls if one.created_at is not None])


def _call(one: Heard, now: datetime) -> dict[str, Any]:
    called = {
        "key": one.agent_id,
        "last_seen_at": now,
        "heard_at": now,
        "silent_since": now - SILENT_AFTER,
    }
    return called if one.created_at is None else called | {"last_batch_at": now}


def _told(one: Heard, now: datetime) -> dict[str, Any]:
    created = (one.created_at or 0) / 1_000
    # A clock that runs ahead must not hide what comes after it was put right.
    told_at = min(datetime.fromtimestamp(created, UTC), now)
    skew = created - now.timestamp()
    status = one.status
    if status is not None and status.clock_skew_seconds is not None:
        skew = status.clock_skew_seconds
    row = {
        "key": one.agent_id,
        "told_at": told_at,
        "status_at": told_at,
        "skew": skew,
        "clock_skew_seconds": skew,
    }
    if status is None:
        return row
    return row | {
        "version": status.version[:MAX_NAME],
        "spool_batches": status.spool_batches,
        "spool_bytes": status.spool_bytes,
        "spool_dropped": status.spool_dropped,
        "spool_dropped_readings": status.spool_dropped_readings,
        "spool_fault": status.spool_fault[:_MAX_FAULT],
        "spool_set_aside": status.spool_set_aside,
    }


def _update(session: Session, statement: Update, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement once for all rows that have the same columns."""
    for columns in {tuple(row) for row in rows}:
        session.connection().execute(statement, [row for row in rows if tuple(row) == columns])
