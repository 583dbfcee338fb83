"""What devices told lately: ports that went up and down, traps that came again and again.

Agents name the traps of vendors in a field of one kind of event.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.judging.conditions import Flapping
from alerts.judging.facts import HappeningFacts, Key, PortFacts
from alerts.models import Alert
from alerts.repositories.moments import Moments
from inventory.models import DeviceEvent

#: The kind of every event that a vendor's trap became; its field ``trap`` says which one.
NAMED = "vendor_trap"
LINKS = ("link_down", "link_up")


def word_of(kind: str, fields: str) -> str:
    """What an event is called, whichever vendor told it: ``on_battery`` of ``apc_on_battery``.

    Args:
        kind: of the event.
        fields: a JSON object of texts.
    """
    if kind != NAMED:
        return kind
    trap = json.loads(fields).get("trap", "")
    return str(trap).partition("_")[2]


def often(session: Session, kinds: Collection[str], since: datetime, times: int) -> Collection[str]:
    """Devices that told something of these kinds so often about one thing."""
    query = (
        select(DeviceEvent.device_id)
        .where(col(DeviceEvent.kind).in_(kinds), col(DeviceEvent.at) >= since)
        .group_by(col(DeviceEvent.device_id), col(DeviceEvent.fields))
        .having(func.count() >= times)
    )
    return set(session.exec(query))


def ports_of(
    session: Session, moments: Moments, schools: Collection[str], within: float
) -> Mapping[str, Sequence[PortFacts]]:
    """Ports of schools that went up or down within so many seconds, by school."""
    query: Any = select(DeviceEvent.school_code, DeviceEvent.device_id, DeviceEvent.fields)
    query = query.add_columns(func.count(), func.max(DeviceEvent.at)).where(
        col(DeviceEvent.kind).in_(LINKS),
        col(DeviceEvent.at) >= moments.now - timedelta(seconds=within * moments.pace),
        col(DeviceEvent.school_code).in_(schools),
    )
    query = query.group_by(
        col(DeviceEvent.school_code), col(DeviceEvent.device_id), col(DeviceEvent.fields)
    )
    found: dict[str, list[PortFacts]] = defaultdict(list)
    for school, device, fields, changes, last in session.exec(query):
        port = json.loads(fields).get("port", "")
        if port:
            facts = PortFacts(
                device=device, port=port, changes=changes, changed_at=moments.of(last)
            )
            found[school].append(facts)
    return found


def times_of(
    session: Session, moments: Moments, devices: Collection[str], events: Mapping[str, float]
) -> Mapping[str, Sequence[HappeningFacts]]:
    """When devices told each of some events, by device; also where they told none lately.

    Args:
        session: only reads.
        moments: the time.
        devices: their ids.
        events: words, with the seconds to look back.
    """
    longest = timedelta(seconds=max(events.values()) * moments.pace)
    query = (
        select(DeviceEvent.device_id, DeviceEvent.kind, DeviceEvent.fields, DeviceEvent.at)
        .where(
            col(DeviceEvent.device_id).in_(devices),
            col(DeviceEvent.kind).in_([*events, NAMED]),
            col(DeviceEvent.at) >= moments.now - longest,
        )
        .order_by(col(DeviceEvent.at))
    )
    told: dict[tuple[str, str], list[float]] = defaultdict(list)
    for device, kind, fields, at in session.exec(query):
        told[device, word_of(kind, fields)].append(moments.of(at))
    return {
        device: [
            HappeningFacts(device=device, event=event, times=told[device, event])
            for event in events
        ]
        for device in devices
    }


def flapping_in(session: Session, schools: Collection[str]) -> Mapping[Key, tuple[str, datetime]]:
    """Ports of schools that are told of already: they explain who is behind them."""
    query: Any = (
        select(Alert.subject, Alert.part, Alert.school_code, Alert.opened_at)
        .where(col(Alert.school_code).in_(schools), Alert.rule == Flapping.FAULT)
        .where(col(Alert.cleared_at).is_(None))
    )
    return {
        Key(Flapping.FAULT, subject, part): (school, opened)
        for subject, part, school, opened in session.exec(query)
    }
