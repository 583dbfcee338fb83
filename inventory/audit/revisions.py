"""Revisions: a number of each row people edit, which grows with each of their changes.

It is the row's entity tag. Any table that has a column ``revision`` takes part. Two people at once
never make the same number of two different rows: on PostgreSQL the rows are locked before they are
counted; on SQLite only one transaction writes at a time.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session

from inventory.audit.actor import actor_of
from inventory.database import SessionFactory
from inventory.models import Device, DeviceMac

_BUMPED = "revisions"


def count_revisions(factory: SessionFactory) -> None:
    """Let sessions of this factory count what people change."""

    @event.listens_for(factory, "before_flush")
    def _flushing(session: Session, _context: UOWTransaction, _instances: Any) -> None:
        if actor_of(session) is not None:
            _count(session)

    @event.listens_for(factory, "after_soft_rollback")
    def _rolled_back(session: Session, _previous: object) -> None:
        session.info.pop(_BUMPED, None)

    @event.listens_for(factory, "after_transaction_end")
    def _ended(session: Session, transaction: Any) -> None:
        if transaction.parent is None:
            session.info.pop(_BUMPED, None)


def _count(session: Session) -> None:
    bumped: set[Any] = session.info.setdefault(_BUMPED, set())
    changed = [row for row in session.dirty if _is_changed(session, row)] + _owners(session)
    by_class: dict[type[Any], dict[Any, Any]] = defaultdict(dict)
    for row in changed:
        key = inspect(row).identity_key
        if key not in bumped:
            bumped.add(key)
            by_class[type(row)][key[1][0]] = row
    for model, rows in by_class.items():
        now = _locked(session, model, sorted(rows))
        for id_, row in rows.items():
            row.revision = now.get(id_, row.revision) + 1


def _is_changed(session: Session, row: Any) -> bool:
    return "revision" in inspect(row).mapper.column_attrs and session.is_modified(row)


def _owners(session: Session) -> list[Device]:
    """Devices of which a part is written: hardware addresses are edited with their device."""
    ids = {
        row.device_id
        for row in (*session.new, *session.deleted)
        if isinstance(row, DeviceMac) and row.device_id
    }
    found = [session.get(Device, id_) for id_ in sorted(ids)]
    return [row for row in found if row is not None and row not in session.deleted]


def _locked(session: Session, model: type[Any], ids: list[Any]) -> dict[Any, int]:
    """Revisions as they are now, of rows nobody else changes until this transaction ends."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return {}
    table = model.__table__
    [key] = table.primary_key
    query = select(key, table.c.revision).where(key.in_(ids)).order_by(key).with_for_update()
    return {row[0]: row[1] for row in connection.execute(query)}
