"""Servers that lines are tested against (测速服务器), by the bureau whose schools they are for."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import text_enum


class NetworkPath(StrEnum):
    """What a test to a server goes through, and so what it speaks of."""

    #: It stays within the education network (教育城域网): the school's access.
    inside = "inside"
    #: It crosses the outlet to the Internet (互联网出口).
    outside = "outside"


class SpeedtestServer(SQLModel, table=True):
    """A test server of a bureau's schools, dated: a past month knows where its servers were."""

    __tablename__ = "speedtest_server"

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    name: str = Field(max_length=200)
    #: Base address: ``https://…`` of LibreSpeed's protocol, or ``iperf3://host:port``.
    address: str = Field(max_length=300)
    path: NetworkPath = Field(sa_type=text_enum(NetworkPath))
    #: What it can carry, each direction; a target above it is not testable.
    capacity_mbps: Decimal | None = Field(default=None, max_digits=10, decimal_places=3)
    starts_on: date | None = None
    #: Its last day.
    ends_on: date | None = None
    note: str = Field(default="", max_length=500)
