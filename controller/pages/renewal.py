"""The refresh plan: page, printable proposal, files, and taking it over into a budget."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from controller.api.renewal import ask, proposal_file, take_over_plan
from controller.auth.permissions import Permission
from controller.budget_files import FileFormat
from controller.pages.look import Looking
from controller.pages.views.renewal import renewal_list, renewal_view
from controller.renewal import Question
from controller.renewal_numbers import number_of
from drivers.readings import Kind
from inventory.days import day_of
from inventory.models.base import utc_now
from inventory.money.amounts import amount
from inventory.money.errors import NotAnAmount
from inventory.renewal.plan import MOST_YEARS

router = APIRouter()
_MONTHS = 12


def wished(
    *,
    years: Annotated[int, Query(ge=1, le=MOST_YEARS)] = 5,
    organisation: Annotated[str, Query(max_length=32)] = "",
    budget: Annotated[str, Query(max_length=20)] = "",
    age: Annotated[str, Query(pattern=r"^(?:|[1-9]|[1-4]\d)$")] = "",
    weak: bool = False,
    young: bool = False,
    kind: Annotated[str, Query(pattern="^(?:|" + "|".join(Kind) + ")$")] = "",
    kind_age: Annotated[str, Query(pattern=r"^(?:|[1-9]|[1-4]\d)$")] = "",
) -> Question:
    """The form's question: ages in years, ``young``: what loses its support can wait.

    Raises:
        NotAnAmount: a budget that is none.
    """
    return Question(
        first_year=day_of(utc_now()).year,
        years=years,
        organisation=organisation,
        budget=_budget(budget),
        life_months=int(age) * _MONTHS if age else None,
        heed_support=not young,
        weak_first=weak,
        by_kind=((Kind(kind), int(kind_age) * _MONTHS),) if kind and kind_age else (),
    )


Wished = Annotated[Question, Depends(wished)]
_Page = Annotated[int, Query(ge=1, le=100_000)]


@router.get("/renewal")
def renewal(look: Looking, question: Wished, page: _Page = 1) -> Response:
    """The refresh plan."""
    return look.show("renewal", renewal_view(look, question, page))


@router.get("/renewal/list")
def behind(
    look: Looking, question: Wished, of: Annotated[str, Query(max_length=200)], page: _Page = 1
) -> Response:
    """The devices behind one number of the plan.

    Raises:
        NotFound: no such number.
    """
    return look.show("renewal/list.html", renewal_list(look, question, number_of(of), page))


@router.get("/renewal/proposal")
def proposal(look: Looking, question: Wished, page: _Page = 1) -> Response:
    """The same to print and sign."""
    return look.show("renewal/proposal.html", renewal_view(look, question, page))


@router.get("/renewal/proposal.{shape}")
def proposal_as_file(look: Looking, question: Wished, shape: FileFormat) -> Response:
    """The proposal as XLSX, CSV or PDF."""
    scope = look.caller.require(Permission.read_costs)
    made = ask(look.request, look.session, scope, question)
    return proposal_file(look.session, scope, made, look.lang, shape)


@router.post("/renewal/budget-lines")
def take_over(
    request: Request,
    look: Looking,
    question: Wished,
    programme: Annotated[str, Form(min_length=1, max_length=20)],
    category: Annotated[str, Form(min_length=1, max_length=32)] = "renew",
) -> Response:
    """Write the plan's sums into a programme, then show that."""
    take_over_plan(
        request,
        session=look.session,
        scope=look.caller.require(Permission.manage_budgets),
        question=question,
        programme_id=programme,
        category=category,
    )
    return RedirectResponse(f"/budgets/{programme}", 303)


def _budget(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        found = amount(Decimal(text.strip().replace(",", "")), "budget")
    except InvalidOperation:
        raise NotAnAmount(field="budget", text=text.strip()) from None
    if found < 0:
        raise NotAnAmount(field="budget", text=found)
    return found
