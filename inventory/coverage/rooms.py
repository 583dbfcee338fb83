"""Which rooms are equipped and covered. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from drivers.readings import Kind
from inventory.models import RoomKind

#: Where a computer is a student's: everywhere they are taught. In offices it is a teacher's.
STUDENTS_LEARN_IN = frozenset(
    {
        RoomKind.classroom,
        RoomKind.subject_room,
        RoomKind.computer_room,
        RoomKind.maker_space,
        RoomKind.lecture_recording_room,
        RoomKind.laboratory,
        RoomKind.digital_lab,
        RoomKind.library,
    }
)
TEACHERS_WORK_IN = frozenset({RoomKind.office})
_DIGITS = re.compile(r"(\d+)")


class RoomFact(NamedTuple):
    """A room; ``key`` is how packed devices name it."""

    id: str
    key: int
    school_code: str
    kind: RoomKind
    building: str
    floor: int | None
    name: str


def with_platform(rooms_of: Mapping[Kind, Collection[int]]) -> set[int]:
    """Rooms with a multimedia teaching platform.

    A panel or whiteboard is one; a projector or display is one together with a computer beside it.

    Args:
        rooms_of: keys of rooms that have a device of each kind.
    """
    computers = set(rooms_of.get(Kind.terminal, ()))
    screens = {*rooms_of.get(Kind.projector, ()), *rooms_of.get(Kind.display, ())}
    return set(rooms_of.get(Kind.whiteboard, ())) | (screens & computers)


def in_reach(rooms: Sequence[RoomFact], having: Collection[int]) -> set[int]:
    """Rooms that have one of these, or whose neighbour has.

    Neighbours are the rooms before and behind it on the same floor of the same building, in the
    order of their names with numbers as numbers. A room without a floor has no known neighbours.
    """
    found = {room.key for room in rooms if room.key in having}
    floors: dict[tuple[str, str, int], list[RoomFact]] = defaultdict(list)
    for room in rooms:
        if room.floor is not None:
            floors[room.school_code, room.building, room.floor].append(room)
    for side_by_side in floors.values():
        keys = [room.key for room in sorted(side_by_side, key=_order)]
        for left, right in pairwise(keys):
            if left in having:
                found.add(right)
            if right in having:
                found.add(left)
    return found


def by_school(
    rooms: Iterable[RoomFact], kinds: Collection[RoomKind]
) -> Mapping[str, Sequence[int]]:
    """Keys of rooms of these kinds by school."""
    found: dict[str, list[int]] = defaultdict(list)
    for room in rooms:
        if room.kind in kinds:
            found[room.school_code].append(room.key)
    return found


def _order(room: RoomFact) -> tuple[tuple[int, int, str], ...]:
    """The name with its numbers as numbers: 9 comes before 10."""
    parts = (part for part in _DIGITS.split(room.name) if part)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
