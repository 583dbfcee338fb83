"""Internet lines (线路台账)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import text_enum


class Medium(StrEnum):
    """What the line is made of; some plans demand fibre."""

    fibre = "fibre"
    copper = "copper"
    wireless = "wireless"
    satellite = "satellite"


class Line(SQLModel, table=True):
    """One Internet or education-network line of a school."""

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    provider: str
    circuit: str = ""
    medium: Medium = Field(default=Medium.fibre, sa_type=text_enum(Medium))
    down_mbps: Decimal = Field(max_digits=10, decimal_places=3)
    up_mbps: Decimal = Field(max_digits=10, decimal_places=3)
    starts_on: date | None = None
    ends_on: date | None = None
    yearly_fee_cny: Decimal | None = Field(default=None, max_digits=12, decimal_places=2)
    hotline: str = ""
    #: Where it arrives: a port of a device in the inventory.
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True)
    port_name: str | None = None
