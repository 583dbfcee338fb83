"""Stock-taking: campaigns, the page a phone counts with, differences, reports."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import FileResponse, RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.session import local_path
from controller.pages.templates import STATIC
from controller.pages.views.stocktaking import (
    campaign_list,
    campaign_page,
    count_page,
    outcome_options,
    report_page,
)
from controller.printing.stock_report import stock_report_pdf
from inventory.errors import Invalid
from inventory.stocktaking.campaigns import CampaignStart, Where
from inventory.stocktaking.closing import ClosingDesk

router = APIRouter()
MOST_AT_ONCE = 500
_Page = Annotated[int, Query(ge=1, le=100_000)]
_Code = Annotated[str, Form(max_length=32)]
_Codes = Annotated[list[str] | None, Form(max_length=2_000)]
_STEPS: Mapping[str, Callable[[ClosingDesk, str, str], object]] = {
    "confirm": lambda desk, campaign, one: desk.confirm(campaign, one),
    "dismiss": lambda desk, campaign, one: desk.dismiss(campaign, one),
}


@router.get("/stocktaking")
def stocktaking_page(
    look: Looking, school: Annotated[str, Query(max_length=32)] = "", page: _Page = 1
) -> Response:
    """Campaigns, and the form that begins one; with ``school`` its rooms can be chosen."""
    return look.show("stocktaking", campaign_list(look, page, school))


@router.get("/stocktaking/worker.js")
def worker() -> Response:
    """The service worker of the counting page.

    It stands below ``/stocktaking/``, since a worker serves what lies beside and below it only;
    browsers look for a newer one each time.
    """
    return FileResponse(
        STATIC / "count-worker.js",
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )


@router.post("/stocktaking")
def start(
    look: Looking,
    *,
    name: Annotated[str, Form(max_length=200)] = "",
    due_on: Annotated[str, Form(max_length=10)] = "",
    bureau: _Code = "",
    school: _Code = "",
    room: _Codes = None,
) -> Response:
    """Begin a campaign over chosen rooms, else a school, else a bureau."""
    scope = look.caller.require(Permission.manage_access)
    rooms = frozenset(room or ())
    schools = frozenset({school} if school and not rooms else ())
    where = Where("" if rooms or schools else bureau, schools, rooms)
    campaign = CampaignStart(look.session, scope).start(
        name, where, actor=look.caller.id, now=look.now, due_on=_day(due_on)
    )
    return RedirectResponse(f"/stocktaking/{campaign.id}", 303)


@router.get("/stocktaking/{campaign_id}")
def campaign(
    *,
    campaign_id: str,
    look: Looking,
    outcome: Annotated[str, Query(max_length=32)] = "",
    page: _Page = 1,
    q: Annotated[str, Query(max_length=100)] = "",
    schools: _Page = 1,
) -> Response:
    """How far a campaign is, and its differences once it is over."""
    view = campaign_page(look, campaign_id, outcome, page, search=q, schools=schools)
    return look.show("stocktaking/campaign.html", view, options=outcome_options(look, view))


@router.get("/stocktaking/{campaign_id}/schools/{code}")
def count(campaign_id: str, code: str, look: Looking) -> Response:
    """The page a phone counts with; it goes on without a network."""
    return look.show("stocktaking/count.html", count_page(look, campaign_id, code))


@router.get("/stocktaking/{campaign_id}/report")
def report(campaign_id: str, look: Looking) -> Response:
    """Every line of a campaign, to print."""
    return look.show("stocktaking/report.html", report_page(look, campaign_id))


@router.get("/stocktaking/{campaign_id}/report.pdf")
def report_as_pdf(campaign_id: str, look: Looking) -> Response:
    """The same as PDF, to be filed."""
    return stock_report_pdf(look, campaign_id)


@router.post("/stocktaking/{campaign_id}/finish")
def finish(campaign_id: str, look: Looking, anyway: Annotated[bool, Form()] = False) -> Response:
    """Count no more."""
    _desk(look).finish(campaign_id, anyway=anyway)
    return RedirectResponse(f"/stocktaking/{campaign_id}", 303)


@router.post("/stocktaking/{campaign_id}/sign")
def sign(campaign_id: str, look: Looking) -> Response:
    """Put one's name under the report."""
    _desk(look).sign(campaign_id)
    return RedirectResponse(f"/stocktaking/{campaign_id}/report", 303)


@router.post("/stocktaking/{campaign_id}/{step}")
def decide(
    campaign_id: str,
    step: str,
    look: Looking,
    chosen: Annotated[list[str] | None, Form(max_length=MOST_AT_ONCE)] = None,
    back: Annotated[str, Form(max_length=500)] = "/stocktaking",
) -> Response:
    """Let the register follow the count, or leave it; all that is chosen or none.

    Raises:
        NotFound: no such step, or no such line within the caller's scope.
    """
    if step not in _STEPS:
        raise NotFound
    desk = _desk(look)
    for one in chosen or ():
        _STEPS[step](desk, campaign_id, one)
    return RedirectResponse(local_path(back), 303)


def _desk(look: Looking) -> ClosingDesk:
    scope = look.caller.require(Permission.manage_access)
    return ClosingDesk(look.session, scope, look.caller.id, look.now)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(field="due_on", reason=text) from None
