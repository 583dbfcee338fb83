"""Tables of what repairs take."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum
from inventory.models.money import Yuan


class ItemKind(StrEnum):
    """What an entry is about."""

    part = "part"
    labour = "labour"
    supplier = "supplier"


class SparePart(SQLModel, table=True):
    """Parts of one sort in the stock of a bureau, for every school below it."""

    __tablename__ = "spare_part"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    name: str = Field(max_length=200)
    unit_cost_cny: Decimal = Field(sa_type=Yuan)
    quantity: int = 0


class TicketItem(SQLModel, table=True):
    """One thing a repair took."""

    __tablename__ = "ticket_item"

    id: str = Field(primary_key=True, max_length=20)
    ticket_id: str = Field(foreign_key="ticket.id", index=True, max_length=20)
    kind: ItemKind = Field(sa_type=text_enum(ItemKind))
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str = Field(foreign_key="app_user.id", max_length=20)
    #: The stock a part was taken from; none where it was bought for the repair.
    part_id: str | None = Field(default=None, foreign_key="spare_part.id", max_length=20)
    #: Of the part or the supplier, or what the time went to.
    name: str = Field(max_length=200)
    #: Pieces of a part, minutes of labour, 1 of a supplier.
    quantity: int = 1
    #: Of one piece, or the supplier's bill; none where nobody knows, or it cost nothing.
    unit_cost_cny: Decimal | None = Field(default=None, sa_type=Yuan)
    #: Of a claim on the supplier's warranty.
    claim_number: str = Field(default="", max_length=64)


class TicketLink(SQLModel, table=True):
    """Two tickets that belong together; the smaller id stands first."""

    __tablename__ = "ticket_link"

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", max_length=20)
    other_id: str = Field(primary_key=True, foreign_key="ticket.id", index=True, max_length=20)


class TicketCheck(SQLModel, table=True):
    """One line of a checklist that was ticked off."""

    __tablename__ = "ticket_check"

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id", max_length=20)
    code: str = Field(primary_key=True, max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str = Field(foreign_key="app_user.id", max_length=20)
