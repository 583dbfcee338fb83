"""What people write of a device into the asset ledger, checked field by field."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from drivers.readings import Kind
from inventory.assets.catalogue import model_named
from inventory.assets.custom import checked_values, values_of
from inventory.assets.money import checked_price
from inventory.errors import Invalid
from inventory.models import Acquisition, Device, Room

#: Fields that may be written, in the order of a form.
FIELDS: Final = (
    *("name", "kind", "vendor", "model", "serial", "asset_number", "asset_class", "room_id"),
    *("custodian", "acquisition", "supplier", "purchased_on", "price_cny", "funding_source"),
    *("warranty_until", "is_personal", "custom_fields"),
)
#: Longest texts; what is not named may have 200 characters.
LONGEST: Final = {"asset_class": 16, "supplier": 120, "funding_source": 64, "custodian": 64}
_TEXT: Final = 200
_ASSET_CLASS: Final = re.compile(r"[A-Z]?[0-9]{2,15}\Z")
_FIRST_DAY: Final = date(1980, 1, 1)
_LAST_DAY: Final = date(2100, 1, 1)


def edit_device(session: Session, device: Device, wanted: Mapping[str, Any]) -> Device:
    """Write some fields of a device, all or none.

    Args:
        session: flushed, not committed.
        device: of a school within the caller's scope.
        wanted: new values by field; texts that are empty are taken away. ``custom_fields`` is a
            mapping of all values of one's own.

    Raises:
        Invalid: a value does not fit; names its field.
    """
    given = {name: checked_field(name, value) for name, value in wanted.items()}
    merged = {name: given.get(name, getattr(device, name)) for name in FIELDS}
    _check_together(session, device, merged)
    if "custom_fields" in given or "kind" in given:
        values = given.get("custom_fields", values_of(device))
        given["custom_fields"] = checked_values(session, merged["kind"], values)
    if {"vendor", "model"} & given.keys():
        found = model_named(session, merged["vendor"], merged["model"])
        device.catalogue_id = found.id if found is not None else None
    for name, value in given.items():
        if getattr(device, name) != value:
            setattr(device, name, value)
    session.add(device)
    session.flush()
    return device


def checked_field(name: str, value: Any) -> Any:
    """A value as the register keeps it.

    Raises:
        Invalid: it does not fit, or there is no such field.
    """
    if name not in FIELDS:
        raise Invalid(field=name, reason="-")
    check: Callable[[str, Any], Any] = _CHECKS.get(name, _text)
    return check(name, value)


def _kind(name: str, value: Any) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        raise Invalid(field=name, reason=str(value)[:40]) from None


def _acquisition(name: str, value: Any) -> Acquisition | None:
    try:
        return None if value in (None, "") else Acquisition(value)
    except ValueError:
        raise Invalid(field=name, reason=str(value)[:40]) from None


def _price(name: str, value: Decimal | None) -> Decimal | None:
    return None if value is None else checked_price(name, value)


def _flag(_name: str, value: Any) -> bool:
    return bool(value)


def _values(_name: str, value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _day(name: str, value: date | None) -> date | None:
    if value is not None and not _FIRST_DAY <= value <= _LAST_DAY:
        raise Invalid(field=name, reason=f"{value} ({_FIRST_DAY}-{_LAST_DAY})")
    return value


def _text(name: str, value: Any) -> str | None:
    text = str(value or "").strip()
    longest = LONGEST.get(name, _TEXT)
    if len(text) > longest or not text.isprintable():
        raise Invalid(field=name, reason=f"{text[:40]} ({longest})")
    if name == "name" and not text:
        raise Invalid(field=name, reason="-")
    if name == "asset_class" and text:
        text = text.upper()
        if not _ASSET_CLASS.match(text):
            raise Invalid(field=name, reason=f"{text} (GB/T 14885)")
    return text or None


def _check_together(session: Session, device: Device, merged: Mapping[str, Any]) -> None:
    bought, until = merged["purchased_on"], merged["warranty_until"]
    if bought is not None and until is not None and until < bought:
        raise Invalid(field="warranty_until", reason=f"{until} < {bought}")
    room_id = merged["room_id"]
    if room_id is not None and room_id != device.room_id:
        room = session.get(Room, room_id)
        if room is None or room.school_code != device.school_code:
            raise Invalid(field="room_id", reason=room_id)


_CHECKS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "kind": _kind,
    "acquisition": _acquisition,
    "price_cny": _price,
    "purchased_on": _day,
    "warranty_until": _day,
    "is_personal": _flag,
    "custom_fields": _values,
}
