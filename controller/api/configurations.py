"""``/devices/{id}/configurations`` and ``/events``: what devices ran by, what befell them."""

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session
from starlette.responses import PlainTextResponse

from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, ReadScope, Within
from controller.errors import NotFound
from inventory.intake.configurations import difference
from inventory.models import DeviceConfiguration
from inventory.repositories.configurations import ConfigurationRepository
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.events import EventRepository
from inventory.scope import Scope

router = APIRouter(prefix="/devices/{device_id}", tags=["devices"], responses=PROBLEMS)
ConfigurationScope = Annotated[Scope, Depends(Within(Permission.read_configurations))]
_Version = Annotated[str, Query(max_length=40)]


class ConfigurationOut(Schema):
    """A version: the device ran by it from ``taken_at`` on, last seen to at ``seen_at``.

    ``added`` and ``removed``: lines that came and went since the version before. ``accepted_at``:
    when somebody (``accepted_by``; empty: nobody, it was the first) said that it is as it is to be.
    """

    id: str
    digest: str
    taken_at: datetime
    seen_at: datetime
    added: int
    removed: int
    accepted_at: datetime | None
    accepted_by: str


class EventOut(Schema):
    """Something that happened to a device; ``fields`` are the blanks of the kind's sentence."""

    at: datetime
    kind: str
    detail: str
    fields: dict[str, str]


class DifferenceOut(Schema):
    """A unified diff of two versions; empty when they are the same."""

    older: ConfigurationOut
    newer: ConfigurationOut
    added: int
    removed: int
    diff: str


@router.get("/configurations")
def list_configurations(
    session: DbSession,
    scope: ConfigurationScope,
    device_id: str,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ConfigurationOut]:
    """Versions of what the device runs by, the youngest first; secrets in them are masked."""
    if DeviceRepository(session, scope).get(device_id) is None:
        raise NotFound
    page = ConfigurationRepository(session, scope).of_device(device_id, offset=offset, limit=limit)
    items = [ConfigurationOut.model_validate(version) for version in page.items]
    return Listed(items=items, total=page.total)


@router.get("/configurations/difference")
def show_difference(
    session: DbSession,
    scope: ConfigurationScope,
    device_id: str,
    older: _Version,
    newer: _Version,
) -> DifferenceOut:
    """What changed from one version to another."""
    before = _version(session, scope, device_id, older)
    after = _version(session, scope, device_id, newer)
    change = difference(session, scope, before, after)
    return DifferenceOut(
        older=ConfigurationOut.model_validate(before),
        newer=ConfigurationOut.model_validate(after),
        added=change.added if change else 0,
        removed=change.removed if change else 0,
        diff=change.diff if change else "",
    )


@router.get("/configurations/{version_id}", response_class=PlainTextResponse)
def show_configuration(
    session: DbSession, scope: ConfigurationScope, device_id: str, version_id: str
) -> PlainTextResponse:
    """The text of a version."""
    version = _version(session, scope, device_id, version_id)
    text = ConfigurationRepository(session, scope).text(version.digest)
    if text is None:
        raise NotFound
    return PlainTextResponse(text)


@router.put("/configurations/{version_id}/acceptance")
def accept_configuration(
    session: DbSession, caller: CurrentCaller, device_id: str, version_id: str
) -> ConfigurationOut:
    """Say that the device is to run by this version: what it runs by else is told of."""
    scope = caller.require(Permission.order_ports)
    version = _version(session, scope, device_id, version_id)
    accepted = ConfigurationRepository(session, scope).accept(
        version, caller.login, datetime.now(UTC)
    )
    return ConfigurationOut.model_validate(accepted)


@router.get("/events")
def list_events(
    *,
    session: DbSession,
    scope: ReadScope,
    device_id: str,
    kind: Annotated[list[str] | None, Query(max_length=20)] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[EventOut]:
    """What happened to the device, the youngest first."""
    if DeviceRepository(session, scope).get(device_id) is None:
        raise NotFound
    page = EventRepository(session, scope).page(
        device=device_id, kinds=kind or (), offset=offset, limit=limit
    )
    items = [
        EventOut(at=event.at, kind=event.kind, detail=event.detail, fields=json.loads(event.fields))
        for event in page.items
    ]
    return Listed(items=items, total=page.total)


def _version(
    session: Session, scope: Scope, device_id: str, version_id: str
) -> DeviceConfiguration:
    found = ConfigurationRepository(session, scope).get(device_id, version_id)
    if found is None:
        raise NotFound
    return found
