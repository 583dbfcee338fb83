"""What ends soon: certificates of people, contracts of lines; and how many are certified."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.reminders import reminders_view
from inventory.lines import REMINDER_DAYS

router = APIRouter()


@router.get("/reminders")
def reminders_page(
    look: Looking, days: Annotated[int, Query(ge=0, le=3_660)] = REMINDER_DAYS
) -> Response:
    """Certificates and contracts that end within so many days."""
    return look.show("reminders", reminders_view(look, days))
