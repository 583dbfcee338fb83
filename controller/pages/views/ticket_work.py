"""What a repair took, as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from alerts.messages import ticket_title
from alerts.models import Ticket, TicketState
from alerts.repositories import TicketRow as Found
from alerts.states import STOPPED
from alerts.work.checklists import Check, checks_of
from alerts.work.desk import WorkDesk, cost_of
from alerts.work.models import ItemKind, SparePart
from alerts.work.repository import WorkRepository
from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.words.terms import word
from controller.words.tickets import work_amount, work_name


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a repair took; ``cost`` is empty for who reads no costs."""

    id: str
    words: str
    amount: str
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the checklist."""

    code: str
    words: str
    done: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was refused: which, what was typed, and what was wrong."""

    act: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A ticket that belongs to this one; ``is_split``: it may be merged back into it."""

    id: str
    number: int
    title: str
    state: TicketState
    is_split: bool


@dataclass(frozen=True, slots=True)
class WorkView:
    """Everything beside the log of a ticket."""

    entries: Sequence[Entry]
    minutes: int
    cost: Decimal | None
    checks: Sequence[CheckLine]
    parts: Sequence[SparePart]
    links: Sequence[LinkLine]
    #: Whether this person may write something down.
    may_write: bool
    priced: bool
    #: Whether links may be made and taken back; of closed tickets, too.
    may_link: bool
    #: The ticket it was merged into, where that may be taken back.
    merged_into: int | None
    sent: Sent


def work_view(look: Look, found: Found, sent: Sent | None = None) -> WorkView:
    """What is written about one repair, and what may be added."""
    repository = WorkRepository(look.session, look.caller.scope(Permission.read_tickets))
    work, path = repository.of(found.ticket.id), found.school.path
    priced = look.caller.may(Permission.read_costs, path)
    works = look.caller.may(Permission.work_tickets, path)
    checks = checks_of(found)
    return WorkView(
        entries=[
            Entry(
                id=one.id,
                words=work_name(one),
                amount=work_amount(one, look.lang.gettext),
                cost=one.unit_cost_cny * one.quantity
                if priced and one.unit_cost_cny is not None
                else None,
            )
            for one in work.items
        ],
        minutes=sum(one.quantity for one in work.items if one.kind is ItemKind.labour),
        cost=cost_of(work.items) if priced else None,
        checks=[_check(look, one, work.checked) for one in checks],
        parts=repository.parts_for(found.ticket.id) if works else (),
        links=_links(look, found, work.links),
        may_write=works and found.ticket.state is not TicketState.closed,
        priced=priced,
        may_link=works,
        merged_into=_merged_into(look, found) if works else None,
        sent=sent or Sent(),
    )


def _links(look: Look, found: Found, links: Sequence[Ticket]) -> Sequence[LinkLine]:
    scope = look.caller.scope(Permission.read_tickets)
    desk = WorkDesk(look.session, scope, look.caller.id, look.now)
    goes_on = found.ticket.state not in STOPPED
    split = desk.split_off(found.ticket.id) if links and goes_on else frozenset()
    return [
        LinkLine(
            one.id,
            one.number,
            ticket_title(one, "", look.lang.gettext),
            one.state,
            one.number in split and one.state not in STOPPED,
        )
        for one in links
    ]


def _merged_into(look: Look, found: Found) -> int | None:
    ticket = found.ticket
    if ticket.merged_into_id is None or ticket.state is not TicketState.closed:
        return None
    return look.session.get_one(Ticket, ticket.merged_into_id).number


def _check(look: Look, check: Check, checked: frozenset[str]) -> CheckLine:
    return CheckLine(check.value, look.lang.gettext(word(check)), check.value in checked)
