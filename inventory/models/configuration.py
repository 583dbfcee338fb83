"""Versions of what devices run by."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime


class ConfigurationText(SQLModel, table=True):
    """The text of a configuration, secrets masked; equal texts are kept once."""

    __tablename__ = "configuration_text"

    #: SHA-256 of the text in UTF-8, hex.
    digest: str = Field(primary_key=True, max_length=64)
    #: The text in UTF-8, compressed with zstd.
    content: bytes
    lines: int


class DeviceConfiguration(SQLModel, table=True):
    """A device ran by this text from ``taken_at`` until the next version, as far as was seen."""

    __tablename__ = "device_configuration"
    __table_args__ = (Index("ix_device_configuration_device_id_taken_at", "device_id", "taken_at"),)

    #: Made of device, time and digest, so that a report sent twice makes it once.
    id: str = Field(primary_key=True, max_length=40)
    device_id: str = Field(foreign_key="device.id", max_length=20)
    #: The device's school at that time; who sees the version goes by where the device is now.
    school_code: str = Field(foreign_key="school.code", index=True)
    digest: str = Field(foreign_key="configuration_text.digest", index=True, max_length=64)
    taken_at: datetime = Field(sa_type=UtcDateTime)
    #: When the device was last seen to run by it.
    seen_at: datetime = Field(sa_type=UtcDateTime)
    #: Lines that came and went since the version before.
    added: int = 0
    removed: int = 0
    #: When somebody said that the device is to run by it, and the login of who did.
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_by: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
