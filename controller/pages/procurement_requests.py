"""Requests of schools: written, quoted, put forward, signed."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.errors import InvalidRequest, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.procurement_forms import Said, Sent, taken
from controller.pages.views.choices import one_of
from controller.pages.views.procurement_editor import kind_told
from controller.pages.views.procurement_request import request_document
from controller.pages.views.procurement_request_form import model_called, request_editor
from controller.procuring import actor_of
from inventory.models import ApprovalDecision, Right
from inventory.procurement.requests import RequestDesk
from inventory.procurement.wishes import LineWish, RequestWish

router = APIRouter(prefix="/procurement/requests")
_Form = Annotated[Sent, Form()]


@router.get("/new")
def new_page(look: Looking, school: Annotated[str, Query(max_length=32)] = "") -> Response:
    """The form of a new request."""
    return look.show("procured/editor.html", request_editor(look, {"school": school}))


@router.post("/new")
def begin(look: Looking, form: _Form) -> Response:
    """Begin a request; or show its form with more lines."""
    said = form.texts
    if said.get("more"):
        return look.show("procured/editor.html", request_editor(look, said))

    def act() -> str:
        desk = RequestDesk(look.session, actor_of(look.caller, Right.request), look.now)
        read = Said(look, said)
        school = read.needed("school", N_("School"))
        return f"/procurement/requests/{desk.draft(school, _wish(read)).id}"

    return taken(look, act, lambda fault: _editor(look, said, fault=fault))


@router.get("/{key}")
def request_page(key: str, look: Looking) -> Response:
    """One request."""
    return look.show("procured", request_document(look, key))


@router.get("/{key}/edit")
def edit_page(key: str, look: Looking) -> Response:
    """The form of a draft, or of a request that was sent back."""
    return look.show("procured/editor.html", request_editor(look, None, key=key))


@router.post("/{key}/edit")
def edit(key: str, look: Looking, form: _Form) -> Response:
    """Write a request anew; or show its form with more lines."""
    said = form.texts
    if said.get("more"):
        return _editor(look, said, key=key)

    def act() -> str:
        desk = RequestDesk(look.session, actor_of(look.caller, Right.request), look.now)
        desk.change(key, _wish(Said(look, said), said.get("quote") or None))
        return f"/procurement/requests/{key}"

    return taken(look, act, lambda fault: _editor(look, said, key=key, fault=fault))


@router.get("/{key}/{step}")
def back(key: str, step: str) -> Response:
    """Whoever comes to the address of a step without a form is shown the request."""
    return RedirectResponse(f"/procurement/requests/{key}", 303)


@router.post("/{key}/{step}")
def take(key: str, step: str, look: Looking, form: _Form) -> Response:
    """Put forward, withdraw or decide.

    Raises:
        NotFound: no such step.
    """
    if step not in ("submit", "withdraw", "decide"):
        raise NotFound
    said = form.texts

    def act() -> str:
        right = Right.approve if step == "decide" else Right.request
        desk = RequestDesk(look.session, actor_of(look.caller, right), look.now)
        comment = said.get("comment", "")
        if step == "submit":
            desk.submit(key, comment=comment, duplicates_seen="duplicates_seen" in said)
        elif step == "withdraw":
            desk.withdraw(key, comment)
        else:
            desk.decide(key, _decision(said), comment)
        return f"/procurement/requests/{key}"

    return taken(look, act, lambda fault: _document(look, key, step, said, fault))


def _document(look: Look, key: str, step: str, said: Mapping[str, str], fault: str) -> Response:
    href = f"/procurement/requests/{key}/{step}"
    return look.show("procured", request_document(look, key).refused(fault, href, said))


def _editor(look: Look, said: Mapping[str, str], *, key: str = "", fault: str = "") -> Response:
    return look.show("procured/editor.html", request_editor(look, said, key=key, fault=fault))


def _decision(said: Mapping[str, str]) -> ApprovalDecision:
    found = one_of(ApprovalDecision, said.get("decision", ""))
    if found is None:
        raise InvalidRequest(reason="decision")
    return found


def _wish(said: Said, quote_id: str | None = None) -> RequestWish:
    lines = []
    for line in said.lines("quantity", "unit_price", "specification", "model"):
        model = model_called(line)
        lines.append(
            LineWish(
                kind=kind_told(line, model),
                quantity=line.number("quantity", N_("Quantity")),
                unit_price=line.amount("unit_price", N_("Estimated price of one, CNY")),
                catalogue_id=model.id if model else None,
                specification=line.text("specification"),
                reason=line.text("reason"),
                room_id=line.text("room") or None,
            )
        )
    title, reason = said.needed("title", N_("Title")), said.needed("reason", N_("Reason"))
    return RequestWish(title, reason, lines, quote_id)
