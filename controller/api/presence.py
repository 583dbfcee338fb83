"""Where devices hang, and how long they are in use."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request

from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.deps import DbSession, ReadScope, Store
from controller.errors import NotFound
from controller.language import language
from controller.usage import hours_a_day, usage_of
from drivers.readings import Kind
from inventory.models import Protocol
from inventory.models.base import utc_now
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.schools import SchoolRepository
from inventory.status import PRESENCE_SILENT_AFTER

router = APIRouter(responses=PROBLEMS)
_Days = Annotated[int, Query(ge=1, le=92, description="Days up to today, in Beijing time.")]


class UsageDayOut(Schema):
    """One day; ``hours`` in use are null where nothing is known, as are parts of ``by_hour``."""

    day: date
    hours: float | None
    known_hours: float
    by_hour: list[float | None]


class UsageOut(Schema):
    """Use of one device; ``metric`` is what was counted, null where there was nothing to count."""

    metric: str | None
    hours_a_day: float | None
    days: list[UsageDayOut]


class AttachedOut(Schema):
    """A registered device behind a port."""

    id: str
    name: str
    kind: Kind
    port: str
    vlan: int | None


class SchoolUsage(Schema):
    """Devices of a school that are only looked for: how many, in use now, mean hours a day."""

    devices: int
    in_use: int
    hours_a_day: float | None


@router.get("/devices/{device_id}/usage", tags=["devices"])
def device_usage(
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    store: Store,
    device_id: str,
    days: _Days = 14,
) -> UsageOut:
    """Hours in use, by day and by hour: while the screen is lit, else while it is there."""
    if DeviceRepository(session, scope).get(device_id) is None:
        raise NotFound
    usage = usage_of(
        store,
        device_id,
        now=utc_now(),
        days=days,
        zone=language("").zone,
        hold=PRESENCE_SILENT_AFTER * request.app.state.cadence,
    )
    hour = timedelta(hours=1)
    return UsageOut(
        metric=usage.metric,
        hours_a_day=None if usage.mean is None else usage.mean / hour,
        days=[
            UsageDayOut(
                day=one.day, hours=one.hours, known_hours=one.known / hour, by_hour=[*one.by_hour]
            )
            for one in usage.days
        ],
    )


@router.get("/devices/{device_id}/attached", tags=["devices"])
def attached_devices(session: DbSession, scope: ReadScope, device_id: str) -> Listed[AttachedOut]:
    """Registered devices of the same school that were last seen on ports of this one."""
    repository = DeviceRepository(session, scope)
    if repository.get(device_id) is None:
        raise NotFound
    items = [
        AttachedOut(
            id=device.id,
            name=device.name,
            kind=device.kind,
            port=state.attached_port or "",
            vlan=state.attached_vlan,
        )
        for device, state in repository.attached_to(device_id)
    ]
    return Listed(items=items, total=len(items))


@router.get("/schools/{code}/usage", tags=["schools"])
def school_usage(
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    store: Store,
    code: str,
    days: _Days = 7,
) -> SchoolUsage:
    """Use of a school's silent devices in the days before now."""
    if SchoolRepository(session, scope).get(code) is None:
        raise NotFound
    now = utc_now()
    found = DeviceRepository(session, scope).watched_by(Protocol.presence, code)
    mean = hours_a_day(
        store, [device.id for device, _ in found], start=now - timedelta(days=days), end=now
    )
    in_use = sum(state is not None and bool(state.present) for _, state in found)
    return SchoolUsage(devices=len(found), in_use=in_use, hours_a_day=mean)
