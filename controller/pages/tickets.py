"""The list of tickets, one ticket, and the steps people take with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import RedirectResponse, Response

from alerts.codes import Cause, Remedy
from alerts.repositories import TicketRepository
from alerts.tickets import MAX_TEXT, TicketDesk
from alerts.urgency import Impact, Urgency, WaitingFor
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Look, Looking
from controller.pages.ticket_work import show_ticket
from controller.pages.views.choices import one_of
from controller.pages.views.my_tickets import my_tickets
from controller.pages.views.tickets import ACTIONS, ticket_list

router = APIRouter()


@dataclass(frozen=True, slots=True)
class StepForm:
    """What a step may be told beside its name; each step takes what it needs."""

    text: Annotated[str, Form(max_length=MAX_TEXT)] = ""
    waiting_for: Annotated[str, Form(max_length=32)] = ""
    cause: Annotated[str, Form(max_length=32)] = ""
    remedy: Annotated[str, Form(max_length=32)] = ""
    impact: Annotated[str, Form(max_length=32)] = ""
    urgency: Annotated[str, Form(max_length=32)] = ""
    assignee: Annotated[str, Form(max_length=20)] = ""
    into: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0
    #: Sent from the list of one's own tickets, where one is led back to.
    mine: Annotated[bool, Form()] = False


_Step = Callable[[TicketDesk, str, StepForm], object]
_STEPS: Mapping[str, _Step] = {
    "take": lambda desk, ticket, _: desk.take(ticket),
    "accept": lambda desk, ticket, _: desk.assign(ticket, desk.actor_id),
    "assign": lambda desk, ticket, form: desk.assign(ticket, form.assignee),
    "start": lambda desk, ticket, _: desk.start(ticket),
    "close": lambda desk, ticket, _: desk.close(ticket),
    "resolve": lambda desk, ticket, form: desk.resolve(
        ticket, form.text, cause=one_of(Cause, form.cause), remedy=one_of(Remedy, form.remedy)
    ),
    "wait": lambda desk, ticket, form: desk.wait(
        ticket, form.text, one_of(WaitingFor, form.waiting_for) or WaitingFor.other
    ),
    "reopen": lambda desk, ticket, form: desk.reopen(ticket, form.text),
    "comment": lambda desk, ticket, form: desk.comment(ticket, form.text),
    "prioritise": lambda desk, ticket, form: desk.prioritise(
        ticket,
        one_of(Impact, form.impact) or Impact.room,
        one_of(Urgency, form.urgency) or Urgency.medium,
    ),
    "merge": lambda desk, ticket, form: desk.merge(ticket, form.into),
    "unmerge": lambda desk, ticket, _: desk.unmerge(ticket),
}
#: Steps without a button of their own that ask for more than working on tickets.
_NEEDED = {"assign": Permission.assign_tickets}


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


@router.get("/tickets/mine")
def my_tickets_page(look: Looking, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Response:
    """What is mine, by when it is due, and what nobody has taken yet."""
    return look.show("my_tickets", my_tickets(look, page))


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
    return show_ticket(look, found)


@router.post("/tickets/{ticket_id}/{step}")
def take_step(
    ticket_id: str,
    step: str,
    look: Looking,
    form: Annotated[StepForm, Depends()],
) -> Response:
    """Take one of the steps above.

    Raises:
        NotFound: no such step, or no such ticket within the caller's scope.
        PermissionDenied: the caller's roles do not include the step.
    """
    if step not in _STEPS:
        raise NotFound
    _STEPS[step](_desk(look, step), ticket_id, form)
    return RedirectResponse("/tickets/mine" if form.mine else f"/tickets/{ticket_id}", 303)


def _desk(look: Look, step: str) -> TicketDesk:
    needs = ACTIONS[step].needs if step in ACTIONS else _NEEDED.get(step, Permission.work_tickets)
    scope = look.caller.require(needs)
    return TicketDesk(look.session, scope, look.caller.id, look.now)
