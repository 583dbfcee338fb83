"""The places of one school."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Look
from controller.pages.views.names import school_name
from inventory.models import Building, Campus, Room, School
from inventory.repositories import (
    BuildingRepository,
    CampusRepository,
    RoomRepository,
    SchoolRepository,
)


@dataclass(frozen=True, slots=True)
class PlacesView:
    """Everything on the page.

    Args:
        devices: how many stand in a room, by its id.
    """

    school: School
    school_name: str
    campuses: Sequence[Campus]
    buildings: Sequence[Building]
    rooms: Sequence[Room]
    devices: Mapping[str, int]
    campus_names: Mapping[str, str]
    may_change: bool


def places_view(look: Look, code: str) -> PlacesView:
    """What the page shows.

    Raises:
        NotFound: no such school within the scope.
    """
    school = SchoolRepository(look.session, look.scope).get(code)
    if school is None:
        raise NotFound
    campuses = CampusRepository(look.session, look.scope).at_school(code)
    rooms = RoomRepository(look.session, look.scope)
    return PlacesView(
        school=school,
        school_name=school_name(look, school),
        campuses=campuses,
        buildings=BuildingRepository(look.session, look.scope).at_school(code),
        rooms=rooms.at_school(code),
        devices=rooms.count_devices(code),
        campus_names={campus.id: campus.name for campus in campuses},
        may_change=look.caller.may(Permission.manage_places, school.path),
    )
