"""What schools lack against equipment standards (缺口)."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.shortages import shortages_view

router = APIRouter()


@router.get("/shortages")
def shortages_page(
    look: Looking,
    county: Annotated[str | None, Query(max_length=32)] = None,
    item: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Items with their sums, then what lacks school by school; the first county if none is named.

    A whole city is many times the work of a county, so it is shown when it is asked for.
    """
    return look.show("shortages", shortages_view(look, county, item, page))
