"""Which schools look different now: a row for each transaction and school, for every controller.

Written in the very transaction that changed something, as rows about plans are
(``inventory.agent_plans.changes``). Readings alone make none: there are thousands a second, and
pages that show them look at their device.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, event, insert
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, SQLModel, col, select

from inventory.database import SessionFactory
from inventory.models import DeviceState, PageChange, School, SummaryTime
from inventory.models.base import utc_now

#: Tables of which pages show rows; each has a school.
TABLES = frozenset({"alert", "ticket", "device", "line", "room", "proposal", "agent_command"})
#: Rows are looked for so far back: a transaction may commit later than its rows say.
OVERLAP = timedelta(seconds=30)
KEPT = timedelta(minutes=10)
_TABLE = SQLModel.metadata.tables["page_change"]
_NOTED = "page_changes"


@dataclass(frozen=True, slots=True)
class SchoolChanged:
    """One row: pages that show this school, or count it, are old."""

    key: tuple[int, datetime]
    school: str
    path: str


def note_schools(session: Session, schools: Iterable[str], now: datetime) -> None:
    """Note that schools look different; once a transaction each."""
    noted: set[str] = session.info.setdefault(_NOTED, set())
    fresh = set(schools) - noted
    if fresh:
        noted |= fresh
        rows = [{"school_code": school, "at": now} for school in sorted(fresh)]
        session.connection().execute(insert(_TABLE), rows)


def note_page_changes(factory: SessionFactory) -> None:
    """Let sessions of this factory write the rows for what they add, change and delete."""

    @event.listens_for(factory, "after_flush")
    def _flushed(session: Session, _context: UOWTransaction) -> None:
        rows: tuple[Any, ...] = (*session.new, *session.dirty, *session.deleted)
        schools = {
            school
            for row in rows
            if getattr(type(row), "__tablename__", "") in TABLES
            and (school := getattr(row, "school_code", None)) is not None
        }
        if schools:
            note_schools(session, cast(set[str], schools), utc_now())

    @event.listens_for(factory, "after_transaction_end")
    def _ended(session: Session, transaction: Any) -> None:
        if transaction.parent is None:
            session.info.pop(_NOTED, None)


def schools_changed(session: Session, since: datetime) -> list[SchoolChanged]:
    """Rows not older than ``since``, in no order."""
    query = (
        select(PageChange.id, PageChange.at, PageChange.school_code, School.path)
        .join(School, col(School.code) == col(PageChange.school_code))
        .where(PageChange.at >= since)
    )
    return [
        SchoolChanged((id_ or 0, at), school, path) for id_, at, school, path in session.exec(query)
    ]


def polled_at(session: Session, devices: Collection[str]) -> dict[str, tuple[object, ...]]:
    """Of which polls the states of devices are; another answer means that a page is old."""
    query = select(
        DeviceState.device_id, DeviceState.taken_at, DeviceState.vitals_at, DeviceState.ports_at
    ).where(col(DeviceState.device_id).in_(devices))
    return {row[0]: tuple(row[1:]) for row in session.exec(query)}


def counted_at(session: Session) -> datetime | None:
    """When the city was counted last; ``None`` where nothing is counted ahead."""
    return session.exec(select(SummaryTime.at)).first()


def forget_page_changes(session: Session, now: datetime) -> None:
    """Delete rows nobody needs any more."""
    session.execute(delete(PageChange).where(col(PageChange.at) < now - KEPT))
