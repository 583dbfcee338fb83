"""Devices that go from one school to another, when both have agreed (调拨).

What is the device's own goes with it: its row in the register, hardware addresses, ports, parts,
neighbours, configurations, events, readings, files and the steps of its life, each of which keeps
the school it was taken at. From then on the new school's people see
all of it and the old school's people nothing, since every question about it asks where the device
is now. How it was watched stays behind and is taken off it: address, credentials, agent, the port
it hung on; so are room and custodian.

What is the old school's history stays there and keeps its school: alerts (an open one is
withdrawn, since nobody watches the device any more), tickets, orders that were given, entries of
the audit trail up to then, and the transfer itself.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from inventory.assets.attachments import attachments_of
from inventory.days import day_of
from inventory.errors import HardwareAddressTaken, Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.lifecycle import move_to
from inventory.models import Device, DeviceState, Lifecycle, Protocol
from inventory.models.device import Acquisition
from inventory.models.organisation import School
from inventory.models.procurement_movement import DeviceTransfer, TransferItem, TransferState
from inventory.procurement.actor import Actor
from inventory.procurement.errors import (
    DeviceBusy,
    NotInStock,
    SignedAlready,
    StepRefused,
)
from inventory.procurement.ledger import Ledger, Step, take_number
from inventory.procurement.movement_rows import MovementRepository, TransferRepository
from inventory.procurement.wishes import check_text
from inventory.repositories.devices import DeviceRepository
from inventory.schools.checks import check_open
from inventory.scope import Scope

MOST_DEVICES = 500
_MAX_TEXT = 2_000
#: From these a device can go to another school.
MOVABLE = (Lifecycle.in_stock, Lifecycle.in_service, Lifecycle.in_repair, Lifecycle.lent)
_S = TransferState


class TransferDesk:
    """Steps of one person about transfers; flushes, never commits."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        self._ledger = Ledger(session, actor, now)
        self._transfers = TransferRepository(session, actor.scope)
        self._movements = MovementRepository(session, actor.scope)

    def propose(
        self,
        from_school: str,
        to_school: str,
        device_ids: Sequence[str],
        reason: str,
        *,
        numbers: Sequence[str] = (),
    ) -> DeviceTransfer:
        """Propose that devices go elsewhere, from either side; one's own side has agreed by that.

        Args:
            from_school: that gives.
            to_school: that gets.
            device_ids: of the giving school.
            reason: in a few sentences.
            numbers: asset or serial numbers of more of its devices, by which the other side, who
                sees none of them in the register, knows them from their labels.

        Raises:
            NotFound: no such school, or a device is not the giving school's.
            OutOfScope: neither school is the person's.
            NotInStock: a device is in a state from which it cannot go.
            DeviceBusy: it is part of another transfer or a disposal under way.
            SchoolClosed: the school that is to get them has.
            Invalid: no device, too many, a number of several, one school only, or no reason.
        """
        giving, taking = self._school(from_school), self._receiver(to_school)
        if giving.code == taking.code:
            raise Invalid(field="to_school_code", reason=to_school)
        if not 1 <= len(device_ids) + len(numbers) <= MOST_DEVICES:
            told = f"{len(device_ids) + len(numbers)} (1-{MOST_DEVICES})"
            raise Invalid(field="device_ids", reason=told)
        side = self._side(giving, taking)
        wanted = {*device_ids, *self._numbered(giving, numbers)}
        row = DeviceTransfer(
            id=new_id("f"),
            number=take_number(self._session, "DB", self._now),
            from_school_code=giving.code,
            to_school_code=taking.code,
            reason=check_text("reason", reason, _MAX_TEXT),
            created_by=self._actor.id,
            created_at=self._now,
        )
        devices = [self._free(device_id, giving) for device_id in sorted(wanted)]
        with self._ledger.step(row, "propose", at_school=side.code) as step:
            self._agree(row, side)
            step.create(row)
            step.create(
                *(TransferItem(transfer_id=row.id, device_id=device.id) for device in devices)
            )
        return row

    def consent(self, transfer_id: str, comment: str = "") -> DeviceTransfer:
        """Agree for the school that has not agreed yet.

        Raises:
            NotFound: no such transfer.
            StepRefused: it does not wait for consent.
            OutOfScope: the other school is not the person's.
            SignedAlready: the person has agreed for the first school.
            SchoolClosed: the school that was to get the devices has.
        """
        row, waiting = self._waiting(transfer_id)
        self._receiver(row.to_school_code)
        with self._ledger.step(row, "consent", comment=comment, at_school=waiting.code) as step:
            step.change(row)
            self._agree(row, waiting)
            row.state = _S.agreed
        return row

    def refuse(self, transfer_id: str, comment: str) -> DeviceTransfer:
        """Do not agree; the transfer ends here.

        Raises:
            NotFound: no such transfer.
            StepRefused: it does not wait for consent.
            OutOfScope: the other school is not the person's.
            SignedAlready: the person has agreed for the first school.
            Invalid: without a word.
        """
        row, waiting = self._waiting(transfer_id)
        check_text("comment", comment, _MAX_TEXT)
        with self._ledger.step(row, "refuse", comment=comment, at_school=waiting.code) as step:
            step.change(row)
            row.state = _S.refused
        return row

    def complete(self, transfer_id: str, comment: str = "") -> DeviceTransfer:
        """Take the devices into the store of the school that gets them.

        Raises:
            NotFound: no such transfer.
            StepRefused: not both have agreed, or it is done.
            OutOfScope: the person receives nothing for the school that gets them.
            NotInStock: a device is not the giving school's any more, or cannot go.
            HardwareAddressTaken: the new school has a device with the same hardware address.
            SchoolClosed: the school that was to get the devices has.
        """
        row = self._row(transfer_id)
        if row.state is not _S.agreed:
            raise StepRefused(key=row.number, state=row.state)
        self._receiver(row.to_school_code)
        devices = self._transfers.devices(row.id, lock=True)
        with self._ledger.step(
            row, "complete", comment=comment, at_school=row.to_school_code
        ) as step:
            step.change(row)
            row.state = _S.done
            for device in devices:
                if device.school_code != row.from_school_code or device.lifecycle not in MOVABLE:
                    raise NotInStock(key=device.name, state=device.lifecycle)
                self._move(step, device, row.to_school_code)
        return row

    def _move(self, step: Step, device: Device, school_code: str) -> None:
        self._check_addresses(device, school_code)
        files = attachments_of(self._session, "device", device.id)
        step.change(device, *files)
        for file in files:
            file.school_code = school_code
        state = self._session.get(DeviceState, device.id)
        if state is not None:
            step.change(state)
            state.school_code, state.agent_id = school_code, None
            state.attached_device_id = state.attached_port = None
        device.school_code, device.room_id, device.custodian = school_code, None, None
        device.address = device.mqtt_client = None
        device.protocol, device.ping = Protocol.none, False
        device.credential_id = device.ssh_credential_id = device.ssh_platform = None
        device.acquisition = Acquisition.transfer
        move_to(self._session, device, Lifecycle.in_stock)

    def _check_addresses(self, device: Device, school_code: str) -> None:
        devices = DeviceRepository(self._session, Scope.everything())
        macs = devices.macs_of([device.id]).get(device.id, ())
        for other in devices.having_mac(school_code, macs):
            raise HardwareAddressTaken(key=other.name)

    def _numbered(self, giving: School, numbers: Sequence[str]) -> Sequence[str]:
        """Ids of the living devices of a school with these asset or serial numbers."""
        wanted = sorted({number.strip() for number in numbers})
        found = self._session.exec(
            select(Device).where(
                Device.school_code == giving.code,
                Device.lifecycle != Lifecycle.disposed,
                col(Device.asset_number).in_(wanted) | col(Device.serial).in_(wanted),
            )
        ).all()
        for number in wanted:
            named = sum(number in (one.asset_number, one.serial) for one in found)
            if named == 0:
                raise NotFound(what="device", key=number)
            if named > 1:
                raise Invalid(field="numbers", reason=f"{number}: {named}")
        return [one.id for one in found]

    def _free(self, device_id: str, giving: School) -> Device:
        device = self._session.get(Device, device_id, with_for_update=True, populate_existing=True)
        if device is None or device.school_code != giving.code:
            raise NotFound(what="device", key=device_id)
        if device.lifecycle not in MOVABLE:
            raise NotInStock(key=device.name, state=device.lifecycle)
        busy = self._movements.under_way_with(device.id)
        if busy is not None:
            raise DeviceBusy(key=device.name, number=busy)
        return device

    def _waiting(self, transfer_id: str) -> tuple[DeviceTransfer, School]:
        row = self._row(transfer_id)
        if row.state is not _S.proposed:
            raise StepRefused(key=row.number, state=row.state)
        if self._actor.id in (row.given_by, row.taken_by):
            raise SignedAlready(key=row.number)
        code = row.from_school_code if row.given_by is None else row.to_school_code
        school = self._session.get_one(School, code)
        self._actor.role_at(school.path)
        return row, school

    def _agree(self, row: DeviceTransfer, side: School) -> None:
        if side.code == row.from_school_code:
            row.given_by, row.given_at = self._actor.id, self._now
        else:
            row.taken_by, row.taken_at = self._actor.id, self._now

    def _side(self, giving: School, taking: School) -> School:
        for school in (giving, taking):
            if self._actor.scope.covers(school.path):
                return school
        raise OutOfScope(key=giving.code)

    def _receiver(self, code: str) -> School:
        return check_open(self._school(code), day_of(self._now))

    def _school(self, code: str) -> School:
        school = self._session.get(School, code)
        if school is None:
            raise NotFound(what="school", key=code)
        return school

    def _row(self, transfer_id: str) -> DeviceTransfer:
        row = self._transfers.to_change(transfer_id)
        if row is None:
            raise NotFound(what="transfer", key=transfer_id)
        return row
