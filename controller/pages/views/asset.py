"""The asset ledger of a device: on its page, and on the form that edits it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.api.assets import reads_price
from controller.auth.permissions import Permission
from controller.errors import PermissionDenied
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.acts import NEEDS, Act
from controller.pages.views.acts import WORDS as WAYS
from controller.pages.views.asset_files import FilesView, files_view
from controller.pages.views.choices import Option
from controller.pages.views.names import room_name
from controller.procuring import PERMISSIONS, procurement_scope
from controller.words.audit import FIELDS as WORDS
from controller.words.terms import ACQUISITIONS, KINDS, LIFECYCLES
from inventory.assets.custom import choices_of, fields_of, values_of
from inventory.assets.ledger import FIELDS, LONGEST
from inventory.assets.steps import steps_of
from inventory.lifecycle import plain_steps
from inventory.models import (
    Device,
    DeviceTransfer,
    Disposal,
    FieldType,
    Lifecycle,
    LifeStep,
    Right,
    School,
)
from inventory.money.rules import book_value_of
from inventory.procurement.disposals import DISPOSABLE
from inventory.procurement.movement_rows import MovementRepository
from inventory.procurement.service import READY
from inventory.procurement.transfers import MOVABLE
from inventory.repositories.rooms import RoomRepository

#: What the names of form fields of one's own begin with.
OWN = "own_"
_KIND_OF_INPUT = {
    "purchased_on": "date",
    "warranty_until": "date",
    "price_cny": "money",
    "is_personal": "check",
}
_TYPES = {FieldType.number: "number", FieldType.date: "date", FieldType.text: "text"}
_NEEDED = frozenset({"name", "kind"})
_STEPS = 20


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form.

    Args:
        kind: ``text``, ``date``, ``number``, ``money``, ``check`` or ``choice``.
        theirs: what stands in the register, in words, where it is not what the form says.
    """

    name: str
    label: str
    kind: str
    value: str
    options: Sequence[Option] = ()
    needed: bool = False
    longest: int = 200
    theirs: str | None = None


@dataclass(frozen=True, slots=True)
class AssetForm:
    """Everything on the form; ``base`` is what it was opened with, by field."""

    device: Device
    fields: Sequence[FormField]
    base: Mapping[str, str]
    fault: str = ""
    is_conflict: bool = False


@dataclass(frozen=True, slots=True)
class AssetView:
    """What the page of a device says of it as an asset.

    Args:
        held: number and address of the transfer or disposal it is part of, for who sees that.
        ways: message ids and addresses of what may be done with it on a page of its own.
    """

    facts: Sequence[tuple[str, str]]
    next_states: Sequence[Option]
    steps: Sequence[LifeStep]
    may_edit: bool
    today: str
    held: tuple[str, str] | None
    ways: Sequence[tuple[str, str]]
    files: FilesView


def asset_view(look: Look, device: Device, school: School) -> AssetView:
    """The ledger of a device, the steps of its life, and those it may take."""
    translate = look.lang.gettext
    may_edit = look.caller.may(Permission.edit_assets, school.path)
    shown = [
        *("asset_class", "custodian", "acquisition", "supplier", "purchased_on"),
        *("price_cny", "funding_source", "warranty_until"),
    ]
    if not reads_price(look.session, look.caller, device):
        shown.remove("price_cny")
    texts = texts_of(look, device)
    words = _words(look, device)
    held = MovementRepository(look.session, look.scope).holding(device.id)
    facts = [(translate(WORDS[name]), words(name, texts[name])) for name in shown]
    if "price_cny" in shown:
        worth = book_value_of(look.session, device, look.today)
        facts.append((translate(N_("Book value, CNY")), "—" if worth is None else f"{worth:,.2f}"))
    if device.is_personal:
        facts.append((translate(WORDS["is_personal"]), translate(N_("Yes"))))
    facts += [
        (_label(look, field.label, field.label_en), texts.get(OWN + field.key, "") or "—")
        for field in fields_of(look.session, device.kind)
    ]
    states = sorted(plain_steps(device.lifecycle), key=list(Lifecycle).index)
    return AssetView(
        facts=facts,
        next_states=[Option(s.value, translate(LIFECYCLES[s])) for s in states] if may_edit else [],
        steps=steps_of(look.session, device.id)[:_STEPS],
        may_edit=may_edit,
        today=look.today.isoformat(),
        held=(held.number, _address(held)) if held and _sees_procurement(look, school) else None,
        ways=_ways(look, device, school, is_held=held is not None),
        files=files_view(look, device, may_edit=may_edit),
    )


def _sees_procurement(look: Look, school: School) -> bool:
    try:
        return procurement_scope(look.caller).covers(school.path)
    except PermissionDenied:
        return False


def _address(held: DeviceTransfer | Disposal) -> str:
    tab = "transfers" if isinstance(held, DeviceTransfer) else "disposals"
    return f"/procurement/{tab}/{held.id}"


def _ways(
    look: Look, device: Device, school: School, *, is_held: bool
) -> Sequence[tuple[str, str]]:
    """What may be done with it on a page of its own; nothing is proposed of what is held."""
    may = look.caller.may
    found = [(N_("Label for reports"), f"/labels/devices/{device.id}")]
    if device.lifecycle in READY and any(may(one, school.path) for one in NEEDS[Act.service]):
        href = f"/devices/chosen?act={Act.service}&device={device.id}"
        found.append((WAYS[Act.service], href))
    if is_held or not may(PERMISSIONS[Right.request], school.path):
        return found
    if device.lifecycle in MOVABLE:
        href = f"/procurement/transfers/new?device={device.id}"
        found.append((WAYS[Act.transfer], href))
    if device.lifecycle in DISPOSABLE:
        href = f"/procurement/disposals/new?device={device.id}"
        found.append((WAYS[Act.disposal], href))
    return found


def texts_of(look: Look, device: Device) -> dict[str, str]:
    """A device as a form has it: texts by the names of its fields."""
    texts = {name: _text(getattr(device, name)) for name in FIELDS if name != "custom_fields"}
    values = values_of(device)
    for field in fields_of(look.session, device.kind):
        texts[OWN + field.key] = _text(values.get(field.key))
    return texts


def asset_form(
    look: Look,
    device: Device,
    said: Mapping[str, str],
    base: Mapping[str, str],
    *,
    fault: str = "",
    theirs: Mapping[str, str] | None = None,
) -> AssetForm:
    """The form.

    Args:
        look: of the reader.
        device: to be edited.
        said: what its fields hold.
        base: what the register said when it was opened.
        fault: what is wrong with it, in the reader's words.
        theirs: what stands in the register now where somebody has changed it since.
    """
    words, others = _words(look, device), theirs or {}
    fields = [
        _field(look, device, name, said.get(name, ""), words=words, theirs=others)
        for name in FIELDS
        if name != "custom_fields"
    ]
    for own in fields_of(look.session, device.kind):
        name, value = OWN + own.key, said.get(OWN + own.key, "")
        options = [Option("", "—", not value)]
        options += [Option(one, one, one == value) for one in choices_of(own)]
        fields.append(
            FormField(
                name,
                _label(look, own.label, own.label_en),
                _TYPES.get(own.type, "choice"),
                value,
                options if own.type is FieldType.choice else (),
                needed=own.is_required,
                theirs=words(name, others[name]) if name in others else None,
            )
        )
    return AssetForm(device, fields, dict(base), fault, theirs is not None)


def _field(
    look: Look,
    device: Device,
    name: str,
    value: str,
    *,
    words: Callable[[str, str], str],
    theirs: Mapping[str, str],
) -> FormField:
    options = [Option(key, text, key == value) for key, text in _choices(look, device, name)]
    return FormField(
        name,
        look.lang.gettext(WORDS[name]),
        "choice" if options else _KIND_OF_INPUT.get(name, "text"),
        value,
        options,
        needed=name in _NEEDED,
        longest=LONGEST.get(name, 200),
        theirs=words(name, theirs[name]) if name in theirs else None,
    )


def _choices(look: Look, device: Device, name: str) -> Sequence[tuple[str, str]]:
    translate = look.lang.gettext
    if name == "kind":
        return [(kind.value, translate(text)) for kind, text in KINDS.items()]
    if name == "acquisition":
        return [("", "—"), *((v.value, translate(text)) for v, text in ACQUISITIONS.items())]
    if name == "room_id":
        rooms = RoomRepository(look.session, look.scope).at_school(device.school_code)
        return [("", "—"), *((room.id, room_name(room)) for room in rooms)]
    return ()


def _words(look: Look, device: Device) -> Callable[[str, str], str]:
    """How a field's text is shown: a choice by its words, an amount with its thousands."""

    def shown(name: str, text: str) -> str:
        if name == "is_personal":
            return look.lang.gettext(N_("Yes")) if text else look.lang.gettext(N_("No"))
        if name == "price_cny" and text:
            return f"¥{device.price_cny:,.2f}"
        return dict(_choices(look, device, name)).get(text, text) or "—"

    return shown


def _label(look: Look, chinese: str, english: str) -> str:
    return chinese if look.lang.code == "zh_CN" or not english else english


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)
