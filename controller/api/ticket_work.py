"""What a repair took: parts, time, suppliers, checks; links and splits."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from sqlmodel import Session

from alerts.repositories import TicketRepository
from alerts.work.checklists import Check, checks_of
from alerts.work.desk import MOST_CNY, MOST_MINUTES, MOST_PIECES, WorkDesk, cost_of
from alerts.work.models import ItemKind, TicketItem
from alerts.work.repository import WorkRepository
from controller.api.schemas import PROBLEMS, Schema
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, TicketScope, Within
from controller.errors import NotFound
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["tickets"], responses=PROBLEMS)
WorkScope = Annotated[Scope, Depends(Within(Permission.work_tickets))]
Cost = Annotated[Decimal, Field(ge=0, le=MOST_CNY, max_digits=12, decimal_places=2)]
TicketNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class PartIn(BaseModel):
    """Parts of the stock by ``part_id``, or bought ones by ``name`` and what one cost."""

    part_id: str | None = Field(default=None, max_length=20)
    name: str = Field(default="", max_length=200)
    quantity: int = Field(default=1, ge=1, le=MOST_PIECES)
    unit_cost_cny: Cost | None = None


class LabourIn(BaseModel):
    """How long somebody worked, and at what."""

    minutes: int = Field(ge=1, le=MOST_MINUTES)
    what: str = Field(default="", max_length=200)


class SupplierIn(BaseModel):
    """Who repairs it outside; with a claim's number on the warranty."""

    name: Words
    cost_cny: Cost | None = None
    claim_number: str = Field(default="", max_length=64)


class LinkIn(BaseModel):
    """The number of another ticket."""

    number: int = Field(ge=1, le=2**31 - 1)


class SplitIn(BaseModel):
    """What the second fault is."""

    title: Words


class CheckIn(BaseModel):
    """Whether a line of the checklist is ticked off."""

    done: bool = True


class ItemOut(Schema):
    """One entry; amounts are null for who reads no costs."""

    id: str
    kind: ItemKind
    at: datetime
    actor_id: str
    part_id: str | None
    name: str
    quantity: int
    unit_cost_cny: Decimal | None
    claim_number: str


class WorkOut(BaseModel):
    """Everything written down about a repair."""

    items: list[ItemOut]
    minutes: int
    cost_cny: Decimal | None
    links: list[int] = Field(description="Numbers of tickets that belong to it.")
    checks: dict[Check, bool]


@router.get("/tickets/{ticket_id}/entries")
def show_work(
    session: DbSession, caller: CurrentCaller, scope: TicketScope, ticket_id: str
) -> WorkOut:
    """What the repair took, what belongs to it, and its checklist."""
    return _work(session, caller, scope, ticket_id)


@router.post("/tickets/{ticket_id}/parts")
def use_part(
    session: DbSession, caller: CurrentCaller, scope: WorkScope, ticket_id: str, body: PartIn
) -> WorkOut:
    """Use parts; 409 where the stock has fewer."""
    desk = _desk(session, caller, scope)
    if body.part_id is not None:
        desk.use_part(ticket_id, body.part_id, body.quantity)
    else:
        desk.buy_part(ticket_id, body.name, body.quantity, body.unit_cost_cny)
    return _work(session, caller, scope, ticket_id)


@router.post("/tickets/{ticket_id}/labour")
def note_labour(
    session: DbSession, caller: CurrentCaller, scope: WorkScope, ticket_id: str, body: LabourIn
) -> WorkOut:
    """Note working time."""
    _desk(session, caller, scope).note_labour(ticket_id, body.minutes, body.what)
    return _work(session, caller, scope, ticket_id)


@router.post("/tickets/{ticket_id}/suppliers")
def call_supplier(
    session: DbSession, caller: CurrentCaller, scope: WorkScope, ticket_id: str, body: SupplierIn
) -> WorkOut:
    """Note a repair by a supplier, or a claim on the warranty."""
    _desk(session, caller, scope).call_supplier(
        ticket_id, body.name, cost=body.cost_cny, claim_number=body.claim_number
    )
    return _work(session, caller, scope, ticket_id)


@router.delete("/tickets/{ticket_id}/entries/{ticket_entry_id}", status_code=204)
def remove_entry(
    session: DbSession,
    caller: CurrentCaller,
    scope: WorkScope,
    ticket_id: str,
    ticket_entry_id: str,
) -> None:
    """Take an entry back; parts go back into their stock."""
    _desk(session, caller, scope).remove(ticket_id, ticket_entry_id)


@router.post("/tickets/{ticket_id}/links")
def link_ticket(
    session: DbSession, caller: CurrentCaller, scope: WorkScope, ticket_id: str, body: LinkIn
) -> WorkOut:
    """Say that another ticket belongs to it."""
    _desk(session, caller, scope).link(ticket_id, body.number)
    return _work(session, caller, scope, ticket_id)


@router.delete("/tickets/{ticket_id}/links/{number}", status_code=204)
def unlink_ticket(
    session: DbSession,
    caller: CurrentCaller,
    scope: WorkScope,
    ticket_id: str,
    number: TicketNumber,
) -> None:
    """Say that another ticket does not belong to it after all."""
    _desk(session, caller, scope).unlink(ticket_id, number)


@router.delete("/tickets/{ticket_id}/split/{number}", status_code=204)
def undo_split(
    session: DbSession,
    caller: CurrentCaller,
    scope: WorkScope,
    ticket_id: str,
    number: TicketNumber,
) -> None:
    """Take back that a ticket was split off: it is closed, and this one goes on for it."""
    _desk(session, caller, scope).undo_split(ticket_id, number)


@router.post("/tickets/{ticket_id}/split", status_code=201)
def split_ticket(
    session: DbSession, caller: CurrentCaller, scope: WorkScope, ticket_id: str, body: SplitIn
) -> dict[str, str | int]:
    """Make a ticket of its own of a second fault; its id and number."""
    part = _desk(session, caller, scope).split(ticket_id, body.title)
    return {"id": part.id, "number": part.number}


@router.put("/tickets/{ticket_id}/checks/{check}")
def tick_off(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: WorkScope,
    ticket_id: str,
    check: Check,
    body: CheckIn,
) -> WorkOut:
    """Tick a line of the checklist off."""
    _desk(session, caller, scope).check(ticket_id, check, done=body.done)
    return _work(session, caller, scope, ticket_id)


def _desk(session: Session, caller: Caller, scope: Scope) -> WorkDesk:
    return WorkDesk(session, scope, caller.id, utc_now())


def _work(session: Session, caller: Caller, scope: Scope, ticket_id: str) -> WorkOut:
    row = TicketRepository(session, scope).row(ticket_id)
    if row is None:
        raise NotFound
    work = WorkRepository(session, scope).of(ticket_id)
    priced = caller.may(Permission.read_costs, row.school.path)
    checks = checks_of(row)
    return WorkOut(
        items=[_item(one, priced=priced) for one in work.items],
        minutes=sum(one.quantity for one in work.items if one.kind is ItemKind.labour),
        cost_cny=cost_of(work.items) if priced else None,
        links=[one.number for one in work.links],
        checks={check: check.value in work.checked for check in checks},
    )


def _item(item: TicketItem, *, priced: bool) -> ItemOut:
    told = ItemOut.model_validate(item)
    return told if priced else told.model_copy(update={"unit_cost_cny": None})
