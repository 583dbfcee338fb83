"""Taking back the last step of a ticket: the log takes the step that leads back, and keeps both."""

from alerts.errors import MoveOutrun
from alerts.holders import holder_after
from alerts.models import Ticket, TicketEvent
from alerts.repositories import TicketRepository
from alerts.states import STATE_AFTER, TicketState
from alerts.tickets import TicketDesk
from alerts.urgency import WaitingFor

_S = TicketState


def undo_move(desk: TicketDesk, ticket_id: str, words: str) -> Ticket:
    """Bring a ticket back to where it was before the caller's own last step.

    Args:
        desk: of who took the step.
        ticket_id: which.
        words: the reason that goes into the log where one is asked for.

    Raises:
        NotFound: no such ticket within the desk's scope.
        MoveOutrun: somebody has done something since, or it was somebody else's step.
    """
    repository = TicketRepository(desk.session, desk.scope)
    ticket, log = repository.held(ticket_id), repository.events(ticket_id)
    steps = [line for line in log if line.kind in STATE_AFTER]
    if len(steps) < 2 or steps[-1] is not log[-1] or log[-1].actor_id != desk.actor_id:  # noqa: PLR2004
        raise MoveOutrun(number=ticket.number)
    before = steps[-2]
    holder = holder_after(steps[:-1])
    if ticket.state is _S.resolved:
        desk.reopen(ticket_id, words)
    _lead_back(desk, ticket_id, before, holder, words)
    return ticket


def _lead_back(
    desk: TicketDesk, ticket_id: str, before: TicketEvent, holder: str | None, words: str
) -> None:
    state = STATE_AFTER[before.kind]
    ticket = TicketRepository(desk.session, desk.scope).held(ticket_id)
    if state in (_S.new, _S.reopened):
        if ticket.state is not _S.reopened:
            desk.put_back(ticket_id, holder)
    elif state is _S.assigned:
        desk.assign(ticket_id, holder or desk.actor_id)
    else:
        if ticket.state is not _S.in_progress:
            desk.start(ticket_id)
        if state is _S.waiting:
            desk.wait(ticket_id, before.text or words, before.waiting_for or WaitingFor.other)
