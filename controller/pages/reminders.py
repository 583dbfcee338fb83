"""What ends soon: certificates of people, contracts of lines; and how many are certified."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.reminders import reminders_view
from inventory.lines import REMINDER_DAYS

router = APIRouter()
_Page = Annotated[int, Query(ge=1, le=100_000)]


@router.get("/reminders")
def reminders_page(
    look: Looking,
    days: Annotated[int, Query(ge=0, le=3_660)] = REMINDER_DAYS,
    certificates: _Page = 1,
    contracts: _Page = 1,
) -> Response:
    """Certificates and contracts that end within so many days, a page of each."""
    return look.show("reminders", reminders_view(look, days, certificates, contracts))
