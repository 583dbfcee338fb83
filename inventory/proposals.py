"""What people say to devices that were found: accept, reject, and take it back."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from drivers.readings import Kind
from inventory.errors import CannotBeUndone, DecidedAlready, Invalid, NotFound
from inventory.ids import new_id
from inventory.lifecycle import TRANSITIONS, move_to
from inventory.models import (
    Device,
    DeviceMac,
    DeviceState,
    Lifecycle,
    Match,
    Proposal,
    ProposalState,
    Protocol,
)
from inventory.repositories import DeviceRepository, RoomRepository
from inventory.repositories.proposals import ProposalRepository
from inventory.scope import Scope

MAX_NAME = 100
_USUAL_PORTS = {"snmp": 161, "pjlink": 4352}


class ProposalDesk:
    """Decides about proposals within a scope; flushes, never commits.

    Args:
        actor: id of the person; ``None`` for a rule.
    """

    def __init__(self, session: Session, scope: Scope, actor: str | None, now: datetime) -> None:
        self._session = session
        self._scope = scope
        self._actor = actor or None
        self._now = now
        self._proposals = ProposalRepository(session, scope)
        self._devices = DeviceRepository(session, scope)

    def accept(
        self,
        proposal_id: str,
        *,
        name: str = "",
        room_id: str | None = None,
        kind: Kind | None = None,
    ) -> Device:
        """Put the device in service: a new one, the known one at its new address, or a successor.

        A successor takes the room of the device it replaces, which goes into stock. Which driver
        reads it is found out anew by the agent, so that better definitions count.

        Raises:
            NotFound: no such proposal within the scope, or no such room in its school.
            DecidedAlready: it is not open.
            Invalid: too long a name.
            LifecycleTransitionRefused: the known device is in a state that it cannot leave.
        """
        row = self._open(proposal_id)
        if len(name) > MAX_NAME:
            raise Invalid(field="name", reason=f"{len(name)} (0-{MAX_NAME})")
        if room_id is not None:
            room = RoomRepository(self._session, self._scope).get(room_id)
            if room is None or room.school_code != row.school_code:
                raise NotFound(what="room", key=room_id)
        known = self._devices.get(row.device_id) if row.device_id else None
        if row.match is Match.moved and known is not None:
            device, undo = known, self._move(row, known)
            if name.strip():
                device.name = name.strip()
            device.room_id = room_id or device.room_id
            device.kind = kind or device.kind
        else:
            before = known if row.match is Match.replaced else None
            device, undo = self._create(row, name, room_id, kind, before)
        row.device_id = device.id
        row.undo = json.dumps(undo)
        self._decide(row, ProposalState.accepted)
        return device

    def reject(self, proposal_id: str) -> Proposal:
        """Leave the device alone, and do not ask again.

        Raises:
            NotFound: no such proposal within the scope.
            DecidedAlready: it is not open.
        """
        return self._decide(self._open(proposal_id), ProposalState.rejected)

    def undo(self, proposal_id: str) -> Proposal:
        """Take a decision back, and ask again.

        Raises:
            NotFound: no such proposal within the scope.
            CannotBeUndone: the device made by the acceptance has been polled by now, or somebody
                has given it a ticket, a line, a command.
        """
        row = self._get(proposal_id)
        if row.state is ProposalState.accepted:
            self._take_back(row)
        row.state, row.decided_at, row.decided_by, row.undo = ProposalState.open, None, None, "{}"
        self._session.add(row)
        self._session.flush()
        return row

    # --- what an acceptance does ---------------------------------------------------------

    def _create(
        self,
        row: Proposal,
        name: str,
        room_id: str | None,
        kind: Kind | None,
        before: Device | None,
    ) -> tuple[Device, dict[str, Any]]:
        undo: dict[str, Any] = {}
        if before is not None:
            undo["replaced"] = before.id
            self._to(before, Lifecycle.in_stock)
            room_id = room_id or before.room_id
        on_broker = row.protocol == Protocol.mqtt
        protocol = Protocol(row.protocol)
        device = self._devices.add(
            Device(
                id=new_id("d"),
                school_code=row.school_code,
                room_id=room_id,
                name=(name.strip() or self._name_of(row, before))[:MAX_NAME],
                kind=kind or row.kind,
                vendor=row.vendor,
                model=row.model,
                serial=row.serial,
                version=row.version,
                protocol=protocol,
                address=None if on_broker else row.address,
                service_port=None if row.port in (0, _USUAL_PORTS.get(row.protocol)) else row.port,
                credential_id=row.credential_id,
                mqtt_profile=row.driver if on_broker else None,
                mqtt_client=row.address if on_broker else None,
                ping=protocol is Protocol.presence,
            )
        )
        undo["created"] = device.id
        taken = row.mac and self._devices.having_mac(row.school_code, [row.mac])
        if row.mac and not taken:
            self._devices.set_macs(device, [row.mac])
        return device, undo

    @staticmethod
    def _name_of(row: Proposal, before: Device | None) -> str:
        if before is not None:
            return before.name
        return row.name or row.model or row.address

    def _move(self, row: Proposal, device: Device) -> dict[str, Any]:
        undo = {
            "moved": device.id,
            "address": device.address,
            "mqtt_client": device.mqtt_client,
            "lifecycle": device.lifecycle.value,
        }
        self._to(device, Lifecycle.in_service)
        if row.protocol == Protocol.mqtt:
            device.mqtt_client = row.address
        else:
            device.address = row.address
        self._session.add(device)
        self._session.flush()
        return undo

    def _to(self, device: Device, wanted: Lifecycle) -> None:
        """Bring a device there, through the stock where no other way leads."""
        if wanted not in TRANSITIONS[device.lifecycle] and device.lifecycle is not wanted:
            move_to(self._session, device, Lifecycle.in_stock)
        move_to(self._session, device, wanted)

    def _take_back(self, row: Proposal) -> None:
        undo: dict[str, Any] = json.loads(row.undo)
        created = self._devices.get(undo.get("created", ""))
        if created is not None:
            row.device_id = undo.get("replaced")
            self._delete(row, created)
        before = self._devices.get(undo.get("replaced", ""))
        if before is not None:
            self._to(before, Lifecycle.in_service)
        moved = self._devices.get(undo.get("moved", ""))
        if moved is not None:
            moved.address, moved.mqtt_client = undo["address"], undo["mqtt_client"]
            was = Lifecycle(undo["lifecycle"])
            if was in TRANSITIONS[moved.lifecycle]:
                move_to(self._session, moved, was)
            self._session.add(moved)
        if not undo:
            # A device that was registered by hand stays; it is nobody's to take back here.
            raise CannotBeUndone(key=row.name or row.address)
        self._session.flush()

    def _delete(self, row: Proposal, device: Device) -> None:
        polled = self._session.exec(
            select(DeviceState.device_id).where(DeviceState.device_id == device.id)
        ).first()
        if polled is not None:
            raise CannotBeUndone(key=device.name)
        try:
            with self._session.begin_nested():
                self._session.add(row)
                self._session.flush()
                for mac in self._session.exec(
                    select(DeviceMac).where(col(DeviceMac.device_id) == device.id)
                ).all():
                    self._session.delete(mac)
                self._session.flush()
                self._session.delete(device)
                self._session.flush()
        except IntegrityError:
            raise CannotBeUndone(key=row.name or row.address) from None

    # --- rows ----------------------------------------------------------------------------

    def _get(self, proposal_id: str) -> Proposal:
        row = self._proposals.get(proposal_id)
        if row is None:
            raise NotFound(what="proposal", key=proposal_id)
        return row

    def _open(self, proposal_id: str) -> Proposal:
        row = self._get(proposal_id)
        if row.state is not ProposalState.open:
            raise DecidedAlready(key=row.name or row.address)
        return row

    def _decide(self, row: Proposal, state: ProposalState) -> Proposal:
        row.state, row.decided_at, row.decided_by = state, self._now, self._actor
        self._session.add(row)
        self._session.flush()
        return row
