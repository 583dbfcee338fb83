"""Transfers between schools (调拨) and disposals (报废): proposed, seen, brought to their end."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.procurement_forms import Said, Sent, taken
from controller.pages.views.movement_documents import disposal_document, transfer_document
from controller.pages.views.movements import (
    asking_form,
    disposal_list,
    proposal_form,
    transfer_list,
)
from controller.procuring import actor_of
from inventory.errors import Invalid
from inventory.models import Right, WipeMethod
from inventory.procurement.disposals import MOST_DEVICES, DisposalDesk
from inventory.procurement.ledger import MAX_COMMENT
from inventory.procurement.transfers import TransferDesk

router = APIRouter(prefix="/procurement")
#: What each step of a disposal needs.
_RIGHTS: Mapping[str, Right] = {
    "appraise": Right.receive,
    "approve": Right.approve,
    "reject": Right.approve,
    "wipe": Right.receive,
    "complete": Right.receive,
}
#: Characters of a list of numbers.
_LONGEST = 40_000
_Word = Annotated[str, Form(max_length=200)]
_Text = Annotated[str, Form(max_length=MAX_COMMENT)]
_Key = Annotated[str, Query(max_length=32)]
_Search = Annotated[str, Query(max_length=100)]
_Page = Annotated[int, Query(ge=1, le=100_000)]
_Chosen = Annotated[list[str], Form(max_length=MOST_DEVICES, default_factory=list)]
_Preset = Annotated[list[str], Query(max_length=100, default_factory=list)]


@router.get("/transfers")
def transfers_page(look: Looking, state: _Key = "", q: _Search = "", page: _Page = 1) -> Response:
    """Transfers from or to schools this person sees."""
    return look.show("movements", transfer_list(look, state, q, page))


@router.get("/disposals")
def disposals_page(look: Looking, state: _Key = "", q: _Search = "", page: _Page = 1) -> Response:
    """Disposals of schools this person sees."""
    return look.show("movements", disposal_list(look, state, q, page))


@router.get("/transfers/new")
def transfer_form(
    *, look: Looking, school: _Key = "", q: _Search = "", device: _Preset
) -> Response:
    """The form on which a transfer is proposed."""
    return look.show("movements/new.html", proposal_form(look, "transfers", school, q, device))


@router.get("/transfers/ask")
def asking_page(look: Looking, school: _Key = "") -> Response:
    """The form on which a school asks another one for devices."""
    return look.show("movements/ask.html", asking_form(look, school))


@router.get("/disposals/new")
def disposal_form(
    *, look: Looking, school: _Key = "", q: _Search = "", device: _Preset
) -> Response:
    """The form on which a disposal is proposed."""
    return look.show("movements/new.html", proposal_form(look, "disposals", school, q, device))


@router.get("/transfers/{key}")
def transfer_page(key: str, look: Looking) -> Response:
    """One transfer."""
    return look.show("movements/document.html", transfer_document(look, key))


@router.get("/disposals/{key}")
def disposal_page(key: str, look: Looking) -> Response:
    """One disposal."""
    return look.show("movements/document.html", disposal_document(look, key))


@router.post("/transfers")
def propose_transfer(
    *,
    look: Looking,
    school: _Word,
    to_school: _Word = "",
    reason: _Text = "",
    device: _Chosen,
) -> Response:
    """Propose a transfer, by which one's own school has agreed; or say what does not fit."""
    desk = _transfers(look, Right.request)

    def act() -> str:
        return _at("transfers", desk.propose(school, to_school.strip(), device, reason).id)

    def again(fault: str) -> Response:
        form = proposal_form(look, "transfers", school, "", device)
        form = replace(form, to_school=to_school, reason=reason, fault=fault)
        return look.show("movements/new.html", form)

    return taken(look, act, again)


@router.post("/transfers/ask")
def ask_for_devices(
    look: Looking,
    *,
    school: _Word,
    from_school: _Word = "",
    numbers: Annotated[str, Form(max_length=_LONGEST)] = "",
    reason: _Text = "",
) -> Response:
    """Ask another school for devices by their numbers; one's own has agreed by that."""
    desk = _transfers(look, Right.request)
    wanted = [line.strip() for line in numbers.splitlines() if line.strip()]

    def act() -> str:
        row = desk.propose(from_school.strip(), school, (), reason, numbers=wanted)
        return _at("transfers", row.id)

    def again(fault: str) -> Response:
        form = replace(asking_form(look, school), from_school=from_school, numbers=numbers)
        return look.show("movements/ask.html", replace(form, reason=reason, fault=fault))

    return taken(look, act, again)


@router.post("/disposals")
def propose_disposal(
    *, look: Looking, school: _Word, reason: _Text = "", device: _Chosen
) -> Response:
    """Propose to give devices up, or say what does not fit."""
    desk = _disposals(look, Right.request)

    def act() -> str:
        return _at("disposals", desk.propose(school, device, reason).id)

    def again(fault: str) -> Response:
        form = proposal_form(look, "disposals", school, "", device)
        return look.show("movements/new.html", replace(form, reason=reason, fault=fault))

    return taken(look, act, again)


@router.post("/transfers/{key}/{step}")
def transfer_step(key: str, step: str, look: Looking, comment: _Text = "") -> Response:
    """Agree, refuse, or take the devices over.

    Raises:
        NotFound: no such step.
    """
    if step not in ("consent", "refuse", "complete"):
        raise NotFound
    desk = _transfers(look, Right.receive if step == "complete" else Right.request)

    def act() -> str:
        if step == "consent":
            desk.consent(key, comment)
        elif step == "refuse":
            desk.refuse(key, comment)
        else:
            desk.complete(key, comment)
        return _at("transfers", key)

    return taken(look, act, lambda fault: _transfer(look, key, step, fault, {"comment": comment}))


@router.post("/disposals/{key}/{step}")
def disposal_step(key: str, step: str, look: Looking, form: Annotated[Sent, Form()]) -> Response:
    """Appraise, approve, turn down; wipe, or let go, with a word on every device.

    Raises:
        NotFound: no such step.
    """
    right = _RIGHTS.get(step)
    if right is None:
        raise NotFound
    desk, said = _disposals(look, right), form.texts

    def act() -> str:
        if step == "appraise":
            desk.appraise(key, said.get("appraisal", ""))
        elif step == "approve":
            desk.approve(key, said.get("comment", ""))
        elif step == "reject":
            desk.reject(key, said.get("comment", ""))
        elif step == "wipe":
            each = {device: _method(text) for device, text in said.items() if device != "comment"}
            desk.wipe(key, each, said.get("comment", ""))
        else:
            sums = Said(look, said)
            desk.complete(key, {one: sums.amount(one, N_("Residual value, CNY")) for one in said})
        return _at("disposals", key)

    return taken(look, act, lambda fault: _disposal(look, key, step, fault, said))


def _transfer(look: Look, key: str, step: str, fault: str, said: Mapping[str, str]) -> Response:
    document = transfer_document(look, key).refused(fault, f"{_at('transfers', key)}/{step}", said)
    return look.show("movements/document.html", document)


def _disposal(look: Look, key: str, step: str, fault: str, said: Mapping[str, str]) -> Response:
    document = disposal_document(look, key).refused(fault, f"{_at('disposals', key)}/{step}", said)
    return look.show("movements/document.html", document)


def _transfers(look: Look, right: Right) -> TransferDesk:
    return TransferDesk(look.session, actor_of(look.caller, right), look.now)


def _disposals(look: Look, right: Right) -> DisposalDesk:
    return DisposalDesk(look.session, actor_of(look.caller, right), look.now)


def _method(text: str) -> WipeMethod:
    if text not in list(WipeMethod):
        raise Invalid(field="wipe_method", reason=text[:20])
    return WipeMethod(text)


def _at(tab: str, key: str) -> str:
    return f"/procurement/{tab}/{key}"
