"""The register of outlets of cities and counties: listed, entered, corrected, ended."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.outlets import OutletForm, outlet_fields, outlets_view
from controller.pages.views.record_form import AnyForm, body_of
from inventory.models import Outlet
from inventory.outlets import OutletRepository, save_outlet
from inventory.scope import Scope

router = APIRouter(prefix="/compliance/outlets")
_HOME = "/compliance/outlets"
_Said = Annotated[AnyForm, Form()]


@router.get("")
def every_outlet(look: Looking) -> Response:
    """Outlets of every bureau within the reader's scope."""
    return look.show("compliance/outlets", outlets_view(look))


@router.get("/new")
def new_outlet(look: Looking) -> Response:
    """The form of an outlet.

    Raises:
        PermissionDenied: the caller may keep none.
    """
    return shown(look, _form(look, N_("Enter an outlet"), "new"), {"starts_on": f"{look.today}"})


@router.post("/new")
def add_outlet(look: Looking, form: _Said) -> Response:
    """Keep an outlet, or say on the form what is wrong."""
    filled = _form(look, N_("Enter an outlet"), "new")

    def act() -> None:
        body = body_of(OutletForm, filled.fields, form.said)
        save_outlet(look.session, _scope(look), Outlet(id="", **body.model_dump()))

    return kept(look, filled, form.said, act)


@router.get("/{outlet_id}")
def outlet_form(outlet_id: str, look: Looking) -> Response:
    """The form of one outlet.

    Raises:
        NotFound: no such outlet within the caller's scope.
    """
    row = _there(look, outlet_id)
    return shown(look, _correction(look, row), row.model_dump())


@router.post("/{outlet_id}")
def correct_outlet(outlet_id: str, look: Looking, form: _Said) -> Response:
    """Correct an outlet, or note its last day.

    Raises:
        NotFound: no such outlet within the caller's scope.
    """
    row = _there(look, outlet_id)
    filled = _correction(look, row)

    def act() -> None:
        body = body_of(OutletForm, filled.fields, form.said)
        for name, value in body.model_dump().items():
            setattr(row, name, value)
        save_outlet(look.session, _scope(look), row)

    return kept(look, filled, form.said, act)


@router.post("/{outlet_id}/remove")
def remove_outlet(outlet_id: str, look: Looking) -> Response:
    """Forget an outlet that was a mistake.

    Raises:
        NotFound: no such outlet within the caller's scope.
    """
    row = _there(look, outlet_id)
    OutletRepository(look.session, _scope(look)).remove(row)
    return RedirectResponse(_HOME, 303)


def _correction(look: Look, row: Outlet) -> PlainForm:
    form = _form(look, N_("Correct an outlet"), row.id)
    return replace(form, row=row, remove=f"{_HOME}/{row.id}/remove")


def _form(look: Look, title: str, act: str) -> PlainForm:
    return PlainForm(
        title=look.lang.gettext(title),
        crumbs=((look.lang.gettext(N_("Register of outlets")), _HOME),),
        action=f"{_HOME}/{act}",
        fields=outlet_fields(look, _scope(look)),
        back=_HOME,
    )


def _there(look: Look, outlet_id: str) -> Outlet:
    row = OutletRepository(look.session, _scope(look)).get(outlet_id)
    if row is None:
        raise NotFound
    return row


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_inventory)
