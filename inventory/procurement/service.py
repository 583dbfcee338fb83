"""Devices put in service, wherever they come from: an order, another school, a repair."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from inventory.assets.ledger import edit_device
from inventory.assets.steps import take_step
from inventory.errors import NotFound, OutOfScope
from inventory.models import Device, Lifecycle, School
from inventory.procurement.actor import Actor
from inventory.procurement.errors import ChangedSince, CustodianNeeded, NotInStock, RoomNeeded
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.receiving import ReceivingDesk
from inventory.scope import Scope

#: From these a device can be put in service.
READY = (Lifecycle.in_stock, Lifecycle.in_repair, Lifecycle.lent)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a device stands, who answers for it, and where it is in its life."""

    room_id: str | None
    custodian: str | None
    lifecycle: Lifecycle

    @classmethod
    def of(cls, device: Device) -> "Standing":
        return cls(device.room_id, device.custodian, device.lifecycle)


class ServiceDesk:
    """Where devices stand and who answers for them, by one person; flushes, never commits.

    Args:
        session: of the request.
        edits: where the person edits the ledger of devices.
        receiver: the person with the right to receive goods; ``None`` without it.
        today: the person's day, on which steps are taken.
        now: when they are written down, aware.
    """

    def __init__(
        self, session: Session, edits: Scope, receiver: Actor | None, *, today: date, now: datetime
    ) -> None:
        self._session = session
        self._edits = edits
        self._receiver = receiver
        self._today = today
        self._now = now

    def put_in_service(self, device_id: str, room_id: str | None, custodian: str) -> str | None:
        """Take a device into its room; somebody answers for it from then on.

        A piece of an order goes by the order's ledger, where its step is taken back.

        Args:
            device_id: of the device.
            room_id: of its school; ``None``: where it stands already.
            custodian: empty: who answers for it already.

        Returns:
            Id of the order by whose ledger it went; ``None``: by none.

        Raises:
            NotFound: no such device, or no such room in its school.
            OutOfScope: the person puts nothing in service at its school.
            NotInStock: it is in a state from which it cannot be put in service.
            RoomNeeded, CustodianNeeded: it has none, and none is named.
            Invalid: a name that does not fit.
        """
        device = self._device(device_id, receiving=True)
        if device.lifecycle not in READY:
            raise NotInStock(key=device.name, state=device.lifecycle)
        room = room_id or device.room_id
        who = custodian.strip() or device.custodian
        if not room:
            raise RoomNeeded(key=device.name)
        if not who:
            raise CustodianNeeded(key=device.name)
        order = self._by_order(device, room, who)
        if order is None:
            self._write(device, {"room_id": room, "custodian": who})
            self._step(device, Lifecycle.in_service, "")
        return order

    def change(self, device_id: str, wanted: Mapping[str, Any]) -> None:
        """Write the room or the custodian of a device.

        Raises:
            NotFound: no such device.
            OutOfScope: the person does not edit its ledger.
            Invalid: a value that does not fit.
        """
        self._write(self._device(device_id), wanted)

    def take_back(self, device_id: str, before: Standing, after: Standing, reason: str) -> None:
        """Bring a device back to where it stood, unless somebody has changed it since.

        Raises:
            NotFound: no such device.
            OutOfScope: the person may not change it.
            ChangedSince: it does not stand where the step had brought it.
            LifecycleTransitionRefused, Invalid: it cannot go back.
        """
        moved = before.lifecycle is not after.lifecycle
        device = self._device(device_id, receiving=moved)
        if Standing.of(device) != after:
            raise ChangedSince(key=device.name)
        self._write(device, {"room_id": before.room_id, "custodian": before.custodian})
        if moved:
            self._step(device, before.lifecycle, reason)

    def _by_order(self, device: Device, room_id: str, custodian: str) -> str | None:
        if self._receiver is None or device.lifecycle is not Lifecycle.in_stock:
            return None
        found = OrderRepository(self._session, self._receiver.scope).item_of(device.id)
        if found is None or found[1].school_code != device.school_code:
            return None
        item, order = found
        desk = ReceivingDesk(self._session, self._receiver, self._now)
        desk.put_in_service(item.id, room_id, custodian)
        return order.id

    def _step(self, device: Device, after: Lifecycle, reason: str) -> None:
        take_step(self._session, device, after, on=self._today, reason=reason, now=self._now)

    def _write(self, device: Device, wanted: Mapping[str, Any]) -> None:
        changed = {name: v for name, v in wanted.items() if getattr(device, name) != v}
        if changed:
            edit_device(self._session, device, changed)

    def _device(self, device_id: str, *, receiving: bool = False) -> Device:
        device = self._session.get(Device, device_id, with_for_update=True, populate_existing=True)
        if device is None:
            raise NotFound(what="device", key=device_id)
        path = self._session.get_one(School, device.school_code).path
        receives = receiving and self._receiver is not None and self._receiver.scope.covers(path)
        if not receives and not self._edits.covers(path):
            raise OutOfScope(key=device.name)
        return device
