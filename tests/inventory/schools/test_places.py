"""Campuses, buildings and rooms."""

from decimal import Decimal

import pytest
from sqlmodel import Session, text

from inventory.errors import Conflict, Invalid, OutOfScope, PlaceInUse, StillNeeded
from inventory.models import Building, Campus, Room, RoomKind
from inventory.repositories import BuildingRepository, RoomRepository
from inventory.schools.places import (
    remove_building,
    remove_campus,
    remove_room,
    room_named,
    save_building,
    save_campus,
    save_room,
)
from inventory.scope import Scope
from tests.inventory.city import A, B

ALL = Scope.everything()


def _building(session: Session, name: str = "实验楼", school: str = A.school) -> Building:
    return save_building(session, ALL, Building(id="", school_code=school, name=name, floors=5))


def _rename(session: Session, building: Building, name: str) -> None:
    with session.begin_nested():
        building.name = name
        save_building(session, ALL, building)


def test_a_room_keeps_what_was_measured_and_carries_the_name_of_its_building(
    city: Session,
) -> None:
    building = _building(city)
    room = save_room(
        city,
        A.scope,
        Room(
            id="",
            school_code=A.school,
            name=" 录播教室 ",
            kind=RoomKind.lecture_recording_room,
            building_id=building.id,
            floor=-1,
            area_square_metres=Decimal("96.50"),
            seats=48,
        ),
    )
    city.expire_all()
    found = RoomRepository(city, A.scope).get(room.id)
    assert found is not None
    assert (found.name, found.building, found.kind) == ("录播教室", "实验楼", room.kind)
    assert isinstance(found.kind, RoomKind)
    assert (found.floor, found.area_square_metres, found.seats) == (-1, Decimal("96.50"), 48)
    building.name = "科学楼"
    save_building(city, A.scope, building)
    assert found.building == "科学楼"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 101),
        ("floor", 1_000),
        ("seats", -1),
        ("area_square_metres", Decimal("NaN")),
        ("area_square_metres", Decimal(1_000_000)),
        ("building_id", "bd-B"),
        ("building_id", "nowhere"),
        ("kind", "cellar"),
    ],
)
def test_what_no_room_is_like_is_refused_with_its_field(
    two_counties: Session, field: str, value: object
) -> None:
    room = Room(id="", school_code=A.school, name="x")
    setattr(room, field, value)
    with pytest.raises(Invalid) as caught:
        save_room(two_counties, ALL, room)
    assert caught.value.arguments["field"] == field


def test_names_are_unique_where_people_would_mix_places_up(city: Session) -> None:
    first, second = _building(city), _building(city, "教学楼")
    with pytest.raises(Conflict):
        _building(city)
    with pytest.raises(Conflict):
        _rename(city, second, first.name)
    room = room_named(city, ALL, A.school, "实验楼", "101", kind=RoomKind.laboratory)
    assert room_named(city, ALL, A.school, " 实验楼", "101 ") is room
    assert room_named(city, ALL, A.school, "教学楼", "101") is not room
    with pytest.raises(Conflict):
        save_room(city, ALL, Room(id="", school_code=A.school, name="101", building_id=first.id))


def test_a_building_that_is_named_first_with_a_room_gets_a_row(city: Session) -> None:
    room = room_named(city, A.scope, A.point, "平房", "一年级")
    building = BuildingRepository(city, A.scope).named(A.point, "平房")
    assert building is not None
    assert (room.building_id, room.kind) == (building.id, RoomKind.other)
    assert room_named(city, A.scope, A.point, "", "操场").building_id is None


def test_nothing_is_taken_away_while_something_stands_in_it(city: Session) -> None:
    campus = save_campus(city, ALL, Campus(id="", school_code=A.school, name="南校区"))
    building = _building(city)
    building.campus_id = campus.id
    save_building(city, ALL, building)
    room = room_named(city, ALL, A.school, building.name, "101")
    with pytest.raises(PlaceInUse) as caught:
        remove_building(city, ALL, building)
    assert caught.value.arguments == {"key": "实验楼", "count": 1}
    with pytest.raises(PlaceInUse):
        remove_campus(city, ALL, campus)
    with pytest.raises(PlaceInUse):
        remove_room(city, ALL, city.get_one(Room, A.row("r")))
    remove_room(city, ALL, room)
    remove_building(city, ALL, building)
    remove_campus(city, ALL, campus)


def test_a_row_that_others_point_to_is_kept_though_nobody_looked(city: Session) -> None:
    buildings = BuildingRepository(city, ALL)
    with pytest.raises(StillNeeded):
        buildings.remove(city.get_one(Building, A.row("bd")))
    assert buildings.get(A.row("bd")) is not None


def test_places_of_other_schools_are_out_of_reach(two_counties: Session) -> None:
    with pytest.raises(OutOfScope):
        save_campus(two_counties, A.scope, Campus(id="", school_code=B.school, name="x"))
    with pytest.raises(OutOfScope):
        remove_room(two_counties, A.scope, two_counties.get_one(Room, B.row("spare")))


@pytest.mark.parametrize(
    ("word", "kind"),
    [("wiring", RoomKind.server_room), ("科学馆", RoomKind.other), ("hall", RoomKind.hall)],
)
def test_what_an_older_controller_calls_a_room_is_read(
    city: Session, word: str, kind: RoomKind
) -> None:
    city.connection().execute(
        text("UPDATE room SET kind = :word WHERE id = :id"), {"word": word, "id": A.row("r")}
    )
    city.expire_all()
    assert city.get_one(Room, A.row("r")).kind is kind
