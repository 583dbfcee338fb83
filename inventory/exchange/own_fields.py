"""Fields of one's own (``inventory.assets.custom``) as columns of the ledger of devices.

A field is defined for a kind of device; kinds may share a key. A ledger holds devices of all kinds,
so a key is one column, and the kind of each row decides what it may hold.
"""

import dataclasses
import json
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlmodel import Session

from drivers.readings import Kind
from inventory.assets.custom import MAX_VALUE, all_fields, choices_of, fitting_value
from inventory.errors import CustomFieldUnfit
from inventory.exchange.faults import Why
from inventory.exchange.layout import Column, Holds, Layout, plain
from inventory.exchange.values import Unfit, value_of
from inventory.models import CustomField, FieldType

#: What the columns' fields begin with; the key follows.
PREFIX = "own_"
_DAY = Column("day", "", "", holds=Holds.day)


def with_own_fields(session: Session, layout: Layout) -> Layout:
    """The ledger of devices with a column for each key in use, after the others."""
    if layout.name != "devices":
        return layout
    return dataclasses.replace(layout, columns=(*layout.columns, *_columns(session)))


def _columns(session: Session) -> Iterator[Column]:
    by_key: dict[str, list[CustomField]] = {}
    for field in all_fields(session):
        if field.in_use:
            by_key.setdefault(field.key, []).append(field)
    for key, fields in by_key.items():
        first = fields[0]
        names = dict.fromkeys(name for one in fields for name in (one.label, one.label_en) if name)
        yield Column(
            PREFIX + key,
            first.label_en or first.label,
            first.label,
            (*names, key),
            longest=MAX_VALUE,
        )


class OwnFields:
    """Values of rows held against the definitions of their kinds."""

    def __init__(self, session: Session) -> None:
        self._fields: Mapping[tuple[Kind, str], CustomField] = {
            (field.kind, field.key): field for field in all_fields(session) if field.in_use
        }
        self._required: dict[Kind, list[CustomField]] = {}
        for field in self._fields.values():
            if field.is_required:
                self._required.setdefault(field.kind, []).append(field)

    def fitting(self, kind: Kind, column: str, text: str) -> tuple[str, Any]:
        """The key and the value to keep of a cell that says something.

        Raises:
            Unfit: the kind has no such field, or it holds something else.
        """
        key = column.removeprefix(PREFIX)
        field = self._fields.get((kind, key))
        if field is None:
            raise Unfit(Why.not_of_kind, kind=kind)
        if field.type is FieldType.date:
            return key, value_of(_DAY, text, {}).isoformat()
        if field.type is FieldType.choice:
            known = {plain(one): one for one in choices_of(field)}
            if plain(text) not in known:
                raise Unfit(Why.unknown_word, words="、".join(known.values()))
            return key, known[plain(text)]
        if field.type is FieldType.number:
            text = unicodedata.normalize("NFKC", text).replace(",", "").strip()
        try:
            return key, fitting_value(field, text)
        except CustomFieldUnfit:
            is_number = field.type is FieldType.number
            raise Unfit(Why.not_a_number if is_number else Why.not_printable) from None

    def lacking(self, kind: Kind, keys: Collection[str]) -> Iterator[CustomField]:
        """Fields that every device of the kind needs and that are not among these keys."""
        for field in self._required.get(kind, ()):
            if field.key not in keys:
                yield field


def merged(before: str, told: Mapping[str, Any]) -> str:
    """Values as the register keeps them, with those that are told; what is not told stays."""
    return json.dumps(json.loads(before) | dict(told), ensure_ascii=False, sort_keys=True)
