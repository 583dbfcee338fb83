"""Finding contradictions: a few statements over whole tables, run by a job and never by ingest.

What agents come across while looking for devices is taken from their proposals, and not looked for
twice. Serial numbers that tell nothing are nobody's: see
:func:`inventory.intake.observed.usable_serial`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from drivers.readings import Kind
from inventory.hardware_addresses import telling_mac
from inventory.intake.observed import usable_serial
from inventory.models import (
    Contradiction,
    Device,
    DeviceMac,
    DeviceState,
    KnownFirmware,
    Lifecycle,
    Match,
    Port,
    Proposal,
    ProposalState,
    Protocol,
    Room,
)

_AT_ONCE = 500
#: An agent that has not asked for a device for so long says nothing about its absence.
ASKED_WITHIN = timedelta(days=1)
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Shown:
    """One contradiction as it is now; fields are the columns of ``ReconciliationItem``."""

    key: str
    kind: Contradiction
    school_code: str
    seen_at: datetime
    source: str
    device_id: str | None = None
    proposal_id: str | None = None
    registered: str = ""
    shown: str = ""
    place: str = ""
    room_id: str | None = None
    other_school_code: str | None = None


def contradictions(session: Session, now: datetime, missing_after: timedelta) -> dict[str, Shown]:
    """Every contradiction of the whole register, by its key.

    ``missing_after``: how long a device in service may be unseen while its agent asks for it.
    """
    found: dict[str, Shown] = {}
    for some in (
        _by_proposals(session),
        _other_serials(session),
        _other_schools(session),
        _other_rooms(session),
        _missing(session, now, missing_after),
        _firmware(session, now),
    ):
        for one in some:
            # What was found by looking for devices says more than what a poll let fall.
            found.setdefault(one.key, one)
    return found


# --- what agents came across ------------------------------------------------------------------


def _by_proposals(session: Session) -> Iterator[Shown]:
    rows = session.exec(
        select(Proposal, Device)
        .outerjoin(Device, col(Device.id) == Proposal.device_id)
        .where(Proposal.state == ProposalState.open)
        .order_by(col(Proposal.id))
    ).all()
    elsewhere = _registered_elsewhere(session, [p for p, _ in rows if p.match is Match.new])
    for proposal, device in rows:
        yield _of_proposal(proposal, device, elsewhere)


def _of_proposal(
    proposal: Proposal, device: Device | None, elsewhere: Mapping[str, Device]
) -> Shown:
    told = " ".join(filter(None, (proposal.vendor, proposal.model, proposal.serial)))
    common: dict[str, Any] = {
        "school_code": proposal.school_code,
        "seen_at": proposal.found_at,
        "source": "discovery",
        "proposal_id": proposal.id,
        "place": proposal.address[:_LONGEST],
    }
    other = elsewhere.get(proposal.id)
    if proposal.match is Match.new and other is not None:
        same_school = other.school_code == proposal.school_code
        return Shown(
            key=f"{'lifecycle' if same_school else 'wrong_school'}|{other.id}",
            kind=Contradiction.lifecycle if same_school else Contradiction.wrong_school,
            device_id=other.id,
            registered=other.lifecycle.value if same_school else other.school_code,
            shown=proposal.address[:_LONGEST] if same_school else proposal.school_code,
            other_school_code=None if same_school else other.school_code,
            **common,
        )
    if device is not None and proposal.match is Match.replaced:
        return Shown(
            key=f"replaced|{device.id}",
            kind=Contradiction.replaced,
            device_id=device.id,
            registered=(device.serial or "")[:_LONGEST],
            shown=(proposal.serial or "")[:_LONGEST],
            **common,
        )
    if device is not None and proposal.match is Match.moved:
        serves = device.lifecycle is Lifecycle.in_service
        return Shown(
            key=f"{'moved' if serves else 'lifecycle'}|{device.id}",
            kind=Contradiction.moved if serves else Contradiction.lifecycle,
            device_id=device.id,
            registered=(device.address or "") if serves else device.lifecycle.value,
            shown=proposal.address[:_LONGEST],
            **common,
        )
    return Shown(
        key=f"unknown_device|{proposal.id}",
        kind=Contradiction.unknown_device,
        shown=(proposal.name or told or proposal.address)[:_LONGEST],
        **common,
    )


def _registered_elsewhere(session: Session, proposals: Sequence[Proposal]) -> dict[str, Device]:
    """Devices that new finds seem to be, by the proposal: of another school, or disposed of here.

    By a serial number that tells devices apart, else by such a hardware address; by neither where
    several devices have it.
    """
    serials = {s.casefold() for p in proposals if (s := usable_serial(p.serial))}
    macs = {m for p in proposals if (m := telling_mac(p.mac))}
    by_serial: dict[str, list[Device]] = {}
    for some in _portions(sorted(serials)):
        for device in session.exec(select(Device).where(func.lower(Device.serial).in_(some))):
            by_serial.setdefault((device.serial or "").strip().casefold(), []).append(device)
    by_mac: dict[str, list[Device]] = {}
    for some in _portions(sorted(macs)):
        owners = (
            select(DeviceMac.mac, Device)
            .join(Device, col(Device.id) == DeviceMac.device_id)
            .where(col(DeviceMac.mac).in_(some))
        )
        for address, device in session.exec(owners):
            by_mac.setdefault(address, []).append(device)
    found = {}
    for proposal in proposals:
        serial, mac = usable_serial(proposal.serial), telling_mac(proposal.mac)
        same = by_serial.get(serial.casefold(), []) if serial else []
        if not same and mac and not serial:
            same = by_mac.get(mac, [])
        if len(same) == 1:
            found[proposal.id] = same[0]
    return found


# --- what polls say ---------------------------------------------------------------------------


def _other_serials(session: Session) -> Iterator[Shown]:
    rows = session.exec(
        select(Device, DeviceState)
        .join(DeviceState, col(DeviceState.device_id) == Device.id)
        .where(Device.lifecycle == Lifecycle.in_service, col(DeviceState.other_serial).is_not(None))
    )
    for device, state in rows:
        if usable_serial(state.other_serial) and usable_serial(device.serial):
            yield Shown(
                key=f"replaced|{device.id}",
                kind=Contradiction.replaced,
                school_code=device.school_code,
                seen_at=state.facts_at or state.taken_at,
                source="poll",
                device_id=device.id,
                registered=(device.serial or "")[:_LONGEST],
                shown=(state.other_serial or "")[:_LONGEST],
                place=(device.address or "")[:_LONGEST],
            )


def _other_schools(session: Session) -> Iterator[Shown]:
    switch = aliased(Device)
    rows = session.exec(
        select(Device, DeviceState, switch)
        .join(DeviceState, col(DeviceState.device_id) == Device.id)
        .join(switch, col(switch.id) == DeviceState.attached_device_id)
        .where(
            Device.lifecycle == Lifecycle.in_service,
            col(switch.school_code) != Device.school_code,
        )
    )
    for device, state, other in rows:
        yield Shown(
            key=f"wrong_school|{device.id}",
            kind=Contradiction.wrong_school,
            school_code=other.school_code,
            seen_at=state.attached_at or state.taken_at,
            source="port",
            device_id=device.id,
            registered=device.school_code,
            shown=other.school_code,
            place=f"{other.name} {state.attached_port or ''}".strip()[:_LONGEST],
            other_school_code=device.school_code,
        )


def _other_rooms(session: Session) -> Iterator[Shown]:
    """Devices on a port whose label names another room, or in a building that its switch is not."""
    switch, home, there = aliased(Device), aliased(Room), aliased(Room)
    seen = (
        select(Device, DeviceState, switch, home)
        .join(DeviceState, col(DeviceState.device_id) == Device.id)
        .join(switch, col(switch.id) == DeviceState.attached_device_id)
        .join(home, col(home.id) == Device.room_id)
        .where(
            Device.lifecycle == Lifecycle.in_service,
            col(switch.school_code) == Device.school_code,
        )
    )
    full = there.building + " " + there.name
    labelled: Any = (
        seen.add_columns(there)
        .join(
            Port,
            (col(Port.device_id) == DeviceState.attached_device_id)
            & (col(Port.name) == DeviceState.attached_port),
        )
        .join(
            there,
            (col(there.school_code) == Device.school_code)
            & or_(col(Port.alias) == there.name, col(Port.alias) == full),
        )
    )
    named: dict[str, tuple[Any, list[Room]]] = {}
    for device, state, other, room, label in session.execute(labelled):
        named.setdefault(device.id, ((device, state, other, room), []))[1].append(label)
    for (device, state, other, room), rooms in named.values():
        # A label that fits several rooms names none; one that fits its own is right.
        if len(rooms) == 1 and rooms[0].id != device.room_id:
            yield _elsewhere(device, state, other, room, rooms[0])
    built = seen.join(there, col(there.id) == switch.room_id).where(
        col(switch.kind).in_([Kind.switch, Kind.access_point]),
        col(home.building) != "",
        col(there.building) != "",
        col(home.building) != there.building,
    )
    for device, state, other, room, building in session.execute(
        built.add_columns(col(there.building))
    ):
        if device.id not in named:
            yield _elsewhere(device, state, other, room, building)


def _elsewhere(
    device: Device, state: DeviceState, switch: Device, home: Room, there: Room | str
) -> Shown:
    shown = there if isinstance(there, str) else _name(there)
    return Shown(
        key=f"wrong_room|{device.id}",
        kind=Contradiction.wrong_room,
        school_code=device.school_code,
        seen_at=state.attached_at or state.taken_at,
        source="port",
        device_id=device.id,
        registered=_name(home)[:_LONGEST],
        shown=shown[:_LONGEST],
        place=f"{switch.name} {state.attached_port or ''}".strip()[:_LONGEST],
        room_id=None if isinstance(there, str) else there.id,
    )


def _missing(session: Session, now: datetime, after: timedelta) -> Iterator[Shown]:
    seen = func.coalesce(DeviceState.last_present_at, DeviceState.last_ok_at)
    rows = session.exec(
        select(Device, DeviceState)
        .join(DeviceState, col(DeviceState.device_id) == Device.id)
        .where(
            Device.lifecycle == Lifecycle.in_service,
            Device.protocol != Protocol.none,
            # Its agent asks: the line, or the box, is not what is missing.
            col(DeviceState.taken_at) >= now - ASKED_WITHIN,
            col(DeviceState.since) < now - after,
            or_(seen.is_(None), seen < now - after),
        )
    )
    for device, state in rows:
        last = _last_seen(device, state)
        if last is None or last < now - after:
            yield Shown(
                key=f"missing|{device.id}",
                kind=Contradiction.missing,
                school_code=device.school_code,
                seen_at=last or state.since,
                source="poll",
                device_id=device.id,
                registered=Lifecycle.in_service.value,
                place=(device.address or "")[:_LONGEST],
            )


def _last_seen(device: Device, state: DeviceState) -> datetime | None:
    """A device watched by its presence answers nothing itself: its polls say nothing of it."""
    if device.protocol is Protocol.presence:
        return state.last_present_at
    return max(filter(None, (state.last_ok_at, state.last_present_at)), default=None)


def _firmware(session: Session, now: datetime) -> Iterator[Shown]:
    rows = session.exec(
        select(Device, KnownFirmware.version, DeviceState.facts_at)
        .join(KnownFirmware, col(KnownFirmware.device_id) == Device.id)
        .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
        .where(
            Device.lifecycle == Lifecycle.in_service,
            col(Device.version).is_not(None),
            col(Device.version) != KnownFirmware.version,
        )
    )
    for device, known, facts_at in rows:
        yield Shown(
            key=f"firmware_changed|{device.id}",
            kind=Contradiction.firmware_changed,
            school_code=device.school_code,
            seen_at=facts_at or now,
            source="poll",
            device_id=device.id,
            registered=known[:_LONGEST],
            shown=(device.version or "")[:_LONGEST],
            place=(device.address or "")[:_LONGEST],
        )


def _name(room: Room) -> str:
    return f"{room.building} {room.name}".strip()


def _portions(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
