"""A device's configurations, and what it is told to do: at once, or to one of its ports."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.api.commands import CommandIn, give_command
from controller.api.configurations import accept_configuration
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Look, Looking
from controller.pages.views.device_story import configuration_view
from controller.words.agents import COMMANDS
from inventory.commands import ORDERS
from inventory.models import CommandKind, Device
from inventory.repositories import DeviceRepository, PortRepository
from inventory.repositories.configurations import ConfigurationRepository

router = APIRouter(prefix="/devices/{device_id}")
_Short = Annotated[str, Form(max_length=64)]
_Text = Annotated[str, Form(max_length=500)]


@router.get("/configurations/{version_id}")
def configuration_page(
    device_id: str,
    version_id: str,
    look: Looking,
    against: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """One version of what a device runs by, and what changed.

    Raises:
        NotFound: no such device or version within the caller's scope.
    """
    scope = look.caller.require(Permission.read_configurations)
    version = ConfigurationRepository(look.session, scope).get(device_id, version_id)
    if version is None:
        raise NotFound
    view = configuration_view(look, _device(look, device_id), version, against)
    return look.show("configuration", view)


@router.post("/configurations/{version_id}/acceptance")
def accept(device_id: str, version_id: str, look: Looking) -> Response:
    """Say that the device is to run by this version.

    Raises:
        NotFound: no such device or version within the caller's scope.
    """
    accept_configuration(look.session, look.caller, device_id, version_id)
    return RedirectResponse(f"/devices/{device_id}/configurations/{version_id}", 303)


@router.post("/commands")
def tell(device_id: str, look: Looking, kind: Annotated[CommandKind, Form()]) -> Response:
    """Have a device polled or backed up at once.

    Raises:
        NotFound: that is no command of this place.
    """
    if kind not in (CommandKind.poll_now, CommandKind.back_up_configuration):
        raise NotFound
    give_command(look.session, look.caller, CommandIn(kind=kind, subject=device_id))
    return RedirectResponse(f"/devices/{device_id}#commands", 303)


@router.get("/order")
def order_page(
    device_id: str,
    look: Looking,
    kind: CommandKind = CommandKind.disable_port,
    port: Annotated[str, Query(max_length=255)] = "",
) -> Response:
    """Ask for the reason before a port is switched.

    Raises:
        NotFound: no such device within the caller's scope, or no such order.
        PermissionDenied: the caller gives no orders.
    """
    look.caller.require(Permission.order_ports)
    device = _device(look, device_id)
    if kind not in ORDERS:
        raise NotFound
    ports = PortRepository(look.session, look.scope).of_device(device_id)
    return look.show(
        "order",
        None,
        device=device,
        kind=kind,
        kinds=[(order, COMMANDS[order]) for order in ORDERS],
        port=port,
        ports=[one.name for one in ports],
    )


@router.post("/order")
def give_order(
    device_id: str,
    look: Looking,
    *,
    kind: Annotated[CommandKind, Form()],
    port: _Short,
    reason: _Text,
    ticket: _Text = "",
) -> Response:
    """Have a port switched; who gave the order, and why, is kept for good.

    Raises:
        NotFound: that is no order.
    """
    if kind not in ORDERS:
        raise NotFound
    body = CommandIn(kind=kind, subject=device_id, port=port, reason=reason, ticket=ticket)
    give_command(look.session, look.caller, body)
    return RedirectResponse(f"/devices/{device_id}#commands", 303)


def _device(look: Look, device_id: str) -> Device:
    device = DeviceRepository(look.session, look.scope).get(device_id)
    if device is None:
        raise NotFound
    return device
