"""Lines that carry nothing while their box is heard by other means, and schools nobody reaches."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, func, literal_column, or_
from sqlmodel import col, select

from alerts.evidence import Readings
from alerts.judging.causes import FRESH
from alerts.judging.conditions import LineDown
from alerts.judging.facts import Key, LineFacts
from alerts.looks.asking import Coming, Look, finding, verdicts_to_come, withdrawn
from alerts.looks.line_facts import facts_of_lines
from alerts.repositories.sites import About, SiteRepository
from alerts.rules import Clear, Finding
from drivers.readings import ALIVE
from inventory.days import day_of
from inventory.models import (
    Agent,
    AgentSchool,
    Device,
    DeviceState,
    Lifecycle,
    Line,
    Protocol,
    School,
)
from inventory.repositories.lines import runs_on
from inventory.repositories.schools import stands


def dead_lines(look: Look, store: Readings) -> Iterator[Finding | Clear | Coming]:
    """What probes, tests and polls say of lines that alerts do not say yet."""
    standing = look.standing(LineDown.FAULT)
    lines = _in_force(look)
    for key in standing:
        if key.subject not in lines:
            yield withdrawn(key)
    facts = facts_of_lines(
        look, store, list(lines), {key.subject for key in standing if key.subject in lines}
    )
    news = {
        one.id: one
        for one in facts
        if one.up is False or (one.up and Key(LineDown.FAULT, one.id) in standing)
    }
    unreached = _unreached(look, lines, standing)
    yield from _of_probes(look, lines, news, standing, unreached)
    yield from _of_polls(look, lines, standing, unreached)


def _of_probes(
    look: Look,
    lines: Mapping[str, str],
    news: Mapping[str, LineFacts],
    standing: Mapping[Key, tuple[str, datetime]],
    unreached: Collection[str],
) -> Iterator[Finding | Clear | Coming]:
    """Lines of schools whose own box speaks of them."""
    told: dict[str, list[LineFacts]] = defaultdict(list)
    for line, facts in news.items():
        if lines[line] not in unreached:
            told[lines[line]].append(facts)
    abouts = {
        code: About(
            lines=its,
            standing={key: standing[key][1] for one in its if (key := _key(one.id)) in standing},
        )
        for code, its in told.items()
    }
    sites = SiteRepository(look.session, look.scope, look.rules, look.moments).bare(abouts)
    for one in verdicts_to_come(look, sites, LineDown.FAULT):
        yield one if isinstance(one, Clear | Coming) else finding(one)


def _of_polls(
    look: Look,
    lines: Mapping[str, str],
    standing: Mapping[Key, tuple[str, datetime]],
    unreached: Collection[str],
) -> Iterator[Finding | Clear | Coming]:
    """Lines of schools that are polled from elsewhere, and of which nothing answers any more."""
    told = _devices(look, unreached)
    known = {key: at for key, at in standing.items() if at[0] in unreached and key.subject in lines}
    repository = SiteRepository(look.session, look.scope, look.rules, look.moments)
    sites = repository.sites(told, {}, known)
    for one in verdicts_to_come(look, sites, LineDown.FAULT):
        yield one if isinstance(one, Clear | Coming) else finding(one)


def _key(line: str) -> Key:
    return Key(LineDown.FAULT, line)


def _in_force(look: Look) -> Mapping[str, str]:
    """School codes of the lines in force of open schools, by the lines' ids."""
    today = day_of(look.moments.now)
    query = (
        select(Line.id, Line.school_code)
        .join(School, col(School.code) == Line.school_code)
        .where(look.scope.condition(col(School.path)), runs_on(today), stands(today))
    )
    if look.some is not None:
        query = query.where(col(Line.id).in_(look.some))
    return dict(look.session.exec(query).all())


def _unreached(
    look: Look, lines: Mapping[str, str], standing: Mapping[Key, tuple[str, datetime]]
) -> Collection[str]:
    """Schools polled by a box that stands elsewhere, of which nothing answers or is told of."""
    speaks = look.moments.now - timedelta(seconds=2 * FRESH)
    several = (
        select(AgentSchool.agent_id)
        .join(Agent, col(Agent.id) == AgentSchool.agent_id)
        .where(or_(col(Agent.last_seen_at) >= speaks, col(Agent.last_batch_at) >= speaks))
        .group_by(col(AgentSchool.agent_id))
        .having(func.count() > 1)
    )
    fresh = look.moments.now - timedelta(seconds=FRESH * look.moments.pace)
    alive = exists().where(
        col(DeviceState.school_code) == AgentSchool.school_code,
        col(DeviceState.outcome).in_(ALIVE),
        col(DeviceState.taken_at) >= fresh,
    )
    failing = exists().where(
        col(DeviceState.school_code) == AgentSchool.school_code,
        # The index's own words.
        col(DeviceState.failures) > literal_column("0"),
    )
    query = select(AgentSchool.school_code).where(
        col(AgentSchool.agent_id).in_(several), failing, ~alive
    )
    elsewhere = select(AgentSchool.school_code).where(
        col(AgentSchool.agent_id).in_(several),
        col(AgentSchool.school_code).in_({code for code, _ in standing.values()}),
    )
    found = {*look.session.exec(query), *(look.session.exec(elsewhere) if standing else ())}
    return found & set(lines.values())


def _devices(look: Look, schools: Collection[str]) -> Sequence[tuple[DeviceState, Device]]:
    """Devices of schools that are polled, one at least of each that has any."""
    if not schools:
        return ()
    first = (
        select(func.min(DeviceState.device_id))
        .join(Device, col(Device.id) == DeviceState.device_id)
        .where(
            col(DeviceState.school_code).in_(schools),
            col(Device.lifecycle) == Lifecycle.in_service,
            col(Device.protocol).not_in([Protocol.none, Protocol.presence]),
        )
        .group_by(col(DeviceState.school_code))
    )
    query = (
        select(DeviceState, Device)
        .join(Device, col(Device.id) == DeviceState.device_id)
        .where(col(DeviceState.device_id).in_(first))
    )
    return look.session.exec(query).all()
