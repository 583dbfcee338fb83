"""What comes is counted, scanned, and becomes devices; what was scanned stands in the store."""

from datetime import date
from decimal import Decimal

import pytest

from drivers.readings import Kind
from inventory.errors import Invalid, NotFound
from inventory.models import Device, Lifecycle, Protocol, Room
from inventory.models.device import Acquisition
from inventory.procurement.errors import NotInStock, NumberNeeded, NumberTaken, OverDelivered
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.receiving import Scan, months_later
from tests.inventory.procurement.bureau import (
    ALL,
    JUNIOR,
    PRIMARY,
    TECHNICIAN,
    TODAY,
    Steps,
    at,
)


def test_deliveries_come_in_parts_and_never_exceed_the_order(steps: Steps) -> None:
    order = steps.order(steps.contracted(10), 5)
    steps.deliver(order, 3)
    with pytest.raises(OverDelivered) as refused:
        steps.deliver(order, 3)
    assert refused.value.arguments["left"] == 2
    steps.deliver(order, 2)

    [count] = OrderRepository(steps.session, ALL).counts(order.id)
    assert (count.delivered, count.received) == (5, 0)


def test_what_is_scanned_is_a_device_in_stock_with_its_papers(steps: Steps) -> None:
    order = steps.order(steps.contracted(10), 2)
    delivery = steps.deliver(order, 2)

    [device] = steps.unpack(order, delivery, "SN-7001")

    assert device.lifecycle is Lifecycle.in_stock
    assert (device.school_code, device.kind, device.serial) == (PRIMARY, Kind.whiteboard, "SN-7001")
    assert device.acquisition is Acquisition.purchase
    assert (device.supplier, device.purchased_on) == ("某公司", TODAY)
    assert device.price_cny == Decimal("1000.00")
    assert device.protocol is Protocol.none
    assert OrderRepository(steps.session, TECHNICIAN.scope).stock(PRIMARY) == {Kind.whiteboard: 1}


def test_no_more_pieces_are_scanned_than_came(steps: Steps) -> None:
    order = steps.order(steps.contracted(10), 5)
    delivery = steps.deliver(order, 2)
    with pytest.raises(OverDelivered):
        steps.unpack(order, delivery, "SN-1", "SN-2", "SN-3")
    steps.unpack(order, delivery, "SN-12", "SN-23")
    with pytest.raises(OverDelivered):
        steps.unpack(order, delivery, "SN-34")


@pytest.mark.parametrize("serial", ["", "0000000", "To be filled by O.E.M."])
def test_a_piece_without_a_usable_number_is_refused(steps: Steps, serial: str) -> None:
    order = steps.order(steps.contracted(10), 1)
    delivery = steps.deliver(order, 1)
    with pytest.raises(NumberNeeded):
        steps.unpack(order, delivery, serial)

    [device] = steps.receiving(TECHNICIAN).receive(
        delivery, steps.line_of(order), [Scan(serial, "ZC-2026-1")]
    )
    assert (device.serial, device.asset_number) == (None, "ZC-2026-1")


def test_a_number_that_somebody_has_is_refused_and_nothing_is_received(steps: Steps) -> None:
    steps.session.add(Device(id="d-old", school_code=JUNIOR, name="旧", serial="SN-1"))
    steps.session.flush()
    order = steps.order(steps.contracted(10), 3)
    delivery = steps.deliver(order, 3)

    with pytest.raises(NumberTaken):
        steps.unpack(order, delivery, "SN-9", "SN-1")
    with pytest.raises(NumberTaken):
        steps.unpack(order, delivery, "SN-9", "SN-9")
    assert not OrderRepository(steps.session, ALL).items(order.id)


def test_a_device_goes_from_the_store_into_a_room_of_its_school_once(steps: Steps) -> None:
    order = steps.order(steps.contracted(10), 1)
    steps.unpack(order, steps.deliver(order, 1), "SN-55")
    [(item, device)] = OrderRepository(steps.session, ALL).items(order.id)
    desk = steps.receiving(TECHNICIAN)
    with pytest.raises(NotFound):
        desk.put_in_service(item.id, f"r-{JUNIOR}", "张老师")
    with pytest.raises(Invalid):
        desk.put_in_service(item.id, f"r-{PRIMARY}", "")

    desk.put_in_service(item.id, f"r-{PRIMARY}", "张老师")

    assert device.lifecycle is Lifecycle.in_service
    assert (device.room_id, device.custodian) == (f"r-{PRIMARY}", "张老师")
    assert OrderRepository(steps.session, ALL).stock(PRIMARY) == {}
    with pytest.raises(NotInStock):
        desk.put_in_service(item.id, f"r-{PRIMARY}", "张老师")


def test_a_technician_of_another_school_receives_nothing_here(steps: Steps) -> None:
    order = steps.order(steps.contracted(10), 1)
    delivery = steps.deliver(order, 1)
    stranger = at("/33/3304/JUNIOR/", "technician", TECHNICIAN.grants[0][0], TECHNICIAN.right)

    with pytest.raises(NotFound):
        steps.receiving(stranger).receive(delivery, steps.line_of(order), [Scan("SN-1X")])
    assert OrderRepository(steps.session, stranger.scope).stock(PRIMARY) == {}
    assert steps.session.get(Room, f"r-{PRIMARY}") is not None


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 9, 1), 36, date(2029, 9, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 1), 0, None),
    ],
)
def test_a_warranty_ends_so_many_months_later(start: date, months: int, end: date | None) -> None:
    assert months_later(start, months) == end
