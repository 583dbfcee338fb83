"""The first page: every school a person looks after, or their own if it is only one."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.pages.look import Looking
from controller.pages.views.overview import overview
from inventory.repositories.schools import SchoolRepository

router = APIRouter()


@router.get("/")
def overview_page(look: Looking) -> Response:
    """The fleet; who looks after one school lands on that school's page, who buys on the plan."""
    if look.caller.may(Permission.manage_procurement) and not look.caller.may(
        Permission.read_alerts
    ):
        return RedirectResponse("/renewal", 303)
    schools = SchoolRepository(look.session, look.scope)
    if "hx-request" not in look.request.headers and schools.count() == 1:
        return RedirectResponse(f"/schools/{schools.all()[0].code}", 303)
    return look.show("overview", overview(look))
