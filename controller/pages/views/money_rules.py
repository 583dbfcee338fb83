"""Rules of money: funding per pupil in versions by year, and how asset classes lose their value."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.words.terms import word
from inventory.models import Organisation, PerPupilRule, Stage
from inventory.money.depreciation import SHIPPED, Terms
from inventory.money.repository import MoneyRepository
from inventory.money.rules import depreciation_rules, is_above_all
from inventory.money.years import year_of
from inventory.repositories.organisations import OrganisationRepository

_MOST_BUREAUS = 200


@dataclass(frozen=True, slots=True)
class PerPupilRow:
    """One version of a funding rule; ``may_confirm``: the reader may confirm its unit."""

    rule: PerPupilRule
    bureau: str
    stage: str
    years: str
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class TermsRow:
    """How one class of assets loses its value; ``since``: from when, empty of what was shipped."""

    asset_class: str
    terms: Terms
    percent: float
    since: str


@dataclass(frozen=True, slots=True)
class MoneyRules:
    """Both kinds of rules; ``bureaus``: for which the reader may add one."""

    per_pupil: Sequence[PerPupilRow]
    depreciation: Sequence[TermsRow]
    bureaus: Sequence[Organisation]
    stages: Sequence[Option]
    may_depreciate: bool
    this_year: int
    today: str


def money_rules(look: Look) -> MoneyRules:
    """The rules of the bureaus within the reader's scope, and those of everybody."""
    scope = look.caller.require(Permission.read_costs)
    managed = look.caller.scope(Permission.manage_budgets)
    bureaus = OrganisationRepository(look.session, scope).all()
    named = {one.code: one for one in bureaus}
    lang = look.lang
    return MoneyRules(
        per_pupil=[
            PerPupilRow(
                rule=rule,
                bureau=_called(look, named[rule.organisation_code]),
                stage=lang.gettext(word(rule.stage)),
                years=_years(rule),
                may_confirm=not rule.confirmed
                and managed.covers(named[rule.organisation_code].path),
            )
            for rule in MoneyRepository(look.session, scope).per_pupil_rules()
        ],
        depreciation=[
            TermsRow(code, terms, float(terms.residual_rate * 100), since)
            for code, since, terms in sorted(
                [
                    *((code, "", terms) for code, terms in SHIPPED.items()),
                    *(
                        (code, look.lang.day(one.holds_from), one.terms)
                        for code, one in depreciation_rules(look.session)
                    ),
                ],
                key=lambda row: row[:2],
            )
        ],
        bureaus=[one for one in bureaus if managed.covers(one.path)][:_MOST_BUREAUS],
        stages=[Option(stage.value, lang.gettext(word(stage))) for stage in Stage],
        may_depreciate=is_above_all(look.session, managed),
        this_year=look.today.year,
        today=look.today.isoformat(),
    )


def _years(rule: PerPupilRule) -> str:
    first = year_of(rule.calendar, rule.first_year).label
    if rule.last_year is None:
        return f"{first} –"
    return f"{first} – {year_of(rule.calendar, rule.last_year).label}"


def _called(look: Look, bureau: Organisation) -> str:
    return bureau.name_en if look.lang.code == "en" and bureau.name_en else bureau.name
