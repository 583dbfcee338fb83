"""Questions about devices, and how they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.days import day_of
from inventory.errors import HardwareAddressTaken
from inventory.keys import among
from inventory.models import (
    Device,
    DeviceMac,
    DeviceState,
    Lifecycle,
    Protocol,
    School,
    SchoolSummary,
)
from inventory.repositories.device_list import (
    ANY_DEVICE,
    DeviceQuestion,
    DeviceSort,
    DeviceWish,
)
from inventory.repositories.device_page import DevicePage
from inventory.repositories.device_rows import LISTED, ListedDevice, told
from inventory.repositories.schools import stands
from inventory.repositories.scoped import Page, Repository
from inventory.status import CADENCE, RANKS, Status, status_expression
from inventory.summaries import counted_at, figures_of

__all__ = [
    "WORST_FIRST",
    "DeviceQuestion",
    "DeviceRepository",
    "DeviceRow",
    "DeviceSort",
    "DeviceWish",
    "ListedDevice",
]

#: What needs somebody comes first.
WORST_FIRST = tuple(sorted(RANKS, key=lambda status: RANKS[status]))


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device with how it is and where it stands."""

    device: Device
    school: School
    state: DeviceState | None
    status: Status


class DeviceRepository(Repository):
    """Devices of the schools within the caller's scope."""

    def get(self, device_id: str) -> Device | None:
        return self._session.exec(
            select(Device).where(Device.id == device_id, self._visible())
        ).one_or_none()

    def row(self, device_id: str, now: datetime, cadence: timedelta = CADENCE) -> DeviceRow | None:
        """One device with its state and status."""
        query = self._rows(now, cadence).where(Device.id == device_id)
        found = self._session.exec(query).one_or_none()
        return None if found is None else _row(found)

    def state_of(self, device_id: str) -> DeviceState | None:
        """What the last poll said; ``None`` if the device was never polled."""
        return self._session.exec(
            select(DeviceState)
            .join(Device, col(Device.id) == DeviceState.device_id)
            .where(self._visible(), DeviceState.device_id == device_id)
        ).one_or_none()

    def named(self, device_ids: Sequence[str]) -> Sequence[Device]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(Device)
            .where(self._visible(), col(Device.id).in_(device_ids))
            .order_by(col(Device.id))
        ).all()

    def at_school(self, code: str) -> Sequence[Device]:
        """Devices of one school, in the order of their names."""
        return self._session.exec(
            select(Device)
            .where(self._visible(), Device.school_code == code)
            .order_by(col(Device.name), col(Device.id))
        ).all()

    def watched_by(
        self, protocol: Protocol, school_code: str
    ) -> Sequence[tuple[Device, DeviceState | None]]:
        """Devices in service of one school that are watched in one way, with their states."""
        return self._session.exec(
            select(Device, DeviceState)
            .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
            .where(
                self._visible(),
                Device.school_code == school_code,
                Device.protocol == protocol,
                Device.lifecycle == Lifecycle.in_service,
            )
            .order_by(col(Device.id))
        ).all()

    def page(
        self,
        *,
        now: datetime,
        search: str = "",
        kind: Kind | None = None,
        status: Status | None = None,
        lifecycle: Lifecycle | None = None,
        school: str | None = None,
        wish: DeviceWish = ANY_DEVICE,
        under: str = "/",
        sort: DeviceSort = DeviceSort.name,
        descending: bool = False,
        offset: int = 0,
        limit: int = 50,
        cadence: timedelta = CADENCE,
    ) -> Page[DeviceRow]:
        """One page of the device list.

        ``search`` finds what the search of everything finds of devices (``inventory.search``). In a
        register that is counted ahead (``inventory.summaries``), ``status`` is that of the last
        count. Of words that very many devices hold only the first are listed: ``Page.more``.
        """
        asked = DeviceQuestion(
            search, kind, status, lifecycle, school, wish, under, sort, descending
        )
        listed = DevicePage(self._session, self._scope, asked, now=now, cadence=cadence)
        page = listed.ids(offset, limit)
        ids = page.items
        found = self._session.exec(self._rows(now, cadence).where(col(Device.id).in_(ids))).all()
        rows = {row.device.id: row for row in map(_row, found)}
        return Page([rows[device_id] for device_id in ids], page.total, page.more)

    def listed(
        self,
        asked: DeviceQuestion,
        *,
        now: datetime,
        offset: int = 0,
        limit: int = 50,
        cadence: timedelta = CADENCE,
    ) -> Page[ListedDevice]:
        """The same list as :meth:`page`: no objects of the models for each of its rows."""
        listed = DevicePage(self._session, self._scope, asked, now=now, cadence=cadence)
        page = listed.ids(offset, limit)
        query = LISTED.where(self._visible(), among(self._session, Device.id, page.items))
        found = self._session.execute(query)
        rows = {row.id: row for row in (told(row, now, cadence) for row in found)}
        return Page([rows[device_id] for device_id in page.items], page.total, page.more)

    def count_by_status(
        self, now: datetime, *, school: str | None = None, cadence: timedelta = CADENCE
    ) -> Mapping[Status, int]:
        """How many devices in service are how; every status is there, be it 0.

        Those of schools that have closed are counted of one school alone: nobody watches them.
        """
        closed = select(School.code).where(stands(day_of(now), closed=True))
        if school is None and counted_at(self._session, now) is not None:
            gone = set(self._session.exec(closed))
            schools = self.count_by_school(now, cadence=cadence).items()
            counted = [counts for code, counts in schools if code not in gone]
            return {status: sum(counts[status] for counts in counted) for status in Status}
        how = status_expression(now, cadence)
        query = self._joined(select(how, func.count())).where(
            Device.lifecycle == Lifecycle.in_service
        )
        where = col(Device.school_code)
        query = query.where(where.not_in(closed) if school is None else where == school)
        found = {Status(key): n for key, n in self._session.exec(query.group_by(how)).all()}
        return {status: found.get(status, 0) for status in Status}

    def count_by_school(
        self, now: datetime, *, cadence: timedelta = CADENCE
    ) -> Mapping[str, Mapping[Status, int]]:
        """The same for every visible school that has devices in service, by school code."""
        if counted_at(self._session, now) is not None:
            visible = self._at_visible_school(SchoolSummary.school_code)
            counted = {
                code: figures.by_status()
                for code, figures in figures_of(self._session, visible).items()
            }
            return {code: counts for code, counts in counted.items() if any(counts.values())}
        how = status_expression(now, cadence)
        query = (
            self._joined(select(Device.school_code, how, func.count()))
            .where(Device.lifecycle == Lifecycle.in_service)
            .group_by(col(Device.school_code), how)
        )
        schools: dict[str, dict[Status, int]] = {}
        for code, key, n in self._session.exec(query).all():
            schools.setdefault(code, dict.fromkeys(Status, 0))[Status(key)] = n
        return schools

    def count_by_kind(self, *, school: str | None = None) -> Mapping[Kind, int]:
        """How many devices in service are of which kind."""
        query = select(Device.kind, func.count()).where(
            self._visible(), Device.lifecycle == Lifecycle.in_service
        )
        if school is not None:
            query = query.where(Device.school_code == school)
        found = self._session.exec(query.group_by(col(Device.kind))).all()
        return {Kind(kind): n for kind, n in found}

    def vendors(self) -> Sequence[str]:
        """Vendors of the visible devices, as the register writes them, in order."""
        if not self._sees_everything:
            named = select(Device.vendor).where(self._visible(), col(Device.vendor).is_not(None))
            found = self._session.exec(named.distinct().order_by(col(Device.vendor))).all()
            return [vendor for vendor in found if vendor]
        # From each vendor to the next along the index: a few steps and not 200,000 rows.
        step = select(func.min(Device.vendor).label("vendor")).cte("step", recursive=True)
        following = select(func.min(Device.vendor)).where(col(Device.vendor) > step.c.vendor)
        steps = step.union_all(
            select(following.scalar_subquery()).where(step.c.vendor.is_not(None))
        )
        return [vendor for vendor in self._session.scalars(select(steps.c.vendor)) if vendor]

    def macs_of(self, device_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Hardware addresses by device id, in order; devices without any are left out."""
        rows = self._session.exec(
            select(DeviceMac)
            .join(Device, col(Device.id) == DeviceMac.device_id)
            .where(self._visible(), col(DeviceMac.device_id).in_(device_ids))
            .order_by(col(DeviceMac.device_id), col(DeviceMac.mac))
        ).all()
        found: dict[str, tuple[str, ...]] = {}
        for row in rows:
            found[row.device_id] = (*found.get(row.device_id, ()), row.mac)
        return found

    def having_mac(self, school_code: str, macs: Sequence[str]) -> Sequence[Device]:
        """Devices of a school that any of these hardware addresses belongs to."""
        owners = select(DeviceMac.device_id).where(col(DeviceMac.mac).in_(macs))
        return self._session.exec(
            select(Device)
            .where(self._visible(), Device.school_code == school_code, col(Device.id).in_(owners))
            .order_by(col(Device.id))
        ).all()

    def attached_to(self, device_id: str) -> Sequence[tuple[Device, DeviceState]]:
        """Devices last seen on ports of this one, by port; of the same school only."""
        switch = self.get(device_id)
        if switch is None:
            return ()
        return self._session.exec(
            select(Device, DeviceState)
            .join(DeviceState, col(DeviceState.device_id) == Device.id)
            .where(
                self._visible(),
                DeviceState.attached_device_id == device_id,
                Device.school_code == switch.school_code,
                Device.lifecycle == Lifecycle.in_service,
            )
            .order_by(col(DeviceState.attached_port), col(Device.name), col(Device.id))
        ).all()

    def set_macs(self, device: Device, macs: Collection[str]) -> None:
        """Make these the hardware addresses of a device (twelve lower-case hex digits each).

        Raises:
            HardwareAddressTaken: one of them belongs to another device of the school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(device.school_code)
        wanted = set(macs)
        for other in self.having_mac(device.school_code, sorted(wanted)):
            if other.id != device.id:
                raise HardwareAddressTaken(key=other.name)
        known = set(self.macs_of([device.id]).get(device.id, ()))
        for gone in known - wanted:
            self._session.delete(self._session.get_one(DeviceMac, (device.id, gone)))
        for fresh in sorted(wanted - known):
            self._session.add(DeviceMac(device_id=device.id, mac=fresh))
        self._session.flush()

    def add(self, device: Device) -> Device:
        """Keep a device.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(device.school_code)
        return self._save(device)

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Device.school_code)

    def _joined(self, statement: Any) -> Any:
        return (
            statement.select_from(Device)
            .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
            .where(self._visible())
        )

    def _rows(self, now: datetime, cadence: timedelta) -> Any:
        how = status_expression(now, cadence)
        return self._joined(select(Device, School, DeviceState, how)).join(
            School, col(School.code) == Device.school_code
        )


def _row(found: Any) -> DeviceRow:
    device, school, state, status = found
    return DeviceRow(device, school, state, Status(status))
