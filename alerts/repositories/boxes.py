"""Boxes as the judging wants them: when they were heard, and for which schools they speak."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from alerts.judging.conditions import AgentSilent
from alerts.judging.facts import AgentFacts
from alerts.judging.hours import Span
from alerts.models import Alert
from inventory.models import Agent, AgentSchool, School


class Heard(NamedTuple):
    """When a box was heard last, and since when without minutes of silence; seconds since 1970."""

    name: str
    heard_at: float
    back_at: float = 0.0


def heard_of(session: Session, ids: Collection[str] | None = None) -> Mapping[str, Heard]:
    """Boxes that may call, by id; those that never did are left out.

    Boxes are heard at their own pace, whatever that of the rules.
    """
    query: Any = select(Agent.id, Agent.name, Agent.last_seen_at, Agent.last_batch_at)
    query = query.add_columns(col(Agent.back_at)).where(col(Agent.revoked_at).is_(None))
    if ids is not None:
        query = query.where(col(Agent.id).in_(ids))
    return {
        agent: Heard(name, max(heard).timestamp(), back_at.timestamp() if back_at else 0.0)
        for agent, name, seen, brought, back_at in session.exec(query)
        if (heard := [one for one in (seen, brought) if one is not None])
    }


def schools_of(session: Session, ids: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Codes of the schools that boxes speak for, open ones first, then in order."""
    query = (
        select(AgentSchool.agent_id, AgentSchool.school_code)
        .join(School, col(School.code) == AgentSchool.school_code)
        .where(col(AgentSchool.agent_id).in_(ids))
        .order_by(col(School.closed_on).is_not(None), col(School.code))
    )
    found: dict[str, list[str]] = defaultdict(list)
    for agent, school in session.exec(query):
        found[agent].append(school)
    return found


def silences_of(
    session: Session,
    ids: Collection[str],
    since: datetime,
    now: datetime,
    of: Callable[[datetime], float],
) -> Mapping[str, tuple[Span, ...]]:
    """When boxes were silent, as alerts tell; ``of`` gives a moment as facts have it."""
    query = (
        select(Alert.subject, Alert.opened_at, Alert.cleared_at)
        .where(
            col(Alert.subject).in_(ids),
            Alert.rule == AgentSilent.FAULT,
            col(Alert.cleared_at).is_(None) | (col(Alert.cleared_at) >= since),
        )
        .order_by(col(Alert.opened_at))
    )
    found: dict[str, list[Span]] = defaultdict(list)
    for agent, opened, cleared in session.exec(query):
        found[agent].append((of(opened), of(cleared or now)))
    return {agent: tuple(spans) for agent, spans in found.items()}


def facts_of(
    agent: str,
    heard: Heard,
    schools: Sequence[str],
    school: str,
    away: tuple[Span, ...] = (),
) -> AgentFacts:
    """What one school is told of a box: one that speaks for several stands elsewhere."""
    return AgentFacts(
        id=agent,
        school=school if len(schools) <= 1 else "",
        heard_at=heard.heard_at,
        back_at=heard.back_at,
        away=away,
    )
