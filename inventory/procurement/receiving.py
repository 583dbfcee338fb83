"""Deliveries, unpacking by scan, and putting in service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from inventory.assets.numbers import stand_in_line
from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.intake.observed import clean, usable_serial
from inventory.lifecycle import move_to
from inventory.models import CatalogueModel, Device, Lifecycle, Protocol
from inventory.models.device import Acquisition
from inventory.models.procurement_order import (
    Delivery,
    DeliveryLine,
    OrderState,
    PurchaseOrder,
    ReceivedItem,
)
from inventory.models.procurement_project import ProcurementProject
from inventory.procurement.actor import Actor
from inventory.procurement.errors import (
    NotInStock,
    NumberNeeded,
    NumberTaken,
    OverDelivered,
    StepRefused,
)
from inventory.procurement.ledger import Ledger
from inventory.procurement.order_rows import LineCount, OrderRepository
from inventory.procurement.wishes import check_quantity, check_room, check_text
from inventory.repositories import DeviceRepository

MOST_AT_ONCE = 500
_MAX_NUMBER = 64
_MAX_SERIAL = 128
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Scan:
    """What was read off one piece: a serial number, an asset number, or both."""

    serial: str = ""
    asset_number: str = ""


class ReceivingDesk:
    """Steps of one person about goods that come; flushes, never commits."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        self._ledger = Ledger(session, actor, now)
        self._orders = OrderRepository(session, actor.scope)

    def deliver(
        self,
        order_id: str,
        quantities: Mapping[str, int],
        *,
        arrived_on: date,
        note_number: str = "",
    ) -> Delivery:
        """Write down what came: pieces by line of the order, some or all.

        Raises:
            NotFound: no such order, or line of it.
            StepRefused: the order is not open.
            OverDelivered: more than is still expected.
            Invalid: nothing came, or a quantity or text out of its limits.
        """
        order = self._open_order(order_id)
        counts = {count.line.id: count for count in self._orders.counts(order.id)}
        if not quantities:
            raise Invalid(field="lines", reason="0")
        for line_id, quantity in quantities.items():
            count = counts.get(line_id)
            if count is None:
                raise NotFound(what="order_line", key=line_id)
            left = count.line.quantity - count.delivered
            if check_quantity(quantity) > left:
                raise OverDelivered(key=count.of.name, wanted=quantity, left=left)
        delivery = Delivery(
            id=new_id("v"),
            order_id=order.id,
            note_number=check_text("note_number", note_number, _MAX_NUMBER, shortest=0),
            arrived_on=arrived_on,
            recorded_by=self._actor.id,
            recorded_at=self._now,
        )
        with self._ledger.step(order, "deliver", comment=delivery.note_number) as step:
            step.create(delivery)
            step.create(
                *(
                    DeliveryLine(delivery_id=delivery.id, order_line_id=line, quantity=quantity)
                    for line, quantity in quantities.items()
                )
            )
            step.rest_on(order)
        return delivery

    def receive(
        self, delivery_id: str, order_line_id: str, scans: Sequence[Scan]
    ) -> Sequence[Device]:
        """Unpack pieces of a delivery: each becomes a device in stock, known by its numbers.

        Raises:
            NotFound: no such delivery, or nothing of the line came with it.
            StepRefused: the order is accepted or cancelled.
            OverDelivered: more pieces than came with the delivery.
            NumberNeeded: a piece without a usable number.
            NumberTaken: a number that another device has, or another piece.
            Invalid: no piece, or too many at once.
        """
        delivery = self._orders.delivery(delivery_id)
        if delivery is None:
            raise NotFound(what="delivery", key=delivery_id)
        order = self._open_order(delivery.order_id, OrderState.closed)
        count = self._line(order, order_line_id)
        if not 1 <= len(scans) <= MOST_AT_ONCE:
            raise Invalid(field="items", reason=f"{len(scans)} (1-{MOST_AT_ONCE})")
        came = self._session.get(DeliveryLine, (delivery.id, order_line_id))
        if came is None:
            raise NotFound(what="order_line", key=order_line_id)
        left = came.quantity - self._unpacked(delivery.id, order_line_id)
        if len(scans) > left:
            raise OverDelivered(key=count.of.name, wanted=len(scans), left=left)
        numbers = self._numbers(scans)
        devices = [self._device(order, delivery, count, *number) for number in numbers]
        with self._ledger.step(order, "receive") as step:
            for device in devices:
                step.create(device)
                move_to(self._session, device, Lifecycle.in_stock)
                step.create(
                    ReceivedItem(
                        id=new_id("y"),
                        delivery_id=delivery.id,
                        order_line_id=order_line_id,
                        device_id=device.id,
                        received_by=self._actor.id,
                        received_at=self._now,
                    )
                )
            step.rest_on(order, delivery, count.line)
        return devices

    def put_in_service(self, item_id: str, room_id: str, custodian: str) -> Device:
        """Take a piece out of the store into its room; somebody answers for it from then on.

        Raises:
            NotFound: no such piece, or no such room in its school.
            NotInStock: it is not in the store.
            Invalid: nobody is named.
        """
        found = self._orders.item(item_id)
        if found is None:
            raise NotFound(what="item", key=item_id)
        item, order = found
        device = self._session.get_one(
            Device, item.device_id, with_for_update=True, populate_existing=True
        )
        if device.lifecycle is not Lifecycle.in_stock or device.school_code != order.school_code:
            raise NotInStock(key=device.name, state=device.lifecycle)
        room = check_room(self._session, room_id, order.school_code)
        with self._ledger.step(order, "put_in_service", comment=device.name) as step:
            step.change(device)
            device.room_id = room
            device.custodian = check_text("custodian", custodian, _MAX_NUMBER)
            move_to(self._session, device, Lifecycle.in_service)
            step.rest_on(item)
        return device

    def _open_order(self, order_id: str, *also: OrderState) -> PurchaseOrder:
        order = self._orders.to_change(order_id)
        if order is None:
            raise NotFound(what="order", key=order_id)
        if order.state not in (OrderState.placed, *also):
            raise StepRefused(key=order.number, state=order.state)
        return order

    def _line(self, order: PurchaseOrder, line_id: str) -> LineCount:
        for count in self._orders.counts(order.id):
            if count.line.id == line_id:
                return count
        raise NotFound(what="order_line", key=line_id)

    def _unpacked(self, delivery_id: str, line_id: str) -> int:
        return len(
            self._session.exec(
                select(ReceivedItem.id).where(
                    ReceivedItem.delivery_id == delivery_id,
                    ReceivedItem.order_line_id == line_id,
                )
            ).all()
        )

    def _numbers(self, scans: Sequence[Scan]) -> Sequence[tuple[str | None, str | None]]:
        """Serial and asset number of each piece, none of them anybody else's."""
        found: list[tuple[str | None, str | None]] = []
        for line, scan in enumerate(scans, 1):
            serial = usable_serial(scan.serial)
            asset = clean(scan.asset_number)
            if serial is None and asset is None:
                raise NumberNeeded(line=line, text=scan.serial)
            if len(serial or "") > _MAX_SERIAL or len(asset or "") > _MAX_NUMBER:
                raise Invalid(field="items", reason=f"{line}: {scan.serial or scan.asset_number}")
            found.append((serial, asset))
        for number in (0, 1):
            texts = [pair[number] for pair in found if pair[number] is not None]
            for text in texts:
                if texts.count(text) > 1:
                    raise NumberTaken(text=text, key=text)
        self._check_free(found)
        return found

    def _check_free(self, numbers: Sequence[tuple[str | None, str | None]]) -> None:
        stand_in_line(self._session)
        # Of the whole register: a number that a neighbour has is no less taken.
        serials = [serial for serial, _ in numbers if serial]
        assets = [asset for _, asset in numbers if asset]
        taken = self._session.exec(
            select(Device).where(
                (col(Device.serial).in_(serials) | col(Device.asset_number).in_(assets))
                & (col(Device.lifecycle) != Lifecycle.disposed)
            )
        ).first()
        if taken is not None:
            text = taken.serial if taken.serial in serials else taken.asset_number
            raise NumberTaken(text=text, key=taken.name)

    def _device(
        self,
        order: PurchaseOrder,
        delivery: Delivery,
        count: LineCount,
        serial: str | None,
        asset: str | None,
    ) -> Device:
        model = (
            self._session.get(CatalogueModel, count.of.catalogue_id)
            if count.of.catalogue_id
            else None
        )
        project = self._session.get_one(ProcurementProject, order.project_id)
        device = Device(
            id=new_id("d"),
            school_code=order.school_code,
            name=f"{count.of.name} {asset or serial}"[:100],
            kind=count.of.kind,
            vendor=model.vendor if model else None,
            model=model.model if model else None,
            serial=serial,
            asset_number=asset,
            lifecycle=Lifecycle.ordered,
            # Who puts it up says how it is watched.
            protocol=Protocol.none,
            acquisition=Acquisition.purchase,
            supplier=project.supplier,
            purchased_on=delivery.arrived_on,
            price_cny=count.line.unit_price_cny,
            warranty_until=months_later(delivery.arrived_on, count.of.warranty_months),
            catalogue_id=count.of.catalogue_id,
        )
        # Asked here, so that a school outside the scope is refused before anything is written.
        return DeviceRepository(self._session, self._actor.scope).add(device)


def months_later(start: date, months: int) -> date | None:
    """The last day of a warranty of so many months; ``None`` without one.

    Day for day, and the last day of a shorter month: 31 January and 1 month is 28 February.
    """
    if months == 0:
        return None
    years, month = divmod(start.month - 1 + months, _DECEMBER)
    for day in range(start.day, 0, -1):
        try:
            return date(start.year + years, month + 1, day)
        except ValueError:
            continue
    return None
