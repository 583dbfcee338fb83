"""Tables of what repairs take."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum
from inventory.models.money import Yuan


class ItemKind(StrEnum):
    """What an entry is about."""

    part = "part"
    labour = "labour"
    supplier = "supplier"


class StockStep(StrEnum):
    """Why the number of a part in the stock changed."""

    opened = "opened"
    received = "received"
    counted = "counted"
    used = "used"
    put_back = "put_back"


class SparePart(SQLModel, table=True):
    """Parts of one sort in the stock of a bureau, for every school below it, or of one school."""

    __tablename__ = "spare_part"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    #: The school of that bureau that keeps them for itself alone.
    school_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    name: str = Field(max_length=200)
    unit_cost_cny: Decimal = Field(sa_type=Yuan)
    quantity: int = 0
    #: With so many left, or fewer, more are to be bought; 0: nobody is reminded.
    low_mark: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    #: Where they lie, in the words of who keeps them.
    shelf: str = Field(default="", max_length=100, sa_column_kwargs={"server_default": ""})
    #: Not kept any more; its story stays.
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Counts what people say of it, not how many there are.
    revision: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})

    @property
    def is_low(self) -> bool:
        return self.low_mark > 0 and self.quantity <= self.low_mark


class StockEntry(SQLModel, table=True):
    """One change of how many there are of a part; never changed, never deleted."""

    __tablename__ = "stock_entry"

    id: int | None = Field(default=None, primary_key=True)
    part_id: str = Field(foreign_key="spare_part.id", index=True, max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    step: StockStep = Field(sa_type=text_enum(StockStep))
    #: How many more, or with a minus how many fewer; and how many there were then.
    change: int
    quantity: int
    ticket_id: str | None = Field(default=None, foreign_key="ticket.id", max_length=20)
    note: str = Field(default="", max_length=200)


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
