"""How campuses, buildings and rooms are entered."""

from collections.abc import Mapping, Sequence

from controller.api.rooms import BuildingPatch, CampusPatch, RoomPatch
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.record_form import Field, choices_of
from controller.pages.views.record_kind import RecordKind, named, saved_by
from controller.words.terms import ROOM_KINDS
from inventory.models import Building, Campus, Room
from inventory.repositories import BuildingRepository, CampusRepository, RoomRepository
from inventory.schools import places


def _campus_fields(_look: Look, _school: str) -> Sequence[Field]:
    return (
        Field("name", N_("Name"), needed=True, longest=places.LONGEST_NAME),
        Field("address", N_("Postal address"), longest=places.LONGEST_ADDRESS),
    )


def _building_fields(look: Look, school: str) -> Sequence[Field]:
    campuses = CampusRepository(look.session, look.scope).at_school(school)
    fields = [
        Field("name", N_("Name"), needed=True, longest=places.LONGEST_NAME),
        Field("floors", N_("Floors"), "number"),
    ]
    if campuses:
        choices = [("", "—"), *((campus.id, campus.name) for campus in campuses)]
        fields.append(Field("campus_id", N_("Campus"), "choice", choices=choices))
    return fields


def _room_fields(look: Look, school: str) -> Sequence[Field]:
    buildings = BuildingRepository(look.session, look.scope).at_school(school)
    return (
        Field("name", N_("Name"), needed=True, longest=places.LONGEST_NAME),
        Field("kind", N_("Room type"), "choice", choices=choices_of(look, ROOM_KINDS)),
        Field(
            "building_id",
            N_("Building"),
            "choice",
            choices=[("", "—"), *((house.id, house.name) for house in buildings)],
        ),
        Field("floor", N_("Floor"), "number", hint=N_("1 is the ground floor, -1 the one below.")),
        Field("area_square_metres", N_("Area in m²"), "number", step="0.01"),
        Field("seats", N_("Seats"), "number"),
    )


PLACE_KINDS: Mapping[str, RecordKind] = {
    "campuses": RecordKind(
        adds=N_("Add a campus"),
        page="places",
        permission=Permission.manage_places,
        body=CampusPatch,
        fields=_campus_fields,
        repository=CampusRepository,
        new=lambda school: Campus(id="", school_code=school, name=""),
        save=saved_by(places.save_campus),
        remove=places.remove_campus,
        name=named,
    ),
    "buildings": RecordKind(
        adds=N_("Add a building"),
        page="places",
        permission=Permission.manage_places,
        body=BuildingPatch,
        fields=_building_fields,
        repository=BuildingRepository,
        new=lambda school: Building(id="", school_code=school, name=""),
        save=saved_by(places.save_building),
        remove=places.remove_building,
        name=named,
    ),
    "rooms": RecordKind(
        adds=N_("Add a room"),
        page="places",
        permission=Permission.manage_places,
        body=RoomPatch,
        fields=_room_fields,
        repository=RoomRepository,
        new=lambda school: Room(id="", school_code=school, name=""),
        save=saved_by(places.save_room),
        remove=places.remove_room,
        name=named,
    ),
}
