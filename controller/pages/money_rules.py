"""Rules of money as pages: per pupil by year and stage, depreciation by asset class."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.pages.look import Looking
from controller.pages.views.money_rules import money_rules
from inventory.models import PerPupilRule, Stage
from inventory.money.depreciation import Terms
from inventory.money.rules import add_per_pupil_rule, confirm_per_pupil_rule, set_depreciation
from inventory.money.years import Calendar

router = APIRouter()
_HOME = "/budgets/rules"
_Code = Annotated[str, Form(min_length=1, max_length=32)]
_Year = Annotated[int, Form(ge=1990, le=2100)]


@router.get(_HOME)
def rules(look: Looking) -> Response:
    """Both kinds of rules, with forms for who may change them."""
    return look.show("money_rules", money_rules(look))


@router.post(f"{_HOME}/per-pupil")
def add_version(
    *,
    look: Looking,
    organisation_code: _Code,
    stage: Annotated[Stage, Form()],
    plan: Annotated[str, Form(min_length=1, max_length=200)],
    yuan: Annotated[Decimal, Form(max_digits=14, decimal_places=2)],
    first_year: _Year,
    last_year: Annotated[str, Form(pattern=r"^(?:|19[9]\d|20\d\d|2100)$")] = "",
    calendar: Annotated[Calendar, Form()] = Calendar.fiscal,
) -> Response:
    """A version of a rule, from a year on."""
    rule = PerPupilRule(
        id="",
        organisation_code=organisation_code,
        plan=plan,
        stage=stage,
        calendar=calendar,
        first_year=first_year,
        last_year=int(last_year) if last_year else None,
        yuan=yuan,
    )
    add_per_pupil_rule(look.session, look.caller.require(Permission.manage_budgets), rule)
    return RedirectResponse(_HOME, 303)


@router.post(f"{_HOME}/per-pupil/{{rule_id}}/confirm")
def confirm(look: Looking, rule_id: str) -> Response:
    """Say that the plan does mean yuan a pupil and year."""
    scope = look.caller.require(Permission.manage_budgets)
    confirm_per_pupil_rule(look.session, scope, rule_id)
    return RedirectResponse(_HOME, 303)


@router.post(f"{_HOME}/depreciation")
def depreciate(
    look: Looking,
    asset_class: Annotated[str, Form(min_length=1, max_length=16)],
    life_months: Annotated[int, Form(ge=1, le=1_200)],
    residual_percent: Annotated[Decimal, Form(ge=0, lt=100, decimal_places=2)],
    holds_from: Annotated[date | None, Form()] = None,
) -> Response:
    """Say how a class, or all that begin like it, loses its value from a day on."""
    scope, today = look.caller.require(Permission.manage_budgets), look.today
    terms = Terms(life_months, residual_percent / 100)
    set_depreciation(
        look.session, scope, asset_class, terms, holds_from=holds_from or today, today=today
    )
    return RedirectResponse(_HOME, 303)
