"""The rules of equipment standards, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.names import bureau_names
from controller.pages.views.record_form import Field, choices_of
from controller.words.terms import EQUIPMENT_BASES, KINDS, ROOM_KINDS, SETTINGS, STAGES, word
from inventory.models import EquipmentBasis, EquipmentRule
from inventory.repositories import EquipmentRuleRepository
from inventory.shortages.standards import in_force, kinds_of, room_kinds_of


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One version of one rule; texts are in the reader's language."""

    rule: EquipmentRule
    counts: str
    binds: str
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class StandardsView:
    """Everything on the page."""

    rules: Sequence[RuleRow]
    may_change: bool


def standards_view(look: Look) -> StandardsView:
    """What the page shows."""
    rules = EquipmentRuleRepository(look.session, look.scope).all()
    current = {rule.id for rule in in_force(rules, look.today)}
    bureaus = bureau_names(look)
    return StandardsView(
        rules=[_row(look, rule, bureaus, rule.id in current) for rule in rules],
        may_change=look.caller.may(Permission.manage_inventory),
    )


def empty_rule() -> EquipmentRule:
    """A rule about which nothing is said yet."""
    return EquipmentRule(
        id="", standard="", item="", basis=EquipmentBasis.school, quantity=1, valid_from=date.max
    )


def rule_fields(look: Look) -> Sequence[Field]:
    """The form of a rule."""
    everyone = look.lang.gettext(N_("All"))
    bureaus = [("", everyone), *bureau_names(look).items()]
    return (
        Field("standard", N_("Document"), needed=True),
        Field("item", N_("Item"), needed=True, longest=100),
        Field("quote", N_("Quote"), longest=500),
        Field("quantity", N_("Number"), "number", needed=True),
        Field("per", N_("for every so many"), "number", needed=True),
        Field("basis", N_("Counted by"), "choice", choices=choices_of(look, EQUIPMENT_BASES)),
        Field(
            "room_kind",
            N_("Room type"),
            "choice",
            choices=choices_of(look, ROOM_KINDS, empty="—"),
            hint=N_("Of a rule by room only."),
        ),
        Field("kinds", N_("Kinds of devices"), longest=400, hint=_codes(look, KINDS)),
        Field("placed_in", N_("Standing in"), longest=400, hint=_codes(look, ROOM_KINDS)),
        Field("organisation_code", N_("Bureau"), "choice", choices=bureaus),
        Field("stage", N_("Stage"), "choice", choices=choices_of(look, STAGES, empty=everyone)),
        Field(
            "setting",
            N_("Urban or rural"),
            "choice",
            choices=choices_of(look, SETTINGS, empty=everyone),
        ),
        Field("classes_from", N_("Classes from"), "number"),
        Field("classes_to", N_("Classes to"), "number"),
        Field("valid_from", N_("Valid from"), "date", needed=True),
        Field("valid_until", N_("Valid until"), "date"),
    )


def _codes(look: Look, words: Mapping[Any, str]) -> str:
    """What may be written into a field of codes, each with its word."""
    return ", ".join(f"{value} {look.lang.gettext(text)}" for value, text in words.items())


def _row(look: Look, rule: EquipmentRule, bureaus: Mapping[str, str], current: bool) -> RuleRow:
    translate = look.lang.gettext
    joined = "、" if look.lang.code == "zh_CN" else ", "
    kinds = [translate(word(kind)) for kind in kinds_of(rule)]
    rooms = [translate(word(kind)) for kind in room_kinds_of(rule)]
    if rule.room_kind is not None:
        rooms = [translate(word(rule.room_kind))]
    counts = " · ".join(joined.join(names) for names in (kinds, rooms) if names)
    binds = [
        bureaus.get(rule.organisation_code, rule.organisation_code)
        if rule.organisation_code
        else "",
        translate(word(rule.stage)) if rule.stage else "",
        translate(word(rule.setting)) if rule.setting else "",
        _classes(look, rule),
    ]
    return RuleRow(rule, counts, joined.join(part for part in binds if part), current)


def _classes(look: Look, rule: EquipmentRule) -> str:
    if rule.classes_from is None and rule.classes_to is None:
        return ""
    first = "" if rule.classes_from is None else look.lang.number(rule.classes_from)
    last = "" if rule.classes_to is None else look.lang.number(rule.classes_to)
    return f"{look.lang.gettext(N_('Classes'))} {first}–{last}"
