"""What is on order, as the list of shortages tells it."""

from datetime import date

from sqlmodel import Session

from drivers.readings import Kind
from inventory.models import Device, EquipmentBasis, EquipmentRule, Lifecycle
from inventory.procurement.order_rows import OrderRepository
from inventory.shortages.counting import survey
from inventory.shortages.standards import save_rule
from tests.inventory.procurement.bureau import (
    ALL,
    NEIGHBOUR,
    PRIMARY,
    SHOPPER,
    TODAY,
    Steps,
    found,
)


def told(session: Session) -> tuple[int, int, int]:
    """Owned, ordered and missing at the school that buys."""
    rows = survey(session, ALL, TODAY)
    (one,) = [one for one in rows.rows(rows.all("多媒体教学平台")) if one.school.code == PRIMARY]
    assert len(rows.all("x")) == 0
    kinds = rows.ordered("多媒体教学平台", "配备标准").get(PRIMARY, frozenset())
    orders = OrderRepository(session, ALL)
    behind = sum(one.pieces for one in orders.coming(kinds))
    behind += sum(pieces for _school, _kind, pieces in orders.registered_as_ordered(kinds))
    assert behind == one.ordered, "the list behind the sum makes it up"
    return one.owned, one.ordered, one.missing


def test_pieces_are_on_order_until_they_are_unpacked(session: Session) -> None:
    found(session)
    steps = Steps(session)
    rule = EquipmentRule(
        id="",
        standard="配备标准",
        item="多媒体教学平台",
        basis=EquipmentBasis.school,
        kinds="whiteboard",
        quantity=10,
        valid_from=date(2026, 1, 1),
    )
    save_rule(session, ALL, rule)
    project = steps.contracted(20)
    assert told(session) == (0, 0, 10)
    order = steps.order(project, 6)
    steps.orders(SHOPPER).cancel(steps.order(project, 3).id, "重复")
    assert told(session) == (0, 6, 10)

    delivery = steps.deliver(order, 4)
    steps.unpack(order, delivery, "SN-500", "SN-501", "SN-502")
    assert told(session) == (3, 3, 7)
    steps.orders(SHOPPER).close(order.id, "厂家停产")
    assert told(session) == (3, 1, 7)
    for number, personal in enumerate((False, True)):
        session.add(
            Device(
                id=f"d-{number}",
                school_code=PRIMARY,
                name="一体机",
                kind=Kind.whiteboard,
                lifecycle=Lifecycle.ordered,
                is_personal=personal,
            )
        )
    session.flush()
    assert told(session) == (3, 2, 7)
    assert sum(one.ordered for one in survey(session, NEIGHBOUR.scope, TODAY).totals()) == 0
