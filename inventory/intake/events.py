"""What happened to devices, as agents tell it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlmodel import Session, SQLModel, col, select

from drivers.readings import Event, Report
from inventory.intake.sources import Source, insert_once
from inventory.models import Device

_EVENT = SQLModel.metadata.tables["device_event"]


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
