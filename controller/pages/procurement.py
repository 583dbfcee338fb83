"""Requests, projects and orders: their lists, each of them, and the steps people take."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.errors import InvalidRequest, NotFound
from controller.pages.look import Looking
from controller.pages.views.procurement import procurement_list
from controller.pages.views.procurement_documents import (
    order_document,
    project_document,
    request_document,
)
from controller.procuring import actor_of, procurement_scope
from drivers.readings import Kind
from inventory.models import ApprovalDecision, ProjectStage, Right
from inventory.procurement.entries import EntryRepository
from inventory.procurement.ledger import MAX_COMMENT, Ledger
from inventory.procurement.orders import OrderDesk
from inventory.procurement.projects import Contract, ProjectDesk
from inventory.procurement.receiving import ReceivingDesk, Scan
from inventory.procurement.requests import RequestDesk
from inventory.procurement.wishes import LineWish, RequestWish

router = APIRouter(prefix="/procurement")
_Word = Annotated[str, Form(max_length=200)]
_Text = Annotated[str, Form(max_length=MAX_COMMENT)]
_Day = Annotated[date | None, Form()]


@router.get("")
def lists_page(
    look: Looking,
    tab: Annotated[str, Query(max_length=20)] = "requests",
    q: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Requests, projects or orders."""
    return look.show("procurement", procurement_list(look, tab, q, page))


@router.get("/requests/{key}")
def request_page(key: str, look: Looking) -> Response:
    """One request."""
    return look.show("procured", request_document(look, key))


@router.get("/projects/{key}")
def project_page(key: str, look: Looking) -> Response:
    """One project."""
    return look.show("procured", project_document(look, key))


@router.get("/orders/{key}")
def order_page(key: str, look: Looking) -> Response:
    """One order."""
    return look.show("procured", order_document(look, key))


@router.get("/orders/{key}/acceptance")
def acceptance_sheet(key: str, look: Looking) -> Response:
    """The acceptance of an order (履约验收单), to be printed and signed."""
    return look.show("acceptance", order_document(look, key))


@router.post("/requests")
def new_request(
    *,
    look: Looking,
    school_code: _Word,
    title: _Word,
    kind: Annotated[Kind, Form()],
    quantity: Annotated[int, Form()],
    unit_price: _Word,
    reason: _Text,
) -> Response:
    """Begin a request of one line; the API takes more."""
    desk = RequestDesk(look.session, actor_of(look.caller, Right.request), look.now)
    line = LineWish(kind, quantity, _money(unit_price))
    row = desk.draft(school_code, RequestWish(title, reason, [line]))
    return _to("requests", row.id)


@router.post("/{subject}/{key}/undo/{entry_id}")
def undo(subject: str, key: str, entry_id: int, look: Looking, reason: _Text = "") -> Response:
    """Take a step back by a counter-entry.

    Raises:
        NotFound: no such step within the caller's scope.
    """
    entry = EntryRepository(look.session, procurement_scope(look.caller)).get(entry_id)
    if entry is None or (f"{entry.subject.value}s", entry.subject_id) != (subject, key):
        raise NotFound
    Ledger(look.session, actor_of(look.caller, entry.right), look.now).undo(entry_id, reason)
    return _to(subject, key)


@router.post("/requests/{key}/{step}")
def request_step(
    *,
    key: str,
    step: str,
    look: Looking,
    comment: _Text = "",
    decision: Annotated[ApprovalDecision | None, Form()] = None,
    duplicates_seen: Annotated[bool, Form()] = False,
) -> Response:
    """Put forward, withdraw or decide.

    Raises:
        NotFound: no such step.
    """
    right = Right.approve if step == "decide" else Right.request
    desk = RequestDesk(look.session, actor_of(look.caller, right), look.now)
    if step == "submit":
        desk.submit(key, comment=comment, duplicates_seen=duplicates_seen)
    elif step == "withdraw":
        desk.withdraw(key, comment)
    elif step == "decide" and decision is not None:
        desk.decide(key, decision, comment)
    else:
        raise NotFound
    return _to("requests", key)


@router.post("/projects/{key}/{step}")
def project_step(
    *,
    key: str,
    step: str,
    look: Looking,
    stage: Annotated[ProjectStage, Form()],
    note: Annotated[str, Form(max_length=4_000)] = "",
    comment: _Text = "",
    tender_number: _Word = "",
    contract_number: _Word = "",
    supplier: _Word = "",
    ceiling: _Word = "",
    signed_on: _Day = None,
) -> Response:
    """Put a stage forward, approve it, or give it back.

    Raises:
        NotFound: no such step.
    """
    right = Right.manage if step == "submit" else Right.approve
    desk = ProjectDesk(look.session, actor_of(look.caller, right), look.now)
    if step == "submit":
        contract = None
        if stage is ProjectStage.contract:
            day = signed_on or look.today
            contract = Contract(tender_number, contract_number, supplier, _money(ceiling), day)
        desk.submit_stage(key, stage, note, contract)
    elif step == "approve":
        desk.approve_stage(key, stage, comment)
    elif step == "return":
        desk.return_stage(key, stage, note)
    else:
        raise NotFound
    return _to("projects", key)


@router.post("/orders/{key}/{step}")
def order_step(
    *,
    key: str,
    step: str,
    look: Looking,
    line: _Word = "",
    quantity: Annotated[int, Form()] = 0,
    on: _Day = None,
    note: _Text = "",
    box: _Word = "",
    scans: Annotated[str, Form(max_length=100_000)] = "",
    inspectors: _Word = "",
) -> Response:
    """Write down a delivery, unpack pieces, or accept the order.

    Raises:
        NotFound: no such step.
    """
    actor, day = actor_of(look.caller, Right.receive), on or look.today
    receiving = ReceivingDesk(look.session, actor, look.now)
    if step == "deliver":
        receiving.deliver(key, {line: quantity}, arrived_on=day, note_number=note)
    elif step == "receive":
        delivery, _, of = box.partition(" ")
        receiving.receive(delivery, of, [Scan(text) for text in _lines(scans)])
    elif step == "accept":
        desk = OrderDesk(look.session, actor, look.now)
        desk.accept(key, inspectors=inspectors, conclusion=note, accepted_on=day)
    else:
        raise NotFound
    return _to("orders", key)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _money(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise InvalidRequest(reason=text) from None


def _to(subject: str, key: str) -> Response:
    return RedirectResponse(f"/procurement/{subject}/{key}", 303)
