"""Boxes whose clocks are wrong: one alert each, of the school they stand in."""

from collections.abc import Iterator

from sqlalchemy import or_
from sqlmodel import col, select

from alerts.judging.clocks import ClockFacts, is_right, is_wrong
from alerts.judging.conditions import ClockSkew
from alerts.judging.facts import Key
from alerts.looks.asking import Look, withdrawn
from alerts.repositories.boxes import schools_of
from alerts.repositories.quiets import quiets_now
from alerts.rules import Clear, Finding
from inventory.days import day_of
from inventory.models import Agent, School
from inventory.repositories.schools import stands


def wrong_clocks(look: Look) -> Iterator[Finding | Clear]:
    """What boxes say of their clocks that alerts do not say yet. Boxes have their own pace."""
    standing = look.standing(ClockSkew.FAULT)
    told = {key.subject for key in standing}
    query = select(Agent).where(
        col(Agent.revoked_at).is_(None),
        or_(col(Agent.skewed_at).is_not(None), col(Agent.id).in_(told)),
    )
    boxes = {one.id: one for one in look.session.exec(query)}
    serves = schools_of(look.session, boxes)
    paths = _open_schools(look, {codes[0] for codes in serves.values()})
    quiets = quiets_now(look.session, paths, look.moments.now, look.moments.of)
    now = look.moments.now.timestamp()
    seen = set()
    for agent, box in sorted(boxes.items()):
        code = next(iter(serves.get(agent, ())), "")
        rules = look.rules.of(ClockSkew, paths[code]) if code in paths else ()
        for rule, condition in rules:
            seen.add(agent)
            facts = ClockFacts(
                skew=box.clock_skew_seconds,
                since=box.skewed_at.timestamp() if box.skewed_at else None,
                told_at=box.status_at.timestamp() if box.status_at else 0.0,
            )
            is_quiet = any(
                one.begin <= now < one.end and one.covers(agent, rule.rule)
                for one in quiets.get(code, ())
            )
            if agent in told:
                if is_right(condition, facts, now):
                    yield Clear(rule=rule.rule, subject=agent)
            elif is_wrong(condition, facts, now) and not is_quiet:
                yield Finding(
                    rule=rule.rule,
                    subject=agent,
                    severity=rule.severity,
                    arguments={"skew": round(box.clock_skew_seconds), "name": box.name},
                    definition=f"{rule.id}@{rule.version}",
                )
    for agent in told - seen:
        yield withdrawn(Key(ClockSkew.FAULT, agent))


def _open_schools(look: Look, codes: set[str]) -> dict[str, str]:
    query = select(School.code, School.path).where(
        col(School.code).in_(codes),
        stands(day_of(look.moments.now)),
        look.scope.condition(col(School.path)),
    )
    return dict(look.session.exec(query).all())
