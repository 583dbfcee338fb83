"""Test servers of bureaus: listed, registered, corrected, given up."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.errors import NotFound, PermissionDenied
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.record_form import AnyForm, body_of
from controller.pages.views.speedtest_servers import ServerForm, server_fields, servers_view
from inventory.models import NetworkPath, SpeedtestServer
from inventory.repositories import OrganisationRepository
from inventory.scope import Scope
from inventory.speedtest_servers import SpeedtestServerRepository, save_server

router = APIRouter(prefix="/compliance/test-servers")
_HOME = "/compliance/test-servers"
_Said = Annotated[AnyForm, Form()]


@router.get("")
def every_server(look: Looking) -> Response:
    """Test servers of bureaus within the reader's scope and above it."""
    return look.show("compliance/servers", servers_view(look))


@router.get("/new")
def new_server(look: Looking, path: NetworkPath = NetworkPath.inside) -> Response:
    """The form of a test server.

    Raises:
        PermissionDenied: the caller may keep none.
    """
    form = _form(look, N_("Register a test server"), "new")
    return shown(look, form, {"starts_on": f"{look.today}", "path": path.value})


@router.post("/new")
def add_server(look: Looking, form: _Said) -> Response:
    """Keep a test server, or say on the form what is wrong."""
    filled = _form(look, N_("Register a test server"), "new")

    def act() -> None:
        body = body_of(ServerForm, filled.fields, form.said)
        save_server(look.session, _scope(look), SpeedtestServer(id="", **body.model_dump()))

    return kept(look, filled, form.said, act)


@router.get("/{server_id}")
def server_form(server_id: str, look: Looking) -> Response:
    """The form of one test server.

    Raises:
        NotFound: no such server, or one of a bureau the caller may not act for.
    """
    row = _there(look, server_id)
    return shown(look, _correction(look, row), row.model_dump())


@router.post("/{server_id}")
def correct_server(server_id: str, look: Looking, form: _Said) -> Response:
    """Correct a test server, or note its last day.

    Raises:
        NotFound: no such server, or one of a bureau the caller may not act for.
    """
    row = _there(look, server_id)
    filled = _correction(look, row)

    def act() -> None:
        body = body_of(ServerForm, filled.fields, form.said)
        for name, value in body.model_dump().items():
            setattr(row, name, value)
        save_server(look.session, _scope(look), row)

    return kept(look, filled, form.said, act)


@router.post("/{server_id}/remove")
def remove_server(server_id: str, look: Looking) -> Response:
    """Forget a test server that was a mistake.

    Raises:
        NotFound: no such server, or one of a bureau the caller may not act for.
    """
    row = _there(look, server_id)
    SpeedtestServerRepository(look.session, _scope(look)).remove(row)
    return RedirectResponse(_HOME, 303)


def _correction(look: Look, row: SpeedtestServer) -> PlainForm:
    form = _form(look, N_("Correct a test server"), row.id)
    return replace(form, row=row, remove=f"{_HOME}/{row.id}/remove")


def _form(look: Look, title: str, act: str) -> PlainForm:
    return PlainForm(
        title=look.lang.gettext(title),
        crumbs=((look.lang.gettext(N_("Test servers")), _HOME),),
        action=f"{_HOME}/{act}",
        fields=server_fields(look, _scope(look)),
        back=_HOME,
    )


def _there(look: Look, server_id: str) -> SpeedtestServer:
    """A server of a bureau that the caller acts for; one of a bureau above is read alone."""
    row = SpeedtestServerRepository(look.session, _scope(look)).get(server_id)
    if row is None:
        raise NotFound
    bureaus = OrganisationRepository(look.session, _scope(look))
    if bureaus.get(row.organisation_code) is None:
        raise NotFound
    return row


def _scope(look: Look) -> Scope:
    """Where the caller keeps servers.

    Raises:
        PermissionDenied: nowhere, or at a school alone: servers are bureaus'.
    """
    scope = look.caller.require(Permission.manage_inventory)
    if not OrganisationRepository(look.session, scope).all():
        raise PermissionDenied
    return scope
