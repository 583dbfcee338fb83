"""What rules ask of schools, and what schools have, as columns over the schools."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.readings import Kind
from inventory.models import EquipmentBasis, EquipmentRule, RoomKind
from inventory.packed.equipment import Equipment
from inventory.packed.records import KINDS, ORDERED, OWNED, ROOM_KINDS
from inventory.repositories.equipment import EquipmentRuleRepository
from inventory.repositories.schools import OpenSchool

Ints: TypeAlias = npt.NDArray[np.int64]
_BASES = {
    EquipmentBasis.school_class: "classes",
    EquipmentBasis.student: "students",
    EquipmentBasis.teacher: "teachers",
}


class Facts:
    """What rules ask of schools, as columns."""

    def __init__(self, schools: Sequence[OpenSchool]) -> None:
        self._paths = [school.path for school in schools]
        self._stage = np.array([school.stage.value for school in schools])
        self._setting = np.array([school.setting.value for school in schools])
        self._numbers = {
            name: np.array([getattr(school, name) for school in schools], dtype=np.int64)
            for name in _BASES.values()
        }

    def bound(self, rule: EquipmentRule) -> npt.NDArray[np.bool_]:
        """Whether a rule speaks of each school: bureau, stage, setting, number of classes."""
        found = np.ones(len(self._paths), dtype=np.bool_)
        if rule.organisation_code is not None:
            part = f"/{rule.organisation_code}/"
            found &= np.array([part in path for path in self._paths], dtype=np.bool_)
        if rule.stage is not None:
            found &= self._stage == rule.stage.value
        if rule.setting is not None:
            found &= self._setting == rule.setting.value
        if rule.classes_from is not None:
            found &= self._numbers["classes"] >= rule.classes_from
        if rule.classes_to is not None:
            found &= self._numbers["classes"] <= rule.classes_to
        return found

    def units(self, rule: EquipmentRule) -> Ints:
        """By what the rule counts; 1 for a rule by school."""
        if rule.basis is EquipmentBasis.school:
            return np.ones(len(self._paths), dtype=np.int64)
        return self._numbers[_BASES[rule.basis]]


class Stock:
    """What all schools have, counted once for all rules.

    Args:
        schools: those that are counted.
        devices: of those schools at least.
        repository: asked for rooms, where a rule speaks of some.
        expected: pieces of orders that are not unpacked, by school and kind.
    """

    def __init__(
        self,
        schools: Sequence[OpenSchool],
        devices: Equipment,
        repository: EquipmentRuleRepository,
        expected: Mapping[tuple[str, Kind], int],
    ) -> None:
        self._repository = repository
        self._places = {school.code: place for place, school in enumerate(schools)}
        places = np.array([self._places.get(code, -1) for code in devices.codes], dtype=np.int64)
        school = places[devices.school] if len(places) else np.zeros(0, dtype=np.int64)
        inside = school >= 0
        self._school, self._records = school[inside], devices.records[inside]
        self._is_owned = (self._records["state"] & OWNED) != 0
        self._owned = self._counted(self._is_owned)
        self._on_order = self._counted((self._records["state"] & ORDERED) != 0).sum(axis=2)
        for (code, kind), pieces in expected.items():
            if code in self._places:
                self._on_order[self._places[code], KINDS.index(kind)] += pieces
        self._rooms: Ints | None = None

    def owned(self, kinds: Sequence[Kind], rooms: Sequence[RoomKind]) -> Ints:
        """Devices of these kinds, in rooms of these kinds where any are named; else rooms."""
        if not kinds:
            return self._rooms_of(rooms)
        of_kinds = self._owned[:, [KINDS.index(kind) for kind in kinds]].sum(axis=1)
        if not rooms:
            return np.asarray(of_kinds.sum(axis=1), dtype=np.int64)
        chosen = of_kinds[:, [ROOM_KINDS.index(kind) for kind in rooms]]
        return np.asarray(chosen.sum(axis=1), dtype=np.int64)

    def ordered(self, kinds: Sequence[Kind]) -> Ints:
        """Pieces on order, and devices that are registered as ordered."""
        chosen = self._on_order[:, [KINDS.index(kind) for kind in kinds]]
        return np.asarray(chosen.sum(axis=1), dtype=np.int64)

    def by_room(
        self, room_kind: RoomKind, kinds: Sequence[Kind], each: int
    ) -> tuple[Ints, Ints, Ints]:
        """Rooms of the kind, devices in them, and what lacks, each room counted by itself."""
        rooms = self._rooms_of([room_kind])
        chosen = (
            self._is_owned
            & (self._records["room_kind"] == ROOM_KINDS.index(room_kind))
            & np.isin(self._records["kind"], [KINDS.index(kind) for kind in kinds])
        )
        keys, first, counts = np.unique(
            self._records["room"][chosen], return_index=True, return_counts=True
        )
        school = self._school[chosen][first]
        owned, seen, missing = (np.zeros(len(rooms), dtype=np.int64) for _ in range(3))
        np.add.at(owned, school, counts)
        np.add.at(seen, school, np.ones(len(keys), dtype=np.int64))
        np.add.at(missing, school, np.maximum(each - counts, 0))
        return rooms, owned, missing + each * np.maximum(rooms - seen, 0)

    def _counted(self, chosen: npt.NDArray[np.bool_]) -> Ints:
        """Devices by school, kind, and kind of room."""
        shape = (len(self._places), len(KINDS), len(ROOM_KINDS))
        records = self._records[chosen]
        place = (self._school[chosen] * shape[1] + records["kind"]) * shape[2]
        return np.bincount(place + records["room_kind"], minlength=int(np.prod(shape))).reshape(
            shape
        )

    def _rooms_of(self, kinds: Sequence[RoomKind]) -> Ints:
        if self._rooms is None:
            self._rooms = np.zeros((len(self._places), len(ROOM_KINDS)), dtype=np.int64)
            for (school, kind), count in self._repository.rooms_by_kind().items():
                if school in self._places:
                    self._rooms[self._places[school], ROOM_KINDS.index(kind)] = count
        chosen = self._rooms[:, [ROOM_KINDS.index(kind) for kind in kinds]]
        return np.asarray(chosen.sum(axis=1), dtype=np.int64)
