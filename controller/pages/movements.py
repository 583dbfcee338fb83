"""Transfers between schools (调拨) and disposals (报废): proposed, seen, brought to their end."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from controller.errors import InvalidRequest, NotFound
from controller.pages.look import Look, Looking
from controller.pages.views.movement_documents import disposal_document, transfer_document
from controller.pages.views.movements import disposal_list, proposal_form, transfer_list
from controller.procuring import actor_of
from inventory.models import Right, WipeMethod
from inventory.procurement.disposals import MOST_DEVICES, DisposalDesk
from inventory.procurement.ledger import MAX_COMMENT
from inventory.procurement.transfers import TransferDesk

router = APIRouter(prefix="/procurement")
_LONGEST = 20
_Word = Annotated[str, Form(max_length=200)]
_Text = Annotated[str, Form(max_length=MAX_COMMENT)]
_Key = Annotated[str, Query(max_length=32)]
_Search = Annotated[str, Query(max_length=100)]
_Page = Annotated[int, Query(ge=1, le=100_000)]
_Chosen = Annotated[list[str], Form(max_length=MOST_DEVICES, default_factory=list)]
_Preset = Annotated[list[str], Query(max_length=100, default_factory=list)]


class EachForm(BaseModel):
    """What every device says of itself: texts by its id."""

    model_config = ConfigDict(extra="allow")

    @property
    def said(self) -> Mapping[str, str]:
        found = self.model_extra or {}
        return {key: text.strip() for key, text in found.items() if isinstance(text, str)}


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
    to_school: _Word,
    reason: _Text,
    device: _Chosen,
) -> Response:
    """Propose a transfer; one's own school has agreed by that."""
    row = _transfers(look, Right.request).propose(school, to_school.strip(), device, reason)
    return _to("transfers", row.id)


@router.post("/disposals")
def propose_disposal(
    *,
    look: Looking,
    school: _Word,
    reason: _Text,
    device: _Chosen,
) -> Response:
    """Propose to give devices up."""
    row = _disposals(look, Right.request).propose(school, device, reason)
    return _to("disposals", row.id)


@router.post("/transfers/{key}/{step}")
def transfer_step(key: str, step: str, look: Looking, comment: _Text = "") -> Response:
    """Agree, refuse, or take the devices over.

    Raises:
        NotFound: no such step.
    """
    if step == "consent":
        _transfers(look, Right.request).consent(key, comment)
    elif step == "refuse":
        _transfers(look, Right.request).refuse(key, comment)
    elif step == "complete":
        _transfers(look, Right.receive).complete(key, comment)
    else:
        raise NotFound
    return _to("transfers", key)


@router.post("/disposals/{key}/wipe")
def wipe(key: str, look: Looking, form: Annotated[EachForm, Form()]) -> Response:
    """Confirm for every device how its data went."""
    methods = {device: _method(text) for device, text in form.said.items()}
    _disposals(look, Right.receive).wipe(key, methods)
    return _to("disposals", key)


@router.post("/disposals/{key}/complete")
def let_go(key: str, look: Looking, form: Annotated[EachForm, Form()]) -> Response:
    """Let the devices go, each for what it still brings in."""
    values = {device: _money(text) for device, text in form.said.items()}
    _disposals(look, Right.receive).complete(key, values)
    return _to("disposals", key)


@router.post("/disposals/{key}/{step}")
def disposal_step(
    *,
    key: str,
    step: str,
    look: Looking,
    comment: _Text = "",
    appraisal: Annotated[str, Form(max_length=4_000)] = "",
) -> Response:
    """Appraise, approve or turn down.

    Raises:
        NotFound: no such step.
    """
    if step == "appraise":
        _disposals(look, Right.receive).appraise(key, appraisal)
    elif step == "approve":
        _disposals(look, Right.approve).approve(key, comment)
    elif step == "reject":
        _disposals(look, Right.approve).reject(key, comment)
    else:
        raise NotFound
    return _to("disposals", key)


def _transfers(look: Look, right: Right) -> TransferDesk:
    return TransferDesk(look.session, actor_of(look.caller, right), look.now)


def _disposals(look: Look, right: Right) -> DisposalDesk:
    return DisposalDesk(look.session, actor_of(look.caller, right), look.now)


def _method(text: str) -> WipeMethod:
    if text not in list(WipeMethod):
        raise InvalidRequest(reason=text[:_LONGEST])
    return WipeMethod(text)


def _money(text: str) -> Decimal:
    try:
        return Decimal(text[:_LONGEST])
    except InvalidOperation:
        raise InvalidRequest(reason=text[:_LONGEST]) from None


def _to(tab: str, key: str) -> Response:
    return RedirectResponse(f"/procurement/{tab}/{key}", 303)
