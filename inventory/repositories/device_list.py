"""What a list of devices may be asked for: filters and orders, in SQL."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, literal_column
from sqlmodel import col

from drivers.readings import Kind
from inventory.models import Device, DeviceState, Lifecycle, School
from inventory.status import Status


class DeviceSort(StrEnum):
    """Orders of the device list; the worst status comes first under ``status``."""

    name = "name"
    school = "school"
    kind = "kind"
    address = "address"
    status = "status"
    since = "since"
    warranty = "warranty"
    purchased = "purchased"


#: Orders by a date.
DATED: Mapping[DeviceSort, Any] = {
    DeviceSort.warranty: col(Device.warranty_until),
    DeviceSort.purchased: col(Device.purchased_on),
}


#: Orders by what some devices do not have; those come last, whichever way.
LACKED = frozenset({DeviceSort.since, *DATED})


@dataclass(frozen=True, slots=True)
class DeviceWish:
    """Where devices of a list stand and what the asset ledger says of them; ``None``: whatever.

    Args:
        room: in the room with this id.
        vendor: of this vendor, as the register writes it.
        warranty_from: its warranty lasts until this day or longer.
        warranty_until: its warranty ends on this day or before.
        purchased_from: bought on this day or later.
        purchased_until: bought on this day or before.
    """

    room: str | None = None
    vendor: str | None = None
    warranty_from: date | None = None
    warranty_until: date | None = None
    purchased_from: date | None = None
    purchased_until: date | None = None

    def conditions(self, *, by_vendor: bool = True) -> Iterator[ColumnElement[bool]]:
        """SQL for what is wished; without ``by_vendor`` SQLite looks up no vendor in its index."""
        if self.room is not None:
            yield col(Device.room_id) == self.room
        if self.vendor is not None:
            vendor: Any = col(Device.vendor) if by_vendor else literal_column("+device.vendor")
            yield vendor == self.vendor
        for dated, first, last in (
            (col(Device.warranty_until), self.warranty_from, self.warranty_until),
            (col(Device.purchased_on), self.purchased_from, self.purchased_until),
        ):
            if first is not None:
                yield dated >= first
            if last is not None:
                yield dated <= last


ANY_DEVICE = DeviceWish()


@dataclass(frozen=True, slots=True)
class DeviceQuestion:
    """What a list of devices is asked for; ``None`` and empty: whatever.

    Args:
        search: words, as somebody typed them.
        kind: of this kind.
        status: that are so, by the last count where there is one.
        lifecycle: in this state of life.
        school: of this school.
        wish: where they stand, and what the ledger says.
        under: below this path.
        sort: by this.
        descending: the other way round.
    """

    search: str = ""
    kind: Kind | None = None
    status: Status | None = None
    lifecycle: Lifecycle | None = None
    school: str | None = None
    wish: DeviceWish = ANY_DEVICE
    under: str = "/"
    sort: DeviceSort = DeviceSort.name
    descending: bool = False


#: In the very words of the index over the few that are not in service.
_OUT_OF_SERVICE: ColumnElement[bool] = literal_column("device.lifecycle <> 'in_service'")


def conditions(
    kind: Kind | None, lifecycle: Lifecycle | None, school: str | None
) -> Iterator[ColumnElement[bool]]:
    """SQL for the conditions that every list has; ``None``: whatever it is."""
    if kind is not None:
        yield col(Device.kind) == kind
    if lifecycle is not None:
        yield col(Device.lifecycle) == lifecycle
        if lifecycle is not Lifecycle.in_service:
            yield _OUT_OF_SERVICE
    if school is not None:
        yield col(Device.school_code) == school


def directed(
    columns: Iterable[Any], *, descending: bool, sort: DeviceSort = DeviceSort.name
) -> list[Any]:
    """The columns in one direction; of those in ``LACKED``, devices without the first come last."""
    order = [column.desc() if descending else column.asc() for column in columns]
    if sort in LACKED:
        order[0] = order[0].nulls_last()
    return order


def order_of(sort: DeviceSort, rank: Any) -> tuple[Any, ...]:
    """The columns of an order; the id makes it one for good."""
    name = (col(Device.name), col(Device.id))
    if sort is DeviceSort.since:
        return col(DeviceState.since), col(Device.id)
    if sort in DATED:
        return DATED[sort], *name
    first: dict[DeviceSort, tuple[Any, ...]] = {
        DeviceSort.name: (),
        DeviceSort.school: (col(School.path),),
        DeviceSort.kind: (col(Device.kind),),
        DeviceSort.address: (col(Device.address),),
        DeviceSort.status: (rank,),
    }
    return (*first[sort], *name)
