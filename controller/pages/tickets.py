"""The list of tickets, one ticket, and the steps people take with it."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from alerts.repositories import TicketRepository
from alerts.tickets import MAX_TEXT, TicketDesk
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Look, Looking
from controller.pages.views.tickets import ACTIONS, ticket_list, ticket_view

router = APIRouter()
_Step = Callable[[TicketDesk, str, str], object]
_STEPS: Mapping[str, _Step] = {
    "accept": lambda desk, ticket, _: desk.assign(ticket, desk.actor_id),
    "start": lambda desk, ticket, _: desk.start(ticket),
    "close": lambda desk, ticket, _: desk.close(ticket),
    "resolve": lambda desk, ticket, text: desk.resolve(ticket, text),
    "wait": lambda desk, ticket, text: desk.wait(ticket, text),
    "reopen": lambda desk, ticket, text: desk.reopen(ticket, text),
    "comment": lambda desk, ticket, text: desk.comment(ticket, text),
}


@router.get("/tickets")
def tickets_page(
    look: Looking,
    state: Annotated[str, Query(max_length=20)] = "",
    school: Annotated[str, Query(max_length=32)] = "",
    mine: bool = False,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Tickets, those that still need somebody unless others are asked for."""
    return look.show("tickets", ticket_list(look, state, school, page, mine=mine))


@router.get("/tickets/{ticket_id}")
def ticket_page(ticket_id: str, look: Looking) -> Response:
    """One ticket.

    Raises:
        NotFound: no such ticket within the caller's scope.
    """
    scope = look.caller.require(Permission.read_tickets)
    found = TicketRepository(look.session, scope).row(ticket_id)
    if found is None:
        raise NotFound
    return look.show("ticket", ticket_view(look, found))


@router.post("/tickets/{ticket_id}/{step}")
def take_step(
    ticket_id: str,
    step: str,
    look: Looking,
    text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
) -> Response:
    """Accept, start, wait, resolve, close, reopen or comment.

    Raises:
        NotFound: no such step, or no such ticket within the caller's scope.
        PermissionDenied: the caller's roles do not include the step.
    """
    if step not in _STEPS:
        raise NotFound
    _STEPS[step](_desk(look, step), ticket_id, text)
    return RedirectResponse(f"/tickets/{ticket_id}", 303)


def _desk(look: Look, step: str) -> TicketDesk:
    needs = ACTIONS[step].needs if step in ACTIONS else Permission.work_tickets
    scope = look.caller.require(needs)
    return TicketDesk(look.session, scope, look.caller.id, look.now)
