"""Fields of one's own: what is defined for a kind of device, and values that fit."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from sqlmodel import Session, col, select

from drivers.readings import Kind
from inventory.errors import Conflict, CustomFieldUnfit, Invalid, NotFound
from inventory.models import CustomField, Device, FieldType

#: Fields one kind may have, choices one field may have, characters a value may have.
MAX_FIELDS: Final = 40
MAX_CHOICES: Final = 100
MAX_VALUE: Final = 200
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?\Z")


class FieldWish(msgspec.Struct, frozen=True, kw_only=True):
    """All of a field's definition but its kind and key."""

    label: str
    label_en: str = ""
    type: FieldType = FieldType.text
    is_required: bool = False
    choices: tuple[str, ...] = ()
    position: int = 0
    in_use: bool = True


def fields_of(session: Session, kind: Kind, *, in_use: bool = True) -> Sequence[CustomField]:
    """Fields defined for a kind, in the order of forms."""
    query = select(CustomField).where(CustomField.kind == kind)
    if in_use:
        query = query.where(col(CustomField.in_use))
    return session.exec(query.order_by(col(CustomField.position), col(CustomField.key))).all()


def all_fields(session: Session) -> Sequence[CustomField]:
    """Every definition, by kind."""
    order = (col(CustomField.kind), col(CustomField.position), col(CustomField.key))
    return session.exec(select(CustomField).order_by(*order)).all()


def choices_of(field: CustomField) -> tuple[str, ...]:
    return tuple(json.loads(field.choices))


def values_of(device: Device) -> dict[str, Any]:
    """Values a device has, those of fields out of use included."""
    found: dict[str, Any] = json.loads(device.custom_fields)
    return found


def field_of(session: Session, kind: Kind, key: str) -> CustomField | None:
    """One field of a kind, in use or not."""
    return session.get(CustomField, (kind, key))


def define_field(session: Session, kind: Kind, key: str, wish: FieldWish) -> CustomField:
    """Define a field, or change it; its type stays as it is while it has been defined.

    Raises:
        Invalid: a key, label or list of choices that does not fit.
        Conflict: another type than the field has.
    """
    label, label_en = wish.label.strip(), wish.label_en.strip()
    if not _KEY.match(key):
        raise Invalid(field="key", reason=key[:40])
    if not 1 <= len(label) <= 80 or len(label_en) > 80:  # noqa: PLR2004 - as the columns
        raise Invalid(field="label", reason=label[:40])
    choices = tuple(dict.fromkeys(one.strip() for one in wish.choices if one.strip()))
    if (wish.type is FieldType.choice) is not bool(choices) or len(choices) > MAX_CHOICES:
        raise Invalid(field="choices", reason=f"{len(choices)} (1-{MAX_CHOICES})")
    field = session.get(CustomField, (kind, key))
    if field is None:
        if len(fields_of(session, kind, in_use=False)) >= MAX_FIELDS:
            raise Invalid(field="key", reason=f"{MAX_FIELDS}")
        field = CustomField(kind=kind, key=key, label=label, type=wish.type)
    elif field.type is not wish.type:
        raise Conflict(key=key)
    field.label, field.label_en, field.is_required = label, label_en, wish.is_required
    field.choices = json.dumps(choices, ensure_ascii=False)
    field.position, field.in_use = wish.position, wish.in_use
    session.add(field)
    session.flush()
    return field


def retire_field(session: Session, kind: Kind, key: str) -> CustomField:
    """Take a field out of use; what devices have under it is kept.

    Raises:
        NotFound: no such field.
    """
    field = session.get(CustomField, (kind, key))
    if field is None:
        raise NotFound(key=key)
    field.in_use = False
    session.add(field)
    session.flush()
    return field


def checked_values(session: Session, kind: Kind, values: Mapping[str, Any]) -> str:
    """Values as the register keeps them: a JSON object without empty ones.

    Values of fields that are out of use, or of the kind a device was before, pass as they are.

    Raises:
        CustomFieldUnfit: a value does not fit its field, or one that is needed is missing.
    """
    known = {field.key: field for field in fields_of(session, kind)}
    kept: dict[str, Any] = {}
    for key, value in values.items():
        field = known.get(key)
        if not _KEY.match(key):
            raise CustomFieldUnfit(field=key[:40], reason="-")
        text = "" if value is None else str(value).strip()
        if not text:
            continue
        if field is None or len(text) > MAX_VALUE:
            if field is None and isinstance(value, str | int | float) and len(text) <= MAX_VALUE:
                kept[key] = value
                continue
            raise CustomFieldUnfit(field=field.label if field else key, reason=text[:40])
        kept[key] = fitting_value(field, text)
    for field in known.values():
        if field.is_required and field.key not in kept:
            raise CustomFieldUnfit(field=field.label, reason="-")
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def fitting_value(field: CustomField, text: str) -> Any:
    """A text as the value of a field.

    Raises:
        CustomFieldUnfit: it does not fit.
    """
    if field.type is FieldType.number:
        if not _NUMBER.match(text):
            raise CustomFieldUnfit(field=field.label, reason=text[:40])
        return _plain(text)
    if field.type is FieldType.date:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise CustomFieldUnfit(field=field.label, reason=text[:40]) from None
    if field.type is FieldType.choice and text not in choices_of(field):
        raise CustomFieldUnfit(field=field.label, reason=text[:40])
    if not text.isprintable():
        raise CustomFieldUnfit(field=field.label, reason=ascii(text)[:40])
    return text


def _plain(text: str) -> int | str:
    """A number: whole ones as JSON numbers, others as texts, so that no digit is lost."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return int(number) if number == number.to_integral_value() else format(number, "f")
