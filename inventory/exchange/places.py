"""Schools and rooms as files name them: by code, by name, by where people say they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import insert
from sqlmodel import Session, col, select

from inventory.exchange.faults import Why
from inventory.exchange.layout import plain
from inventory.exchange.values import Unfit
from inventory.ids import new_id
from inventory.models import Building, Room, RoomKind
from inventory.repositories.schools import SchoolFacts, SchoolRepository
from inventory.schools.places import LONGEST_NAME
from inventory.scope import Scope

#: Schools whose rooms are read at once.
_AT_ONCE = 500
_MANY = 1_000


class Schools:
    """Schools somebody may change, found by code or by a name that only one of them has."""

    def __init__(self, session: Session, scope: Scope) -> None:
        facts = SchoolRepository(session, scope).facts()
        self.by_code: Mapping[str, SchoolFacts] = {one.code: one for one in facts}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for one in facts:
            for name in filter(None, (one.name, one.name_en)):
                self._by_name[plain(name)].add(one.code)

    def code_of(self, text: str) -> str:
        """The code of the school that is meant.

        Raises:
            Unfit: none within the scope, or several of that name.
        """
        if text in self.by_code:
            return text
        if text.upper() in self.by_code:
            return text.upper()
        named = self._by_name.get(plain(text), set())
        if len(named) > 1:
            raise Unfit(Why.ambiguous_school)
        if not named:
            raise Unfit(Why.unknown_school)
        return next(iter(named))


@dataclass(frozen=True, slots=True)
class NewRoom:
    """A room a file names and nobody has registered."""

    id: str
    school: str
    building: str
    name: str


@dataclass(slots=True)
class Rooms:
    """Rooms of some schools, and those that are to be made.

    Args:
        create: whether rooms that are missing are made.
    """

    create: bool
    new: list[NewRoom] = field(default_factory=list)
    _exact: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    _loose: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def load(self, session: Session, schools: Collection[str]) -> None:
        """Read the rooms of schools."""
        codes = sorted(schools)
        for begin in range(0, len(codes), _AT_ONCE):
            rows = session.execute(
                select(Room.id, Room.school_code, Room.building, Room.name).where(
                    col(Room.school_code).in_(codes[begin : begin + _AT_ONCE])
                )
            )
            for room_id, school, building, name in rows:
                self._keep(room_id, school, building, name)

    def id_of(self, school: str, building: str, name: str) -> str:
        """The room that is meant: by building and name, or by either way of writing both.

        Raises:
            Unfit: there is none and none is to be made, or there are several.
        """
        found = self._exact.get((school, plain(building), plain(name)), [])
        if not found and not building:
            found = self._loose.get((school, plain(name)), [])
        if len(found) > 1:
            raise Unfit(Why.ambiguous_room)
        if found:
            return found[0]
        if not self.create:
            raise Unfit(Why.unknown_room)
        if max(len(name), len(building)) > LONGEST_NAME:
            raise Unfit(Why.too_long, longest=LONGEST_NAME)
        room = NewRoom(new_id("r"), school, building, name)
        self.new.append(room)
        self._keep(room.id, school, building, name)
        return room.id

    def write(self, session: Session) -> None:
        """Make the missing rooms, and buildings they stand in."""
        buildings = _buildings(session, self.new)
        rows = [
            {
                "id": one.id,
                "school_code": one.school,
                "building": one.building,
                "building_id": buildings.get((one.school, one.building)),
                "name": one.name,
                # What it is for is not in a ledger; standards count classrooms.
                "kind": RoomKind.other,
            }
            for one in self.new
        ]
        for begin in range(0, len(rows), _MANY):
            session.execute(insert(Room), rows[begin : begin + _MANY])

    def _keep(self, room_id: str, school: str, building: str, name: str) -> None:
        self._exact.setdefault((school, plain(building), plain(name)), []).append(room_id)
        for text in dict.fromkeys((plain(name), plain(building + name))):
            self._loose.setdefault((school, text), []).append(room_id)


def _buildings(session: Session, rooms: Iterable[NewRoom]) -> Mapping[tuple[str, str], str]:
    """Ids of the buildings new rooms stand in, by school and name; missing ones are made."""
    wanted = {(one.school, one.building) for one in rooms if one.building}
    known: dict[tuple[str, str], str] = {}
    codes = sorted({school for school, _ in wanted})
    for begin in range(0, len(codes), _AT_ONCE):
        rows = session.execute(
            select(Building.id, Building.school_code, Building.name).where(
                col(Building.school_code).in_(codes[begin : begin + _AT_ONCE])
            )
        )
        known |= {(school, name): building for building, school, name in rows}
    missing = sorted(wanted - set(known))
    made = {key: new_id("bd") for key in missing}
    if made:
        session.execute(
            insert(Building),
            [{"id": i, "school_code": school, "name": name} for (school, name), i in made.items()],
        )
    return known | made
