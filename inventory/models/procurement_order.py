"""Orders of one school under a contract, what was delivered of them, and what was unpacked."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum


class OrderState(StrEnum):
    """Where an order is; how much of it has come is counted from its deliveries."""

    placed = "placed"
    #: Nothing more comes: what was not delivered is given back to the contract.
    closed = "closed"
    accepted = "accepted"
    cancelled = "cancelled"


class PurchaseOrder(SQLModel, table=True):
    """What one school gets under one contract."""

    __tablename__ = "purchase_order"

    id: str = Field(primary_key=True, max_length=20)
    number: str = Field(unique=True, max_length=20)
    project_id: str = Field(foreign_key="procurement_project.id", index=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    state: OrderState = Field(default=OrderState.placed, sa_type=text_enum(OrderState))
    total_cny: Decimal = Field(max_digits=14, decimal_places=2)
    placed_by: str = Field(foreign_key="app_user.id", max_length=20)
    placed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    expected_on: date | None = None
    #: The acceptance of what the contract promised (履约验收).
    inspectors: str = Field(default="", max_length=200)
    conclusion: str = Field(default="", max_length=2000)
    accepted_on: date | None = None


class OrderLine(SQLModel, table=True):
    """Some pieces of one line of the contract; the price is that of the day of the order."""

    __tablename__ = "order_line"

    id: str = Field(primary_key=True, max_length=20)
    order_id: str = Field(foreign_key="purchase_order.id", index=True, max_length=20)
    position: int
    project_line_id: str = Field(foreign_key="project_line.id", index=True, max_length=20)
    room_id: str | None = Field(default=None, foreign_key="room.id", index=True)
    quantity: int
    unit_price_cny: Decimal = Field(max_digits=14, decimal_places=2)


class Delivery(SQLModel, table=True):
    """What came one day, with the supplier's note."""

    id: str = Field(primary_key=True, max_length=20)
    order_id: str = Field(foreign_key="purchase_order.id", index=True, max_length=20)
    note_number: str = Field(default="", max_length=64)
    arrived_on: date
    recorded_by: str = Field(foreign_key="app_user.id", max_length=20)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryLine(SQLModel, table=True):
    """How many pieces of a line came."""

    __tablename__ = "delivery_line"

    delivery_id: str = Field(primary_key=True, foreign_key="delivery.id", max_length=20)
    order_line_id: str = Field(primary_key=True, foreign_key="order_line.id", max_length=20)
    quantity: int


class ReceivedItem(SQLModel, table=True):
    """One piece that was unpacked and scanned: from then on it is a device."""

    __tablename__ = "received_item"

    id: str = Field(primary_key=True, max_length=20)
    delivery_id: str = Field(foreign_key="delivery.id", index=True, max_length=20)
    order_line_id: str = Field(foreign_key="order_line.id", index=True, max_length=20)
    device_id: str = Field(foreign_key="device.id", unique=True, max_length=20)
    received_by: str = Field(foreign_key="app_user.id", max_length=20)
    received_at: datetime = Field(sa_type=UtcDateTime)
