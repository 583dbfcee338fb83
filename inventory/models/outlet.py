"""Internet outlets (出口) and backbones of a bureau's network, dated like lines."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import text_enum


class OutletKind(StrEnum):
    """Where the traffic goes."""

    internet = "internet"
    #: Between the bureau and its schools (教育城域网 / 教育专网).
    backbone = "backbone"


class Outlet(SQLModel, table=True):
    """One outlet of a city's or county's network."""

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    kind: OutletKind = Field(default=OutletKind.internet, sa_type=text_enum(OutletKind))
    provider: str = Field(max_length=200)
    circuit: str = Field(default="", max_length=200)
    down_mbps: Decimal = Field(max_digits=10, decimal_places=3)
    up_mbps: Decimal = Field(max_digits=10, decimal_places=3)
    starts_on: date | None = None
    #: Its last day.
    ends_on: date | None = None
    note: str = Field(default="", max_length=500)
