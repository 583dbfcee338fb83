"""What schools lack against the standards in force: procurement's first question."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from drivers.readings import Kind
from inventory.models import EquipmentBasis, EquipmentRule, Lifecycle
from inventory.procurement.order_rows import OrderRepository
from inventory.repositories import SchoolRepository
from inventory.repositories.equipment import EquipmentRuleRepository
from inventory.repositories.schools import OpenSchool
from inventory.scope import Scope
from inventory.shortages.standards import in_force, kinds_of, room_kinds_of


@dataclass(frozen=True, slots=True)
class Shortage:
    """One rule at one school; numbers of devices, or of rooms where rooms count.

    Args:
        units: classes, students, teachers or rooms the rule counts by; 1 for a rule by school.
        required: by the rule; parts of a device are rounded up.
        owned: in service, in repair or in stock, personal devices left out.
        ordered: on their way; they lessen nothing until they come.
        missing: what lacks. A rule by room counts each room by itself: what one has too many
            does not help another.
    """

    school: OpenSchool
    rule: EquipmentRule
    units: int
    required: int
    owned: int
    ordered: int
    missing: int


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """One item of one standard over all schools it binds."""

    standard: str
    item: str
    schools: int
    short: int
    required: int
    owned: int
    ordered: int
    missing: int


def shortages(session: Session, scope: Scope, on: date, *, under: str = "/") -> list[Shortage]:
    """Every rule in force at every open school it binds, met or not, in the order of the tree.

    ``under`` is a path prefix: only schools below it.
    """
    repository = EquipmentRuleRepository(session, scope)
    rules = in_force(repository.all(), on)
    if not rules:
        return []
    stock = _Stock(repository, OrderRepository(session, scope), rules)
    return [
        stock.held_against(rule, school)
        for school in SchoolRepository(session, scope).open_on(on)
        if school.path.startswith(under)
        for rule in rules
        if binds(rule, school)
    ]


def binds(rule: EquipmentRule, school: OpenSchool) -> bool:
    """Whether a rule speaks of a school: bureau, stage, setting and number of classes."""
    return (
        (rule.organisation_code is None or f"/{rule.organisation_code}/" in school.path)
        and rule.stage in (None, school.stage)
        and rule.setting in (None, school.setting)
        and (rule.classes_from is None or school.classes >= rule.classes_from)
        and (rule.classes_to is None or school.classes <= rule.classes_to)
    )


def required(units: int, quantity: int, per: int) -> int:
    """``quantity`` for every ``per`` units, a part of one rounded up."""
    return -(-units * quantity // per)


def totals(found: Sequence[Shortage]) -> list[ItemTotal]:
    """The same by standard and item, in the order of their names."""
    by_item: dict[tuple[str, str], list[Shortage]] = {}
    for one in found:
        by_item.setdefault((one.rule.standard, one.rule.item), []).append(one)
    return [
        ItemTotal(
            standard=standard,
            item=item,
            schools=len(rows),
            short=sum(1 for row in rows if row.missing),
            required=sum(row.required for row in rows),
            owned=sum(row.owned for row in rows),
            ordered=sum(row.ordered for row in rows),
            missing=sum(row.missing for row in rows),
        )
        for (standard, item), rows in sorted(by_item.items())
    ]


class _Stock:
    """What all schools have, counted once for all rules."""

    def __init__(
        self,
        repository: EquipmentRuleRepository,
        orders: OrderRepository,
        rules: Sequence[EquipmentRule],
    ) -> None:
        self._kinds = {rule.id: kinds_of(rule) for rule in rules}
        self._places = {rule.id: room_kinds_of(rule) for rule in rules}
        placed = set(_kinds_of_all(self._kinds, [r for r in rules if self._places[r.id]]))
        plain = set(
            _kinds_of_all(
                self._kinds,
                [r for r in rules if not self._places[r.id] and r.basis is not EquipmentBasis.room],
            )
        )
        self._anywhere = repository.owned(plain) if plain else {}
        self._placed = repository.owned(placed, by_room=True) if placed else {}
        every = {kind for kinds in self._kinds.values() for kind in kinds}
        self._ordered = _on_order(repository, orders, every) if every else {}
        self._rooms = repository.rooms_by_kind() if self._needs_rooms(rules) else {}
        self._in_rooms: dict[str, Mapping[str, Sequence[int]]] = {
            rule.id: _by_school(repository.in_rooms(rule.room_kind, self._kinds[rule.id]))
            for rule in rules
            if rule.basis is EquipmentBasis.room and rule.room_kind is not None
        }

    def held_against(self, rule: EquipmentRule, school: OpenSchool) -> Shortage:
        """One rule at one school."""
        if rule.basis is EquipmentBasis.room:
            counts = self._in_rooms[rule.id].get(school.code, ())
            each = required(1, rule.quantity, rule.per)
            units, needed, owned = len(counts), each * len(counts), sum(counts)
            missing = sum(max(0, each - count) for count in counts)
        else:
            units = _units(rule, school)
            needed, owned = required(units, rule.quantity, rule.per), self._owned(rule, school.code)
            missing = max(0, needed - owned)
        ordered = sum(self._ordered.get((school.code, kind), 0) for kind in self._kinds[rule.id])
        return Shortage(school, rule, units, needed, owned, ordered, missing)

    def _owned(self, rule: EquipmentRule, school: str) -> int:
        kinds, places = self._kinds[rule.id], self._places[rule.id]
        if not kinds:
            return sum(self._rooms.get((school, place), 0) for place in places)
        if not places:
            return sum(self._anywhere.get((school, kind, None), 0) for kind in kinds)
        return sum(self._placed.get((school, kind, place), 0) for kind in kinds for place in places)

    def _needs_rooms(self, rules: Sequence[EquipmentRule]) -> bool:
        return any(not self._kinds[rule.id] for rule in rules)


def _on_order(
    repository: EquipmentRuleRepository, orders: OrderRepository, kinds: Collection[Kind]
) -> Mapping[tuple[str, Kind], int]:
    """Pieces of orders that are not unpacked, and devices that are registered as ordered."""
    found = Counter(orders.expected(kinds))
    for (school, kind, _), count in repository.owned(kinds, states=(Lifecycle.ordered,)).items():
        found[school, kind] += count
    return found


def _units(rule: EquipmentRule, school: OpenSchool) -> int:
    return {
        EquipmentBasis.school: 1,
        EquipmentBasis.school_class: school.classes,
        EquipmentBasis.student: school.students,
        EquipmentBasis.teacher: school.teachers,
    }[rule.basis]


def _kinds_of_all(
    kinds: Mapping[str, Sequence[Kind]], rules: Sequence[EquipmentRule]
) -> Iterator[Kind]:
    for rule in rules:
        yield from kinds[rule.id]


def _by_school(rows: Sequence[tuple[str, str, int]]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = {}
    for school, _room, count in rows:
        found.setdefault(school, []).append(count)
    return found
