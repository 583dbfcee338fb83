"""Putting devices into the register, and saying how they are watched. Secrets never come back."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, Schema
from controller.auth.permissions import Permission
from controller.deps import DbSession, Within
from controller.errors import NotFound
from drivers.readings import Kind
from inventory.access import Access, access_of, set_access
from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.models import Device, Lifecycle, Protocol
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.rooms import RoomRepository
from inventory.scope import Scope

router = APIRouter(prefix="/devices", tags=["devices"], responses=PROBLEMS)
AccessScope = Annotated[Scope, Depends(Within(Permission.manage_access))]
_Text = Annotated[str, Field(max_length=200)]
_Port = Annotated[int, Field(ge=1, le=65_535)]


class AccessIn(BaseModel):
    """How a device is to be watched; what is left out stays as it is.

    ``service_port`` null: the protocol's usual one. ``macs``: hardware addresses in any form.
    """

    model_config = ConfigDict(extra="forbid")

    protocol: Protocol | None = None
    address: _Text | None = None
    service_port: _Port | None = None
    credential_id: _Text | None = None
    driver: _Text | None = None
    mqtt_profile: _Text | None = None
    mqtt_client: _Text | None = None
    ping: bool | None = None
    ssh_credential_id: _Text | None = None
    ssh_platform: _Text | None = None
    ssh_port: _Port | None = None
    macs: list[_Text] | None = Field(default=None, max_length=64)


class AccessOut(Schema):
    """How a device is watched; credentials by id alone."""

    protocol: Protocol
    address: str | None
    service_port: int | None
    credential_id: str | None
    driver: str
    mqtt_profile: str | None
    mqtt_client: str | None
    ping: bool
    ssh_credential_id: str | None
    ssh_platform: str | None
    ssh_port: int
    macs: list[str]


class DeviceIn(BaseModel):
    """A device to put into the register."""

    model_config = ConfigDict(extra="forbid")

    school_code: _Text
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Kind = Kind.unknown
    room_id: _Text | None = None
    vendor: _Text | None = None
    model: _Text | None = None
    serial: _Text | None = None
    asset_number: _Text | None = None
    lifecycle: Lifecycle = Lifecycle.in_service
    access: AccessIn = AccessIn(protocol=Protocol.none)


class DeviceAccess(Schema):
    """A device with how it is watched."""

    id: str
    school_code: str
    name: str
    kind: Kind
    lifecycle: Lifecycle
    access: AccessOut


@router.post("", status_code=201)
def add_device(session: DbSession, scope: AccessScope, body: DeviceIn) -> DeviceAccess:
    """Put a device into the register, and have it watched."""
    fields = body.model_dump(exclude={"access"})
    _check_room(session, scope, body.school_code, body.room_id)
    device = Device(id=new_id("d"), protocol=Protocol.none, **fields)
    DeviceRepository(session, scope).add(device)
    _apply(session, scope, device, body.access)
    return _shown(session, device)


@router.get("/{device_id}/access")
def show_access(session: DbSession, scope: AccessScope, device_id: str) -> DeviceAccess:
    """How a device is watched."""
    return _shown(session, _found(session, scope, device_id))


@router.patch("/{device_id}/access")
def change_access(
    session: DbSession, scope: AccessScope, device_id: str, body: AccessIn
) -> DeviceAccess:
    """Have a device watched in another way."""
    device = _found(session, scope, device_id)
    _apply(session, scope, device, body)
    return _shown(session, device)


def _apply(session: Session, scope: Scope, device: Device, body: AccessIn) -> None:
    given = body.model_dump(exclude_unset=True)
    # Null means "none" where there may be none, and says nothing where there must be something.
    required = {"protocol", "driver", "ping", "ssh_port", "macs"}
    given = {k: v for k, v in given.items() if v is not None or k not in required}
    if "macs" in given:
        given["macs"] = tuple(given["macs"])
    set_access(session, scope, device, msgspec.structs.replace(access_of(session, device), **given))


def _check_room(session: Session, scope: Scope, school: str, room_id: str | None) -> None:
    if room_id is None:
        return
    room = RoomRepository(session, scope).get(room_id)
    if room is None or room.school_code != school:
        raise Invalid(field="room_id", reason=room_id)


def _found(session: Session, scope: Scope, device_id: str) -> Device:
    device = DeviceRepository(session, scope).get(device_id)
    if device is None:
        raise NotFound
    return device


def _shown(session: Session, device: Device) -> DeviceAccess:
    access: Access = access_of(session, device)
    return DeviceAccess(
        id=device.id,
        school_code=device.school_code,
        name=device.name,
        kind=device.kind,
        lifecycle=device.lifecycle,
        access=AccessOut(**msgspec.structs.asdict(access)),
    )
