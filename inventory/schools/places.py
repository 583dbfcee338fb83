"""Campuses, buildings and rooms: what the register takes, and what may be taken away.

A room carries the name of its building beside the building's id, because lists of thousands of
devices show it. Only the functions here write either, so the two agree.
"""

from decimal import Decimal

from sqlmodel import Session

from inventory.errors import Conflict, Invalid, PlaceInUse
from inventory.ids import new_id
from inventory.models import Building, Campus, Room, RoomKind
from inventory.repositories.places import BuildingRepository, CampusRepository
from inventory.repositories.rooms import RoomRepository
from inventory.schools.checks import check_number, check_text
from inventory.scope import Scope

LONGEST_NAME = 100
LONGEST_ADDRESS = 200
DEEPEST, HIGHEST = -9, 200
MOST_SEATS = 10_000
#: The column holds eight digits, two of them behind the point.
LARGEST = Decimal(10) ** 6


def save_campus(session: Session, scope: Scope, campus: Campus) -> Campus:
    """Keep a campus, new or changed.

    Raises:
        Invalid: no name, or a text that is too long.
        Conflict: the school has a campus of that name.
        NotFound, OutOfScope: of the school.
    """
    campuses = CampusRepository(session, scope)
    with session.no_autoflush:
        campus.name = check_text("name", campus.name, LONGEST_NAME, needed=True)
        campus.address = check_text("address", campus.address, LONGEST_ADDRESS)
        _check_alone(campus.id, campuses.named(campus.school_code, campus.name))
    campus.id = campus.id or new_id("cp")
    return campuses.keep(campus)


def remove_campus(session: Session, scope: Scope, campus: Campus) -> None:
    """Forget a campus on which no building stands.

    Raises:
        PlaceInUse: there are buildings.
        OutOfScope: the school is outside the scope.
    """
    campuses = CampusRepository(session, scope)
    _check_empty(campus.name, campuses.count_buildings(campus.id))
    campuses.remove(campus)


def save_building(session: Session, scope: Scope, building: Building) -> Building:
    """Keep a building, new or changed; its rooms carry its name from then on.

    Raises:
        Invalid: no name, a number of floors beyond reason, or a campus of another school.
        Conflict: the school has a building of that name.
        NotFound, OutOfScope: of the school.
    """
    buildings = BuildingRepository(session, scope)
    with session.no_autoflush:
        building.name = check_text("name", building.name, LONGEST_NAME, needed=True)
        check_number("floors", building.floors, 1, HIGHEST)
        _check_alone(building.id, buildings.named(building.school_code, building.name))
        if building.campus_id is not None:
            campus = CampusRepository(session, scope).get(building.campus_id)
            if campus is None or campus.school_code != building.school_code:
                raise Invalid(field="campus_id", reason=building.campus_id)
    building.id = building.id or new_id("bd")
    buildings.keep(building)
    for room in buildings.rooms_in(building.id):
        room.building = building.name
    session.flush()
    return building


def remove_building(session: Session, scope: Scope, building: Building) -> None:
    """Forget a building without rooms.

    Raises:
        PlaceInUse: there are rooms.
        OutOfScope: the school is outside the scope.
    """
    buildings = BuildingRepository(session, scope)
    _check_empty(building.name, buildings.count_rooms(building.id))
    buildings.remove(building)


def save_room(session: Session, scope: Scope, room: Room) -> Room:
    """Keep a room, new or changed.

    Raises:
        Invalid: no name, a number beyond reason, or a building of another school.
        Conflict: the building has a room of that name.
        NotFound, OutOfScope: of the school.
    """
    rooms = RoomRepository(session, scope)
    with session.no_autoflush:
        room.name = check_text("name", room.name, LONGEST_NAME, needed=True)
        if room.kind not in list(RoomKind):
            raise Invalid(field="kind", reason=str(room.kind)[:40])
        _check_numbers(room)
        room.building = _name_of_building(session, scope, room)
        _check_alone(room.id, rooms.called(room.school_code, room.building, room.name))
    room.id = room.id or new_id("r")
    return rooms.keep(room)


def remove_room(session: Session, scope: Scope, room: Room) -> None:
    """Forget a room in which nothing stands.

    Raises:
        PlaceInUse: there are devices, whatever their life-cycle state.
        OutOfScope: the school is outside the scope.
    """
    rooms = RoomRepository(session, scope)
    _check_empty(room.name, rooms.count_devices(room.school_code).get(room.id, 0))
    rooms.remove(room)


def building_named(session: Session, scope: Scope, school_code: str, name: str) -> Building:
    """The building of that name at a school; a new one where there is none yet.

    Raises:
        Invalid: no name, or one that is too long.
        NotFound, OutOfScope: of the school.
    """
    found = BuildingRepository(session, scope).named(school_code, name.strip())
    return found or save_building(
        session, scope, Building(id="", school_code=school_code, name=name)
    )


def room_named(
    session: Session,
    scope: Scope,
    school_code: str,
    building: str,
    name: str,
    *,
    kind: RoomKind = RoomKind.other,
) -> Room:
    """The room of that name in the building of that name ("" for none); new where there is none.

    ``kind`` is that of a new room.

    Raises:
        Invalid: no name, or a text that is too long.
        NotFound, OutOfScope: of the school.
    """
    found = RoomRepository(session, scope).called(school_code, building.strip(), name.strip())
    if found is not None:
        return found
    house = building_named(session, scope, school_code, building) if building.strip() else None
    room = Room(
        id="",
        school_code=school_code,
        name=name,
        kind=kind,
        building_id=None if house is None else house.id,
    )
    return save_room(session, scope, room)


def _check_numbers(room: Room) -> None:
    check_number("floor", room.floor, DEEPEST, HIGHEST)
    check_number("seats", room.seats, 0, MOST_SEATS)
    area = room.area_square_metres
    if area is not None and not (area.is_finite() and 0 <= area < LARGEST):
        raise Invalid(field="area_square_metres", reason=str(area))


def _name_of_building(session: Session, scope: Scope, room: Room) -> str:
    if room.building_id is None:
        return ""
    building = BuildingRepository(session, scope).get(room.building_id)
    if building is None or building.school_code != room.school_code:
        raise Invalid(field="building_id", reason=room.building_id)
    return building.name


def _check_alone(own_id: str, namesake: Campus | Building | Room | None) -> None:
    if namesake is not None and namesake.id != own_id:
        raise Conflict(key=namesake.name)


def _check_empty(name: str, count: int) -> None:
    if count:
        raise PlaceInUse(key=name, count=count)
