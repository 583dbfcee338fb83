"""What schools lack against the standards in force: procurement's first question.

A city has some 200,000 devices, 2,000 schools and a few dozen rules: everything is counted as
columns over the schools, and only what a page shows becomes rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from drivers.readings import Kind
from inventory.models import EquipmentBasis, EquipmentRule
from inventory.packed.equipment import Equipment
from inventory.packed.reading import RecordRepository
from inventory.procurement.order_rows import OrderRepository
from inventory.repositories import SchoolRepository
from inventory.repositories.equipment import EquipmentRuleRepository
from inventory.repositories.schools import OpenSchool
from inventory.scope import Scope
from inventory.shortages.standards import in_force, kinds_of, room_kinds_of
from inventory.shortages.stock import Facts, Ints, Stock


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


@dataclass(frozen=True, slots=True)
class Held:
    """One rule held against every school: columns over the schools of a survey.

    Args:
        binds: whether the rule speaks of the school; the other columns hold nothing where not.
    """

    rule: EquipmentRule
    binds: npt.NDArray[np.bool_]
    units: Ints
    required: Ints
    owned: Ints
    ordered: Ints
    missing: Ints


@dataclass(frozen=True, slots=True)
class Survey:
    """Every rule in force held against every open school, in the order of the tree."""

    schools: Sequence[OpenSchool]
    held: Sequence[Held]

    def totals(self) -> list[ItemTotal]:
        """By standard and item, in the order of their names."""
        by_item: dict[tuple[str, str], list[Held]] = {}
        for one in self.held:
            if one.binds.any():
                by_item.setdefault((one.rule.standard, one.rule.item), []).append(one)
        return [
            ItemTotal(
                standard=standard,
                item=item,
                schools=_sum(one.binds for one in rows),
                short=_sum(one.missing > 0 for one in rows),
                required=_sum(one.required for one in rows),
                owned=_sum(one.owned for one in rows),
                ordered=_sum(one.ordered for one in rows),
                missing=_sum(one.missing for one in rows),
            )
            for (standard, item), rows in sorted(by_item.items())
        ]

    def all(self, item: str = "") -> Ints:
        """Places for :meth:`at`: school by school, rule by rule; of one item, where it is named."""
        return self._places([one.binds & (item in ("", one.rule.item)) for one in self.held])

    def missing(self, item: str = "") -> Ints:
        """The same of what lacks alone; of one item, where that is named."""
        return self._places(
            [(one.missing > 0) & (item in ("", one.rule.item)) for one in self.held]
        )

    def ordered(self, item: str = "", standard: str = "") -> Mapping[str, frozenset[Kind]]:
        """By school, kinds of which something is on order for an item; for all where not named."""
        found: dict[str, frozenset[Kind]] = {}
        for one in self.held:
            if item in ("", one.rule.item) and standard in ("", one.rule.standard):
                kinds = frozenset(kinds_of(one.rule))
                for place in np.flatnonzero(one.ordered):
                    code = self.schools[int(place)].code
                    found[code] = found.get(code, frozenset()) | kinds
        return found

    def rows(self, places: Iterable[int]) -> list[Shortage]:
        """What stands at some of these places."""
        return [self.at(place) for place in places]

    def at(self, place: int) -> Shortage:
        """One rule at one school."""
        number, rule = divmod(int(place), len(self.held))
        one = self.held[rule]
        return Shortage(
            school=self.schools[number],
            rule=one.rule,
            units=int(one.units[number]),
            required=int(one.required[number]),
            owned=int(one.owned[number]),
            ordered=int(one.ordered[number]),
            missing=int(one.missing[number]),
        )

    def _places(self, chosen: Sequence[npt.NDArray[np.bool_]]) -> Ints:
        if not chosen:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(np.stack(chosen, axis=1))


def survey(
    session: Session,
    scope: Scope,
    on: date,
    *,
    under: str = "/",
    devices: Equipment | None = None,
) -> Survey:
    """Hold every rule in force against every open school it binds, met or not.

    Args:
        session: any.
        scope: of who asks.
        on: rules in force, and schools open, on that day.
        under: only schools whose path begins so.
        devices: of those schools at least; ``None``: as the register has them now.
    """
    repository = EquipmentRuleRepository(session, scope)
    rules = in_force(repository.all(), on)
    opened = SchoolRepository(session, scope).open_on(on)
    schools = [school for school in opened if school.path.startswith(under)]
    if not rules or not schools:
        return Survey(schools, [])
    if devices is None:
        records = RecordRepository(session, scope).records(under=under)
        devices = Equipment.of(records)
    every = {kind for rule in rules for kind in kinds_of(rule)}
    expected = OrderRepository(session, scope).expected(every) if every else {}
    stock = Stock(schools, devices, repository, expected)
    facts = Facts(schools)
    return Survey(schools, [_held(rule, facts, stock) for rule in rules])


def required(units: int, quantity: int, per: int) -> int:
    """``quantity`` for every ``per`` units, a part of one rounded up."""
    return -(-units * quantity // per)


def _held(rule: EquipmentRule, facts: Facts, stock: Stock) -> Held:
    bound = facts.bound(rule)
    kinds = kinds_of(rule)
    if rule.basis is EquipmentBasis.room and rule.room_kind is not None:
        each = required(1, rule.quantity, rule.per)
        units, owned, missing = stock.by_room(rule.room_kind, kinds, each)
        needed = each * units
    else:
        units = facts.units(rule)
        needed = -(-units * rule.quantity // rule.per)
        owned = stock.owned(kinds, room_kinds_of(rule))
        missing = np.maximum(needed - owned, 0)
    columns = (units, needed, owned, stock.ordered(kinds), missing)
    return Held(rule, bound, *(np.where(bound, column, 0) for column in columns))


def _sum(columns: "Iterable[npt.NDArray[np.int64] | npt.NDArray[np.bool_]]") -> int:
    return sum(int(column.sum()) for column in columns)
