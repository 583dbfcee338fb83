"""Budgets: programmes, plan against actual, what was spent, the fund, claims."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.api.conditional import etag_of, tag_of_all
from controller.auth.permissions import Permission
from controller.budget_files import table_csv
from controller.errors import NotFound, RevisionPassed
from controller.pages.look import Looking
from controller.pages.procurement_forms import Said, Sent, taken
from controller.pages.views.bearers import bearers_form, parties_said
from controller.pages.views.budgets import Behind, Passed, budget_list, budget_page, tag_key
from inventory.money.claims import claim, settle
from inventory.money.entries import Spending, spend, take_back
from inventory.money.errors import NotAnAmount
from inventory.money.funds import open_fund, pay_in
from inventory.money.programmes import open_programme, plan_line, set_parties
from inventory.money.repository import MoneyRepository
from inventory.money.table import budget_table
from inventory.money.years import Calendar
from inventory.procurement.booking import pay_from, pay_from_none

router = APIRouter()
_Page = Annotated[int, Query(ge=1, le=100_000)]
_Code = Annotated[str, Form(min_length=1, max_length=32)]
_Name = Annotated[str, Form(min_length=1, max_length=120)]
_Text = Annotated[str, Form(max_length=200)]
_Reference = Annotated[str, Form(min_length=1, max_length=100)]
_Yuan = Annotated[Decimal, Form(max_digits=14, decimal_places=2)]
_Year = Annotated[int, Form(ge=1990, le=2100)]
_Day = Annotated[date, Form()]


@router.get("/budgets")
def budgets(look: Looking, page: _Page = 1) -> Response:
    """Programmes and funds."""
    return look.show("budgets", budget_list(look, page))


@router.post("/budgets")
def begin(
    *,
    look: Looking,
    organisation_code: _Code,
    name: _Name,
    first_year: _Year,
    last_year: _Year,
    plan: _Text = "",
    calendar: Annotated[Calendar, Form()] = Calendar.fiscal,
) -> Response:
    """Begin a programme with the categories and the split of the examples."""
    made = open_programme(
        look.session,
        look.caller.require(Permission.manage_budgets),
        organisation_code=organisation_code,
        name=name,
        plan=plan,
        calendar=calendar,
        first_year=first_year,
        last_year=last_year,
    )
    return RedirectResponse(f"/budgets/{made.id}", 303)


@router.post("/budgets/funds")
def begin_fund(look: Looking, organisation_code: _Code, name: _Name) -> Response:
    """Give a bureau its fund."""
    scope = look.caller.require(Permission.manage_budgets)
    open_fund(look.session, scope, organisation_code, name)
    return RedirectResponse("/budgets", 303)


@router.post("/budgets/funds/{code}")
def pay(
    look: Looking, code: str, booked_on: _Day, amount_cny: _Yuan, reference: _Reference
) -> Response:
    """Pay into a fund."""
    pay_in(
        look.session,
        look.caller.require(Permission.manage_budgets),
        code,
        on=booked_on,
        amount_cny=amount_cny,
        reference=reference,
        by=look.caller.id,
    )
    return RedirectResponse("/budgets", 303)


@router.get("/budgets/{programme_id}")
def budget(
    look: Looking,
    programme_id: str,
    page: _Page = 1,
    year: Annotated[int | None, Query(ge=1990, le=2100)] = None,
    category: Annotated[str, Query(max_length=32)] = "",
) -> Response:
    """One programme: plan against actual, shares, claims, what was spent, or what makes a sum."""
    view = budget_page(look, programme_id, page, Behind(year, category))
    return look.show("budget", view)


@router.get("/budgets/{programme_id}/table.csv")
def budget_csv(look: Looking, programme_id: str) -> Response:
    """The table as a file."""
    repository = MoneyRepository(look.session, look.caller.require(Permission.read_costs))
    programme = repository.programme(programme_id)
    return table_csv(programme, budget_table(repository, programme), look.lang)


@router.post("/budgets/{programme_id}/lines")
def plan_one(
    *,
    look: Looking,
    programme_id: str,
    year: _Year,
    category: _Code,
    from_cny: _Yuan,
    to_cny: Annotated[str, Form(max_length=20)] = "",
    seen: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Plan an amount, or a range where ``to_cny`` is not empty.

    What somebody else has planned since the form was opened is shown beside it, with 412.
    """
    scope = look.caller.require(Permission.manage_budgets)
    repository = MoneyRepository(look.session, scope)
    planned = repository.line(repository.programme(programme_id, lock=True), year, category)
    if seen and _tag_of(seen, year, category) != (None if planned is None else etag_of(planned)):
        passed = Passed(year, category, str(from_cny), to_cny, planned)
        response = look.show("budget", budget_page(look, programme_id, 1, passed=passed))
        response.status_code = RevisionPassed.status
        return response
    plan_line(
        look.session,
        scope,
        programme_id,
        year=year,
        category=category,
        from_cny=from_cny,
        to_cny=_amount(to_cny),
    )
    return _back(programme_id)


@router.get("/budgets/{programme_id}/parties")
def bearers(look: Looking, programme_id: str) -> Response:
    """The form that says who bears a programme."""
    return look.show("budget/parties.html", bearers_form(look, programme_id))


@router.post("/budgets/{programme_id}/parties")
def change_bearers(look: Looking, programme_id: str, form: Annotated[Sent, Form()]) -> Response:
    """Say anew who bears it, before anything was spent.

    What somebody else has said since the form was opened is shown beside it, with 412.
    """
    scope = look.caller.require(Permission.manage_budgets)
    said = Said(look, form.texts)

    def act() -> str:
        repository = MoneyRepository(look.session, scope)
        etag = tag_of_all(repository.parties(repository.programme(programme_id, lock=True)))
        if said.text("etag") != etag:
            raise RevisionPassed(etag, [])
        set_parties(look.session, scope, programme_id, list(parties_said(said)))
        return f"/budgets/{programme_id}"

    def again(fault: str) -> Response:
        view = bearers_form(look, programme_id, said.texts, fault=fault)
        return look.show("budget/parties.html", view)

    return taken(look, act, again)


@router.post("/budgets/{programme_id}/projects")
def pay_for(look: Looking, programme_id: str, project: _Code, category: _Code) -> Response:
    """Pay for a procurement project."""
    scope = look.caller.require(Permission.manage_budgets)
    pay_from(look.session, scope, programme_id, project, category=category, by=look.caller.id)
    return _back(programme_id)


@router.post("/budgets/{programme_id}/projects/{project_id}/stop")
def pay_no_more(look: Looking, programme_id: str, project_id: str) -> Response:
    """Account no more orders of a project."""
    scope = look.caller.require(Permission.manage_budgets)
    pay_from_none(look.session, scope, programme_id, project_id)
    return _back(programme_id)


@router.post("/budgets/{programme_id}/entries")
def spend_one(
    *,
    look: Looking,
    programme_id: str,
    category: _Code,
    booked_on: _Day,
    amount_cny: _Yuan,
    reference: _Reference,
    note: _Text = "",
    fund_code: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Account for something spent."""
    spending = Spending(
        category, booked_on, amount_cny, reference, note, fund_code=fund_code or None
    )
    scope = look.caller.require(Permission.manage_budgets)
    spend(look.session, scope, programme_id, spending, look.caller.id)
    return _back(programme_id)


@router.post("/budgets/{programme_id}/entries/{entry_id}/counter")
def counter_one(
    look: Looking,
    programme_id: str,
    entry_id: str,
    note: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Take an entry back."""
    scope = look.caller.require(Permission.manage_budgets)
    take_back(look.session, scope, programme_id, entry_id, note=note, by=look.caller.id)
    return _back(programme_id)


@router.post("/budgets/{programme_id}/claims")
def claim_one(
    *,
    look: Looking,
    programme_id: str,
    position: Annotated[int, Form(ge=0, le=11)],
    claimed_on: _Day,
    reference: _Reference,
    amount_cny: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Claim a party's share; without an amount, all that is open."""
    claim(
        look.session,
        look.caller.require(Permission.manage_budgets),
        programme_id,
        position=position,
        on=claimed_on,
        reference=reference,
        amount_cny=_amount(amount_cny),
        by=look.caller.id,
    )
    return _back(programme_id)


@router.post("/budgets/{programme_id}/claims/{claim_id}/{step}")
def settle_one(look: Looking, programme_id: str, claim_id: str, step: str, on: _Day) -> Response:
    """Say that a claim was paid, or withdraw it.

    Raises:
        NotFound: no such step, programme or claim.
    """
    if step not in ("paid", "withdraw"):
        raise NotFound
    scope = look.caller.require(Permission.manage_budgets)
    settle(look.session, scope, programme_id, claim_id, on=on, paid=step == "paid")
    return _back(programme_id)


def _tag_of(seen: str, year: int, category: str) -> str | None:
    """The tag a form was opened with; ``None`` where nothing was planned."""
    try:
        tags = json.loads(seen)
    except ValueError:
        return ""
    found = tags.get(tag_key(year, category)) if isinstance(tags, dict) else ""
    return found if found is None else str(found)


def _amount(text: str) -> Decimal | None:
    """Yuan of a field that may be left empty.

    Raises:
        NotAnAmount: something else than digits.
    """
    if not text.strip():
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise NotAnAmount(field="amount_cny", text=text.strip()) from None


def _back(programme_id: str) -> Response:
    return RedirectResponse(f"/budgets/{programme_id}", 303)
