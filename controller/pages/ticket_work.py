"""Writing down what a repair took, on the ticket's page; what was typed stays on an error."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from alerts.repositories import TicketRepository, TicketRow
from alerts.work.checklists import Check
from alerts.work.desk import MOST_MINUTES, MOST_PIECES, WorkDesk
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.choices import one_of
from controller.pages.views.record_form import AnyForm
from controller.pages.views.ticket_told import told_view
from controller.pages.views.ticket_work import Sent, work_view
from controller.pages.views.tickets import ticket_view
from controller.pages.views.typed import Typed
from controller.problems import detail_of
from inventory.errors import InventoryError

router = APIRouter()
_MOST_NUMBER = 2**31 - 1
PIECES, MINUTES = N_("Number of pieces"), N_("Minutes")
_OTHER = N_("Number of the other ticket")

_Act = Callable[[WorkDesk, str, Typed], object]
_ACTS: Mapping[str, _Act] = {
    "part": lambda desk, ticket, typed: desk.use_part(
        ticket,
        typed.text("part", N_("Part"), needed=True),
        typed.whole("quantity", PIECES, 1, MOST_PIECES),
    ),
    "bought": lambda desk, ticket, typed: desk.buy_part(
        ticket,
        typed.text("name", N_("Part that was bought"), needed=True),
        1 if (found := typed.maybe_whole("quantity", PIECES, 1, MOST_PIECES)) is None else found,
        typed.maybe_amount("cost", N_("Price of one (CNY)")),
    ),
    "labour": lambda desk, ticket, typed: desk.note_labour(
        ticket,
        typed.whole("minutes", MINUTES, 1, MOST_MINUTES),
        typed.text("name", N_("What the time was for")),
    ),
    "supplier": lambda desk, ticket, typed: desk.call_supplier(
        ticket,
        typed.text("name", N_("Supplier"), needed=True),
        cost=typed.maybe_amount("cost", N_("Bill (CNY)")),
        claim_number=typed.text("claim", N_("Number of the warranty claim"), most=64),
    ),
    "remove": lambda desk, ticket, typed: desk.remove(ticket, typed.said.get("entry", "")),
    "check": lambda desk, ticket, typed: desk.check(
        ticket, _check(typed.said.get("check", "")), done=bool(typed.said.get("done"))
    ),
    "link": lambda desk, ticket, typed: desk.link(
        ticket, typed.whole("number", _OTHER, 1, _MOST_NUMBER)
    ),
    "unlink": lambda desk, ticket, typed: desk.unlink(
        ticket, typed.whole("number", _OTHER, 1, _MOST_NUMBER)
    ),
    "split": lambda desk, ticket, typed: desk.split(
        ticket, typed.text("name", N_("A second fault"), needed=True)
    ),
    "unsplit": lambda desk, ticket, typed: desk.undo_split(
        ticket, typed.whole("number", _OTHER, 1, _MOST_NUMBER)
    ),
}


def show_ticket(look: Look, found: TicketRow, sent: Sent | None = None) -> Response:
    """A ticket's page; with ``sent`` once more, with what was wrong and nothing lost."""
    response = look.show(
        "ticket",
        ticket_view(look, found),
        work=work_view(look, found, sent),
        told=told_view(look, found),
    )
    response.status_code = 200 if sent is None else sent.status
    return response


@router.post("/tickets/{ticket_id}/entries/{act}")
def write_down(
    ticket_id: str, act: str, look: Looking, form: Annotated[AnyForm, Form()]
) -> Response:
    """Write one thing down, or take it back; or the page once more with what is wrong.

    Raises:
        NotFound: there is no such thing to write down, or no such ticket within the scope.
    """
    scope = look.caller.require(Permission.work_tickets)
    repository = TicketRepository(look.session, scope)
    found = repository.row(ticket_id)
    if act not in _ACTS or found is None:
        raise NotFound
    try:
        with look.session.begin_nested():
            desk = WorkDesk(look.session, scope, look.caller.id, look.now)
            _ACTS[act](desk, ticket_id, Typed(look, form.said))
    except InventoryError as error:
        refused = InventoryRefused(error)
        sent = Sent(act, form.said, detail_of(refused, look.lang), refused.status)
        return show_ticket(look, found, sent)
    return RedirectResponse(f"/tickets/{ticket_id}", 303)


def _check(text: str) -> Check:
    check = one_of(Check, text)
    if check is None:
        raise NotFound
    return check
