"""The list of tickets, one ticket, and the steps people take with it."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from alerts.codes import Cause, Remedy
from alerts.messages import event_name
from alerts.repositories import TicketRepository
from alerts.states import STATE_AFTER
from alerts.tickets import MAX_TEXT, TicketDesk
from alerts.urgency import Impact, Urgency, WaitingFor
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.ticket_work import show_ticket
from controller.pages.views.choices import one_of
from controller.pages.views.my_tickets import my_tickets
from controller.pages.views.names import people_names
from controller.pages.views.record_form import AnyForm
from controller.pages.views.ticket_work import Sent
from controller.pages.views.tickets import ACTIONS, ticket_list
from controller.pages.views.typed import Typed
from controller.problems import detail_of
from inventory.errors import Conflict, InventoryError

router = APIRouter()


class MovedMeanwhile(Conflict):
    """Somebody else has moved the ticket since its page was shown."""

    code = "ticket_moved_meanwhile"
    message = N_(
        "Meanwhile the ticket has gone on ({name}: {words}). Compare with the log, then send it"
        " again."
    )


_TEXT = N_("What was found, what was done")
_Step = Callable[[TicketDesk, str, Typed], object]
_STEPS: Mapping[str, _Step] = {
    "take": lambda desk, ticket, _: desk.take(ticket),
    "accept": lambda desk, ticket, _: desk.assign(ticket, desk.actor_id),
    "assign": lambda desk, ticket, typed: desk.assign(
        ticket, typed.text("assignee", N_("Technician"), needed=True)
    ),
    "start": lambda desk, ticket, _: desk.start(ticket),
    "close": lambda desk, ticket, _: desk.close(ticket),
    "resolve": lambda desk, ticket, typed: desk.resolve(
        ticket,
        typed.text("text", _TEXT, most=MAX_TEXT),
        cause=one_of(Cause, typed.text("cause", N_("Cause"))),
        remedy=one_of(Remedy, typed.text("remedy", N_("Remedy"))),
    ),
    "wait": lambda desk, ticket, typed: desk.wait(
        ticket,
        typed.text("text", _TEXT, most=MAX_TEXT, needed=True),
        one_of(WaitingFor, typed.text("waiting_for", N_("Waits for"))) or WaitingFor.other,
    ),
    "reopen": lambda desk, ticket, typed: desk.reopen(
        ticket, typed.text("text", _TEXT, most=MAX_TEXT, needed=True)
    ),
    "comment": lambda desk, ticket, typed: desk.comment(
        ticket, typed.text("text", _TEXT, most=MAX_TEXT, needed=True)
    ),
    "prioritise": lambda desk, ticket, typed: desk.prioritise(
        ticket,
        one_of(Impact, typed.text("impact", N_("Impact"))) or Impact.room,
        one_of(Urgency, typed.text("urgency", N_("Urgency"))) or Urgency.medium,
    ),
    "merge": lambda desk, ticket, typed: desk.merge(
        ticket, typed.whole("into", N_("Number of the ticket that goes on"), 1, 2**31 - 1)
    ),
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
    ticket_id: str, step: str, look: Looking, form: Annotated[AnyForm, Form()]
) -> Response:
    """Take one of the steps above; or the page once more with what is wrong, and nothing lost.

    Raises:
        NotFound: no such step, or no such ticket within the caller's scope.
        PermissionDenied: the caller's roles do not include the step.
    """
    if step not in _STEPS:
        raise NotFound
    desk, said = _desk(look, step), form.said
    try:
        with look.session.begin_nested():
            _admit_seen(look, ticket_id, step, said.get("seen", ""))
            _STEPS[step](desk, ticket_id, Typed(look, said))
    except InventoryError as error:
        refused = InventoryRefused(error)
        scope = look.caller.scope(Permission.read_tickets)
        found = TicketRepository(look.session, scope).row(ticket_id)
        if found is None:
            raise NotFound from None
        sent = Sent(step, said, detail_of(refused, look.lang), refused.status)
        return show_ticket(look, found, sent)
    # Sent from the list of one's own tickets, one is led back there.
    return RedirectResponse("/tickets/mine" if said.get("mine") else f"/tickets/{ticket_id}", 303)


def _admit_seen(look: Look, ticket_id: str, step: str, seen: str) -> None:
    """Let a step be taken on a ticket that nobody else has moved since its page was shown.

    Raises:
        MovedMeanwhile: somebody has; what they did stands on the page beside what was typed.
    """
    if step == "comment" or not seen.isdecimal():
        return
    repository = TicketRepository(look.session, look.caller.scope(Permission.read_tickets))
    others = [
        line
        for line in repository.events(ticket_id)
        if line.id is not None
        and line.id > int(seen)
        and line.actor_id != look.caller.id
        and (line.kind in STATE_AFTER or line.kind == "prioritised")
    ]
    if others:
        last = others[-1]
        translate = look.lang.gettext
        name = people_names(look, [last.actor_id]).get(last.actor_id or "", "")
        raise MovedMeanwhile(
            name=name or translate(N_("A rule")), words=event_name(last.kind, translate)
        )


def _desk(look: Look, step: str) -> TicketDesk:
    needs = ACTIONS[step].needs if step in ACTIONS else _NEEDED.get(step, Permission.work_tickets)
    scope = look.caller.require(needs)
    return TicketDesk(look.session, scope, look.caller.id, look.now)
