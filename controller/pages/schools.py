"""The list of schools and the page of one."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.views.closed_schools import closed_schools_view
from controller.pages.views.ranges import DEFAULT_RANGE, RangeName, range_named
from controller.pages.views.school import school_view
from controller.pages.views.schools import SchoolFilter, school_list
from inventory.repositories.schools import SchoolRepository

router = APIRouter()


@router.get("/schools")
def schools_page(
    look: Looking,
    q: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    county: Annotated[str, Query(max_length=32)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Schools by name, code or place, by county, and by how they are."""
    return look.show("schools", school_list(look, SchoolFilter(q, state, county), page))


@router.get("/closed-schools")
def closed_schools_page(
    look: Looking,
    county: Annotated[str, Query(max_length=32)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Devices that still stand in the ledgers of closed schools, to be moved or disposed of."""
    return look.show("schools/closed.html", closed_schools_view(look, county, page))


@router.get("/schools/{code}")
def school_page(
    code: str,
    look: Looking,
    span: RangeName = DEFAULT_RANGE,
) -> Response:
    """One school.

    Raises:
        NotFound: no such school within the caller's scope.
    """
    school = SchoolRepository(look.session, look.scope).get(code)
    if school is None:
        raise NotFound
    return look.show("school", school_view(look, school, range_named(span)))
