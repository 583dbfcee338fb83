"""The catalogue: what the bureau knows of a model, whichever school has one."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from drivers.readings import Kind
from inventory.models.base import text_enum


class CatalogueModel(SQLModel, table=True):
    """One model of one vendor: how long it lasts, until when it is looked after, what it costs.

    It belongs to no school: everybody reads it, and what it says of dates and prices goes into
    every renewal plan.
    """

    __tablename__ = "catalogue_model"
    __table_args__ = (Index("uq_catalogue_model_vendor_model", "vendor", "model", unique=True),)

    id: str = Field(primary_key=True, max_length=20)
    vendor: str = Field(max_length=120)
    model: str = Field(max_length=120)
    kind: Kind = Field(default=Kind.unknown, sa_type=text_enum(Kind))
    expected_life_months: int | None = None
    end_of_sale: date | None = None
    end_of_support: date | None = None
    end_of_security_patches: date | None = None
    list_price_cny: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
    #: An attachment of this row.
    photo_attachment_id: str | None = Field(default=None, max_length=20)
