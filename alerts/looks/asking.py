"""What every look needs: the open alerts of a rule, and findings out of verdicts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from alerts.judging.facts import Key, Site
from alerts.judging.rules import RuleSet
from alerts.judging.site import Open, judge_site
from alerts.models import Alert
from alerts.repositories.moments import Moments
from alerts.rules import Clear, Finding
from inventory.repositories.scoped import Repository
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, and at what.

    Args:
        session: only read.
        scope: what to look at.
        rules: those in force.
        moments: the time, and its pace.
        some: ids of subjects that are asked about; ``None`` for all.
    """

    session: Session
    scope: Scope
    rules: RuleSet
    moments: Moments
    some: frozenset[str] | None = None

    def asks(self, subject: str) -> bool:
        """Whether a subject is asked about."""
        return self.some is None or subject in self.some

    def standing(self, rule: str) -> Mapping[Key, tuple[str, datetime]]:
        """Open alerts of a rule on the subjects that are asked about: school and beginning."""
        return _Standing(self.session, self.scope).of(rule, self.some)


class _Standing(Repository):
    def of(self, rule: str, some: frozenset[str] | None) -> Mapping[Key, tuple[str, datetime]]:
        query: Any = select(Alert.subject, Alert.part, Alert.school_code, Alert.opened_at).where(
            self._at_visible_school(Alert.school_code),
            Alert.rule == rule,
            col(Alert.cleared_at).is_(None),
        )
        if some is not None:
            query = query.where(col(Alert.subject).in_(some))
        return {
            Key(rule, subject, part): (school, opened)
            for subject, part, school, opened in self._session.exec(query)
        }


@dataclass(frozen=True, slots=True)
class Coming:
    """A fault that stands and will be told of at a moment, in seconds since 1970."""

    key: Key
    due: float


def verdicts(look: Look, sites: Iterable[Site], rule: str) -> Iterator[Open | Clear]:
    """What opens and what ends of one rule, on subjects that are asked about."""
    for verdict in verdicts_to_come(look, sites, rule):
        if not isinstance(verdict, Coming):
            yield verdict


def verdicts_to_come(
    look: Look, sites: Iterable[Site], rule: str
) -> Iterator[Open | Clear | Coming]:
    """The same, with what is about to open."""
    for site in sites:
        found = judge_site(site, look.rules, look.moments.now.timestamp())
        for key in found.ends:
            if key.rule == rule and key in site.standing and look.asks(key.subject):
                yield Clear(rule=rule, subject=key.subject, part=key.part)
        for one in found.opens:
            if one.key.rule == rule and look.asks(one.key.subject):
                yield one
        for key, due in found.coming:
            if key.rule == rule and look.asks(key.subject):
                yield Coming(key, due)


def withdrawn(key: Key) -> Clear:
    """Nobody looks for it any more."""
    return Clear(rule=key.rule, subject=key.subject, part=key.part, withdrawn=True)


def finding(one: Open, **more: str | int | float) -> Finding:
    """A root that is to be told of, with more for its message."""
    behind = {"behind": len(one.behind)} if one.behind else {}
    return Finding(
        rule=one.key.rule,
        subject=one.key.subject,
        part=one.key.part,
        severity=one.severity,
        arguments={**one.arguments, **behind, **more},
        definition="{}@{}".format(*one.definition),
    )
