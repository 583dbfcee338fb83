"""Rules of money that are data: funding per pupil, and how asset classes lose their value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from inventory.errors import Invalid, OutOfScope
from inventory.ids import new_id
from inventory.models import DepreciationRule, Device, Organisation, PerPupilRule, School
from inventory.money.amounts import amount
from inventory.money.depreciation import (
    Terms,
    Version,
    book_value,
    history_of,
    in_force,
    normal_class,
)
from inventory.money.errors import NotAnAmount
from inventory.money.per_pupil import Rule, funding, rule_for
from inventory.money.programmes import FIRST_YEAR, LAST_YEAR
from inventory.money.repository import MoneyRepository
from inventory.money.years import FiscalYear, Year, year_of
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope

_CLASS_LENGTH = 16


@dataclass(frozen=True, slots=True)
class SchoolFunding:
    """What the rules give one school in one year; both empty where no rule speaks of it."""

    school: School
    rule: Rule | None
    amount_cny: Decimal | None


def add_per_pupil_rule(session: Session, scope: Scope, rule: PerPupilRule) -> PerPupilRule:
    """Keep a version of a funding rule, with an id if it has none.

    Raises:
        NotFound, OutOfScope: of the bureau.
        NotAnAmount: not above zero.
        Invalid: no plan, years that make no sense.
    """
    MoneyRepository(session, scope).organisation(rule.organisation_code)
    if not rule.plan.strip():
        raise Invalid(field="plan", reason="-")
    rule.yuan = amount(rule.yuan, "yuan")
    if rule.yuan <= 0:
        raise NotAnAmount(field="yuan", text=rule.yuan)
    last = rule.first_year if rule.last_year is None else rule.last_year
    if not FIRST_YEAR <= rule.first_year <= last <= LAST_YEAR:
        raise Invalid(field="last_year", reason=f"{rule.first_year} - {rule.last_year}")
    rule.id = rule.id or new_id("r")
    session.add(rule)
    session.flush()
    return rule


def confirm_per_pupil_rule(session: Session, scope: Scope, rule_id: str) -> PerPupilRule:
    """Say that the plan does mean yuan a pupil and year.

    Raises:
        NotFound: no such rule within the scope.
    """
    rule = MoneyRepository(session, scope).per_pupil_rule(rule_id)
    rule.confirmed = True
    session.add(rule)
    session.flush()
    return rule


def funding_of_schools(
    session: Session, scope: Scope, organisation: Organisation, year: Year
) -> Sequence[SchoolFunding]:
    """What the rules of a bureau give every school below it, by its pupils of today.

    A school that closed before the year began is given nothing; one that closes in it, all.
    """
    found = MoneyRepository(session, scope).per_pupil_rules()
    rules = [_rule(row) for row in found if row.organisation_code == organisation.code]
    given = []
    for school in SchoolRepository(session, scope).under(organisation.path, year.first):
        rule = rule_for(rules, school.stage, year)
        amount_cny = None if rule is None else funding(rule, school.students)
        given.append(SchoolFunding(school, rule, amount_cny))
    return given


def depreciation_terms(session: Session, on: date | None = None) -> Mapping[str, Terms]:
    """By the beginning of the asset class: the shipped ones, and the bureau's own before them.

    Those in force on a day; without one the last of each class, by which plans look ahead.
    """
    return in_force(depreciation_rules(session), on)


def depreciation_rules(session: Session) -> Sequence[tuple[str, Version]]:
    """The bureau's own versions by class and day."""
    order = (col(DepreciationRule.asset_class), col(DepreciationRule.holds_from))
    return [
        (row.asset_class, Version(row.holds_from, Terms(row.life_months, row.residual_rate)))
        for row in session.exec(select(DepreciationRule).order_by(*order))
    ]


def book_value_of(session: Session, device: Device, on: date) -> Decimal | None:
    """What a device is worth in the books at the end of that month, in CNY.

    ``None``: its price or the day it was bought is not known.
    """
    if device.price_cny is None or device.purchased_on is None:
        return None
    history = history_of(device.asset_class, depreciation_rules(session))
    return book_value(device.price_cny, history, device.purchased_on, on)


def is_above_all(session: Session, scope: Scope) -> bool:
    """Whether a scope holds every bureau there is."""
    tops = session.exec(select(Organisation).where(col(Organisation.parent_code).is_(None))).all()
    return bool(scope.prefixes) and all(scope.covers(top.path) for top in tops)


def set_depreciation(
    session: Session,
    scope: Scope,
    asset_class: str,
    terms: Terms,
    *,
    holds_from: date,
    today: date,
) -> DepreciationRule:
    """Say how a class, or all that begin like it, loses its value from a day on.

    The books of earlier years stay as they are, so the day is one of this fiscal year or later. A
    version of that very day is written anew.

    Raises:
        OutOfScope: the caller does not stand above every bureau; the rule is everybody's.
        Invalid: no code of letters and digits, or a day of a year that is over.
    """
    if not is_above_all(session, scope):
        raise OutOfScope(key=asset_class)
    code = normal_class(asset_class)
    if not (code.isascii() and code.isalnum() and len(code) <= _CLASS_LENGTH):
        raise Invalid(field="asset_class", reason=asset_class)
    first = FiscalYear.containing(today).first
    if not first <= holds_from <= FiscalYear(LAST_YEAR).last:
        raise Invalid(field="holds_from", reason=f"{holds_from} < {first}")
    row = session.get(DepreciationRule, (code, holds_from)) or DepreciationRule(
        asset_class=code, holds_from=holds_from, life_months=terms.life_months
    )
    row.life_months, row.residual_rate = terms.life_months, terms.residual_rate
    session.add(row)
    session.flush()
    return row


def _rule(row: PerPupilRule) -> Rule:
    last = None if row.last_year is None else year_of(row.calendar, row.last_year)
    return Rule(
        id=row.id,
        stage=row.stage,
        first=year_of(row.calendar, row.first_year),
        last=last,
        yuan=row.yuan,
        confirmed=row.confirmed,
    )
