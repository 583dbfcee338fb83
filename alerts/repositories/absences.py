"""When devices that came back had been away, as alerts tell: theirs and those of all above."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, and_, col, or_, select

from alerts.judging.conditions import Absence, PowerCut
from alerts.judging.facts import DeviceFacts
from alerts.judging.hours import Span
from alerts.models import Alert


def with_absences(
    session: Session,
    devices: Mapping[str, Mapping[str, DeviceFacts]],
    since: datetime,
    now: datetime,
    of: Callable[[datetime], float],
) -> Iterator[DeviceFacts]:
    """Devices that came back while others were silent, with when they had been away.

    A poll or two that were lost made no alert, and are no absence. Who was behind a root had no
    alert of its own: those of all above it and power cuts of the school count for it.

    Args:
        session: only reads.
        devices: facts by id, by school.
        since: alerts that ended before are left out.
        now: until then alerts that are open last.
        of: a moment as facts have it.
    """
    back = [(code, one) for code, its in devices.items() for one in _back(its)]
    above = {one.id: _chain(one, devices[code]) for code, one in back}
    if not back:
        return
    subjects = {name for its in above.values() for name in its}
    is_about = or_(
        and_(Alert.rule == Absence.FAULT, col(Alert.subject).in_(subjects)),
        and_(Alert.rule == PowerCut.FAULT, col(Alert.school_code).in_({code for code, _ in back})),
    )
    query: Any = (
        select(Alert.school_code, Alert.rule, Alert.subject, Alert.opened_at)
        .add_columns(col(Alert.cleared_at))
        .where(is_about, or_(col(Alert.cleared_at).is_(None), col(Alert.cleared_at) >= since))
    )
    spans: dict[str, list[Span]] = defaultdict(list)
    for code, rule, subject, opened, cleared in session.exec(query):
        told = of(opened), of(cleared or now)
        spans[code if rule == PowerCut.FAULT else subject].append(told)
    for code, one in back:
        found = [span for name in (code, *above[one.id]) for span in spans.get(name, ())]
        yield replace(one, away=tuple(sorted(found)))


def _back(devices: Mapping[str, DeviceFacts]) -> list[DeviceFacts]:
    oldest = min((one.since for one in devices.values() if not one.alive), default=None)
    if oldest is None:
        return []
    return [one for one in devices.values() if one.alive and one.since > oldest]


def _chain(device: DeviceFacts, devices: Mapping[str, DeviceFacts]) -> set[str]:
    """A device and all it hangs on."""
    met, fresh = {device.id}, [device]
    while fresh:
        above = [devices[way.device] for way in fresh.pop().uplinks if way.device in devices]
        fresh += [one for one in above if one.id not in met]
        met |= {one.id for one in above}
    return met
