"""Rules of equipment standards: what the register takes, and which are in force on a day."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from sqlmodel import Session

from drivers.readings import Kind
from inventory.errors import N_, Conflict, Invalid
from inventory.ids import new_id
from inventory.models import EquipmentBasis, EquipmentRule, RoomKind
from inventory.repositories.equipment import EquipmentRuleRepository
from inventory.schools.checks import check_number, check_text
from inventory.scope import Scope

MOST = 100_000
Member = TypeVar("Member", bound=StrEnum)
Moment = TypeVar("Moment", int, date)
_LONGEST = {"standard": 200, "item": 100, "quote": 500}


class RuleUnclear(Invalid):
    """A rule that counts nothing, or by rooms without saying which."""

    code = "rule_unclear"
    message = N_(
        "Say which kinds of devices count, or in which kinds of rooms; a rule by room names its"
        " kind of room and kinds of devices."
    )


def save_rule(session: Session, scope: Scope, rule: EquipmentRule) -> EquipmentRule:
    """Keep a rule, new or changed; a new version is a new rule with a later ``valid_from``.

    Raises:
        Invalid: no document or item, a number that is not positive, an unknown kind, an end before
            the beginning.
        RuleUnclear: nothing that could be counted.
        Conflict: there is a version from that day already.
        NotFound, OutOfScope: of the bureau it is for; rules for all need a scope of everything.
    """
    rules = EquipmentRuleRepository(session, scope)
    with session.no_autoflush:
        for field, longest in _LONGEST.items():
            needed = field != "quote"
            setattr(rule, field, check_text(field, getattr(rule, field), longest, needed=needed))
        for field in ("quantity", "per"):
            check_number(field, getattr(rule, field), 1, MOST)
        for field in ("classes_from", "classes_to"):
            check_number(field, getattr(rule, field), 0, MOST)
        _check_order("classes_to", rule.classes_from, rule.classes_to)
        _check_order("valid_until", rule.valid_from, rule.valid_until)
        rule.kinds = ",".join(kinds_of(rule))
        rule.placed_in = ",".join(room_kinds_of(rule))
        _check_clear(rule)
        for other in rules.all():
            same = other.id != rule.id and other.valid_from == rule.valid_from
            if same and _identity(other) == _identity(rule):
                raise Conflict(key=f"{rule.item} {rule.valid_from}")
    rule.id = rule.id or new_id("er")
    return rules.keep(rule)


def kinds_of(rule: EquipmentRule) -> Sequence[Kind]:
    """Kinds of devices that count; none where rooms count.

    Raises:
        Invalid: an unknown kind.
    """
    return _members("kinds", rule.kinds, Kind)


def room_kinds_of(rule: EquipmentRule) -> Sequence[RoomKind]:
    """Kinds of rooms the devices have to stand in, or that count themselves.

    Raises:
        Invalid: an unknown kind.
    """
    return _members("placed_in", rule.placed_in, RoomKind)


def in_force(rules: Iterable[EquipmentRule], on: date) -> list[EquipmentRule]:
    """The newest version of each rule that has begun, unless that one has been given up."""
    newest: dict[tuple[object, ...], EquipmentRule] = {}
    for rule in sorted(rules, key=lambda rule: rule.valid_from):
        if rule.valid_from <= on:
            newest[_identity(rule)] = rule
    return [rule for rule in newest.values() if rule.valid_until is None or rule.valid_until >= on]


def _identity(rule: EquipmentRule) -> tuple[object, ...]:
    return (
        rule.organisation_code,
        rule.standard,
        rule.item,
        rule.stage,
        rule.setting,
        rule.classes_from,
        rule.classes_to,
    )


def _check_clear(rule: EquipmentRule) -> None:
    by_room = rule.basis is EquipmentBasis.room
    if by_room != (rule.room_kind is not None) or (by_room and (not rule.kinds or rule.placed_in)):
        raise RuleUnclear
    if not rule.kinds and not rule.placed_in:
        raise RuleUnclear


def _check_order(field: str, first: Moment | None, last: Moment | None) -> None:
    if first is not None and last is not None and last < first:
        raise Invalid(field=field, reason=f"{last} < {first}")


def _members(field: str, text: str, kind: type[Member]) -> list[Member]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(kind)]
    if unknown:
        raise Invalid(field=field, reason=unknown[0][:40])
    return [kind(name) for name in dict.fromkeys(names)]
