"""What is on a label: the address of a device's page, an asset number, a serial number."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from inventory.intake.observed import usable_serial
from inventory.models import Device
from inventory.repositories.scoped import Repository
from inventory.scope import Scope

LONGEST = 200
_PAGE = re.compile(r"(?:[a-z][a-z0-9+.-]*://[^/\s]+)?(?:/[^\s?#]*)?/devices/([0-9A-Za-z-]{1,20})/?")


@dataclass(frozen=True, slots=True)
class Label:
    """One label as it was scanned or typed.

    Args:
        device_id: what the address of a device's page names; the host does not matter, since
            labels outlive names of servers.
        text: what else it says: an asset number, or a serial number.
    """

    device_id: str | None
    text: str


def read_label(scanned: str) -> Label:
    """The label in a text; never fails, an empty text names nothing."""
    text = " ".join(scanned.replace("\0", "").split())[:LONGEST]
    page = _PAGE.fullmatch(re.split(r"[?#]", text, maxsplit=1)[0])
    return Label(page[1] if page else None, text)


class LabelReader(Repository):
    """Finds devices by their labels, within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        super().__init__(session, scope)

    def devices_of(self, scanned: Iterable[str], school: str) -> Mapping[str, Device]:
        """Devices by what was scanned; labels that name none, or several, are left out.

        A page's address counts first, then an asset number, then a serial number that tells
        devices apart; of several that fit, the only one of ``school``.
        """
        labels = {text: read_label(text) for text in scanned}
        words = {label.text for label in labels.values() if label.text}
        spelled = {form for word in words for form in (word, word.upper(), word.lower())}
        ids = {label.device_id for label in labels.values() if label.device_id}
        candidates = self._session.exec(
            select(Device).where(
                self._at_visible_school(Device.school_code),
                or_(
                    col(Device.id).in_(ids | words),
                    col(Device.asset_number).in_(spelled),
                    col(Device.serial).in_(spelled),
                ),
            )
        ).all()
        found = {}
        for text, label in labels.items():
            device = _the_one(label, candidates, school)
            if device is not None:
                found[text] = device
        return found


def _the_one(label: Label, candidates: Sequence[Device], school: str) -> Device | None:
    if not label.text:
        return None
    wanted = label.device_id or label.text
    for device in candidates:
        if device.id == wanted:
            return device
    word = label.text.casefold()
    numbered = [d for d in candidates if (d.asset_number or "").strip().casefold() == word]
    if numbered:
        return _only(numbered, school)
    serial = usable_serial(label.text)
    if serial is None:
        return None
    return _only([d for d in candidates if (d.serial or "").strip().casefold() == word], school)


def _only(devices: Sequence[Device], school: str) -> Device | None:
    here = [device for device in devices if device.school_code == school] or devices
    return here[0] if len(here) == 1 else None
