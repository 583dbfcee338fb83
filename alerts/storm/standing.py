"""Which alerts of bureaus stand, how many are behind each, and which schools are watched."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, exists, func, or_
from sqlmodel import Session, col, select

from alerts.judging.conditions import AgentSilent, AlertFlood, LineDown, SitesDark
from alerts.judging.storms import Watched
from alerts.models import Alert
from inventory.models import AgentSchool, Line, Organisation, School
from inventory.repositories.lines import runs_on
from inventory.repositories.schools import stands

#: Faults that mean that nobody hears of a school.
OF_SITES = frozenset({AgentSilent.FAULT, LineDown.FAULT})
#: Storms, alerts of bureaus: others are held back behind them.
STORMS = frozenset({SitesDark.FAULT, AlertFlood.FAULT})


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """What is or was held back behind an alert.

    Args:
        schools: all that ever were.
        left: those of which an alert is still open.
        joined_at: when the last one was opened.
        back_at: when the last one was over.
    """

    schools: int = 0
    left: int = 0
    joined_at: datetime | None = None
    back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert of a bureau that is open.

    Args:
        path: of the bureau.
        figures: the values it was opened with.
    """

    alert: Alert
    path: str
    figures: Mapping[str, Any]
    behind: Behind = field(default_factory=Behind)

    def takes(self, rule: str, path: str, providers: frozenset[str], now: datetime) -> bool:
        """Whether a new fault of a school is held back behind it."""
        if rule in STORMS or not path.startswith(self.path):
            return False
        if self.alert.rule == AlertFlood.FAULT:
            return True
        last = max(
            float(self.figures["waved_at"]),
            self.behind.joined_at.timestamp() if self.behind.joined_at else 0.0,
        )
        return (
            rule in OF_SITES
            and (not self.alert.part or self.alert.part in providers)
            and now.timestamp() - last <= float(self.figures["within"])
        )


def standing_storms(session: Session) -> list[Standing]:
    """Open alerts of bureaus, those of the lowest first."""
    query = (
        select(Alert, Organisation.path)
        .join(Organisation, col(Organisation.code) == col(Alert.organisation_code))
        .where(col(Alert.organisation_code).is_not(None), col(Alert.cleared_at).is_(None))
        .where(col(Alert.rule).in_(STORMS))
        .execution_options(populate_existing=True)
    )
    rows = session.exec(query).all()
    behind = behind_of(session, [alert.id for alert, _ in rows]) if rows else {}
    found = [
        Standing(alert, path, json.loads(alert.arguments), behind.get(alert.id, Behind()))
        for alert, path in rows
    ]
    return sorted(found, key=lambda one: (-one.path.count("/"), not one.alert.part, one.alert.id))


def behind_of(session: Session, storms: Sequence[str]) -> Mapping[str, Behind]:
    """How much is or was held back behind alerts of bureaus, by their ids."""
    school = col(Alert.school_code)
    is_open = case((col(Alert.cleared_at).is_(None), school))
    query: Any = select(
        Alert.storm_id, func.count(school.distinct()), func.count(is_open.distinct())
    ).add_columns(func.max(Alert.opened_at), func.max(Alert.cleared_at))
    query = query.where(col(Alert.storm_id).in_(storms)).group_by(col(Alert.storm_id))
    return {
        storm: Behind(schools=ever, left=left, joined_at=joined, back_at=back)
        for storm, ever, left, joined, back in session.exec(query)
    }


def watched_schools(session: Session, on: date) -> Mapping[str, Watched]:
    """Open schools with a box or a line, by code."""
    has_box = exists().where(col(AgentSchool.school_code) == School.code)
    has_line = exists().where(col(Line.school_code) == School.code)
    rows = session.exec(
        select(School.code, School.path).where(stands(on), or_(has_box, has_line))
    ).all()
    providers = providers_of(session, None, on)
    return {code: Watched(path, providers.get(code, frozenset())) for code, path in rows}


def providers_of(
    session: Session, schools: Collection[str] | None, on: date
) -> Mapping[str, frozenset[str]]:
    """Providers of the lines in force, by school; ``None`` for all schools."""
    query = select(Line.school_code, Line.provider).where(runs_on(on))
    if schools is not None:
        query = query.where(col(Line.school_code).in_(schools))
    found: dict[str, set[str]] = defaultdict(set)
    for school, provider in session.exec(query):
        found[school].add(provider)
    return {school: frozenset(its) for school, its in found.items()}


def names_of(session: Session, schools: Collection[str]) -> str:
    """Names of schools in one line, in the order of their codes."""
    query = select(School.name).where(col(School.code).in_(schools)).order_by(col(School.code))
    return "、".join(session.exec(query))
