"""The asset ledger of a device on a form, and the steps of its life."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from controller.api.assets import found_device
from controller.api.conditional import require_match
from controller.auth.permissions import Permission
from controller.errors import FleetError, InventoryRefused, RevisionPassed
from controller.pages.look import Look, Looking
from controller.pages.views.asset import OWN, asset_form, texts_of
from controller.problems import detail_of
from inventory.assets.custom import values_of
from inventory.assets.ledger import edit_device
from inventory.assets.steps import take_step
from inventory.errors import Invalid, InventoryError
from inventory.models import Device, Lifecycle

router = APIRouter(prefix="/devices/{device_id}")
_LONGEST = 2_000
_BASE_LONGEST = 100_000


class LedgerForm(BaseModel):
    """The form's fields: texts by name, with the revision and the texts it was opened with."""

    model_config = ConfigDict(extra="allow")

    revision: str = ""
    base: str = "{}"

    @property
    def said(self) -> dict[str, str]:
        texts = self.model_extra or {}
        return {k: v.strip()[:_LONGEST] for k, v in texts.items() if isinstance(v, str)}

    @property
    def opened_with(self) -> dict[str, str]:
        try:
            found = json.loads(self.base[:_BASE_LONGEST])
        except ValueError:
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: text for key, text in found.items() if isinstance(text, str)}


@router.get("/asset")
def asset_page(device_id: str, look: Looking) -> Response:
    """The form.

    Raises:
        NotFound: no such device within the caller's scope.
        PermissionDenied: the caller edits no ledger.
    """
    device = _device(look, device_id)
    texts = texts_of(look, device)
    return look.show("asset", asset_form(look, device, texts, texts))


@router.post("/asset")
def save_asset(device_id: str, look: Looking, form: Annotated[LedgerForm, Form()]) -> Response:
    """Keep what was changed on the form; or show what somebody else has changed meanwhile."""
    device = _device(look, device_id)
    base = form.opened_with or texts_of(look, device)
    # A box that is not ticked is not sent.
    said = {name: form.said.get(name, "") for name in base}
    try:
        require_match(look.session, device, f'"{form.revision}"', {})
    except RevisionPassed as error:
        return _both(look, device, said, base, error)
    changed = {name: text for name, text in said.items() if text != base[name]}
    try:
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            edit_device(look.session, device, _wanted(device, changed))
    except InventoryError as error:
        refused = InventoryRefused(error)
        view = asset_form(look, device, said, base, fault=detail_of(refused, look.lang))
        return _answer(look, view, refused)
    return RedirectResponse(f"/devices/{device_id}#asset", 303)


@router.post("/life")
def take(
    device_id: str,
    look: Looking,
    *,
    after: Annotated[str, Form(max_length=32)],
    on: Annotated[str, Form(max_length=10)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take a step in the device's life.

    Raises:
        LifecycleTransitionRefused: it cannot go there from where it is.
        Invalid: a day or a reason that does not fit.
    """
    device = _device(look, device_id)
    if after not in list(Lifecycle):
        raise Invalid(field="after", reason=after)
    day = _day("on", on) or look.today
    take_step(look.session, device, Lifecycle(after), on=day, reason=reason, now=look.now)
    return RedirectResponse(f"/devices/{device_id}#asset", 303)


def _device(look: Look, device_id: str) -> Device:
    return found_device(look.session, look.caller.require(Permission.edit_assets), device_id)


def _both(
    look: Look,
    device: Device,
    said: Mapping[str, str],
    base: Mapping[str, str],
    error: FleetError,
) -> Response:
    """The form once more, with what stands in the register now beside each field that changed.

    It carries the new revision, so saving it again decides. What only the other person changed is
    theirs already.
    """
    now = texts_of(look, device)
    theirs = {name: text for name, text in now.items() if text != base.get(name, "")}
    kept = {
        name: now[name] if text == base.get(name) else text
        for name, text in said.items()
        if name in now
    }
    view = asset_form(look, device, kept, now, fault=detail_of(error, look.lang), theirs=theirs)
    return _answer(look, view, error)


def _answer(look: Look, view: object, error: FleetError) -> Response:
    response = look.show("asset", view)
    response.status_code = error.status
    return response


def _wanted(device: Device, changed: Mapping[str, str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    own = {name.removeprefix(OWN): v for name, v in changed.items() if name.startswith(OWN)}
    for name, text in changed.items():
        if not name.startswith(OWN):
            wanted[name] = _value(name, text)
    if own:
        wanted["custom_fields"] = values_of(device) | own
    return wanted


def _value(name: str, text: str) -> Any:
    if name in ("purchased_on", "warranty_until"):
        return _day(name, text)
    if name == "price_cny":
        return _amount(name, text)
    return text == "1" if name == "is_personal" else text or None


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(field=name, reason=text[:40]) from None


def _amount(name: str, text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "").lstrip("¥").strip()) if text else None
    except InvalidOperation:
        raise Invalid(field=name, reason=text[:40]) from None
