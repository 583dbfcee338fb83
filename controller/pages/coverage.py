"""How far schools are equipped and connected, against targets (配备与覆盖)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.coverage import coverage_view
from controller.pages.views.coverage_measure import MeasureFilter, measure_view
from controller.pages.views.coverage_school import school_measure_view
from inventory.standards.model import Measure

router = APIRouter()
_County = Annotated[str, Query(max_length=32)]
_Month = Annotated[date | None, Query()]
_Word = Annotated[str, Query(max_length=32)]
_Page = Annotated[int, Query(ge=1, le=100_000)]


@router.get("/coverage")
def coverage_page(look: Looking, county: _County = "", month: _Month = None) -> Response:
    """Every figure of all schools of a place together, and how many of them meet their targets.

    Raises:
        NotFound: no such place within the reader's scope.
    """
    return look.show("coverage", coverage_view(look, county, month))


@router.get("/coverage/{measure}")
def measure_page(
    *,
    look: Looking,
    measure: Measure,
    county: _County = "",
    month: _Month = None,
    stand: _Word = "",
    stage: _Word = "",
    setting: _Word = "",
    page: _Page = 1,
) -> Response:
    """One figure: its targets, by group, by month and year, and school by school.

    Raises:
        NotFound: nobody counts this, or no such place within the reader's scope.
    """
    asked = MeasureFilter(county, month, stand, stage, setting)
    return look.show("coverage/measure", measure_view(look, measure, asked, page))


@router.get("/schools/{code}/coverage/{measure}")
def school_measure_page(look: Looking, code: str, measure: Measure) -> Response:
    """What stands behind a figure of one school.

    Raises:
        NotFound: no such school within the reader's scope.
    """
    return look.show("coverage/school", school_measure_view(look, code, measure))
