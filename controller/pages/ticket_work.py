"""Writing down what a repair took, on the ticket's page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from alerts.work.checklists import Check
from alerts.work.desk import WorkDesk
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.views.choices import one_of
from inventory.errors import Invalid

router = APIRouter()


@dataclass(frozen=True, slots=True)
class WorkForm:
    """What may be said of an entry; each takes what it needs."""

    part: Annotated[str, Form(max_length=20)] = ""
    name: Annotated[str, Form(max_length=200)] = ""
    quantity: Annotated[int, Form(ge=1, le=1_000)] = 1
    minutes: Annotated[int, Form(ge=0, le=10_000)] = 0
    cost: Annotated[str, Form(max_length=20)] = ""
    claim: Annotated[str, Form(max_length=64)] = ""
    number: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0
    entry: Annotated[str, Form(max_length=20)] = ""
    check: Annotated[str, Form(max_length=32)] = ""
    done: Annotated[bool, Form()] = False


_Act = Callable[[WorkDesk, str, WorkForm], object]
_ACTS: Mapping[str, _Act] = {
    "part": lambda desk, ticket, form: desk.use_part(ticket, form.part, form.quantity),
    "bought": lambda desk, ticket, form: desk.buy_part(
        ticket, form.name, form.quantity, _yuan(form.cost)
    ),
    "labour": lambda desk, ticket, form: desk.note_labour(ticket, form.minutes, form.name),
    "supplier": lambda desk, ticket, form: desk.call_supplier(
        ticket, form.name, cost=_yuan(form.cost), claim_number=form.claim
    ),
    "remove": lambda desk, ticket, form: desk.remove(ticket, form.entry),
    "check": lambda desk, ticket, form: desk.check(ticket, _check(form.check), done=form.done),
    "link": lambda desk, ticket, form: desk.link(ticket, form.number),
    "split": lambda desk, ticket, form: desk.split(ticket, form.name),
}


@router.post("/tickets/{ticket_id}/entries/{act}")
def write_down(
    ticket_id: str, act: str, look: Looking, form: Annotated[WorkForm, Depends()]
) -> Response:
    """Write one thing down.

    Raises:
        NotFound: there is no such thing to write down, or no such ticket within the scope.
    """
    if act not in _ACTS:
        raise NotFound
    scope = look.caller.require(Permission.work_tickets)
    _ACTS[act](WorkDesk(look.session, scope, look.caller.id, look.now), ticket_id, form)
    return RedirectResponse(f"/tickets/{ticket_id}", 303)


def _yuan(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return Decimal(text.replace(",", "").lstrip("¥").strip())
    except InvalidOperation as error:
        raise Invalid(field="cost", reason=text) from error


def _check(text: str) -> Check:
    check = one_of(Check, text)
    if check is None:
        raise NotFound
    return check
