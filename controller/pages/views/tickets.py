"""Tickets as rows, and one ticket with its log and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.messages import event_name, ticket_text, ticket_title
from alerts.models import Severity, Ticket, TicketState
from alerts.repositories import ACTIVE, TicketRepository
from alerts.repositories import TicketRow as Found
from alerts.tickets import ALLOWED
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.alerts import subject_name
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.lines import contracted
from controller.pages.views.names import people_names, room_name, school_choice, school_name
from controller.words import TICKET_STATES, word
from inventory.models import Device, Room, School, User
from inventory.repositories.rooms import RoomRepository


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One ticket as it is told."""

    id: str
    number: int
    title: str
    state: TicketState
    severity: Severity
    assignee: str
    school_code: str
    school_name: str
    device_id: str | None
    device_name: str
    place: str
    opened_at: datetime
    resolved_at: datetime | None

    @property
    def done(self) -> bool:
        return self.state not in ACTIVE


@dataclass(frozen=True, slots=True)
class TicketList:
    """One page of the list of tickets."""

    tickets: Sequence[TicketRow]
    shown: Shown
    choices: Sequence[Choice]
    mine: bool
    here: str


@dataclass(frozen=True, slots=True)
class Action:
    """A step one may take; ``words``: it takes what was written beside it."""

    name: str
    text: str
    icon: str
    to: TicketState
    needs: Permission
    words: bool = False


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a ticket's log."""

    at: datetime
    words: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class TicketView:
    """Everything on a ticket's page."""

    ticket: TicketRow
    description: str
    #: What is broken, as a repairer or a provider asks for it: (label, value).
    subject: Sequence[tuple[str, str]]
    #: Telephone number of the line's provider; empty for devices.
    hotline: str
    log: Sequence[LogEntry]
    actions: Sequence[Action]
    word_actions: Sequence[Action]
    may_comment: bool


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action("accept", N_("Accept"), "hand-stop", TicketState.assigned, Permission.work_tickets),
        Action(
            "start", N_("Start"), "player-play", TicketState.in_progress, Permission.work_tickets
        ),
        Action("close", N_("Close"), "x", TicketState.closed, Permission.close_tickets),
        Action(
            "resolve",
            N_("Resolve"),
            "circle-check",
            TicketState.resolved,
            Permission.work_tickets,
            words=True,
        ),
        Action(
            "wait", N_("Wait"), "clock", TicketState.waiting, Permission.work_tickets, words=True
        ),
        Action(
            "reopen",
            N_("Reopen"),
            "refresh",
            TicketState.reopened,
            Permission.work_tickets,
            words=True,
        ),
    )
}


def ticket_list(look: Look, state: str, school: str, number: int, *, mine: bool) -> TicketList:
    """Tickets by state and school; ``state`` empty: those that still need somebody.

    Raises:
        PermissionDenied: this person reads no tickets.
    """
    scope = look.caller.require(Permission.read_tickets)
    states: Sequence[TicketState] = ACTIVE
    if state == "all":
        states = ()
    elif (chosen := one_of(TicketState, state)) is not None:
        states = (chosen,)
    found = TicketRepository(look.session, scope).page(
        states=states,
        assignee=look.caller.id if mine else None,
        school=school or None,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    translate = look.lang.gettext
    options = [
        Option("", translate(N_("Not done yet")), not state),
        *(Option(s.value, translate(text), s == state) for s, text in TICKET_STATES.items()),
        Option("all", translate(N_("All")), state == "all"),
    ]
    return TicketList(
        tickets=told(look, found.items),
        shown=Shown(look, number, found.total),
        choices=[
            Choice("state", N_("Status"), options),
            *school_choice(look, school),
        ],
        mine=mine,
        here=look.here,
    )


def open_tickets(look: Look, school: str, limit: int) -> tuple[Sequence[TicketRow], int]:
    """Tickets of one school that need somebody, and how many there are."""
    repository = TicketRepository(look.session, look.caller.scope(Permission.read_tickets))
    found = repository.page(school=school, limit=limit)
    return told(look, found.items), found.total


def tickets_of_device(
    look: Look, device: Device, school: School, limit: int
) -> Sequence[TicketRow]:
    """Every ticket a device ever had, the youngest first."""
    repository = TicketRepository(look.session, look.caller.scope(Permission.read_tickets))
    tickets = repository.of_device(device.id, limit=limit)
    return told(look, [Found(ticket, school, device, None, None) for ticket in tickets])


def ticket_view(look: Look, found: Found) -> TicketView:
    """One ticket, its log, and the steps this person may take now."""
    repository = TicketRepository(look.session, look.caller.scope(Permission.read_tickets))
    events = repository.events(found.ticket.id)
    people = people_names(look, [event.actor_id for event in events])
    [row] = told(look, [found])
    log = [
        LogEntry(
            at=event.at,
            words=event_name(event.kind, look.lang.gettext),
            actor=people.get(event.actor_id or "", ""),
            text=event.text,
        )
        for event in events
    ]
    possible = [action for action in ACTIONS.values() if _possible(look, found, action)]
    return TicketView(
        ticket=row,
        description=ticket_text(found.ticket, look.lang.gettext),
        subject=_subject(look, found),
        hotline=found.line.hotline if found.line else "",
        log=log,
        actions=[action for action in possible if not action.words],
        word_actions=[action for action in possible if action.words],
        may_comment=look.caller.may(Permission.work_tickets, found.school.path),
    )


def _subject(look: Look, found: Found) -> list[tuple[str, str]]:
    """What one is asked on the phone, or looks for on the label."""
    facts: list[tuple[str, str]] = []
    if (device := found.device) is not None:
        facts = [
            (N_("Kind"), look.lang.gettext(word(device.kind))),
            (N_("Model"), " ".join(filter(None, (device.vendor, device.model)))),
            (N_("Serial number"), device.serial or ""),
            (N_("Asset number"), device.asset_number or ""),
            (N_("Address"), device.address or device.mqtt_client or ""),
        ]
    elif (line := found.line) is not None:
        facts = [
            (N_("Provider"), line.provider),
            (N_("Circuit"), line.circuit),
            (N_("Contracted download / upload"), contracted(line)),
        ]
    ticket = found.ticket
    facts.append((N_("Number in the repair log"), ticket.record_number or ""))
    if ticket.cost_cny is not None and look.caller.may(Permission.read_costs, found.school.path):
        facts.append((N_("Repair cost (CNY)"), f"{ticket.cost_cny:,.2f}"))
    return [(label, value) for label, value in facts if value]


def _possible(look: Look, found: Found, action: Action) -> bool:
    ticket = found.ticket
    if ticket.state not in ALLOWED[action.to]:
        return False
    if action.name == "accept" and ticket.assignee_id == look.caller.id:
        return False
    return look.caller.may(action.needs, found.school.path)


def told(look: Look, found: Sequence[Found]) -> list[TicketRow]:
    """Tickets in the reader's words."""
    rooms = RoomRepository(look.session, look.scope).named(
        sorted({row.device.room_id for row in found if row.device and row.device.room_id})
    )
    places = {room.id: room for room in rooms}
    people = people_names(look, [row.ticket.assignee_id for row in found])
    return [_row(look, row, places, people) for row in found]


def _row(
    look: Look, found: Found, places: Mapping[str, Room], people: Mapping[str, str]
) -> TicketRow:
    ticket: Ticket = found.ticket
    assignee: User | None = found.assignee
    room = places.get(found.device.room_id or "") if found.device else None
    name = assignee.name or assignee.login if assignee else ""
    return TicketRow(
        id=ticket.id,
        number=ticket.number,
        title=ticket_title(ticket, subject_name(look, found.device, found.line), look.lang.gettext),
        state=ticket.state,
        severity=ticket.severity,
        assignee=name or people.get(ticket.assignee_id or "", ""),
        school_code=found.school.code,
        school_name=school_name(look, found.school),
        device_id=ticket.device_id,
        device_name=found.device.name if found.device else "",
        place=room_name(room),
        opened_at=ticket.opened_at,
        resolved_at=ticket.resolved_at,
    )
