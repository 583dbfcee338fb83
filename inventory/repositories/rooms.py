"""Questions about rooms."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from inventory.models import Room
from inventory.repositories.scoped import Repository


class RoomRepository(Repository):
    """Rooms of the schools within the caller's scope."""

    def get(self, room_id: str) -> Room | None:
        return self._session.exec(
            select(Room).where(Room.id == room_id, self._visible())
        ).one_or_none()

    def named(self, room_ids: Sequence[str]) -> Sequence[Room]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(Room).where(self._visible(), col(Room.id).in_(room_ids)).order_by(col(Room.id))
        ).all()

    def at_school(self, code: str) -> Sequence[Room]:
        """Rooms of a school, building by building."""
        return self._session.exec(
            select(Room)
            .where(self._visible(), Room.school_code == code)
            .order_by(col(Room.building), col(Room.name), col(Room.id))
        ).all()

    def add(self, room: Room) -> Room:
        """Keep a room.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(room.school_code)
        return self._save(room)

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Room.school_code)
