"""How a device is watched, on a form; and the credentials of its school."""

import re
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import RedirectResponse, Response

from controller.api.credentials import PjlinkIn, SnmpIn, SshIn
from controller.auth.permissions import Permission
from controller.errors import FleetError, InventoryRefused, NotFound
from controller.pages.look import Look, Looking
from controller.pages.views.access import access_view
from controller.problems import detail_of
from drivers.struct_types import look_into
from inventory.access import Access, access_of, set_access
from inventory.errors import Invalid, InventoryError
from inventory.ids import new_id
from inventory.models import Credential, CredentialKind, Device, Protocol
from inventory.repositories.credentials import CredentialRepository
from inventory.repositories.devices import DeviceRepository

router = APIRouter(prefix="/devices/{device_id}")
_Text = Annotated[str, Field(max_length=200)]
_Short = Annotated[str, Form(max_length=200)]
_Secret = Annotated[str, Form(max_length=20_000)]
_SECRETS = {CredentialKind.snmp: SnmpIn, CredentialKind.ssh: SshIn, CredentialKind.pjlink: PjlinkIn}


@router.get("/access")
def access_page(device_id: str, look: Looking) -> Response:
    """The form.

    Raises:
        NotFound: no such device within the caller's scope.
        PermissionDenied: the caller may not say how devices are watched.
    """
    device = _device(look, device_id)
    return look.show("access", access_view(look, device, access_of(look.session, device)))


class AccessForm(BaseModel):
    """The form's fields, all of them texts."""

    protocol: _Text = ""
    address: _Text = ""
    service_port: _Text = ""
    credential_id: _Text = ""
    mqtt_profile: _Text = ""
    mqtt_client: _Text = ""
    macs: Annotated[str, Field(max_length=1_000)] = ""
    ping: _Text = ""
    ssh_credential_id: _Text = ""
    ssh_platform: _Text = ""
    ssh_port: _Text = ""

    def wanted(self, before: Access) -> Access:
        """What was said; the driver, which the form does not have, stays as it was.

        Raises:
            Invalid: a port that is no number, or no such protocol.
        """
        said = {name: text.strip() or None for name, text in self.model_dump().items()}
        if self.protocol not in list(Protocol):
            raise Invalid(field="protocol", reason=self.protocol[:40])
        said |= {
            "driver": before.driver,
            "ping": bool(self.ping),
            "macs": self.macs.replace(",", " ").replace(";", " ").split(),
            "service_port": _number("service_port", self.service_port),
            "ssh_port": _number("ssh_port", self.ssh_port) or 22,
        }
        return msgspec.convert(said, Access)


@router.post("/access")
def save_access(device_id: str, look: Looking, form: Annotated[AccessForm, Form()]) -> Response:
    """Keep what was said, or say on the form itself what is wrong with it."""
    device = _device(look, device_id)
    wanted = before = access_of(look.session, device)
    try:
        wanted = form.wanted(before)
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            set_access(look.session, _scope(look), device, wanted)
    except InventoryError as error:
        return _again(look, device_id, wanted, InventoryRefused(error))
    return RedirectResponse(f"/devices/{device_id}", 303)


@router.post("/credentials")
def add_credential(
    device_id: str,
    look: Looking,
    *,
    kind: _Short = "snmp",
    name: _Short = "",
    user: _Short = "",
    secret: _Secret = "",
    second: _Secret = "",
) -> Response:
    """Keep a secret for the school of this device, sealed."""
    device = _device(look, device_id)
    try:
        row = Credential(
            id=new_id("c"),
            school_code=device.school_code,
            name=name.strip() or kind,
            kind=CredentialKind(kind),
            secret=_sealed(look, CredentialKind(kind), user.strip(), secret, second),
        )
    except (ValidationError, ValueError):
        # What does not fit may be a secret, and is not repeated.
        invalid = Invalid(field=kind, reason="-")
        return _again(look, device_id, access_of(look.session, device), InventoryRefused(invalid))
    CredentialRepository(look.session, _scope(look)).add(row)
    return RedirectResponse(f"/devices/{device_id}/access#credentials", 303)


@router.post("/credentials/{credential_id}/remove")
def remove_credential(device_id: str, credential_id: str, look: Looking) -> Response:
    """Forget a secret that no device needs any more."""
    device = _device(look, device_id)
    repository = CredentialRepository(look.session, _scope(look))
    row = repository.get(credential_id)
    if row is None or row.school_code != device.school_code:
        raise NotFound
    try:
        repository.remove(row)
    except InventoryError as error:
        return _again(look, device_id, access_of(look.session, device), InventoryRefused(error))
    return RedirectResponse(f"/devices/{device_id}/access#credentials", 303)


def _scope(look: Look) -> Any:
    return look.caller.require(Permission.manage_access)


def _device(look: Look, device_id: str) -> Device:
    device = DeviceRepository(look.session, _scope(look)).get(device_id)
    if device is None:
        raise NotFound
    return device


def _again(look: Look, device_id: str, wanted: Access, error: FleetError) -> Response:
    """The form with what was said and what is wrong; nothing of it is kept."""
    view = access_view(look, _device(look, device_id), wanted, fault=detail_of(error, look.lang))
    response = look.show("access", view)
    response.status_code = error.status
    return response


def _number(field: str, text: str) -> int | None:
    if not text.strip():
        return None
    if not re.fullmatch("[0-9]{1,5}", text.strip()):
        raise Invalid(field=field, reason=text[:40])
    return int(text)


def _sealed(look: Look, kind: CredentialKind, user: str, secret: str, second: str) -> str:
    fields: dict[str, Any]
    if kind is CredentialKind.ssh:
        fields = {"user": user, "password": secret, "enable": second}
    elif kind is CredentialKind.pjlink:
        fields = {"password": secret}
    elif user:
        fields = {"version": "3", "user": user, "auth_password": secret, "priv_password": second}
    else:
        fields = {"community": secret}
    made = _SECRETS[kind](kind=kind.value, **fields)
    sealed: str = look.request.app.state.secret_box.seal_access(made.access())
    return sealed


look_into(Access)
