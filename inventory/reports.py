"""What a batch brings beside readings: each report goes to the table of its kind, once.

A batch may come twice before the ledger knows it (a kill between two commits). So every row a
report makes is named after the batch and its place in it, or is an upsert that newer ones win.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from drivers.readings import Event, Report
from inventory.models import Device

_EVENT = SQLModel.metadata.tables["device_event"]


@dataclass(frozen=True, slots=True)
class Source:
    """The batch that reports came in.

    Args:
        schools: codes the agent is authorised for.
    """

    agent: str
    epoch: str
    sequence: int
    schools: frozenset[str]
    now: datetime

    def name(self, place: int) -> str:
        """The same 40 characters whenever the same batch comes."""
        text = f"{self.agent}/{self.epoch}/{self.sequence}/{place}"
        return sha256(text.encode()).hexdigest()[:40]


#: Stores the reports of one kind, with their places in the batch; returns how many it left out.
Recorder = Callable[[Session, Source, Sequence[tuple[int, Report]]], int]


def record_reports(session: Session, source: Source, reports: Iterable[Report]) -> int:
    """Store reports; flushes, never commits. Returns how many the agent may not write.

    Those of schools the agent does not serve, and of subjects that are not there, are left out:
    one device that moved away must not cost what else was in the batch.
    """
    by_kind: dict[type[Report], list[tuple[int, Report]]] = {}
    for place, report in enumerate(reports):
        by_kind.setdefault(type(report), []).append((place, report))
    return sum(
        RECORDERS[kind](session, source, found) if kind in RECORDERS else len(found)
        for kind, found in by_kind.items()
    )


def record_events(session: Session, source: Source, reports: Sequence[tuple[int, Report]]) -> int:
    """Keep events of devices."""
    events = [(place, report) for place, report in reports if isinstance(report, Event)]
    subjects = {event.subject for _, event in events}
    query = select(Device.id, Device.school_code).where(col(Device.id).in_(subjects))
    owners = dict(session.exec(query).all())
    rows = [
        {
            "id": source.name(place),
            "device_id": event.subject,
            "school_code": event.school,
            "at": datetime.fromtimestamp(event.at / 1_000, UTC),
            "kind": event.kind,
            "detail": event.detail,
            "fields": msgspec.json.encode(event.fields).decode(),
        }
        for place, event in events
        if event.school in source.schools and owners.get(event.subject) == event.school
    ]
    insert_once(session, _EVENT, rows)
    return len(events) - len(rows)


def insert_once(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows whose keys are not there yet."""
    if not rows:
        return
    connection = session.connection()
    insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    connection.execute(insert.on_conflict_do_nothing(), rows)


RECORDERS: dict[type[Report], Recorder] = {Event: record_events}
