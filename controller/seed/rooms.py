"""Buildings and rooms of a school, and where what kind of equipment stands."""

import random
from dataclasses import dataclass
from typing import Final

from controller.seed.names import BUILDINGS, ordinal
from controller.seed.places import SeedSchool
from drivers.readings import Kind
from inventory.models import SchoolForm, Stage

_ROOMS_A_FLOOR: Final = 6
_CLASSES_A_BUILDING: Final = 18
#: First grade and number of grades, by stage.
_GRADES: Final = {
    Stage.primary: (1, 6),
    Stage.junior_secondary: (7, 3),
    Stage.nine_year: (1, 9),
    Stage.senior_secondary: (1, 3),
    Stage.vocational: (1, 3),
    Stage.special: (1, 9),
    Stage.kindergarten: (0, 3),
}
_KINDERGARTEN: Final = ("小班", "中班", "大班")


@dataclass(frozen=True, slots=True)
class SeedRoom:
    """One room; ``rank`` counts those of its school from 0."""

    rank: int
    building: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms of one school by what they are for; none of the lists is empty."""

    classrooms: tuple[SeedRoom, ...]
    offices: tuple[SeedRoom, ...]
    computer_rooms: tuple[SeedRoom, ...]
    closets: tuple[SeedRoom, ...]
    centre: SeedRoom

    def all(self) -> tuple[SeedRoom, ...]:
        every = {
            room.rank: room
            for room in (
                *self.classrooms, *self.offices, *self.computer_rooms, *self.closets, self.centre,
            )
        }  # fmt: skip
        return tuple(every.values())

    def place(self, kind: Kind, number: int) -> SeedRoom:
        """Where the ``number``-th device of a kind stands, from 0."""
        match kind:
            case Kind.switch:
                rooms = self.closets
            case Kind.printer:
                rooms = self.offices
            case Kind.terminal:
                # Every third computer is a teacher's.
                rooms = self.offices if number % 3 == 0 else self.computer_rooms
            case Kind.whiteboard | Kind.projector | Kind.access_point | Kind.camera | Kind.display:
                rooms = self.classrooms
            case _:
                return self.centre
        return rooms[number % len(rooms)]


def rooms_of(school: SeedSchool, dice: random.Random) -> Rooms:
    """The rooms of a school: one a class, and what goes with them."""
    ranks = iter(range(10_000))
    buildings = ["教学楼"]
    if school.form is not SchoolForm.teaching_point and school.classes > _CLASSES_A_BUILDING:
        names = list(BUILDINGS)
        dice.shuffle(names)
        buildings = names[: -(-school.classes // _CLASSES_A_BUILDING)]
    first = buildings[0]

    def room(building: str, name: str, kind: str) -> SeedRoom:
        return SeedRoom(next(ranks), building, name, kind)

    classrooms = tuple(
        room(buildings[n // _CLASSES_A_BUILDING], name, "classroom")
        for n, name in enumerate(_class_names(school))
    )
    centre = room(first, "网络中心", "server_room")
    is_small = school.form is SchoolForm.teaching_point
    offices = tuple(
        room(buildings[n % len(buildings)], name, "office")
        for n, name in enumerate(
            ("教师办公室",) if is_small else _office_names(max(3, school.teachers // 12))
        )
    )
    computer_rooms = (
        classrooms[:1]
        if school.classes < 6 or school.stage is Stage.kindergarten  # noqa: PLR2004
        else tuple(
            room(buildings[-1], f"计算机教室{n + 1}", "computer_room")
            for n in range(-(-school.classes // 16))
        )
    )
    closets = (
        (centre,)
        if is_small
        else tuple(
            room(building, f"{floor}层弱电间", "server_room")
            for building in buildings
            for floor in range(1, 2 + _CLASSES_A_BUILDING // _ROOMS_A_FLOOR)
        )
    )
    return Rooms(classrooms, offices, computer_rooms, closets, centre)


def _class_names(school: SeedSchool) -> list[str]:
    first, grades = _GRADES[school.stage]
    names = []
    for n in range(school.classes):
        grade, number = n * grades // school.classes, 1
        number += sum(1 for m in range(n) if m * grades // school.classes == grade)
        if school.stage is Stage.kindergarten:
            names.append(f"{_KINDERGARTEN[grade]}{ordinal(number)}班")
        elif school.stage in (Stage.senior_secondary, Stage.vocational):
            names.append(f"高{ordinal(first + grade)}({number})班")
        else:
            names.append(f"{ordinal(first + grade)}年级({number})班")
    return names


def _office_names(number: int) -> list[str]:
    known = ["校长室", "教务处", "总务处", "财务室", "文印室", "图书馆", "阅览室", "会议室"]
    more = [f"教研室{n}" for n in range(1, number)]
    return (known + more)[:number]
