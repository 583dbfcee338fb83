"""The rules that hold, for whoever judges: bureaus' own, the nearest first, then those shipped."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from alerts.judging.documents import RulesRefused, read_rule, shipped_rules
from alerts.judging.rules import Definition, RuleSet
from alerts.rulebook.models import AlertRuleVersion
from alerts.rulebook.repository import Kept, RuleRepository
from inventory.scope import Scope

logger = logging.getLogger(__name__)
#: Versions are only ever added: their number and the newest's time tell of every change.
_Mark = tuple[int, datetime | None]
_known: WeakKeyDictionary[Engine, tuple[_Mark, RuleSet, RuleSet]] = WeakKeyDictionary()


def rules_in_force(session: Session, shipped: RuleSet | None = None) -> RuleSet:
    """The rules of all bureaus and those shipped; who asks them names the school's path.

    Those of bureaus are read again when any controller has changed one; else one small question
    is asked.
    """
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    query: Any = select(func.count(col(AlertRuleVersion.id)), func.max(AlertRuleVersion.made_at))
    count, newest = session.exec(query).one()
    mark, shipped = (count, newest), shipped or shipped_rules()
    if not count:
        return shipped
    known = _known.get(engine)
    if known is None or known[0] != mark or known[1] is not shipped:
        kept = RuleRepository(session, Scope.everything()).kept()
        known = _known[engine] = mark, shipped, shipped.over(nearest_first(kept))
    return known[2]


def nearest_first(kept: Iterable[Kept]) -> list[Definition]:
    """Rules that were not taken away; those of bureaus further down go first."""
    depths: list[tuple[int, Definition]] = []
    for rule, version, bureau in kept:
        if rule.removed:
            continue
        try:
            definition = definition_of(bureau.code, version)
        except RulesRefused as refused:
            # Written for an older edition of the software.
            logger.error("rule %s of %s is left out: %s", rule.name, bureau.code, refused)
            continue
        depths.append((bureau.path.count("/"), definition))
    return [one for _, one in sorted(depths, key=lambda pair: -pair[0])]


def definition_of(organisation_code: str, version: AlertRuleVersion) -> Definition:
    """What a version says, under the name alerts know it by.

    Raises:
        RulesRefused: this edition of the software does not take it.
    """
    said = read_rule(version.document)
    return replace(
        said,
        id=f"{organisation_code}/{said.name}",
        version=version.number,
        enabled=version.enabled,
    )
