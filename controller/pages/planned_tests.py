"""The speed tests planned for a school: what became of each, and how many are to come."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.planned_tests import planned_tests_view

router = APIRouter()


@router.get("/schools/{code}/planned-tests")
def planned_tests_page(
    look: Looking, code: str, day: Annotated[date | None, Query()] = None
) -> Response:
    """A day of one school's planned tests, and the month so far.

    Raises:
        NotFound: no such school within the reader's scope.
    """
    return look.show("planned_tests", planned_tests_view(look, code, day))
