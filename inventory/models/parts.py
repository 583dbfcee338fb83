"""What a device is made of and whom it is wired to, as it last said."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime


class Component(SQLModel, table=True):
    """A physical part with a life of its own: chassis, module, power supply, fan, transceiver."""

    device_id: str = Field(primary_key=True, foreign_key="device.id", max_length=20)
    #: In the device's own order, from 0.
    place: int = Field(primary_key=True)
    class_: str = Field(sa_column_kwargs={"name": "class"}, max_length=32)
    name: str | None = None
    model: str | None = None
    serial: str | None = Field(default=None, index=True)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class Neighbour(SQLModel, table=True):
    """Who is on the other end of a port, as LLDP or CDP tells it."""

    device_id: str = Field(primary_key=True, foreign_key="device.id", max_length=20)
    #: In the device's own order, from 0: a port may have several neighbours.
    place: int = Field(primary_key=True)
    local_port: str = Field(max_length=255)
    remote_name: str | None = Field(default=None, index=True)
    remote_port: str | None = None
    protocol: str = Field(max_length=16)
    seen_at: datetime = Field(sa_type=UtcDateTime)
