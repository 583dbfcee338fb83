"""Questions about rooms."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlalchemy import func
from sqlmodel import col, select

from inventory.models import Device, Room
from inventory.repositories.of_school import OfSchool


class RoomRepository(OfSchool[Room]):
    """Rooms of the schools within the caller's scope, listed building by building."""

    _model = Room
    _order: ClassVar = ("building", "name")

    def named(self, room_ids: Sequence[str]) -> Sequence[Room]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(Room).where(self._visible(), col(Room.id).in_(room_ids)).order_by(col(Room.id))
        ).all()

    def called(self, school_code: str, building: str, name: str) -> Room | None:
        """The room of that name in the building of that name; the first one of several."""
        return self._session.exec(
            select(Room)
            .where(
                self._visible(),
                Room.school_code == school_code,
                Room.building == building,
                Room.name == name,
            )
            .order_by(col(Room.id))
        ).first()

    def count_devices(self, school_code: str) -> Mapping[str, int]:
        """Devices in each room that has any, whatever their life-cycle state."""
        rows = self._session.exec(
            select(col(Device.room_id), func.count())
            .where(
                self._at_visible_school(Device.school_code),
                Device.school_code == school_code,
                col(Device.room_id).is_not(None),
            )
            .group_by(col(Device.room_id))
        )
        return {room: count for room, count in rows if room is not None}

    def add(self, room: Room) -> Room:
        """Keep a room (``inventory.schools.places`` finds or makes its building first).

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        return self.keep(room)
