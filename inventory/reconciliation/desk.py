"""What people say to contradictions: the network is right, the register is, or wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from inventory.errors import N_, Conflict, Invalid, NotFound
from inventory.ids import new_id
from inventory.models import (
    Contradiction,
    Device,
    DeviceState,
    ItemState,
    KnownFirmware,
    Lifecycle,
    ReconciliationItem,
    Resolution,
)
from inventory.proposals import ProposalDesk
from inventory.reconciliation.repository import ReconciliationRepository
from inventory.reconciliation.steps import step_now
from inventory.repositories import DeviceRepository, RoomRepository
from inventory.scope import Scope

MAX_NOTE = 1_000
LONGEST_IGNORED = timedelta(days=366)
_R, _C = Resolution, Contradiction
_ALWAYS = frozenset({_R.ticket, _R.ignore})
#: What can be said to which contradiction. A device goes to another school by a transfer (调拨).
OFFERED: Mapping[Contradiction, frozenset[Resolution]] = {
    _C.unknown_device: _ALWAYS | {_R.accept, _R.reject},
    _C.moved: _ALWAYS | {_R.accept, _R.reject},
    _C.wrong_school: _ALWAYS | {_R.accept, _R.reject},
    _C.wrong_room: _ALWAYS | {_R.accept, _R.reject},
    _C.missing: _ALWAYS | {_R.correct},
    _C.replaced: _ALWAYS | {_R.accept, _R.correct},
    _C.firmware_changed: _ALWAYS | {_R.accept},
    _C.lifecycle: _ALWAYS | {_R.accept, _R.reject},
}
#: Where a device that is missing may be instead.
INSTEAD = (
    Lifecycle.lost,
    Lifecycle.in_stock,
    Lifecycle.in_repair,
    Lifecycle.lent,
    Lifecycle.retired,
)
_OF_ITS_PLACE = (
    *("school_code", "room_id", "name", "kind", "protocol", "address", "service_port", "driver"),
    *("credential_id", "mqtt_profile", "mqtt_client", "ping"),
    *("ssh_credential_id", "ssh_platform", "ssh_port"),
)


class ResolutionUnfit(Conflict):
    """It is decided already, or this cannot be said to such a contradiction."""

    code = "resolution_unfit"
    message = N_("This cannot be said to “{key}”, or somebody has decided about it already.")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says.

    Args:
        room_id: where the device stands, for a wrong room or a device that is put in service.
        lifecycle: what it is instead, for one that is missing; of ``INSTEAD``.
        until: when to ask again, for what is ignored.
        ticket_id: the ticket that was opened.
        transfer_id: the transfer that was proposed, for a device that stands in another school.
    """

    resolution: Resolution
    note: str = ""
    room_id: str | None = None
    lifecycle: Lifecycle | None = None
    until: datetime | None = None
    ticket_id: str | None = None
    transfer_id: str | None = None


class ReconciliationDesk:
    """Decides about contradictions within a scope; flushes, never commits."""

    def __init__(self, session: Session, scope: Scope, actor: str, now: datetime) -> None:
        self._session = session
        self._scope = scope
        self._actor = actor
        self._now = now
        self._devices = DeviceRepository(session, scope)

    def resolve(self, item_id: str, said: Said) -> ReconciliationItem:
        """Bring register and network together as somebody says.

        Raises:
            NotFound: no such contradiction, device or room within the scope.
            ResolutionUnfit: decided already, or not offered for this kind.
            Invalid: too long a note, no life-cycle state that fits, no day to ask again.
            DecidedAlready: the find has been decided among discovered devices.
            LifecycleTransitionRefused: the device cannot become that.
        """
        item = ReconciliationRepository(self._session, self._scope).get(item_id)
        if item is None:
            raise NotFound(what="contradiction", key=item_id)
        done = item.state in (ItemState.resolved, ItemState.gone)
        if done or said.resolution not in OFFERED[item.kind]:
            raise ResolutionUnfit(key=item.shown or item.registered)
        if len(said.note) > MAX_NOTE:
            raise Invalid(field="note", reason=f"{len(said.note)} (0-{MAX_NOTE})")
        becomes, ticket_id, until = ItemState.resolved, item.ticket_id, None
        match said.resolution:
            case Resolution.accept:
                self._accept(item, said)
            case Resolution.correct:
                self._correct(item, said)
            case Resolution.reject:
                self._reject(item)
            case Resolution.ticket:
                becomes, ticket_id = ItemState.ticket, said.ticket_id
            case Resolution.ignore:
                becomes, until = ItemState.ignored, self._until(said)
        item.state, item.ticket_id, item.ignored_until = becomes, ticket_id, until
        item.resolution, item.note = said.resolution, said.note.strip()
        item.decided_by, item.decided_at = self._actor, self._now
        self._session.add(item)
        self._session.flush()
        return item

    # --- the network is right ------------------------------------------------------------

    def _accept(self, item: ReconciliationItem, said: Said) -> None:
        if item.kind is Contradiction.firmware_changed:
            device = self._device(item)
            known = KnownFirmware(device_id=device.id, version=device.version or item.shown)
            self._session.merge(known)
        elif item.kind is Contradiction.wrong_school:
            # Both schools have their say: the device moves when its transfer is done.
            if said.transfer_id is None:
                raise ResolutionUnfit(key=item.shown)
        elif item.kind is Contradiction.wrong_room:
            self._put(self._device(item), said.room_id or item.room_id)
        elif item.proposal_id is not None:
            gone = item.kind is Contradiction.lifecycle and self._device(item)
            if gone and gone.lifecycle is Lifecycle.disposed:
                raise ResolutionUnfit(key=gone.name)
            self._proposals().accept(item.proposal_id, room_id=said.room_id)
        else:
            self._replace(self._device(item), item.shown, said.note)

    def _replace(self, before: Device, serial: str, note: str) -> None:
        """Another device stands in the place of this one; both keep their histories."""
        values = {name: getattr(before, name) for name in _OF_ITS_PLACE}
        step_now(self._session, before, Lifecycle.in_stock, note or serial, self._now)
        self._devices.add(Device(id=new_id("d"), serial=serial, **values))
        self._forget_other_serial(before)

    def _reject(self, item: ReconciliationItem) -> None:
        if item.proposal_id is not None:
            self._proposals().reject(item.proposal_id)

    # --- somebody knows better -----------------------------------------------------------

    def _correct(self, item: ReconciliationItem, said: Said) -> None:
        device = self._device(item)
        if item.kind is Contradiction.replaced:
            # It was written down wrongly: the same device all the time.
            device.serial = item.shown
            self._forget_other_serial(device)
            if item.proposal_id is not None:
                self._proposals().reject(item.proposal_id)
        else:
            if said.lifecycle not in INSTEAD:
                raise Invalid(field="lifecycle", reason=str(said.lifecycle))
            step_now(self._session, device, said.lifecycle, said.note, self._now)
        self._session.add(device)

    def _put(self, device: Device, room_id: str | None) -> None:
        room = RoomRepository(self._session, self._scope).get(room_id) if room_id else None
        if room is None or room.school_code != device.school_code:
            raise NotFound(what="room", key=room_id or "-")
        device.room_id = room.id
        self._session.add(device)

    def _forget_other_serial(self, device: Device) -> None:
        state = self._session.get(DeviceState, device.id)
        if state is not None:
            state.other_serial = None
            self._session.add(state)

    def _until(self, said: Said) -> datetime:
        if said.until is None or not self._now < said.until <= self._now + LONGEST_IGNORED:
            raise Invalid(field="until", reason=str(said.until))
        return said.until

    def _device(self, item: ReconciliationItem) -> Device:
        device = self._devices.get(item.device_id or "")
        if device is None:
            raise NotFound(what="device", key=item.device_id or "-")
        return device

    def _proposals(self) -> ProposalDesk:
        return ProposalDesk(self._session, self._scope, self._actor, self._now)
