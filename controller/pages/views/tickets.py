"""Tickets as rows, and one ticket with its log and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.codes import Cause, FaultKind, Remedy
from alerts.growing import list_alert
from alerts.messages import event_name, ticket_text, ticket_title
from alerts.models import Severity, Ticket, TicketState
from alerts.repositories import ACTIVE, TicketRepository
from alerts.repositories import TicketRow as Found
from alerts.storm.reading import storms_of_tickets
from alerts.tickets import ALLOWED
from alerts.urgency import Impact, Priority, Urgency, WaitingFor
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.alerts import subject_of
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.lines import contracted
from controller.pages.views.names import (
    bureau_name,
    people_names,
    room_name,
    school_choice,
    school_name,
)
from controller.pages.views.ticket_clocks import Countdown, countdowns
from controller.pages.views.ticket_contacts import contacts
from controller.pages.views.ticket_people import assign_choice
from controller.words.terms import TICKET_STATES, word
from controller.words.ticket_log import coded, log_text
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
    #: Of a bureau's own the bureau's name.
    school_name: str
    #: Of a bureau's own the page of its alert, with the schools.
    school_href: str
    is_bureaus: bool
    device_id: str | None
    device_name: str
    place: str
    opened_at: datetime
    resolved_at: datetime | None
    priority: Priority
    clock: Countdown
    waiting_for: WaitingFor | None

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
    #: Page of the list it is about; empty for others.
    list_href: str
    #: Telephone number of the line's provider; empty for devices.
    hotline: str
    log: Sequence[LogEntry]
    actions: Sequence[Action]
    word_actions: Sequence[Action]
    may_comment: bool
    #: What may be chosen beside a step: parameter, options; empty where the step is not possible.
    wait_choice: Choice | None
    repair_choices: Sequence[Choice]
    priority_choices: Sequence[Choice]
    may_merge: bool
    #: The ticket that goes on for this one: id and number.
    merged_into: tuple[str, int] | None
    #: Whom to call at the school: name and number; empty where nobody has said so.
    contact: tuple[str, str] | None
    #: Who may be given it; ``None`` where this person gives none out.
    assign_choice: Choice | None
    #: Whether one tap says that it waits for parts, and that it is done.
    may_wait: bool
    may_resolve: bool
    #: The last line of the log that the page shows.
    seen: int


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action("take", N_("Accept"), "hand-stop", TicketState.assigned, Permission.work_tickets),
        Action(
            "accept", N_("Take over"), "hand-stop", TicketState.assigned, Permission.work_tickets
        ),
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
            text=log_text(look.lang, event),
        )
        for event in events
    ]
    ticket = found.ticket
    works = look.caller.may(Permission.work_tickets, found.school.path)
    into = repository.get(ticket.merged_into_id) if ticket.merged_into_id else None
    possible = [action for action in ACTIONS.values() if _possible(look, found, action)]
    called = (
        contacts(look, [found.school.code]).get(found.school.code) if not row.is_bureaus else None
    )
    return TicketView(
        ticket=row,
        description=ticket_text(found.ticket, look.lang.gettext),
        subject=_subject(look, found),
        list_href=f"/alerts/{alert}" if (alert := list_alert(look.session, ticket)) else "",
        hotline=found.line.hotline if found.line else "",
        log=log,
        actions=[action for action in possible if not action.words],
        word_actions=[action for action in possible if action.words],
        may_comment=works,
        wait_choice=_choice(look, "waiting_for", N_("Waits for"), WaitingFor, WaitingFor.parts)
        if any(action.name == "wait" for action in possible)
        else None,
        repair_choices=[
            _choice(look, "cause", N_("Cause"), Cause, ticket.cause, optional=True),
            _choice(look, "remedy", N_("Remedy"), Remedy, ticket.remedy, optional=True),
        ]
        if any(action.name == "resolve" for action in possible)
        else [],
        priority_choices=[
            _choice(look, "impact", N_("Impact"), Impact, ticket.impact),
            _choice(look, "urgency", N_("Urgency"), Urgency, ticket.urgency),
        ]
        if works and ticket.state in ACTIVE
        else [],
        may_merge=works and ticket.state is not TicketState.closed,
        merged_into=None if into is None else (into.id, into.number),
        contact=(called.name, called.phone) if called else None,
        assign_choice=assign_choice(look, found),
        may_wait=any(action.name == "wait" for action in possible),
        may_resolve=ticket.assignee_id is not None
        and any(action.name == "resolve" for action in possible),
        seen=max((event.id or 0 for event in events), default=0),
    )


def _choice(
    look: Look, name: str, label: str, words: type[StrEnum], now: str, *, optional: bool = False
) -> Choice:
    options = [Option(value.value, look.lang.gettext(word(value)), value == now) for value in words]
    return Choice(name, label, [Option("", "—", not now), *options] if optional else options)


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
    facts += [
        (N_("Fault"), coded(look.lang, FaultKind, ticket.category)),
        (N_("Cause"), coded(look.lang, Cause, ticket.cause)),
        (N_("Remedy"), coded(look.lang, Remedy, ticket.remedy)),
    ]
    facts.append((N_("Number in the repair log"), ticket.record_number or ""))
    if ticket.cost_cny is not None and look.caller.may(Permission.read_costs, found.school.path):
        facts.append((N_("Repair cost (CNY)"), f"{ticket.cost_cny:,.2f}"))
    return [(label, value) for label, value in facts if value]


def _possible(look: Look, found: Found, action: Action) -> bool:
    ticket = found.ticket
    if ticket.state not in ALLOWED[action.to]:
        return False
    if action.name == "take" and ticket.assignee_id is not None:
        return False
    if action.name == "accept" and ticket.assignee_id in (None, look.caller.id):
        return False
    return look.caller.may(action.needs, found.school.path)


def told(look: Look, found: Sequence[Found]) -> list[TicketRow]:
    """Tickets in the reader's words."""
    rooms = RoomRepository(look.session, look.scope).named(
        sorted({row.device.room_id for row in found if row.device and row.device.room_id})
    )
    places = {room.id: room for room in rooms}
    people = people_names(look, [row.ticket.assignee_id for row in found])
    clocks = countdowns(look, found)
    storms = storms_of_tickets(look.session, {row.ticket.id for row in found if row.bureau})
    return [_row(look, row, places, people, clocks, storms=storms) for row in found]


def _row(
    look: Look,
    found: Found,
    places: Mapping[str, Room],
    people: Mapping[str, str],
    clocks: Mapping[str, Countdown],
    *,
    storms: Mapping[str, str],
) -> TicketRow:
    ticket: Ticket = found.ticket
    assignee: User | None = found.assignee
    room = places.get(found.device.room_id or "") if found.device else None
    name = assignee.name or assignee.login if assignee else ""
    bureau = bureau_name(look, found.bureau) if found.bureau else ""
    href = f"/alerts/{storms.get(ticket.id, '')}" if bureau else f"/schools/{found.school.code}"
    subject = subject_of(look, found)
    return TicketRow(
        id=ticket.id,
        number=ticket.number,
        title=ticket_title(ticket, subject, look.lang.gettext),
        state=ticket.state,
        severity=ticket.severity,
        assignee=name or people.get(ticket.assignee_id or "", ""),
        school_code=found.school.code,
        school_name=bureau or school_name(look, found.school),
        school_href=href,
        is_bureaus=bool(bureau),
        device_id=ticket.device_id,
        device_name=found.device.name if found.device else "",
        place=room_name(room),
        opened_at=ticket.opened_at,
        resolved_at=ticket.resolved_at,
        priority=ticket.priority,
        clock=clocks[ticket.id],
        waiting_for=ticket.waiting_for if ticket.state is TicketState.waiting else None,
    )
