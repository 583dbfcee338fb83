"""``/devices``: what there is, how it is, and what it measured."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request

from controller.api.charts import ChartQuery, chart
from controller.api.schemas import (
    PROBLEMS,
    Chart,
    ComponentOut,
    DeviceOut,
    Limit,
    Listed,
    NeighbourOut,
    Offset,
    PortOut,
    Search,
)
from controller.deps import DbSession, ReadScope, Store
from controller.errors import NotFound
from drivers.readings import Kind
from inventory.models import Lifecycle
from inventory.models.base import utc_now
from inventory.repositories.devices import DeviceRepository, DeviceRow, DeviceSort, DeviceWish
from inventory.repositories.parts import PartRepository
from inventory.repositories.ports import PortRepository
from inventory.status import Status


class DeviceListing(Listed[DeviceOut]):
    """The same of devices; ``more``: there are others beyond ``total`` for a narrower question."""

    more: bool


router = APIRouter(prefix="/devices", tags=["devices"], responses=PROBLEMS)


@router.get("")
def list_devices(
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    search: Search = "",
    kind: Kind | None = None,
    status: Status | None = None,
    lifecycle: Lifecycle | None = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    room: Annotated[str | None, Query(max_length=20, description="Id of a room.")] = None,
    vendor: Annotated[str | None, Query(max_length=100, description="As registered.")] = None,
    warranty_from: date | None = None,
    warranty_until: date | None = None,
    purchased_from: date | None = None,
    purchased_until: date | None = None,
    sort: DeviceSort = DeviceSort.name,
    descending: bool = False,
    offset: Offset = 0,
    limit: Limit = 50,
) -> DeviceListing:
    """Devices by filter; ``search`` finds what the search of everything finds of devices.

    Where very many devices hold its words, only the first ones in the order are listed: ``more``.
    The days of warranty and purchase are the first and the last that count. In the order of one of
    them devices without it come last.
    """
    page = DeviceRepository(session, scope).page(
        now=utc_now(),
        cadence=request.app.state.cadence,
        search=search,
        kind=kind,
        status=status,
        lifecycle=lifecycle,
        school=school,
        wish=DeviceWish(
            room=room,
            vendor=vendor,
            warranty_from=warranty_from,
            warranty_until=warranty_until,
            purchased_from=purchased_from,
            purchased_until=purchased_until,
        ),
        sort=sort,
        descending=descending,
        offset=offset,
        limit=limit,
    )
    items = [_shown(row) for row in page.items]
    return DeviceListing(items=items, total=page.total, more=page.more)


@router.get("/{device_id}")
def show_device(
    request: Request, session: DbSession, scope: ReadScope, device_id: str
) -> DeviceOut:
    """One device."""
    row = DeviceRepository(session, scope).row(device_id, utc_now(), request.app.state.cadence)
    if row is None:
        raise NotFound
    return _shown(row)


@router.get("/{device_id}/ports")
def list_ports(session: DbSession, scope: ReadScope, device_id: str) -> Listed[PortOut]:
    """Ports in the device's own order."""
    if DeviceRepository(session, scope).get(device_id) is None:
        raise NotFound
    ports = PortRepository(session, scope).of_device(device_id)
    return Listed(items=[PortOut.model_validate(port) for port in ports], total=len(ports))


@router.get("/{device_id}/neighbours")
def list_neighbours(session: DbSession, scope: ReadScope, device_id: str) -> Listed[NeighbourOut]:
    """Whom the device is wired to, as it last said."""
    if DeviceRepository(session, scope).get(device_id) is None:
        raise NotFound
    found = PartRepository(session, scope).neighbours(device_id)
    return Listed(items=[NeighbourOut.model_validate(one) for one in found], total=len(found))


@router.get("/{device_id}/components")
def list_components(session: DbSession, scope: ReadScope, device_id: str) -> Listed[ComponentOut]:
    """What the device is made of, as it last said."""
    if DeviceRepository(session, scope).get(device_id) is None:
        raise NotFound
    found = PartRepository(session, scope).components(device_id)
    return Listed(items=[ComponentOut.model_validate(one) for one in found], total=len(found))


@router.get("/{device_id}/series")
def device_series(
    session: DbSession, scope: ReadScope, store: Store, device_id: str, wanted: ChartQuery
) -> Chart:
    """Readings of a device as curves."""
    if DeviceRepository(session, scope).get(device_id) is None:
        raise NotFound
    return chart(store, device_id, wanted)


def _shown(row: DeviceRow) -> DeviceOut:
    device, state = row.device, row.state
    return DeviceOut(
        id=device.id,
        school_code=device.school_code,
        school_name=row.school.name,
        room_id=device.room_id,
        name=device.name,
        kind=device.kind,
        vendor=device.vendor,
        model=device.model,
        serial=device.serial,
        version=device.version,
        asset_number=device.asset_number,
        lifecycle=device.lifecycle,
        protocol=device.protocol,
        address=device.address,
        status=row.status,
        outcome=state.outcome if state else None,
        detail=state.detail if state else "",
        taken_at=state.taken_at if state else None,
        since=state.since if state else None,
        present=state.present if state else None,
        last_present_at=state.last_present_at if state else None,
        attached_device_id=state.attached_device_id if state else None,
        attached_port=state.attached_port if state else None,
        attached_since=state.attached_since if state else None,
        cpu_ratio=state.cpu_ratio if state else None,
        memory_used_ratio=state.memory_used_ratio if state else None,
        temperature_celsius=state.temperature_celsius if state else None,
        uptime_seconds=state.uptime_seconds if state else None,
    )
