"""What may be done with several devices at once: the form that asks how, and what became of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from controller.exchange.labels import DEFAULT_PAPER, PAPERS
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.acts import MOST_AT_ONCE, WORDS, Act
from controller.pages.views.choices import Option
from controller.pages.views.devices import DeviceFilter, found_devices
from controller.pages.views.names import room_name, school_name
from controller.words.terms import KINDS, LIFECYCLES
from inventory.models import Device, School
from inventory.repositories import DeviceRepository, SchoolRepository
from inventory.repositories.rooms import RoomRepository

#: Rooms of so many schools are offered on one form.
MOST_SCHOOLS = 20
#: More schools than this are named by their codes.
_MOST_OPTIONS = 300


_PLACES = frozenset({Act.service, Act.room})


@dataclass(frozen=True, slots=True)
class ChosenDevice:
    """One of them."""

    id: str
    name: str
    number: str
    kind: str
    school: str
    room: str
    state: str
    custodian: str


@dataclass(frozen=True, slots=True)
class SchoolRooms:
    """A school of some of them, and its rooms."""

    code: str
    name: str
    rooms: Sequence[Option]


@dataclass(frozen=True, slots=True)
class ChosenForm:
    """The form of a step for several devices.

    Args:
        text: message id of what is done.
        too_many: how many fit where those are more than one step takes; else 0.
        said: what was typed into it.
        fault: why it was refused, in the reader's words.
    """

    act: Act
    text: str
    devices: Sequence[ChosenDevice]
    schools: Sequence[SchoolRooms]
    others: Sequence[Option]
    papers: Sequence[str]
    too_many: int
    said: Mapping[str, str]
    fault: str
    most: int = MOST_AT_ONCE
    most_schools: int = MOST_SCHOOLS
    default_paper: str = DEFAULT_PAPER


@dataclass(frozen=True, slots=True)
class Left:
    """A device that was left as it is, and why, in the reader's words."""

    name: str
    href: str
    reason: str


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was made, or an order by whose ledger some went."""

    text: str
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class ChosenResult:
    """What became of a step for several devices.

    Args:
        text: message id of what was done.
        undo: what takes it back, one text a device; empty where it is taken back elsewhere.
    """

    text: str
    done: Sequence[Option]
    made: Sequence[Made]
    left: Sequence[Left]
    undo: Sequence[str] = ()


def fitting(look: Look, wanted: DeviceFilter) -> tuple[Sequence[str], int]:
    """Ids of the devices of a filtered list, at most as many as one step takes; how many fit."""
    found = found_devices(look, wanted, offset=0, limit=MOST_AT_ONCE)
    total = found.total + bool(found.more)
    return [row.device.id for row in found.items], total if total > MOST_AT_ONCE else 0


def chosen_form(
    look: Look,
    act: Act,
    ids: Collection[str],
    *,
    too_many: int = 0,
    said: Mapping[str, str] | None = None,
    fault: str = "",
) -> ChosenForm:
    """The form of a step for these devices; those outside the reader's scope are left out."""
    devices = in_order(look, ids)
    schools = schools_of(look, devices)
    rooms = _rooms(look, schools.values(), said or {}) if act in _PLACES else []
    if too_many and not fault:
        words = N_("{count} devices fit, and one step takes {most}. Filter the list further.")
        text = look.lang.gettext(words)
        fault = text.format(count=look.lang.number(too_many), most=MOST_AT_ONCE)
    return ChosenForm(
        act=act,
        text=WORDS[act],
        devices=[] if too_many else _rows(look, devices, schools),
        schools=rooms[:MOST_SCHOOLS],
        others=_others(look) if act is Act.transfer else [],
        papers=list(PAPERS) if act is Act.labels else [],
        too_many=too_many,
        said=said or {},
        fault=fault,
    )


def in_order(look: Look, ids: Collection[str]) -> Sequence[Device]:
    """The visible ones of these devices, each once, in the order they were named in."""
    wanted = list(dict.fromkeys(ids))
    found = {one.id: one for one in DeviceRepository(look.session, look.scope).named(wanted)}
    return [found[device_id] for device_id in wanted if device_id in found]


def schools_of(look: Look, devices: Iterable[Device]) -> Mapping[str, School]:
    """Schools of devices by their codes."""
    codes = sorted({one.school_code for one in devices})
    named = SchoolRepository(look.session, look.scope).named(codes)
    return {one.code: one for one in named}


def _rows(
    look: Look, devices: Sequence[Device], schools: Mapping[str, School]
) -> Sequence[ChosenDevice]:
    translate = look.lang.gettext
    ids = sorted({one.room_id for one in devices if one.room_id})
    rooms = {one.id: one for one in RoomRepository(look.session, look.scope).named(ids)}
    return [
        ChosenDevice(
            id=one.id,
            name=one.name,
            number=one.asset_number or one.serial or "—",
            kind=translate(KINDS[one.kind]),
            school=school_name(look, schools[one.school_code]),
            room=room_name(rooms.get(one.room_id or "")) or "—",
            state=translate(LIFECYCLES[one.lifecycle]),
            custodian=one.custodian or "—",
        )
        for one in devices
    ]


def _rooms(look: Look, schools: Iterable[School], said: Mapping[str, str]) -> list[SchoolRooms]:
    repository = RoomRepository(look.session, look.scope)
    found = []
    for school in schools:
        chosen = said.get(f"room-{school.code}", "")
        rooms = [
            Option(room.id, room_name(room), room.id == chosen)
            for room in repository.at_school(school.code)
        ]
        found.append(SchoolRooms(school.code, school_name(look, school), rooms))
    return found


def _others(look: Look) -> Sequence[Option]:
    schools = SchoolRepository(look.session, look.scope).page(limit=_MOST_OPTIONS).items
    return [Option(one.code, school_name(look, one)) for one in schools]
