"""The asset ledger of a device: read and written field by field, and the steps of its life."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from controller.api.conditional import IfMatch, require_match, tag
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, ReadScope, Within
from controller.errors import NotFound
from drivers.readings import Kind
from inventory.assets.custom import values_of
from inventory.assets.ledger import FIELDS, edit_device
from inventory.assets.steps import steps_of, take_step
from inventory.days import day_of
from inventory.lifecycle import move_to, plain_steps
from inventory.models import Acquisition, Device, Lifecycle, School
from inventory.models.base import utc_now
from inventory.money.rules import book_value_of
from inventory.repositories.devices import DeviceRepository
from inventory.scope import Scope

router = APIRouter(prefix="/devices", tags=["assets"], responses=PROBLEMS)
EditScope = Annotated[Scope, Depends(Within(Permission.edit_assets))]
_Text = Annotated[str, Field(max_length=200)]


class AssetIn(BaseModel):
    """What of a device is to change; what is left out stays as it is, null takes it away."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    kind: Kind | None = None
    vendor: _Text | None = None
    model: _Text | None = None
    serial: _Text | None = None
    asset_number: _Text | None = None
    asset_class: _Text | None = Field(default=None, description="Code of GB/T 14885.")
    room_id: _Text | None = None
    custodian: _Text | None = None
    acquisition: Acquisition | None = None
    supplier: _Text | None = None
    purchased_on: date | None = None
    price_cny: Decimal | None = Field(default=None, description="Yuan, two decimals.")
    funding_source: _Text | None = None
    warranty_until: date | None = None
    is_personal: bool | None = None
    custom_fields: dict[str, str | int | None] | None = Field(default=None, max_length=100)
    lifecycle: Lifecycle | None = None

    def wanted(self) -> dict[str, Any]:
        """What was said, by field; null says nothing where there must be something."""
        needed = ("name", "kind", "is_personal", "custom_fields", "lifecycle")
        given = self.model_dump(exclude_unset=True)
        return {k: v for k, v in given.items() if v is not None or k not in needed}


class AssetOut(Schema):
    """The ledger of a device. The price is there for those who may read costs or edit it."""

    id: str
    school_code: str
    name: str
    kind: Kind
    vendor: str | None
    model: str | None
    serial: str | None
    asset_number: str | None
    asset_class: str | None
    room_id: str | None
    custodian: str | None
    acquisition: Acquisition | None
    supplier: str | None
    purchased_on: date | None
    price_cny: Decimal | None
    book_value_cny: Decimal | None = Field(
        description="Left of the price at the end of this month, by the rules of depreciation."
    )
    funding_source: str | None
    warranty_until: date | None
    is_personal: bool
    custom_fields: dict[str, str | int | float]
    catalogue_id: str | None
    lifecycle: Lifecycle
    next_states: list[Lifecycle] = Field(
        description="Where its life may go from here without a disposal."
    )
    revision: int


class StepIn(BaseModel):
    """A step to take; ``on`` is the day it happened, today when left out."""

    model_config = ConfigDict(extra="forbid")

    after: Lifecycle
    on: date | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class StepOut(Schema):
    """A step that was taken."""

    id: str
    before: Lifecycle
    after: Lifecycle
    on: date
    reason: str
    at: datetime
    actor: str


@router.get("/{device_id}/asset")
def show_asset(
    session: DbSession, scope: ReadScope, caller: CurrentCaller, device_id: str, response: Response
) -> AssetOut:
    """What the ledger says of a device; its entity tag is what ``If-Match`` takes."""
    device = found_device(session, scope, device_id)
    tag(response, device)
    return _shown(session, device, caller)


@router.patch("/{device_id}")
def change_device(
    *,
    session: DbSession,
    scope: EditScope,
    caller: CurrentCaller,
    device_id: str,
    body: AssetIn,
    response: Response,
    if_match: IfMatch = None,
) -> AssetOut:
    """Change the ledger of a device, or take a step in its life.

    With ``If-Match``, 412 tells both versions when somebody else has changed it since.
    """
    device = found_device(session, scope, device_id)
    wanted = body.wanted()
    require_match(session, device, if_match, wanted)
    after = wanted.pop("lifecycle", None)
    edit_device(session, device, wanted)
    if after is not None:
        move_to(session, device, after)
    tag(response, device)
    return _shown(session, device, caller)


@router.get("/{device_id}/life")
def list_steps(session: DbSession, scope: ReadScope, device_id: str) -> Listed[StepOut]:
    """Steps of a device's life, the last one first."""
    found = steps_of(session, found_device(session, scope, device_id).id)
    return Listed(items=[StepOut.model_validate(one) for one in found], total=len(found))


@router.post("/{device_id}/life", status_code=201)
def add_step(
    *,
    session: DbSession,
    scope: EditScope,
    device_id: str,
    body: StepIn,
    response: Response,
    if_match: IfMatch = None,
) -> StepOut:
    """Take a step, with its day and its reason."""
    device = found_device(session, scope, device_id)
    require_match(session, device, if_match, {"lifecycle": body.after})
    now = utc_now()
    step = take_step(
        session, device, body.after, on=body.on or day_of(now), reason=body.reason, now=now
    )
    tag(response, device)
    return StepOut.model_validate(step)


def found_device(session: Session, scope: Scope, device_id: str) -> Device:
    """A device within the scope.

    Raises:
        NotFound: there is none.
    """
    device = DeviceRepository(session, scope).get(device_id)
    if device is None:
        raise NotFound
    return device


def reads_price(session: Session, caller: Caller, device: Device) -> bool:
    """Whether somebody may see what a device has cost."""
    path = session.get_one(School, device.school_code).path
    return any(caller.may(p, path) for p in (Permission.read_costs, Permission.edit_assets))


def _shown(session: Session, device: Device, caller: Caller) -> AssetOut:
    own = ("custom_fields", "price_cny")
    priced = reads_price(session, caller, device)
    return AssetOut(
        **{name: getattr(device, name) for name in FIELDS if name not in own},
        id=device.id,
        school_code=device.school_code,
        price_cny=device.price_cny if priced else None,
        book_value_cny=book_value_of(session, device, day_of(utc_now())) if priced else None,
        custom_fields=values_of(device),
        catalogue_id=device.catalogue_id,
        lifecycle=device.lifecycle,
        next_states=sorted(plain_steps(device.lifecycle)),
        revision=device.revision,
    )
