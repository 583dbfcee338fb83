"""Batches set aside: kept within bounds, thrown away, taken back, and forgotten in the end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from inventory.errors import NotFound
from inventory.ids import new_id
from inventory.models import QuarantinedBatch, QuarantinedBody
from inventory.repositories.quarantine import QuarantineRepository
from inventory.scope import Scope

#: What was thrown away can be taken back for so long.
DISCARDED_KEPT = timedelta(days=7)
_MAX_DETAIL = 500
_MAX_REASON = 32


@dataclass(frozen=True, slots=True)
class SetAside:
    """A batch to be set aside.

    Args:
        body: as it travels.
        reason: stable code.
        is_part: the rest of the batch was stored.
    """

    agent_id: str
    body: bytes
    reason: str
    detail: str
    is_part: bool = False


def set_aside(
    session: Session, one: SetAside, now: datetime, *, most: int, most_bytes: int
) -> QuarantinedBatch | None:
    """Keep a batch; the oldest go when there are too many, those thrown away first.

    Returns ``None`` when it is too large to be kept at all, or nothing is.
    """
    if not most or len(one.body) > most_bytes:
        return None
    batch = QuarantinedBatch(
        id=new_id("q"),
        agent_id=one.agent_id,
        kept_at=now,
        reason=one.reason[:_MAX_REASON],
        detail=one.detail.replace("\0", "")[:_MAX_DETAIL],
        size=len(one.body),
        is_part=one.is_part,
    )
    session.add(batch)
    session.flush()
    session.add(QuarantinedBody(batch_id=batch.id, content=one.body))
    session.flush()
    _trim(session, most, most_bytes)
    return batch


def discard(session: Session, scope: Scope, batch_id: str, now: datetime) -> QuarantinedBatch:
    """Throw a batch away; it can be taken back for ``DISCARDED_KEPT``.

    Raises:
        NotFound: no such batch within the scope.
    """
    batch = _get(session, scope, batch_id)
    batch.discarded_at = batch.discarded_at or now
    session.add(batch)
    session.flush()
    return batch


def take_back(session: Session, scope: Scope, batch_id: str) -> QuarantinedBatch:
    """Take back a batch that was thrown away.

    Raises:
        NotFound: no such batch within the scope.
    """
    batch = _get(session, scope, batch_id)
    batch.discarded_at = None
    session.add(batch)
    session.flush()
    return batch


def still_refused(session: Session, batch_id: str, reason: str, detail: str, now: datetime) -> None:
    """Note that a batch was tried again in vain, and why."""
    session.execute(
        update(QuarantinedBatch)
        .where(col(QuarantinedBatch.id) == batch_id)
        .values(
            tries=QuarantinedBatch.tries + 1,
            tried_at=now,
            reason=reason[:_MAX_REASON],
            detail=detail.replace("\0", "")[:_MAX_DETAIL],
        )
        .execution_options(synchronize_session=False)
    )


def forget_discarded(session: Session, now: datetime) -> None:
    """Housekeeping: what was thrown away long ago."""
    found = QuarantineRepository(session, Scope.everything())
    found.forget(found.discarded_before(now - DISCARDED_KEPT))


def _trim(session: Session, most: int, most_bytes: int) -> None:
    batch = QuarantinedBatch
    rows = session.exec(
        select(batch.id, batch.size).order_by(
            col(batch.discarded_at).is_(None).desc(),
            col(batch.kept_at).desc(),
            col(batch.id).desc(),
        )
    ).all()
    total = 0
    surplus = []
    for kept, (batch_id, size) in enumerate(rows):
        total += size
        if kept >= most or total > most_bytes:
            surplus.append(batch_id)
    if surplus:
        QuarantineRepository(session, Scope.everything()).forget(surplus)


def _get(session: Session, scope: Scope, batch_id: str) -> QuarantinedBatch:
    batch = QuarantineRepository(session, scope).get(batch_id)
    if batch is None:
        raise NotFound(what="batch", key=batch_id)
    return batch
