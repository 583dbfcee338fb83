"""People, yearly figures and lines of a school, and what becomes of it."""

from fastapi import APIRouter
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.school_ledger import school_ledger_view

router = APIRouter()


@router.get("/schools/{code}/ledger")
def school_ledger_page(code: str, look: Looking) -> Response:
    """What is written down about a school.

    Raises:
        NotFound: no such school within the caller's scope.
    """
    return look.show("school_ledger", school_ledger_view(look, code))
