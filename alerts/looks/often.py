"""Ports that go up and down, and what devices tell again and again."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from alerts.judgement import in_chunks
from alerts.judging.conditions import Absence, Flapping, Repeated
from alerts.judging.facts import Key
from alerts.looks.asking import Look, finding, verdicts, withdrawn
from alerts.models import Alert
from alerts.repositories.happenings import LINKS, NAMED, often, times_of
from alerts.repositories.sites import SiteRepository
from alerts.rules import Clear, Finding
from inventory.days import day_of
from inventory.models import Device, DeviceState, Lifecycle, School
from inventory.repositories.schools import stands

#: Devices looked up by their ids at once.
_AT_ONCE = 200


def told_again(look: Look) -> Iterator[Finding | Clear]:
    """What events say that alerts do not say yet."""
    ports = [one.condition for one in look.rules.definitions if isinstance(one.condition, Flapping)]
    if ports:
        found = often(
            look.session,
            LINKS,
            _since(look, max(one.within for one in ports)),
            min(one.changes for one in ports),
        )
        yield from _judged(look, Flapping.FAULT, found, {})
    by_rule: dict[str, list[Repeated]] = {}
    for one in look.rules.definitions:
        if isinstance(one.condition, Repeated):
            by_rule.setdefault(one.rule, []).append(one.condition)
    for rule, conditions in by_rule.items():
        events = {one.event: max(one.within, one.clear_after) for one in conditions}
        since = _since(look, max(one.within for one in conditions))
        least = min(one.times for one in conditions)
        yield from _judged(look, rule, often(look.session, [*events, NAMED], since, least), events)


def _judged(
    look: Look, rule: str, found: Collection[str], events: dict[str, float]
) -> Iterator[Finding | Clear]:
    standing = look.standing(rule)
    wanted = {one for one in found if look.asks(one)} | {key.subject for key in standing}
    rows = watched(look, wanted)
    known = {device.id for _, device in rows}
    for key in standing:
        if key.subject not in known:
            yield withdrawn(key)
    schools = {device.school_code for _, device in rows}
    down = _down(look, schools)
    told = [*rows, *watched(look, {key.subject for key in down} - known)]
    sites = SiteRepository(look.session, look.scope, look.rules, look.moments).sites(
        told, {key: at for key, (_, at) in down.items()}, standing
    )
    if events and rows:
        told_of = times_of(look.session, look.moments, known, events)
        sites = (
            replace(one, happenings=[f for d in one.devices for f in told_of.get(d, ())])
            for one in sites
        )
    for verdict in verdicts(look, sites, rule):
        yield verdict if isinstance(verdict, Clear) else finding(verdict)


def _since(look: Look, seconds: float) -> datetime:
    return look.moments.now - timedelta(seconds=seconds * look.moments.pace)


def watched(look: Look, ids: Collection[str]) -> list[tuple[DeviceState, Device]]:
    """Those of the devices that are in service in open schools within the scope."""
    if not ids:
        return []
    query = (
        select(DeviceState, Device)
        .join(Device, col(Device.id) == DeviceState.device_id)
        .join(School, col(School.code) == Device.school_code)
        .where(
            col(Device.lifecycle) == Lifecycle.in_service,
            look.scope.condition(col(School.path)),
            stands(day_of(look.moments.now)),
        )
    )
    return [
        row
        for few in in_chunks(ids, _AT_ONCE)
        for row in look.session.exec(query.where(col(DeviceState.device_id).in_(few)))
    ]


def _down(look: Look, schools: Collection[str]) -> dict[Key, tuple[str, datetime]]:
    """Open alerts of devices that do not answer: one on the port of another is the same fault."""
    if not schools:
        return {}
    query: Any = select(Alert.subject, Alert.school_code, Alert.opened_at).where(
        col(Alert.school_code).in_(schools),
        Alert.rule == Absence.FAULT,
        col(Alert.cleared_at).is_(None),
    )
    return {
        Key(Absence.FAULT, subject): (school, opened)
        for subject, school, opened in look.session.exec(query)
    }
