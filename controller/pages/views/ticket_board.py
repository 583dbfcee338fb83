"""Tickets on a board: a column a state, cards that may be moved where the state machine allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.repositories import TicketRepository
from alerts.repositories import TicketRow as Found
from alerts.states import ALLOWED, TicketState
from alerts.tickets import TicketDesk
from alerts.urgency import WaitingFor
from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.choices import Choice, Option, one_of
from controller.pages.views.names import school_choice
from controller.pages.views.tickets import TicketRow, told
from controller.words.terms import TICKET_STATES, word
from inventory.errors import Invalid

#: Cards of a column; the others are in the list.
_CARDS = 25
_S = TicketState
#: Columns from left to right, with the states of each; the last takes cards and shows none.
_COLUMNS: Sequence[tuple[TicketState, Sequence[TicketState]]] = (
    (_S.new, (_S.new, _S.reopened)),
    (_S.assigned, (_S.assigned,)),
    (_S.in_progress, (_S.in_progress,)),
    (_S.waiting, (_S.waiting,)),
    (_S.resolved, ()),
)


@dataclass(frozen=True, slots=True)
class BoardCard:
    """One ticket, and where it may go: the columns, and what is sent for each."""

    ticket: TicketRow
    targets: Sequence[str]
    moves: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Column:
    """One state with its first cards, those that fall due first; ``total``: of all of them."""

    name: str
    title: str
    cards: Sequence[BoardCard]
    total: int
    takes_only: bool


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page."""

    columns: Sequence[Column]
    choices: Sequence[Choice]
    mine: bool
    here: str
    #: The query that leads back to the same board.
    back: str
    reasons: Sequence[Option]
    #: What was moved just now and may be moved back: id and number.
    moved: tuple[str, int] | None


def ticket_board(look: Look, school: str, moved: str = "", *, mine: bool) -> Board:
    """The board of the caller's schools; ``moved``: the id of a ticket that was moved just now.

    Raises:
        PermissionDenied: this person reads no tickets.
    """
    repository = TicketRepository(look.session, look.caller.require(Permission.read_tickets))
    pages = {
        column: repository.page(
            states=states,
            assignee=look.caller.id if mine else None,
            school=school or None,
            by_due=True,
            limit=_CARDS,
        )
        for column, states in _COLUMNS
        if states
    }
    found = [row for page in pages.values() for row in page.items]
    rows = {row.id: row for row in told(look, found)}
    return Board(
        columns=[
            Column(
                name=column.value,
                title=TICKET_STATES[column],
                cards=[_card(look, one, rows) for one in pages[column].items] if states else [],
                total=pages[column].total if states else 0,
                takes_only=not states,
            )
            for column, states in _COLUMNS
        ],
        choices=school_choice(look, school),
        mine=mine,
        here=look.link({"moved": ""}),
        back=look.link({"moved": ""}).partition("?")[2],
        reasons=[Option(f"waiting.{one}", look.lang.gettext(word(one))) for one in WaitingFor],
        moved=_moved(repository, moved),
    )


def _moved(repository: TicketRepository, ticket_id: str) -> tuple[str, int] | None:
    ticket = repository.get(ticket_id) if ticket_id else None
    return None if ticket is None else (ticket.id, ticket.number)


def move(desk: TicketDesk, ticket_id: str, to: str, words: str) -> None:
    """Take the step that a move stands for.

    Args:
        desk: of who moves it.
        ticket_id: what.
        to: a column; of the column of waiting tickets, with a dot and what it waits for.
        words: the reason that goes into the log where one is asked for.

    Raises:
        Invalid: there is no such column to move to.
        NotFound: no such ticket within the desk's scope.
        TransitionRefused: its state does not allow it.
    """
    TicketRepository(desk.session, desk.scope).held(ticket_id)
    column, _, reason = to.partition(".")
    waiting_for = one_of(WaitingFor, reason)
    if column == _S.assigned:
        desk.give_back(ticket_id)
    elif column == _S.in_progress:
        desk.start(ticket_id)
    elif column == _S.waiting and waiting_for is not None:
        desk.wait(ticket_id, words, waiting_for)
    elif column == _S.resolved:
        desk.resolve(ticket_id)
    else:
        raise Invalid(field="to", reason=to)


def _card(look: Look, found: Found, rows: Mapping[str, TicketRow]) -> BoardCard:
    ticket = found.ticket
    if not look.caller.may(Permission.work_tickets, found.school.path):
        return BoardCard(rows[ticket.id], (), ())
    targets = [
        column
        for column, _ in _COLUMNS
        if column is not _S.new and column is not ticket.state and ticket.state in ALLOWED[column]
    ]
    return BoardCard(rows[ticket.id], [one.value for one in targets], list(_moves(look, targets)))


def _moves(look: Look, targets: Sequence[TicketState]) -> Sequence[Option]:
    translate = look.lang.gettext
    moves: list[Option] = []
    for target in targets:
        if target is _S.waiting:
            moves += [Option(f"waiting.{one}", translate(word(one))) for one in WaitingFor]
        else:
            moves.append(Option(target.value, translate(TICKET_STATES[target])))
    return moves
