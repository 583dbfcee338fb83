"""Questions about campuses and buildings."""

from typing import ClassVar

from sqlmodel import col, select

from inventory.models import Building, Campus, Room
from inventory.repositories.of_school import OfSchool


class CampusRepository(OfSchool[Campus]):
    """Campuses of the schools within the caller's scope."""

    _model = Campus
    _order: ClassVar = ("name",)

    def named(self, school_code: str, name: str) -> Campus | None:
        """The campus of that name at a school."""
        return self._session.exec(
            select(Campus).where(
                self._visible(), Campus.school_code == school_code, Campus.name == name
            )
        ).one_or_none()

    def count_buildings(self, campus_id: str) -> int:
        """Buildings on a campus."""
        return self._count(
            select(Building.id).where(
                self._at_visible_school(Building.school_code), Building.campus_id == campus_id
            )
        )


class BuildingRepository(OfSchool[Building]):
    """Buildings of the schools within the caller's scope."""

    _model = Building
    _order: ClassVar = ("name",)

    def named(self, school_code: str, name: str) -> Building | None:
        """The building of that name at a school."""
        return self._session.exec(
            select(Building).where(
                self._visible(), Building.school_code == school_code, Building.name == name
            )
        ).one_or_none()

    def count_rooms(self, building_id: str) -> int:
        """Rooms in a building."""
        return self._count(
            select(Room.id).where(
                self._at_visible_school(Room.school_code), Room.building_id == building_id
            )
        )

    def rooms_in(self, building_id: str) -> list[Room]:
        """The rooms in a building, by name."""
        return list(
            self._session.exec(
                select(Room)
                .where(self._at_visible_school(Room.school_code), Room.building_id == building_id)
                .order_by(col(Room.name), col(Room.id))
            )
        )
