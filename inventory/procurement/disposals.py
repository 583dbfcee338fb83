"""Devices that go for good (报废): appraised, approved, wiped, then disposed of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.lifecycle import TRANSITIONS, move_to
from inventory.models import Device, Lifecycle
from inventory.models.procurement_movement import (
    Disposal,
    DisposalItem,
    DisposalState,
    WipeMethod,
)
from inventory.procurement.actor import Actor
from inventory.procurement.errors import DeviceBusy, NotInStock, OwnRequest, StepRefused, StillOpen
from inventory.procurement.ledger import Ledger, take_number
from inventory.procurement.movement_rows import DisposalRepository, MovementRepository
from inventory.procurement.wishes import check_price, check_text

MOST_DEVICES = 500
_MAX_TEXT = 2_000
_MAX_APPRAISAL = 4_000
#: From these a device can be given up.
DISPOSABLE = tuple(
    state for state, ways in TRANSITIONS.items() if {Lifecycle.retired, Lifecycle.disposed} & ways
)
_S = DisposalState


class DisposalDesk:
    """Steps of one person about disposals; flushes, never commits."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        self._ledger = Ledger(session, actor, now)
        self._disposals = DisposalRepository(session, actor.scope)
        self._movements = MovementRepository(session, actor.scope)

    def propose(self, school_code: str, device_ids: Sequence[str], reason: str) -> Disposal:
        """Propose to give devices of a school up.

        Raises:
            NotFound: no such school, or a device is not its.
            OutOfScope: the school is not the person's.
            NotInStock: a device is in a state from which it cannot be retired.
            DeviceBusy: it is part of a transfer or another disposal under way.
            Invalid: no device, too many, or no reason.
        """
        self._actor.school(self._session, school_code)
        wanted = sorted(set(device_ids))
        if not 1 <= len(wanted) <= MOST_DEVICES:
            raise Invalid(field="device_ids", reason=f"{len(wanted)} (1-{MOST_DEVICES})")
        row = Disposal(
            id=new_id("z"),
            number=take_number(self._session, "BF", self._now),
            school_code=school_code,
            reason=check_text("reason", reason, _MAX_TEXT),
            created_by=self._actor.id,
            created_at=self._now,
        )
        devices = [self._free(device_id, school_code) for device_id in wanted]
        with self._ledger.step(row, "propose") as step:
            step.create(row)
            step.create(
                *(DisposalItem(disposal_id=row.id, device_id=device.id) for device in devices)
            )
        return row

    def appraise(self, disposal_id: str, appraisal: str) -> Disposal:
        """Say what a technician found: why they are past use or repair (技术鉴定).

        Raises:
            NotFound: no such disposal.
            StepRefused: it was appraised already, or has ended.
            OwnRequest: the person has proposed it.
            Invalid: nothing is said.
        """
        row = self._in_state(disposal_id, _S.proposed)
        self._other_person(row)
        with self._ledger.step(row, "appraise") as step:
            step.change(row)
            row.appraisal = check_text("appraisal", appraisal, _MAX_APPRAISAL)
            row.state = _S.appraised
        return row

    def approve(self, disposal_id: str, comment: str = "") -> Disposal:
        """Agree; the devices are retired.

        Raises:
            NotFound: no such disposal.
            StepRefused: it is not appraised, or was decided.
            OwnRequest: the person has proposed it.
            NotInStock: a device has gone another way meanwhile.
        """
        row = self._in_state(disposal_id, _S.appraised)
        self._other_person(row)
        with self._ledger.step(row, "approve", comment=comment) as step:
            step.change(row)
            row.state = _S.approved
            for _, device in self._disposals.items(row.id):
                if device.school_code != row.school_code:
                    raise NotInStock(key=device.name, state=device.lifecycle)
                step.change(device)
                if Lifecycle.disposed not in TRANSITIONS[device.lifecycle]:
                    self._check_goes(device)
                    move_to(self._session, device, Lifecycle.retired)
        return row

    def reject(self, disposal_id: str, comment: str) -> Disposal:
        """Do not agree; the devices stay as they are.

        Raises:
            NotFound: no such disposal.
            StepRefused: it was decided.
            OwnRequest: the person has proposed it.
            Invalid: without a word.
        """
        row = self._in_state(disposal_id, _S.proposed, _S.appraised)
        self._other_person(row)
        check_text("comment", comment, _MAX_TEXT)
        with self._ledger.step(row, "reject", comment=comment) as step:
            step.change(row)
            row.state = _S.rejected
        return row

    def wipe(
        self, disposal_id: str, methods: Mapping[str, WipeMethod], comment: str = ""
    ) -> Disposal:
        """Confirm for every device how its data were made unreadable.

        Those of a lost one cannot be: that is said instead, with what was done about it.

        Raises:
            NotFound: no such disposal, or a device is not in it.
            StepRefused: it is not approved, or wiped already.
            StillOpen: a device is left out.
            Invalid: a device is called lost that is not, or lost ones without a word.
        """
        row = self._in_state(disposal_id, _S.approved)
        items = self._check_complete(row, methods)
        if WipeMethod.lost in methods.values():
            check_text("comment", comment, _MAX_TEXT)
            self._check_lost(row, methods)
        with self._ledger.step(row, "wipe", comment=comment) as step:
            step.change(row, *items.values())
            for device_id, item in items.items():
                item.wipe_method = methods[device_id]
            row.state = _S.wiped
        return row

    def complete(self, disposal_id: str, residual: Mapping[str, Decimal]) -> Disposal:
        """Let the devices go, each for what it still brings in (残值), in CNY.

        Raises:
            NotFound: no such disposal, or a device is not in it.
            StepRefused: it is not wiped, or done.
            StillOpen: a device is left out.
            Invalid: no amount, a negative one, or one too large.
        """
        row = self._in_state(disposal_id, _S.wiped)
        items = self._check_complete(row, residual)
        devices = [device for _, device in self._disposals.items(row.id)]
        with self._ledger.step(row, "complete") as step:
            step.change(row, *items.values(), *devices)
            for device_id, item in items.items():
                item.residual_value_cny = check_price(residual[device_id], "residual_value_cny")
            for device in devices:
                move_to(self._session, device, Lifecycle.disposed, disposal=True)
            row.state = _S.done
        return row

    def _check_lost(self, row: Disposal, methods: Mapping[str, WipeMethod]) -> None:
        for item, device in self._disposals.items(row.id):
            said_lost = methods[item.device_id] is WipeMethod.lost
            if said_lost and device.lifecycle is not Lifecycle.lost:
                raise Invalid(field="wipe_method", reason=f"{device.name}: {device.lifecycle}")

    def _check_complete(
        self, row: Disposal, told: Mapping[str, object]
    ) -> Mapping[str, DisposalItem]:
        items = {item.device_id: item for item, _ in self._disposals.items(row.id)}
        for unknown in told.keys() - items.keys():
            raise NotFound(what="device", key=unknown)
        missing = items.keys() - told.keys()
        if missing:
            raise StillOpen(key=row.number, count=len(missing))
        return items

    def _free(self, device_id: str, school_code: str) -> Device:
        device = self._session.get(Device, device_id, with_for_update=True, populate_existing=True)
        if device is None or device.school_code != school_code:
            raise NotFound(what="device", key=device_id)
        self._check_goes(device)
        busy = self._movements.under_way_with(device.id)
        if busy is not None:
            raise DeviceBusy(key=device.name, number=busy)
        return device

    @staticmethod
    def _check_goes(device: Device) -> None:
        if device.lifecycle not in DISPOSABLE:
            raise NotInStock(key=device.name, state=device.lifecycle)

    def _other_person(self, row: Disposal) -> None:
        if row.created_by == self._actor.id:
            raise OwnRequest(key=row.number)

    def _in_state(self, disposal_id: str, *allowed: DisposalState) -> Disposal:
        row = self._disposals.to_change(disposal_id)
        if row is None:
            raise NotFound(what="disposal", key=disposal_id)
        if row.state not in allowed:
            raise StepRefused(key=row.number, state=row.state)
        return row
