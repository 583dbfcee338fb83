"""The catalogue of models: the list, and the form of one."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.api.catalogue import ModelIn
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.catalogue import MODEL_FIELDS, catalogue_view, model_fields
from controller.pages.views.record_form import (
    AnyForm,
    Passed,
    RecordForm,
    body_of,
    filled,
    opened,
    passed,
)
from controller.problems import detail_of
from inventory.assets import catalogue
from inventory.errors import InventoryError
from inventory.models import CatalogueModel

router = APIRouter(prefix="/catalogue")
_HOME = "/catalogue"
_Said = Annotated[AnyForm, Form()]


@router.get("")
def catalogue_page(
    look: Looking,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[str, Query(max_length=32)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Models by vendor and name."""
    return look.show("catalogue", catalogue_view(look, q, kind, page))


@router.get("/new")
def empty_form(look: Looking) -> Response:
    """The form of a model to be added.

    Raises:
        PermissionDenied: the caller does not keep the catalogue.
    """
    return _shown(look, None, {"kind": "unknown"})


@router.post("/new")
def add(look: Looking, form: _Said) -> Response:
    """Keep a new model, or say on the form what is wrong with it."""
    return _saved(look, None, form.said)


@router.get("/{model_id}")
def filled_form(model_id: str, look: Looking) -> Response:
    """The form of a model.

    Raises:
        NotFound: there is none.
    """
    row = catalogue.model_of(look.session, model_id)
    return _shown(look, row, {name: getattr(row, name) for name in MODEL_FIELDS})


@router.post("/{model_id}")
def change(model_id: str, look: Looking, form: _Said) -> Response:
    """Keep a change, or say on the form what is wrong with it."""
    return _saved(look, catalogue.model_of(look.session, model_id), form.said)


@router.post("/{model_id}/remove")
def remove(model_id: str, look: Looking) -> Response:
    """Forget a model that no device is of."""
    look.caller.require(Permission.manage_catalogue)
    catalogue.remove_model(look.session, catalogue.model_of(look.session, model_id))
    return RedirectResponse(_HOME, 303)


def _saved(look: Look, row: CatalogueModel | None, said: Mapping[str, str]) -> Response:
    look.caller.require(Permission.manage_catalogue)
    fields = model_fields(look)
    if overtaken := passed(look, fields, row, said):
        return _shown(look, row, overtaken.values, overtaken=overtaken)
    try:
        body = body_of(ModelIn, fields, said)
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            wish = ModelIn.model_validate(body).wish()
            if row is None:
                catalogue.add_model(look.session, wish)
            else:
                catalogue.change_model(look.session, row, wish)
    except InventoryError as error:
        refused = InventoryRefused(error)
        response = _shown(look, row, said, fault=detail_of(refused, look.lang))
        response.status_code = refused.status
        return response
    return RedirectResponse(_HOME, 303)


def _shown(
    look: Look,
    row: CatalogueModel | None,
    values: Mapping[str, Any],
    *,
    fault: str = "",
    overtaken: Passed | None = None,
) -> Response:
    look.caller.require(Permission.manage_catalogue)
    translate = look.lang.gettext
    named = translate(N_("Add a model")) if row is None else f"{row.vendor} {row.model}"
    fields = model_fields(look)
    form = RecordForm(
        title=named,
        crumbs=((translate(N_("Catalogue")), _HOME),),
        action=f"{_HOME}/{'new' if row is None else row.id}",
        fields=filled(fields, values, overtaken.theirs if overtaken else None),
        back=_HOME,
        remove="" if row is None else f"{_HOME}/{row.id}/remove",
        fault=overtaken.fault if overtaken else fault,
        **opened(fields, row),
    )
    response = look.show("record", form)
    if overtaken:
        response.status_code = overtaken.status
    return response
