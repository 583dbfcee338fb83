"""What orders, deliveries and what is received look like over the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from controller.api.procurement_schemas import Body, EntryOut, Id, Line, Pieces, Text, WordIn
from controller.api.schemas import Schema
from drivers.readings import Kind
from inventory.models import Lifecycle, OrderState
from inventory.procurement.receiving import MOST_AT_ONCE
from inventory.procurement.wishes import MOST_LINES


class OrderLineIn(Body):
    """Pieces of one line of the contract."""

    project_line_id: Id
    quantity: Pieces
    room_id: Id | None = None


class OrderIn(WordIn):
    """An order for one school."""

    project_id: Id
    school_code: Annotated[str, Field(max_length=32)]
    lines: list[OrderLineIn] = Field(min_length=1, max_length=MOST_LINES)
    expected_on: date | None = None


class DeliveredIn(Body):
    """Pieces of one line that came."""

    order_line_id: Id
    quantity: Pieces


class DeliveryIn(Body):
    """What came one day."""

    arrived_on: date
    note_number: Line = ""
    lines: list[DeliveredIn] = Field(min_length=1, max_length=MOST_LINES)


class ScanIn(Body):
    """What was read off one piece."""

    serial: Line = ""
    asset_number: Line = ""


class ReceiveIn(Body):
    """Pieces of one line that are unpacked, all or none."""

    order_line_id: Id
    items: list[ScanIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ServiceIn(Body):
    """Where a piece goes, and who answers for it."""

    room_id: Id
    custodian: Line


class AcceptOrderIn(Body):
    """The acceptance of an order (履约验收)."""

    inspectors: Line
    conclusion: Text
    accepted_on: date


class OrderOut(Schema):
    """One order; amounts are there for those who read prices."""

    id: str
    number: str
    project_id: str
    school_code: str
    school_name: str
    state: OrderState
    total_cny: Decimal | None
    placed_at: datetime
    expected_on: date | None
    inspectors: str
    conclusion: str
    accepted_on: date | None


class OrderLineOut(Schema):
    """Pieces of one line: ordered, delivered, unpacked."""

    id: str
    name: str
    kind: Kind
    room_id: str | None
    quantity: int
    delivered: int
    received: int
    unit_price_cny: Decimal | None


class DeliveryOut(Schema):
    """What came one day."""

    id: str
    note_number: str
    arrived_on: date
    recorded_by: str
    recorded_at: datetime
    lines: dict[str, int]


class ItemOut(Schema):
    """One unpacked piece and the device it is."""

    id: str
    order_line_id: str
    delivery_id: str
    device_id: str
    name: str
    serial: str | None
    asset_number: str | None
    lifecycle: Lifecycle
    room_id: str | None
    custodian: str | None


class OrderDetail(OrderOut):
    """One order with what has come of it and every step."""

    lines: list[OrderLineOut]
    deliveries: list[DeliveryOut]
    items: list[ItemOut]
    entries: list[EntryOut]
