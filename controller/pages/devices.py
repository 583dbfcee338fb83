"""The list of devices and the page of one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.views.choices import one_of
from controller.pages.views.device import device_view
from controller.pages.views.devices import DeviceFilter, device_list
from controller.pages.views.ledger_filter import LedgerFilter
from controller.pages.views.ranges import DEFAULT_RANGE, RangeName, range_named
from inventory.repositories.devices import DeviceRepository, DeviceSort

router = APIRouter()
_Word = Annotated[str, Query(max_length=32)]


def asked(
    *,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: _Word = "",
    status: _Word = "",
    school: _Word = "",
    county: _Word = "",
    life: _Word = "",
    room: _Word = "",
    vendor: Annotated[str, Query(max_length=100)] = "",
    warranty: _Word = "",
    age: _Word = "",
    sort: _Word = DeviceSort.status.value,
    desc: bool = False,
) -> DeviceFilter:
    """The filter of a list of devices, as it stands in an address."""
    by = one_of(DeviceSort, sort) or DeviceSort.status
    ledger = LedgerFilter(life, room, vendor, warranty, age)
    return DeviceFilter(q, kind, status, school, county, by, desc, ledger)


Asked = Annotated[DeviceFilter, Depends(asked)]


@router.get("/devices")
def devices_page(
    look: Looking, wanted: Asked, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    """Devices; without another wish, what needs somebody comes first."""
    return look.show("devices", device_list(look, wanted, page))


@router.get("/devices/{device_id}")
def device_page(
    device_id: str,
    look: Looking,
    span: RangeName = DEFAULT_RANGE,
    port: Annotated[str, Query(max_length=255)] = "",
) -> Response:
    """One device.

    Raises:
        NotFound: no such device within the caller's scope.
    """
    row = DeviceRepository(look.session, look.scope).row(device_id, look.now, look.cadence)
    if row is None:
        raise NotFound
    chosen = range_named(span)
    return look.show("device", device_view(look, row, chosen, port))
