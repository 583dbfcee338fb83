"""``/alerts`` and ``/tickets``: what is wrong, and who repairs it."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlmodel import Session

from alerts.codes import Cause, FaultKind, Remedy
from alerts.models import Severity, Ticket, TicketState
from alerts.quiet.silenced import silenced
from alerts.quiet.times import QuietTime
from alerts.repositories import AlertRepository, AlertRow, TicketRepository, TicketRow
from alerts.repositories.alerts import MAX_REASON
from alerts.tickets import MAX_TEXT, MAX_TITLE, TicketDesk
from alerts.urgency import Impact, Origin, Priority, Urgency, WaitingFor
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema, Search
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import AlertScope, CurrentCaller, DbSession, TicketScope, Within
from controller.errors import NotFound
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(responses=PROBLEMS)


class AlertOut(Schema):
    """One fault; ``arguments`` is JSON with the values of the rule's message."""

    id: str
    school_code: str = Field(
        description="Of a bureau's own alert the first of its schools, which nobody sees it by."
    )
    organisation_code: str | None = Field(description="The bureau whose own it is.")
    storm_id: str | None = Field(
        description="The bureau's alert it is held back behind: it has no ticket, nobody is told."
    )
    released_at: datetime | None = Field(
        description="When that was over and it became an alert for itself."
    )
    subject: str
    device_id: str | None
    line_id: str | None
    rule: str
    part: str
    severity: Severity
    arguments: str
    opened_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_text: str
    silenced_until: datetime | None = Field(
        description="When maintenance or a silence ends that keeps it unheard now."
    )
    silenced_reason: str
    ticket_id: str | None
    ticket_number: int | None


class AcknowledgeIn(BaseModel):
    """Why an alert may stay as it is for now."""

    reason: str = Field(default="", max_length=MAX_REASON)


class TicketOut(Schema):
    """One repair."""

    id: str
    number: int
    school_code: str = Field(
        description="Of a bureau's own ticket the first of its schools, whose hours clocks count."
    )
    organisation_code: str | None = Field(description="The bureau whose own it is.")
    school_name: str = Field(description="Of a bureau's own the bureau's name.")
    device_id: str | None
    device_name: str | None
    line_id: str | None
    rule: str
    arguments: str
    title: str
    description: str
    severity: Severity
    origin: Origin
    impact: Impact
    urgency: Urgency
    priority: Priority
    state: TicketState
    waiting_for: WaitingFor | None
    assignee_id: str | None
    assignee_login: str | None
    opened_at: datetime
    responded_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    due_response_at: datetime | None
    due_at: datetime | None = Field(
        description="When the repair is or was due; null while its clock stands."
    )
    clock_left: int | None = Field(
        description="Seconds of school hours that are left, of a clock that stands."
    )
    category: str
    cause: str
    remedy: str
    merged_into_id: str | None


class TicketListing(Listed[TicketOut]):
    """The same of tickets; ``more``: there are others beyond ``total`` for a narrower question."""

    more: bool


class EventOut(Schema):
    """One line of a ticket's log."""

    at: datetime
    kind: str
    actor_id: str | None
    text: str
    assignee_id: str | None
    waiting_for: WaitingFor | None
    step: str | None = Field(
        description="Of `escalated`: the round of the ticket's life, a dot, and which promise."
    )


class TicketDetail(TicketOut):
    """One repair with its log, oldest first."""

    events: list[EventOut]


class Step(StrEnum):
    """What can be done with a ticket."""

    assign = "assign"
    take = "take"
    start = "start"
    wait = "wait"
    resolve = "resolve"
    close = "close"
    reopen = "reopen"
    comment = "comment"
    prioritise = "prioritise"
    merge = "merge"
    unmerge = "unmerge"


class TicketOrder(StrEnum):
    """What comes first in a list: what is loud, or what falls due."""

    loudest = "loudest"
    due = "due"


class StepIn(BaseModel):
    """One step; ``assignee_id`` for ``assign``, ``text`` for a reason, a solution, a comment.

    ``take`` takes a ticket nobody has; 409 where somebody was faster.

    ``waiting_for`` for ``wait``; ``cause`` and ``remedy`` for ``resolve``; ``impact`` and
    ``urgency`` for ``prioritise``; ``into``, the number of another ticket, for ``merge``.
    """

    step: Step
    text: str = Field(default="", max_length=MAX_TEXT)
    assignee_id: str | None = Field(default=None, max_length=20)
    waiting_for: WaitingFor = WaitingFor.other
    cause: Cause | None = None
    remedy: Remedy | None = None
    impact: Impact = Impact.room
    urgency: Urgency = Urgency.medium
    into: int = Field(default=0, ge=0, le=2**31 - 1)


class TicketIn(BaseModel):
    """What somebody reports; without an impact or an urgency they follow from the rest."""

    school_code: str = Field(max_length=32)
    title: str = Field(max_length=MAX_TITLE)
    description: str = Field(default="", max_length=MAX_TEXT)
    severity: Severity = Severity.warning
    device_id: str | None = Field(default=None, max_length=20)
    line_id: str | None = Field(default=None, max_length=20)
    impact: Impact | None = None
    urgency: Urgency | None = None
    category: FaultKind | None = None


_NEEDED = {
    Step.assign: Permission.assign_tickets,
    Step.close: Permission.close_tickets,
    Step.reopen: Permission.close_tickets,
}


@router.get("/alerts", tags=["alerts"])
def list_alerts(
    *,
    session: DbSession,
    scope: AlertScope,
    is_open: Annotated[bool | None, Query(alias="open")] = True,
    rule: Annotated[str | None, Query(max_length=64)] = None,
    severity: Severity | None = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    storm: Annotated[str | None, Query(max_length=20)] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[AlertOut]:
    """Alerts, the youngest first; open ones unless ``open=false``.

    Those that are held back behind an alert of their bureau are listed with ``storm``, its id, or
    with their ``school``; to whom may not see the bureau's always.
    """
    page = AlertRepository(session, scope).page(
        is_open=is_open,
        rule=rule,
        severity=severity,
        school=school,
        storm=storm,
        offset=offset,
        limit=limit,
    )
    unheard = silenced(session, [row.alert for row in page.items], utc_now())
    return Listed(
        items=[_alert(row, unheard.get(row.alert.id)) for row in page.items], total=page.total
    )


AcknowledgeScope = Annotated[Scope, Depends(Within(Permission.acknowledge_alerts))]


@router.post("/alerts/{alert_id}/acknowledge", tags=["alerts"], status_code=204)
def acknowledge(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: AcknowledgeScope,
    alert_id: str,
    body: AcknowledgeIn | None = None,
) -> None:
    """Say that somebody has seen it, and why it may stay as it is for now."""
    reason = body.reason if body is not None else ""
    AlertRepository(session, scope).acknowledge(alert_id, caller.id, utc_now(), reason)


@router.delete("/alerts/{alert_id}/acknowledge", tags=["alerts"], status_code=204)
def unacknowledge(
    session: DbSession, caller: CurrentCaller, scope: AcknowledgeScope, alert_id: str
) -> None:
    """Say that nobody sees to it after all."""
    AlertRepository(session, scope).unacknowledge(alert_id, caller.id, utc_now())


@router.get("/tickets", tags=["tickets"])
def list_tickets(
    *,
    session: DbSession,
    scope: TicketScope,
    state: Annotated[list[TicketState] | None, Query()] = None,
    severity: Severity | None = None,
    assignee: Annotated[str | None, Query(max_length=20)] = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    search: Search = "",
    order: TicketOrder = TicketOrder.loudest,
    offset: Offset = 0,
    limit: Limit = 50,
) -> TicketListing:
    """Tickets of every state unless some are named.

    The loudest first, then the oldest; or, with ``order=due`` and no search, by when they fall due.
    """
    page = TicketRepository(session, scope).page(
        states=state or (),
        severity=severity,
        assignee=assignee,
        school=school,
        search=search,
        by_due=order is TicketOrder.due,
        offset=offset,
        limit=limit,
    )
    items = [_ticket(row) for row in page.items]
    return TicketListing(items=items, total=page.total, more=page.more)


OpenScope = Annotated[Scope, Depends(Within(Permission.open_tickets))]


@router.post("/tickets", tags=["tickets"], status_code=201)
def open_ticket(
    session: DbSession, caller: CurrentCaller, scope: OpenScope, body: TicketIn
) -> TicketDetail:
    """Report something."""
    desk = TicketDesk(session, scope, caller.id, utc_now())
    ticket = desk.open(**{name: getattr(body, name) for name in TicketIn.model_fields})
    return _detail(session, scope, ticket.id)


@router.get("/tickets/{ticket_id}", tags=["tickets"])
def show_ticket(session: DbSession, scope: TicketScope, ticket_id: str) -> TicketDetail:
    """One ticket with its log."""
    return _detail(session, scope, ticket_id)


@router.post("/tickets/{ticket_id}/steps", tags=["tickets"])
def take_step(
    session: DbSession, caller: CurrentCaller, ticket_id: str, body: StepIn
) -> TicketDetail:
    """Take one step with it; 409 where the state forbids it."""
    scope = caller.require(_NEEDED.get(body.step, Permission.work_tickets))
    _step(TicketDesk(session, scope, caller.id, utc_now()), ticket_id, body, caller)
    return _detail(session, scope, ticket_id)


def _step(desk: TicketDesk, ticket_id: str, body: StepIn, caller: Caller) -> Ticket:
    steps: dict[Step, Callable[[], Ticket]] = {
        Step.assign: lambda: desk.assign(ticket_id, body.assignee_id or caller.id),
        Step.take: lambda: desk.take(ticket_id),
        Step.start: lambda: desk.start(ticket_id),
        Step.wait: lambda: desk.wait(ticket_id, body.text, body.waiting_for),
        Step.resolve: lambda: desk.resolve(
            ticket_id, body.text, cause=body.cause, remedy=body.remedy
        ),
        Step.close: lambda: desk.close(ticket_id),
        Step.reopen: lambda: desk.reopen(ticket_id, body.text),
        Step.comment: lambda: desk.comment(ticket_id, body.text),
        Step.prioritise: lambda: desk.prioritise(ticket_id, body.impact, body.urgency),
        Step.merge: lambda: desk.merge(ticket_id, body.into),
        Step.unmerge: lambda: desk.unmerge(ticket_id),
    }
    return steps[body.step]()


def _detail(session: Session, scope: Scope, ticket_id: str) -> TicketDetail:
    tickets = TicketRepository(session, scope)
    row = tickets.row(ticket_id)
    if row is None:
        raise NotFound
    events = [EventOut.model_validate(event) for event in tickets.events(ticket_id)]
    return TicketDetail(**_ticket(row).model_dump(), events=events)


def _alert(row: AlertRow, unheard: QuietTime | None) -> AlertOut:
    return AlertOut.model_validate(
        {
            **row.alert.model_dump(),
            "ticket_number": row.ticket_number,
            "silenced_until": unheard.told_from if unheard else None,
            "silenced_reason": unheard.reason if unheard else "",
        }
    )


def _ticket(row: TicketRow) -> TicketOut:
    return TicketOut.model_validate(
        {
            **row.ticket.model_dump(),
            "school_name": row.bureau.name if row.bureau else row.school.name,
            "device_name": row.device.name if row.device else None,
            "assignee_login": row.assignee.login if row.assignee else None,
        }
    )
