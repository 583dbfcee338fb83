"""One search for everything: the page of results, and suggestions while somebody types."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.search import results

router = APIRouter()


@router.get("/search")
def search_page(
    look: Looking,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """What fits, by kind; htmx asks the same for the few under the box on every page."""
    return look.show("search", results(look, q, kind), typed=q)
