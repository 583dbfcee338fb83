"""The board of tickets, and moving a card on it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from alerts.moves import undo_move
from alerts.tickets import TicketDesk
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Looking
from controller.pages.views.ticket_board import move, ticket_board

router = APIRouter()


@router.get("/tickets/board")
def board_page(
    look: Looking,
    school: Annotated[str, Query(max_length=32)] = "",
    mine: bool = False,
    moved: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Tickets that need somebody, a column a state; ``moved``: the one that was moved just now."""
    return look.show("ticket_board", ticket_board(look, school, moved, mine=mine))


@router.post("/tickets/{ticket_id}/move")
def move_card(
    ticket_id: str,
    look: Looking,
    to: Annotated[str, Form(max_length=32)],
    back: Annotated[str, Form(max_length=200, pattern=r"^[\w=&%.-]*$")] = "",
) -> Response:
    """Move a ticket to another column.

    Raises:
        NotFound: no such ticket within the caller's scope.
        TransitionRefused: its state does not allow it.
        Invalid: no such column.
    """
    scope = look.caller.require(Permission.work_tickets)
    desk = TicketDesk(look.session, scope, look.caller.id, look.now)
    move(desk, ticket_id, to, look.lang.gettext(N_("Moved on the board")))
    return RedirectResponse(f"/tickets/board?{f'{back}&' if back else ''}moved={ticket_id}", 303)


@router.post("/tickets/{ticket_id}/unmove")
def undo_card(
    ticket_id: str,
    look: Looking,
    back: Annotated[str, Form(max_length=200, pattern=r"^[\w=&%.-]*$")] = "",
) -> Response:
    """Bring a ticket back to the column it was in before the caller's own last move.

    Raises:
        NotFound: no such ticket within the caller's scope.
        MoveOutrun: somebody has done something since.
    """
    scope = look.caller.require(Permission.work_tickets)
    desk = TicketDesk(look.session, scope, look.caller.id, look.now)
    undo_move(desk, ticket_id, look.lang.gettext(N_("Move on the board taken back")))
    return RedirectResponse("/tickets/board" + (f"?{back}" if back else ""), 303)
