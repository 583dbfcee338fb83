"""What the register and the network know for the figures of schools: one statement a question."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.coverage.rooms import RoomFact
from inventory.models import (
    Device,
    DeviceState,
    DeviceUsage,
    Lifecycle,
    Port,
    Protocol,
    Recognition,
    Room,
    School,
)
from inventory.packed.records import key_of
from inventory.repositories.scoped import Repository, within

#: A device that answered within a week works; a night or a weekend without power says nothing.
WORKS_WITHIN = timedelta(days=7)
#: How long it is remembered which port of a switch a device was seen behind.
SEEN_WITHIN = timedelta(days=30)
#: Tongxiang: 校园终端上网速度百兆以上.
TERMINAL_BITS_PER_SECOND = 100_000_000


class Placed(NamedTuple):
    """A device in a room, by the key of the room, and whether it is known to work."""

    room: int
    #: ``None``: nobody watches it.
    works: bool | None


class Terminals(NamedTuple):
    """Terminals in service at a school, by the negotiated speed of the port they hang on."""

    school_code: str
    total: int
    fast: int
    slow: int


class Used(NamedTuple):
    """Devices of one kind at one school.

    Args:
        total: in service.
        known: of which the hours of use are known.
        hours: a week, of these together.
    """

    school_code: str
    kind: Kind
    total: int
    known: int
    hours: float


class CoverageRepository(Repository):
    """Facts of schools within the caller's scope, below a path."""

    def rooms(self, under: str) -> list[RoomFact]:
        rows = self._session.execute(
            columns(
                col(Room.id),
                col(Room.school_code),
                col(Room.kind),
                col(Room.building),
                col(Room.floor),
                col(Room.name),
            )
            .join(School, col(School.code) == col(Room.school_code))
            .where(*self._schools(under))
            .order_by(col(Room.school_code), col(Room.id))
        )
        return [RoomFact(row[0], key_of(row[0]), *row[1:]) for row in rows]

    def placed(self, kinds: Sequence[Kind], under: str, now: datetime) -> list[Placed]:
        """Devices of these kinds that are in service and stand in a room."""
        heard = or_(
            col(DeviceState.last_ok_at) >= now - WORKS_WITHIN,
            and_(
                col(Device.protocol) == Protocol.presence,
                col(DeviceState.last_present_at) >= now - WORKS_WITHIN,
            ),
        )
        unwatched = col(Device.protocol) == Protocol.none
        rows = self._session.execute(
            columns(col(Device.room_id), case((unwatched, None), (heard, 1), else_=0))
            .join(School, col(School.code) == col(Device.school_code))
            .join(DeviceState, col(DeviceState.device_id) == col(Device.id), isouter=True)
            .where(
                *self._schools(under),
                col(Device.kind).in_(kinds),
                col(Device.lifecycle) == Lifecycle.in_service,
                col(Device.room_id).is_not(None),
            )
        )
        return [Placed(key_of(room), None if yes is None else bool(yes)) for room, yes in rows]

    def rooms_behind_ports(self, under: str, now: datetime) -> set[int]:
        """Rooms with a device that was seen behind a port of a switch."""
        switch = aliased(Device)
        rows = self._session.execute(
            columns(col(Device.room_id))
            .join(School, col(School.code) == col(Device.school_code))
            .join(DeviceState, col(DeviceState.device_id) == col(Device.id))
            .join(switch, col(switch.id) == col(DeviceState.attached_device_id))
            .where(
                *self._schools(under),
                col(Device.room_id).is_not(None),
                col(DeviceState.attached_at) >= now - SEEN_WITHIN,
                col(switch.kind) == Kind.switch,
            )
            .distinct()
        )
        return {key_of(room) for (room,) in rows}

    def terminals(self, under: str, now: datetime) -> list[Terminals]:
        """By school; what is neither fast nor slow hangs on no port whose speed is known."""
        speed = col(Port.speed_bits_per_second)
        fresh = col(DeviceState.attached_at) >= now - SEEN_WITHIN
        rows = self._session.execute(
            columns(
                col(Device.school_code),
                func.count(),
                func.sum(case((fresh & (speed >= TERMINAL_BITS_PER_SECOND), 1), else_=0)),
                func.sum(case((fresh & (speed < TERMINAL_BITS_PER_SECOND), 1), else_=0)),
            )
            .join(School, col(School.code) == col(Device.school_code))
            .join(DeviceState, col(DeviceState.device_id) == col(Device.id), isouter=True)
            .join(
                Port,
                and_(
                    col(Port.device_id) == col(DeviceState.attached_device_id),
                    col(Port.name) == col(DeviceState.attached_port),
                ),
                isouter=True,
            )
            .where(
                *self._schools(under),
                col(Device.kind) == Kind.terminal,
                col(Device.lifecycle) == Lifecycle.in_service,
                col(Device.is_personal).is_(False),
            )
            .group_by(col(Device.school_code))
        )
        return [Terminals(*row) for row in rows]

    def usage(self, under: str) -> list[Used]:
        """Whiteboards and terminals in service by school, and for how long they are in use."""
        hours = col(DeviceUsage.hours_a_week)
        rows = self._session.execute(
            columns(
                col(Device.school_code),
                col(Device.kind),
                func.count(),
                func.count(hours),
                func.coalesce(func.sum(hours), 0.0),
            )
            .join(School, col(School.code) == col(Device.school_code))
            .join(DeviceUsage, col(DeviceUsage.device_id) == col(Device.id), isouter=True)
            .where(
                *self._schools(under),
                col(Device.kind).in_((Kind.whiteboard, Kind.terminal)),
                col(Device.lifecycle) == Lifecycle.in_service,
                col(Device.is_personal).is_(False),
            )
            .group_by(col(Device.school_code), col(Device.kind))
        )
        return [Used(*row) for row in rows]

    def schools_with_switch(self, under: str) -> set[str]:
        """Schools that have a switch in service."""
        rows = self._session.execute(
            columns(col(Device.school_code))
            .join(School, col(School.code) == col(Device.school_code))
            .where(
                *self._schools(under),
                col(Device.kind) == Kind.switch,
                col(Device.lifecycle) == Lifecycle.in_service,
            )
            .distinct()
        )
        return {code for (code,) in rows}

    def recognitions(self, under: str, on: date) -> Sequence[Recognition]:
        """Those that are good on a day."""
        return self._session.exec(
            select(Recognition)
            .join(School, col(School.code) == col(Recognition.school_code))
            .where(
                *self._schools(under),
                col(Recognition.recognised_on) <= on,
                or_(col(Recognition.ends_on).is_(None), col(Recognition.ends_on) >= on),
            )
            .order_by(col(School.path), col(Recognition.recognised_on), col(Recognition.id))
        ).all()

    def _schools(self, under: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._scope.condition(col(School.path)), within(col(School.path), under)
