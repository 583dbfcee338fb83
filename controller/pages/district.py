"""A bureau's figures: its schools by state, groups, trend, equity, the weakest, its outlets."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from controller.deps import CurrentCaller
from controller.pages.look import Looking
from controller.pages.views.compliance_month import MonthText
from controller.pages.views.district import district_view
from controller.pages.views.district_year import year_view
from controller.reports import wished

router = APIRouter(prefix="/compliance")
_Under = Annotated[str, Query(max_length=32)]


@router.get("")
def district_page(look: Looking, under: _Under = "", month: MonthText = "") -> Response:
    """A month of a bureau, or of everything within the reader's scope.

    Raises:
        NotFound: no such bureau within the scope.
    """
    return look.show("compliance/district", district_view(look, under, month))


@router.get("/draft")
def draft_of_report(
    request: Request, caller: CurrentCaller, report: wished.WishedReport
) -> Response:
    """A draft of a report as a file, or the page that tells how far a large one is.

    Raises:
        NotFound: no such place within the scope.
        Invalid: days in the wrong order, or too many.
    """
    if not wished.is_large(report, caller):
        return wished.answered(report)
    return RedirectResponse(f"/exports/{wished.begun(request, report, caller)}", 303)


@router.get("/year")
def year_page(
    look: Looking,
    under: _Under = "",
    month: MonthText = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Schools over the twelve months up to one.

    Raises:
        NotFound: no such bureau within the scope.
    """
    return look.show("compliance/year", year_view(look, under, month, page))
