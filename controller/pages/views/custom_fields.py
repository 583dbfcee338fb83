"""Fields of one's own as a list by kind, and what the form of one asks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.record_form import Field, choices_of
from controller.words.terms import KINDS
from inventory.assets import custom
from inventory.assets.custom import FieldWish
from inventory.errors import Invalid
from inventory.models import CustomField, FieldType

TYPES: Mapping[FieldType, str] = {
    FieldType.text: N_("Text"),
    FieldType.number: N_("A number"),
    FieldType.date: N_("Date"),
    FieldType.choice: N_("One of several"),
}
#: Choices are written one after the other, with one of these between them.
_BETWEEN = re.compile(r"[;；\n]")
_FURTHEST = 9_999


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field; its texts are in the reader's words."""

    href: str
    key: str
    label: str
    other_label: str
    type: str
    choices: str
    is_required: bool
    in_use: bool


@dataclass(frozen=True, slots=True)
class FieldsView:
    """Fields by the word of their kind."""

    kinds: Sequence[tuple[str, Sequence[FieldRow]]]
    may_change: bool


def fields_view(look: Look) -> FieldsView:
    """Every field; they belong to everybody who may read the inventory."""
    look.caller.require(Permission.read)
    translate = look.lang.gettext
    may_change = look.caller.may(Permission.manage_catalogue)
    by_kind: dict[str, list[FieldRow]] = {}
    for row in sorted(custom.all_fields(look.session), key=lambda one: not one.in_use):
        by_kind.setdefault(translate(KINDS[row.kind]), []).append(_row(look, row, may_change))
    return FieldsView(sorted(by_kind.items()), may_change)


def form_fields(look: Look, row: CustomField | None) -> Sequence[Field]:
    """What the form asks: kind, key and type once, the rest whenever it is changed."""
    translate = look.lang.gettext
    yes_no = [("", translate(N_("No"))), ("1", translate(N_("Yes")))]
    new = (
        Field("kind", N_("Kind"), "choice", needed=True, choices=choices_of(look, KINDS)),
        Field("type", N_("What it holds"), "choice", choices=choices_of(look, TYPES)),
        Field(
            "key",
            N_("Key for programs"),
            longest=40,
            hint=N_("a-z, 0-9 and _, a letter first; empty: one is made. It never changes."),
        ),
    )
    asks_choices = row is None or row.type is FieldType.choice
    return (
        *(new if row is None else ()),
        Field("label", N_("Name in Chinese"), needed=True, longest=80),
        Field("label_en", N_("Name in English"), longest=80),
        *(
            (
                Field(
                    "choices",
                    N_("Choices"),
                    longest=2_000,
                    hint=N_("With a semicolon between them; only for one of several."),
                ),
            )
            if asks_choices
            else ()
        ),
        Field("is_required", N_("Has to be filled in"), "choice", choices=yes_no),
        Field("position", N_("Place on the form"), "number"),
        *(
            ()
            if row is None
            else (
                Field(
                    "in_use",
                    N_("In use"),
                    "choice",
                    choices=yes_no,
                    hint=N_("Out of use, it is asked no more; what devices have under it is kept."),
                ),
            )
        ),
    )


def said_by(row: CustomField) -> dict[str, str]:
    """A field as its form says it."""
    return {
        "label": row.label,
        "label_en": row.label_en,
        "choices": "; ".join(custom.choices_of(row)),
        "is_required": "1" if row.is_required else "",
        "position": str(row.position),
        "in_use": "1" if row.in_use else "",
    }


def wish_of(said: Mapping[str, str], type_: FieldType | None = None) -> FieldWish:
    """What a form wants.

    Args:
        said: texts by the names of the form's fields.
        type_: of a field that is defined already.

    Raises:
        Invalid: a type or a place that does not fit.
    """
    told = said.get("type", FieldType.text.value)
    if type_ is None and told not in list(FieldType):
        raise Invalid(field="type", reason=told[:40])
    place = said.get("position", "").strip() or "0"
    if not place.isdecimal() or int(place) > _FURTHEST:
        raise Invalid(field="position", reason=f"{place[:40]} (0-{_FURTHEST})")
    return FieldWish(
        label=said.get("label", ""),
        label_en=said.get("label_en", ""),
        type=type_ or FieldType(told),
        is_required=said.get("is_required") == "1",
        choices=tuple(_BETWEEN.split(said.get("choices", ""))),
        position=int(place),
        in_use=type_ is None or said.get("in_use") == "1",
    )


def _row(look: Look, row: CustomField, may_change: bool) -> FieldRow:
    english = look.lang.code == "en" and bool(row.label_en)
    return FieldRow(
        href=f"/custom-fields/{row.kind}/{row.key}" if may_change else "",
        key=row.key,
        label=row.label_en if english else row.label,
        other_label=row.label if english else row.label_en,
        type=look.lang.gettext(TYPES[row.type]),
        choices="; ".join(custom.choices_of(row)),
        is_required=row.is_required,
        in_use=row.in_use,
    )
