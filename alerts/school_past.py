"""What a school would have been told of in a past that came late: with all that excuses devices.

The judging that looks at how things are is run over how they were: who hung on what was dead, who
had no mains, and what was being maintained is no fault of its own then either.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

import numpy as np
from sqlmodel import Session, col, select

from alerts.judging.conditions import Absence, LineDown
from alerts.judging.engine import Watch
from alerts.judging.facts import DeviceFacts, PowerFacts, Quiet, Uplink
from alerts.judging.site import Open, shortest_rest
from alerts.judging.tree import uplinks_of
from alerts.models import Alert
from alerts.quiet.times import quiet_times
from alerts.repositories.boxes import schools_of
from alerts.repositories.links import links_of
from alerts.repositories.moments import Moments
from alerts.repositories.powers import outages_of
from alerts.rulebook.replay import GivenUp, silences, transitions, usual_pace
from alerts.rulebook.whole import Rules
from drivers.readings import ALIVE, OUTCOME_METRIC, OUTCOMES
from inventory.models import Device, DeviceState, Lifecycle, School
from inventory.models import Protocol as Watched

_ALIVE = np.array([place for place, one in enumerate(OUTCOMES) if one in ALIVE])

#: Devices, and how the register has them where they were ever asked.
Devices = Sequence[tuple[Device, DeviceState | None]]


class Past(Protocol):
    """What is asked of a metric store; milliseconds since 1970."""

    def samples(
        self, metric: str, subjects: Collection[str], *, start: int, end: int
    ) -> Mapping[tuple[str, str], tuple[Any, Any]]: ...


class Told(NamedTuple):
    """A fault that would have been told of, and from when until when (``None``: it stands)."""

    fault: Open
    begin: datetime
    end: datetime | None


def told_of(
    session: Session, store: Past, rules: Rules, school: School, span: tuple[datetime, datetime]
) -> Mapping[str, Sequence[Told]]:
    """Silences of devices that would have been told of, by device.

    What rests whenever there is no school is left out. What never comes to rest is given up: then
    nothing is said.

    Args:
        session: only reads.
        store: the readings.
        rules: those in force.
        school: open or closed.
        span: from when on (all are taken to have answered then) until now.
    """
    begin, now = span
    devices = [
        pair
        for pair in asked_devices(session, school.code)
        if not shortest_rest(rules.judged, pair[0].kind)
    ]
    moments = Moments(now, rules.pace)
    of, end = moments.of, now.timestamp()
    news: list[tuple[float, str, bool]] = []
    paces = {}
    found = store.samples(
        OUTCOME_METRIC,
        sorted(one.id for one, _ in devices),
        start=_milliseconds(begin),
        end=_milliseconds(now) + 1,
    )
    for (subject, _), (times, values) in found.items():
        paced = end - (end - times.astype(np.float64) / 1_000) / rules.pace
        paces[subject] = paced[:100]
        alive = np.isin(values.astype(np.int64), _ALIVE)
        news += [(at, subject, is_alive) for at, is_alive in transitions(paced, alive)]
    facts = list(as_all_answered(session, school.code, devices, of(begin)))
    known = {one.id for one in facts}
    watch = Watch(school.code, rules.judged, facts, path=school.path, every=usual_pace(paces))
    watch.tell_quiets(list(_quiets(session, school, begin, now, of)))
    powers = [
        PowerFacts(
            device=ups,
            failed_at=of(failed),
            back_at=None if back is None else of(back),
            taken_at=of(at),
        )
        for ups, failed, back, at in outages_of(session, school.code, begin, now)
        if ups in known
    ]
    lost = list(_lost_lines(session, school, devices, begin, now))
    try:
        lived = silences(watch, sorted(news), end, powers)
    except GivenUp:
        return {}
    told: dict[str, list[Told]] = {}
    for one, (began, ended, _) in lived:
        at = moments.real(began)
        if one.key.rule != Absence.FAULT or any(gone <= at < back for gone, back in lost):
            continue
        until = None if ended is None else moments.real(ended)
        told.setdefault(one.key.subject, []).append(Told(one, at, until))
    return told


def asked_devices(session: Session, school_code: str) -> Devices:
    """Devices of a school that are polled, and their states."""
    query: Any = (
        select(Device, DeviceState)
        .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
        .where(
            Device.school_code == school_code,
            col(Device.lifecycle) == Lifecycle.in_service,
            col(Device.protocol).not_in([Watched.none, Watched.presence]),
        )
        .order_by(col(Device.id))
    )
    return [(device, state) for device, state in session.exec(query)]


def as_all_answered(
    session: Session, school_code: str, devices: Devices, begin: float
) -> Iterator[DeviceFacts]:
    """Devices of a school as if all had answered at the beginning, in the tree of today."""
    ways = uplinks_of(*links_of(session, [school_code]))
    known = {one.id for one, _ in devices}
    for device, state in devices:
        above: tuple[Uplink, ...] = tuple(ways.get(device.id, ()))
        if state is not None and state.attached_device_id is not None:
            above = (Uplink(state.attached_device_id, state.attached_port or ""),)
        yield DeviceFacts(
            id=device.id,
            kind=device.kind,
            alive=True,
            since=begin,
            taken_at=begin,
            uplinks=tuple(one for one in above if one.device in known),
            model=device.model or "",
        )


def _quiets(
    session: Session, school: School, begin: datetime, now: datetime, of: Any
) -> Iterator[Quiet]:
    times = quiet_times(session, {school.code: school.path}, begin, now)
    for one in times.get(school.code, ()):
        yield Quiet(
            begin=of(one.begin),
            end=of(one.told_from),
            subjects=one.subjects,
            rules=frozenset((one.rule,) if one.rule else ()),
        )


def _lost_lines(
    session: Session, school: School, devices: Devices, begin: datetime, now: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """When the line was down, of a school that a box elsewhere asks; told of a while later."""
    boxes = {state.agent_id for _, state in devices if state is not None and state.agent_id}
    if all(len(codes) <= 1 for codes in schools_of(session, boxes).values()):
        return
    query = select(Alert.opened_at, Alert.cleared_at).where(
        Alert.school_code == school.code,
        Alert.rule == LineDown.FAULT,
        col(Alert.cleared_at).is_(None) | (col(Alert.cleared_at) >= begin),
    )
    for opened, cleared in session.exec(query):
        yield opened - timedelta(minutes=5), cleared or now


def _milliseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
