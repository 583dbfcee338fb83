"""Fields of one's own: which kinds of device have which; defined, renamed, retired, used again."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.custom_fields import fields_view, form_fields, said_by, wish_of
from controller.pages.views.record_form import AnyForm, RecordForm, filled
from controller.problems import detail_of
from drivers.readings import Kind
from inventory.assets.custom import define_field
from inventory.errors import Conflict, Invalid, InventoryError
from inventory.models import CustomField

router = APIRouter(prefix="/custom-fields")
_HOME = "/custom-fields"
_Said = Annotated[AnyForm, Form()]


@router.get("")
def fields_page(look: Looking) -> Response:
    """Every field by kind, those out of use last."""
    return look.show("own_fields", fields_view(look))


@router.get("/new")
def empty_form(look: Looking) -> Response:
    """The form of a field to be defined."""
    return _shown(look, None, {"in_use": "1"})


@router.post("/new")
def define(look: Looking, form: _Said) -> Response:
    """Define a field, or say on the form what is wrong with it."""
    return _saved(look, None, form.said)


@router.get("/{kind}/{key}")
def filled_form(kind: str, key: str, look: Looking) -> Response:
    """The form of a field.

    Raises:
        NotFound: there is none.
    """
    row = _row(look, kind, key)
    return _shown(look, row, said_by(row))


@router.post("/{kind}/{key}")
def change(kind: str, key: str, look: Looking, form: _Said) -> Response:
    """Keep a change, or say on the form what is wrong with it."""
    return _saved(look, _row(look, kind, key), form.said)


def _row(look: Look, kind: str, key: str) -> CustomField:
    look.caller.require(Permission.manage_catalogue)
    row = look.session.get(CustomField, (Kind(kind), key)) if kind in list(Kind) else None
    if row is None:
        raise NotFound
    return row


def _saved(look: Look, row: CustomField | None, said: Mapping[str, str]) -> Response:
    look.caller.require(Permission.manage_catalogue)
    try:
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            if row is None:
                _define(look, said)
            else:
                define_field(look.session, row.kind, row.key, wish_of(said, row.type))
    except InventoryError as error:
        refused = InventoryRefused(error)
        response = _shown(look, row, said, fault=detail_of(refused, look.lang))
        response.status_code = refused.status
        return response
    return RedirectResponse(_HOME, 303)


def _define(look: Look, said: Mapping[str, str]) -> None:
    kind = said.get("kind", "")
    if kind not in list(Kind):
        raise Invalid(field="kind", reason=kind[:40])
    # Whoever names fields in words needs no key; programs may want a readable one.
    key = said.get("key", "").strip() or f"f_{token_hex(4)}"
    if look.session.get(CustomField, (Kind(kind), key)) is not None:
        raise Conflict(key=key)
    define_field(look.session, Kind(kind), key, wish_of(said))


def _shown(
    look: Look, row: CustomField | None, values: Mapping[str, str], *, fault: str = ""
) -> Response:
    look.caller.require(Permission.manage_catalogue)
    translate = look.lang.gettext
    form = RecordForm(
        title=translate(N_("Define a field")) if row is None else row.label,
        crumbs=((translate(N_("Fields of one's own")), _HOME),),
        action=f"{_HOME}/new" if row is None else f"{_HOME}/{row.kind}/{row.key}",
        fields=filled(form_fields(look, row), values),
        back=_HOME,
        fault=fault,
    )
    return look.show("record", form)
