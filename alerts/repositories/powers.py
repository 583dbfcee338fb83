"""What UPSs said of the mains, out of the events they told."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from alerts.judging.facts import ONE_OUTAGE, PowerFacts
from alerts.repositories.happenings import NAMED, word_of
from alerts.repositories.moments import Moments
from drivers.readings import Kind
from inventory.models import Device, DeviceEvent, DeviceState

#: Events of a UPS on battery are told again every minute (RFC 1628) unless their maker says when
#: mains are back; longer ago they say nothing.
_TOLD_AGAIN, _EVENTS_SINCE = timedelta(minutes=3), timedelta(days=2)
#: Of schools that are looked at anyway: an outage may last so long.
_LONGEST = timedelta(days=7)
_ONE_OUTAGE = timedelta(seconds=ONE_OUTAGE)
_MOMENT = timedelta(microseconds=1)
_AGAIN_AND_AGAIN, _ONCE, _BACK = "ups_on_battery", "on_battery", "power_restored"
_OF_MAINS = frozenset({_AGAIN_AND_AGAIN, _ONCE, _BACK})


def on_battery_lately(
    session: Session, now: datetime, some: Collection[str] | None
) -> Collection[str]:
    """UPSs that said within the last days that they live on their battery; of ``some`` devices."""
    query = (
        select(DeviceEvent.device_id, DeviceEvent.kind, DeviceEvent.fields)
        .join(Device, col(Device.id) == DeviceEvent.device_id)
        .where(
            col(Device.kind) == Kind.ups,
            col(DeviceEvent.kind).in_([_AGAIN_AND_AGAIN, _ONCE, NAMED]),
            col(DeviceEvent.at) >= now - _EVENTS_SINCE,
        )
    )
    if some is not None:
        query = query.where(col(DeviceEvent.device_id).in_(some))
    return {
        device
        for device, kind, fields in session.exec(query)
        if word_of(kind, fields) in (_AGAIN_AND_AGAIN, _ONCE)
    }


def powers_of(
    session: Session, moments: Moments, schools: Collection[str]
) -> Mapping[str, Sequence[PowerFacts]]:
    """What the UPSs of schools said of the mains within the last week."""
    now = moments.now
    query: Any = (
        select(Device.school_code, Device.id, DeviceEvent.kind, DeviceEvent.at)
        .add_columns(col(DeviceEvent.fields), col(DeviceState.taken_at))
        .join(Device, col(Device.id) == DeviceEvent.device_id)
        .join(DeviceState, col(DeviceState.device_id) == Device.id)
        .where(
            col(Device.school_code).in_(schools),
            col(Device.kind) == Kind.ups,
            col(DeviceEvent.kind).in_([*_OF_MAINS, NAMED]),
            col(DeviceEvent.at) >= now - _LONGEST,
        )
        .order_by(col(DeviceEvent.at))
    )
    told: dict[tuple[str, str], list[tuple[str, datetime]]] = defaultdict(list)
    asked: dict[str, datetime] = {}
    for school, device, kind, at, fields, taken_at in session.exec(query):
        word = word_of(kind, fields)
        if word in _OF_MAINS:
            told[school, device].append((word, at))
            asked[device] = taken_at
    found: dict[str, list[PowerFacts]] = defaultdict(list)
    for (school, device), events in told.items():
        failed, back = last_outage(events, now)
        found[school].append(
            PowerFacts(
                device=device,
                failed_at=None if failed is None else moments.of(failed),
                back_at=None if back is None else moments.of(back),
                taken_at=moments.of(asked[device]),
            )
        )
    return found


def outages_of(
    session: Session, school_code: str, since: datetime, now: datetime
) -> Iterator[tuple[str, datetime, datetime | None, datetime]]:
    """What was known of the mains of a school as its UPSs told it.

    Yields:
        The UPS, when mains failed, when they came back (``None`` while they were away), and when
        that was known; in the order of time for each UPS.
    """
    query = (
        select(DeviceEvent.device_id, DeviceEvent.kind, DeviceEvent.fields, DeviceEvent.at)
        .join(Device, col(Device.id) == DeviceEvent.device_id)
        .where(
            Device.school_code == school_code,
            col(Device.kind) == Kind.ups,
            col(DeviceEvent.kind).in_([*_OF_MAINS, NAMED]),
            col(DeviceEvent.at) >= since - _EVENTS_SINCE,
            col(DeviceEvent.at) <= now,
        )
        .order_by(col(DeviceEvent.at))
    )
    told: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for device, kind, fields, at in session.exec(query):
        if (word := word_of(kind, fields)) in _OF_MAINS:
            told[device].append((word, at))
    for device, events in told.items():
        known = None
        ends = [*(at for _, at in events[1:]), now]
        for place, ((_, at), end) in enumerate(zip(events, ends, strict=True), 1):
            # Where nothing is told again, mains are back a while later.
            for when in (at, at + _TOLD_AGAIN + _MOMENT):
                failed, back = last_outage(events[:place], when)
                if failed is not None and (failed, back) != known and when <= max(end, at):
                    known = failed, back
                    yield device, failed, back, when


def last_outage(
    events: Sequence[tuple[str, datetime]], now: datetime
) -> tuple[datetime | None, datetime | None]:
    """When mains last failed and when they came back, by a UPS's events in the order of time."""
    failed, back, last = None, None, None
    for kind, at in events:
        if kind == _BACK:
            back = at if failed is not None else None
            continue
        is_over = back is not None or (
            kind == _AGAIN_AND_AGAIN and last is not None and at - last > _TOLD_AGAIN
        )
        if failed is None or is_over:
            # What went again at once is one outage.
            ended: datetime | None = back or last
            is_one = failed is not None and ended is not None and at - ended < _ONE_OUTAGE
            failed, back = (failed if is_one else at), None
        last = at
    if failed is not None and back is None and last is not None:
        is_told_again = any(kind == _AGAIN_AND_AGAIN for kind, at in events if at >= failed)
        if is_told_again and now - last > _TOLD_AGAIN:
            back = last
    return failed, back
