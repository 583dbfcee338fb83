"""What schools lack against equipment standards (缺口)."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.on_order import Wanted, on_order_view
from controller.pages.views.shortages import shortages_view

router = APIRouter()
_Item = Annotated[str, Query(max_length=100)]
_Code = Annotated[str, Query(max_length=32)]
_Page = Annotated[int, Query(ge=1, le=100_000)]


@router.get("/shortages")
def shortages_page(
    look: Looking,
    county: Annotated[str | None, Query(max_length=32)] = None,
    item: _Item = "",
    page: _Page = 1,
    every: bool = False,
) -> Response:
    """Items with their sums, then what lacks school by school; the first county if none is named.

    A whole city is many times the work of a county, so it is shown when it is asked for. With
    ``every`` schools that lack nothing are listed, too.
    """
    return look.show("shortages", shortages_view(look, county, item, page, every=every))


@router.get("/shortages/on-order")
def on_order_page(
    *,
    look: Looking,
    county: _Code = "",
    item: _Item = "",
    standard: Annotated[str, Query(max_length=200)] = "",
    school: _Code = "",
    page: _Page = 1,
) -> Response:
    """Where what is on order of an item comes from: order by order."""
    wanted = Wanted(county, item, standard, school)
    return look.show("shortages/on-order.html", on_order_view(look, wanted, page))
