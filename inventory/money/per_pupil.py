"""Funding rules per pupil (生均经费标准): versions by year, amounts by stage.

The unit is yuan a pupil a year. The plans say only 经费标准 and no unit, so a rule stays marked
"to be confirmed" until a person has confirmed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from inventory.models import Stage
from inventory.money.amounts import amount
from inventory.money.years import Year


@dataclass(frozen=True, slots=True)
class Rule:
    """One version: from ``first`` on, until ``last`` (``None``: until a later one begins).

    Args:
        yuan: a pupil and year.
        confirmed: a person has confirmed that this is the unit.
    """

    id: str
    stage: Stage
    first: Year
    last: Year | None
    yuan: Decimal
    confirmed: bool


def rule_for(rules: Iterable[Rule], stage: Stage, year: Year) -> Rule | None:
    """The youngest version in force that counts by the same kind of year; ``None`` for none."""
    in_force = [
        rule
        for rule in rules
        if rule.stage is stage
        and rule.first.calendar is year.calendar
        and rule.first.number <= year.number
        and (rule.last is None or year.number <= rule.last.number)
    ]
    return max(in_force, key=lambda rule: (rule.first.number, rule.id), default=None)


def funding(rule: Rule, pupils: int) -> Decimal:
    """Yuan a year for so many pupils."""
    return amount(rule.yuan * pupils)
