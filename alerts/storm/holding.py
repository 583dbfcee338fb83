"""Which new faults are held back behind an alert of their bureau; asked by whoever opens alerts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session, col, select

from alerts.judging.conditions import AlertFlood
from alerts.judging.rules import Definition, RuleSet
from alerts.judging.storms import flooded
from alerts.models import Alert
from alerts.rulebook.in_force import rules_in_force
from alerts.rules import Finding
from alerts.storm.standing import providers_of, standing_storms
from inventory.days import day_of
from inventory.models import Organisation, School
from inventory.repositories.scoped import within

_LONGEST_SUBJECT = 20
#: A new fault and the code of its school.
Placed = tuple[Finding, str]


def held_behind(
    session: Session, placed: Sequence[Placed], now: datetime
) -> Mapping[tuple[str, str, str], str]:
    """Ids of the bureaus' alerts that faults are held back behind, by subject, rule and part."""
    storms = standing_storms(session) if placed else []
    if not storms:
        return {}
    codes = {school for _, school in placed}
    paths = _paths(session, codes)
    named = any(one.alert.part for one in storms)
    providers = providers_of(session, codes, day_of(now)) if named else {}
    held = {}
    for one, school in placed:
        for storm in storms:
            if storm.takes(one.rule, paths[school], providers.get(school, frozenset()), now):
                held[one.subject, one.rule, one.part] = storm.alert.id
                break
    return held


def flood_of(session: Session, placed: Sequence[Placed], now: datetime) -> Finding | None:
    """The flood that these faults would make of the alerts that are new already, if any."""
    rules = rules_in_force(session)
    known = [one.condition for one in rules.definitions if isinstance(one.condition, AlertFlood)]
    if not known:
        return None
    since = now - timedelta(seconds=max(one.within for one in known))
    recent = session.exec(
        select(School.path, Alert.opened_at)
        .join(School, col(School.code) == col(Alert.school_code))
        .where(
            col(Alert.opened_at) > since,
            col(Alert.storm_id).is_(None),
            col(Alert.organisation_code).is_(None),
        )
    ).all()
    if len(recent) + len(placed) <= min(one.alerts for one in known):
        return None
    paths = _paths(session, {school for _, school in placed})
    told = [(path, at.timestamp()) for path, at in recent]
    told += [(paths[school], now.timestamp()) for _, school in placed]
    path = flooded(told, lambda bureau: _limit(rules, bureau), now.timestamp())
    if path is None:
        return None
    [(definition, limit)] = rules.of(AlertFlood, path)
    bureau = session.exec(select(Organisation).where(Organisation.path == path)).one()
    return Finding(
        rule=AlertFlood.FAULT,
        subject=subject_of(bureau),
        severity=definition.severity,
        arguments={
            "bureau": bureau.code,
            "name": bureau.name,
            "alerts": limit.alerts,
            "clear_after": limit.clear_after,
        },
        definition=name_of(definition),
    )


def subject_of(bureau: Organisation) -> str:
    """What faults of a bureau are kept under: its code, unless that is too long."""
    if len(bureau.code) <= _LONGEST_SUBJECT:
        return bureau.code
    return "o" + sha256(bureau.code.encode()).hexdigest()[: _LONGEST_SUBJECT - 1]


def name_of(definition: Definition) -> str:
    """A definition as alerts name it."""
    return f"{definition.id}@{definition.version}"


def bureau_schools(session: Session, codes: Collection[str]) -> Mapping[str, str]:
    """Of each of these bureaus the first of its schools, open ones before others."""
    found: dict[str, str] = {}
    for code, path in session.exec(
        select(Organisation.code, Organisation.path).where(col(Organisation.code).in_(codes))
    ):
        school = session.exec(
            select(School.code)
            .where(within(col(School.path), path))
            .order_by(col(School.closed_on).is_not(None), col(School.code))
            .limit(1)
        ).first()
        if school is not None:
            found[code] = school
    return found


def _limit(rules: RuleSet, path: str) -> AlertFlood | None:
    return next((limit for _, limit in rules.of(AlertFlood, path)), None)


def _paths(session: Session, codes: Collection[str]) -> Mapping[str, str]:
    rows = session.exec(select(School.code, School.path).where(col(School.code).in_(codes)))
    return dict(rows.all())
