"""Boxes that fell silent: one alert each, of the school they stand in."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from math import inf

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.evidence import Readings
from alerts.judging.causes import FRESH
from alerts.judging.conditions import AgentSilent
from alerts.judging.facts import Key
from alerts.looks.alone import nobody_heard
from alerts.looks.asking import Coming, Look, finding, verdicts_to_come, withdrawn
from alerts.looks.line_facts import lines_of
from alerts.repositories.boxes import Heard, facts_of, heard_of, schools_of
from alerts.repositories.sites import About, SiteRepository
from alerts.rules import Clear, Finding
from inventory.days import day_of
from inventory.models import DeviceState, School
from inventory.repositories.schools import stands

#: Of so many boxes one is always heard, or it is we who hear nothing.
_SOME = 3


def silent_agents(
    look: Look, store: Readings, listening_since: datetime | None
) -> Iterator[Finding | Clear | Coming]:
    """What silence of boxes says that alerts do not say yet.

    Args:
        look: who looks.
        store: readings of lines.
        listening_since: before that nobody would have heard a box; ``None``: always.
    """
    standing = look.standing(AgentSilent.FAULT)
    heard = heard_of(look.session)
    now = look.moments.now.timestamp()
    since = deaf_until(heard, now)
    if listening_since is not None:
        since = max(since, listening_since.timestamp())
    yield from nobody_heard(look, heard, listening_since)
    # Of one that is told of only its own word says that it is back.
    quiet = {
        agent: one if is_told else one._replace(heard_at=max(one.heard_at, since))
        for agent, one in heard.items()
        if look.asks(agent)
        and ((is_told := Key(AgentSilent.FAULT, agent) in standing) or now - one.heard_at > FRESH)
    }
    serves = schools_of(look.session, quiet)
    open_ = _open_schools(look, {codes[0] for codes in serves.values()})
    abouts: dict[str, dict[str, Heard]] = defaultdict(dict)
    for agent, one in quiet.items():
        codes = serves.get(agent, ())
        if codes and codes[0] in open_:
            abouts[codes[0]][agent] = one
    watched = {agent for its in abouts.values() for agent in its}
    for key in standing:
        if key.subject not in watched:
            yield withdrawn(key)
    lines = lines_of(look, store, abouts)
    sites = SiteRepository(look.session, look.scope, look.rules, look.moments).bare(
        {
            code: About(
                agents={agent: facts_of(agent, one, (), code) for agent, one in its.items()},
                lines=lines.get(code, ()),
                standing={key: at for key, (_, at) in standing.items() if key.subject in its},
            )
            for code, its in abouts.items()
        }
    )
    for verdict in verdicts_to_come(look, sites, AgentSilent.FAULT):
        if isinstance(verdict, Clear | Coming):
            yield verdict
        else:
            agent = verdict.key.subject
            polled = _polled_by(look.session, agent)
            yield finding(verdict, name=heard[agent].name, behind=polled)


def deaf_until(heard: Mapping[str, Heard], now: float) -> float:
    """Until when no box was heard, because it was us who were cut off; ``inf``: we still are."""
    fresh = [one.back_at for one in heard.values() if now - one.heard_at <= FRESH]
    if fresh:
        return min(fresh)
    return inf if len(heard) >= _SOME else 0.0


def _open_schools(look: Look, codes: Collection[str]) -> Collection[str]:
    query = select(School.code).where(
        col(School.code).in_(codes),
        stands(day_of(look.moments.now)),
        look.scope.condition(col(School.path)),
    )
    return set(look.session.exec(query))


def _polled_by(session: Session, agent: str) -> int:
    query = select(func.count()).where(col(DeviceState.agent_id) == agent)
    return session.exec(query).one()
