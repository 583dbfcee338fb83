"""Where network and register contradict each other: the list, and what people say to it."""

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.pages.look import Looking
from controller.pages.views.reconciliation import item_page, work_list
from controller.reconciling import resolve
from inventory.errors import Invalid
from inventory.models import Contradiction, Lifecycle, Resolution
from inventory.reconciliation.desk import Said

router = APIRouter()
_Word = Annotated[str, Query(max_length=32)]
_Field = Annotated[str, Form(max_length=32)]


@router.get("/reconciliation")
def reconciliation_page(
    look: Looking,
    *,
    state: _Word = "",
    kind: _Word = "",
    school: _Word = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Contradictions; without another wish, those that wait for an answer."""
    return look.show("reconciliation", work_list(look, state, kind, school, page))


@router.get("/reconciliation/{item_id}")
def contradiction(item_id: str, look: Looking) -> Response:
    """One contradiction with what can be said to it."""
    return look.show("reconciliation/item.html", item_page(look, item_id))


@router.post("/reconciliation/{item_id}")
def decide(
    item_id: str,
    look: Looking,
    *,
    resolution: Annotated[Resolution, Form()],
    note: Annotated[str, Form(max_length=1_000)] = "",
    room: _Field = "",
    lifecycle: _Field = "",
    until: _Field = "",
) -> Response:
    """Say who is right, open a ticket, or wait until the end of a day."""
    said = Said(
        resolution,
        note,
        room_id=room or None,
        lifecycle=Lifecycle(lifecycle) if lifecycle in set(Lifecycle) else None,
        until=_end_of(until, look) if resolution is Resolution.ignore else None,
    )
    item = resolve(look.session, look.caller, item_id, said, now=look.now, lang=look.lang)
    if resolution is Resolution.ticket:
        return RedirectResponse(f"/tickets/{item.ticket_id}", 303)
    if item.kind is Contradiction.wrong_school and resolution is Resolution.accept:
        return RedirectResponse("/procurement/transfers", 303)
    return RedirectResponse("/reconciliation", 303)


def _end_of(day: str, look: Looking) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time.max, look.lang.zone)
    except ValueError:
        raise Invalid(field="until", reason=day) from None
