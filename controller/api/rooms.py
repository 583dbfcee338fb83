"""``/campuses``, ``/buildings``, ``/rooms``: where equipment stands."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from controller.api.conditional import IfMatch, require_match
from controller.api.records import PlaceScope, Said, SchoolCode, Tagged, applied, corrected, there
from controller.api.schemas import PROBLEMS, Listed
from controller.deps import DbSession, ReadScope
from inventory.models import Building, Campus, Room, RoomKind
from inventory.repositories import BuildingRepository, CampusRepository, RoomRepository
from inventory.schools import places

router = APIRouter(tags=["places"], responses=PROBLEMS)
_Name = Annotated[str, Field(max_length=places.LONGEST_NAME)]
_Code = Annotated[str, Field(max_length=32)]
_Id = Annotated[str, Field(max_length=20)]
_Floor = Annotated[int, Field(ge=places.DEEPEST, le=places.HIGHEST)]
_Area = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]


class CampusPatch(Said):
    """What of a campus is to change."""

    name: _Name | None = None
    address: Annotated[str, Field(max_length=places.LONGEST_ADDRESS)] | None = None


class CampusIn(CampusPatch):
    """A campus of a school."""

    school_code: _Code
    name: _Name


class CampusOut(Tagged):
    """One site of a school."""

    id: str
    school_code: str
    name: str
    address: str


class BuildingPatch(Said):
    """What of a building is to change."""

    name: _Name | None = None
    campus_id: _Id | None = None
    floors: Annotated[int, Field(ge=1, le=places.HIGHEST)] | None = None


class BuildingIn(BuildingPatch):
    """A building of a school."""

    school_code: _Code
    name: _Name


class BuildingOut(Tagged):
    """One building; ``floors`` are those above ground."""

    id: str
    school_code: str
    campus_id: str | None
    name: str
    floors: int | None


class RoomPatch(Said):
    """What of a room is to change; ``floor`` 1 is the ground floor, -1 the one below it."""

    name: _Name | None = None
    kind: RoomKind | None = None
    building_id: _Id | None = None
    floor: _Floor | None = None
    area_square_metres: _Area | None = None
    seats: Annotated[int, Field(ge=0, le=places.MOST_SEATS)] | None = None


class RoomIn(RoomPatch):
    """A room of a school."""

    school_code: _Code
    name: _Name


class RoomOut(Tagged):
    """One room; ``building`` is the name of its building."""

    id: str
    school_code: str
    name: str
    kind: RoomKind
    building_id: str | None
    building: str
    floor: int | None
    area_square_metres: Decimal | None
    seats: int | None


@router.get("/campuses")
def list_campuses(session: DbSession, scope: ReadScope, school: SchoolCode) -> Listed[CampusOut]:
    """Campuses of a school."""
    rows = CampusRepository(session, scope).at_school(school)
    return Listed(items=[CampusOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/campuses", status_code=201)
def add_campus(session: DbSession, scope: PlaceScope, body: CampusIn) -> CampusOut:
    """Note a campus."""
    campus = applied(Campus(id="", school_code=body.school_code, name=body.name), body)
    return CampusOut.model_validate(places.save_campus(session, scope, campus))


@router.patch("/campuses/{campus_id}")
def change_campus(
    *,
    session: DbSession,
    scope: PlaceScope,
    campus_id: str,
    body: CampusPatch,
    if_match: IfMatch = None,
) -> CampusOut:
    """Correct a campus."""
    campus = corrected(
        session, there(CampusRepository(session, scope).get(campus_id)), body, if_match
    )
    return CampusOut.model_validate(places.save_campus(session, scope, campus))


@router.delete("/campuses/{campus_id}", status_code=204)
def remove_campus(
    session: DbSession, scope: PlaceScope, campus_id: str, if_match: IfMatch = None
) -> None:
    """Forget a campus on which no building stands."""
    campus = there(CampusRepository(session, scope).get(campus_id))
    require_match(session, campus, if_match)
    places.remove_campus(session, scope, campus)


@router.get("/buildings")
def list_buildings(session: DbSession, scope: ReadScope, school: SchoolCode) -> Listed[BuildingOut]:
    """Buildings of a school."""
    rows = BuildingRepository(session, scope).at_school(school)
    return Listed(items=[BuildingOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/buildings", status_code=201)
def add_building(session: DbSession, scope: PlaceScope, body: BuildingIn) -> BuildingOut:
    """Note a building."""
    building = applied(Building(id="", school_code=body.school_code, name=body.name), body)
    return BuildingOut.model_validate(places.save_building(session, scope, building))


@router.patch("/buildings/{building_id}")
def change_building(
    *,
    session: DbSession,
    scope: PlaceScope,
    building_id: str,
    body: BuildingPatch,
    if_match: IfMatch = None,
) -> BuildingOut:
    """Correct a building; its rooms carry the new name."""
    building = corrected(
        session, there(BuildingRepository(session, scope).get(building_id)), body, if_match
    )
    return BuildingOut.model_validate(places.save_building(session, scope, building))


@router.delete("/buildings/{building_id}", status_code=204)
def remove_building(
    session: DbSession, scope: PlaceScope, building_id: str, if_match: IfMatch = None
) -> None:
    """Forget a building without rooms."""
    building = there(BuildingRepository(session, scope).get(building_id))
    require_match(session, building, if_match)
    places.remove_building(session, scope, building)


@router.get("/rooms")
def list_rooms(session: DbSession, scope: ReadScope, school: SchoolCode) -> Listed[RoomOut]:
    """Rooms of a school, building by building."""
    rows = RoomRepository(session, scope).at_school(school)
    return Listed(items=[RoomOut.model_validate(row) for row in rows], total=len(rows))


@router.get("/rooms/{room_id}")
def show_room(session: DbSession, scope: ReadScope, room_id: str) -> RoomOut:
    """One room."""
    return RoomOut.model_validate(there(RoomRepository(session, scope).get(room_id)))


@router.post("/rooms", status_code=201)
def add_room(session: DbSession, scope: PlaceScope, body: RoomIn) -> RoomOut:
    """Note a room."""
    room = applied(Room(id="", school_code=body.school_code, name=body.name), body)
    return RoomOut.model_validate(places.save_room(session, scope, room))


@router.patch("/rooms/{room_id}")
def change_room(
    *,
    session: DbSession,
    scope: PlaceScope,
    room_id: str,
    body: RoomPatch,
    if_match: IfMatch = None,
) -> RoomOut:
    """Correct a room."""
    room = corrected(session, there(RoomRepository(session, scope).get(room_id)), body, if_match)
    return RoomOut.model_validate(places.save_room(session, scope, room))


@router.delete("/rooms/{room_id}", status_code=204)
def remove_room(
    session: DbSession, scope: PlaceScope, room_id: str, if_match: IfMatch = None
) -> None:
    """Forget a room in which nothing stands; devices are moved first."""
    room = there(RoomRepository(session, scope).get(room_id))
    require_match(session, room, if_match)
    places.remove_room(session, scope, room)
