"""``/funds``, ``/per-pupil-rules``, ``/depreciation-rules``: the fund, and rules of money."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.money_schemas import (
    DepreciationIn,
    DepreciationOut,
    FundEntryOut,
    FundIn,
    FundOut,
    PaymentIn,
    PerPupilRuleIn,
    PerPupilRuleOut,
    SchoolFundingOut,
    TakeBackIn,
)
from controller.api.programmes import BudgetScope, CostScope
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset
from controller.deps import CurrentCaller, DbSession
from inventory.days import day_of
from inventory.models import PerPupilRule
from inventory.models.base import utc_now
from inventory.money.depreciation import SHIPPED, Terms
from inventory.money.funds import open_fund, pay_in, take_back_payment
from inventory.money.repository import MoneyRepository
from inventory.money.rules import (
    add_per_pupil_rule,
    confirm_per_pupil_rule,
    depreciation_rules,
    funding_of_schools,
    set_depreciation,
)
from inventory.money.years import Calendar, year_of

router = APIRouter(tags=["budgets"], responses=PROBLEMS)


@router.get("/funds")
def list_funds(session: DbSession, scope: CostScope) -> Listed[FundOut]:
    """Funds of the bureaus within the caller's scope."""
    funds = MoneyRepository(session, scope).funds()
    return Listed(items=[FundOut.model_validate(fund) for fund in funds], total=len(funds))


@router.post("/funds", status_code=201)
def add_fund(session: DbSession, scope: BudgetScope, body: FundIn) -> FundOut:
    """Give a bureau its fund for repair and renovation."""
    return FundOut.model_validate(open_fund(session, scope, body.organisation_code, body.name))


@router.get("/funds/{code}/entries")
def list_fund_entries(
    session: DbSession, scope: CostScope, code: str, offset: Offset = 0, limit: Limit = 50
) -> Listed[FundEntryOut]:
    """What came in and went out, the latest first."""
    repository = MoneyRepository(session, scope)
    page = repository.fund_entries(repository.fund(code), offset=offset, limit=limit)
    return Listed(items=[FundEntryOut.model_validate(row) for row in page.items], total=page.total)


@router.post("/funds/{code}/entries", status_code=201)
def add_payment(
    session: DbSession, caller: CurrentCaller, scope: BudgetScope, code: str, body: PaymentIn
) -> FundEntryOut:
    """Pay into a fund."""
    entry = pay_in(
        session,
        scope,
        code,
        on=body.booked_on,
        amount_cny=body.amount_cny,
        reference=body.reference,
        by=caller.id,
    )
    return FundEntryOut.model_validate(entry)


@router.post("/funds/{code}/entries/{entry_id}/counter", status_code=201)
def counter_payment(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: BudgetScope,
    code: str,
    entry_id: str,
    body: TakeBackIn,
) -> FundEntryOut:
    """Take a payment back, if the money is still there."""
    entry = take_back_payment(session, scope, code, entry_id, on=body.booked_on, by=caller.id)
    return FundEntryOut.model_validate(entry)


@router.get("/per-pupil-rules")
def list_per_pupil_rules(session: DbSession, scope: CostScope) -> Listed[PerPupilRuleOut]:
    """Funding rules per pupil, by bureau, stage and year."""
    rules = MoneyRepository(session, scope).per_pupil_rules()
    return Listed(items=[PerPupilRuleOut.model_validate(one) for one in rules], total=len(rules))


@router.post("/per-pupil-rules", status_code=201)
def add_rule(session: DbSession, scope: BudgetScope, body: PerPupilRuleIn) -> PerPupilRuleOut:
    """Keep a version of a rule; a person confirms its unit afterwards."""
    rule = PerPupilRule(id="", **body.model_dump())
    return PerPupilRuleOut.model_validate(add_per_pupil_rule(session, scope, rule))


@router.post("/per-pupil-rules/{rule_id}/confirm")
def confirm_rule(session: DbSession, scope: BudgetScope, rule_id: str) -> PerPupilRuleOut:
    """Confirm that the plan means yuan a pupil and year."""
    return PerPupilRuleOut.model_validate(confirm_per_pupil_rule(session, scope, rule_id))


@router.get("/organisations/{code}/school-funding")
def school_funding(
    *,
    session: DbSession,
    scope: CostScope,
    code: str,
    year: Annotated[int, Query(ge=1990, le=2100)],
    calendar: Calendar = Calendar.fiscal,
) -> Listed[SchoolFundingOut]:
    """What the bureau's rules give each school below it, by its pupils of today."""
    bureau = MoneyRepository(session, scope).organisation(code)
    given = funding_of_schools(session, scope, bureau, year_of(calendar, year))
    items = [
        SchoolFundingOut(
            school_code=one.school.code,
            stage=one.school.stage,
            students=one.school.students,
            rule_id=one.rule.id if one.rule else None,
            confirmed=one.rule.confirmed if one.rule else None,
            amount_cny=one.amount_cny,
        )
        for one in given
    ]
    return Listed(items=items, total=len(items))


@router.get("/depreciation-rules")
def list_depreciation(session: DbSession, _scope: CostScope) -> Listed[DepreciationOut]:
    """Every version of life and residual rate, by the beginning of the asset class (GB/T 14885)."""
    items = [_terms(code, None, one, shipped=True) for code, one in sorted(SHIPPED.items())] + [
        _terms(code, one.holds_from, one.terms, shipped=False)
        for code, one in depreciation_rules(session)
    ]
    return Listed(items=items, total=len(items))


@router.put("/depreciation-rules/{asset_class}")
def change_depreciation(
    session: DbSession, scope: BudgetScope, asset_class: str, body: DepreciationIn
) -> DepreciationOut:
    """Say how a class loses its value from a day of this year on; for who stands above all bureaus.

    The books of earlier years stay as they are.
    """
    terms, today = Terms(body.life_months, body.residual_rate), day_of(utc_now())
    row = set_depreciation(
        session, scope, asset_class, terms, holds_from=body.holds_from or today, today=today
    )
    return _terms(row.asset_class, row.holds_from, terms, shipped=False)


def _terms(code: str, holds_from: date | None, terms: Terms, *, shipped: bool) -> DepreciationOut:
    return DepreciationOut(
        asset_class=code,
        holds_from=holds_from,
        life_months=terms.life_months,
        residual_rate=terms.residual_rate,
        shipped=shipped,
    )
