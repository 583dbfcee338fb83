"""What renewal plans and shortage lists ask of every device of a city, kept ready by a job."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime


class PackedSchool(SQLModel, table=True):
    """The devices of one school as columns: see :mod:`inventory.packed.records`."""

    __tablename__ = "packed_school"

    school_code: str = Field(primary_key=True, foreign_key="school.code", max_length=32)
    devices: bytes


class PackedTime(SQLModel, table=True):
    """When schools were packed: one row, none where registers are read when they are asked."""

    __tablename__ = "packed_time"

    id: int = Field(primary_key=True)
    #: Until then every change that was noted is in the packed schools.
    at: datetime = Field(sa_type=UtcDateTime)
    #: When all schools were packed, whether anything was noted of them or not.
    every_at: datetime = Field(sa_type=UtcDateTime)
    #: Grows when a packed school becomes another.
    news: int = 0
    #: How schools are packed; a release that does it in another way packs them anew.
    form: str = Field(max_length=16)


class DeviceUsage(SQLModel, table=True):
    """How long a device is in use, counted from its readings by a job."""

    __tablename__ = "device_usage"

    device_id: str = Field(primary_key=True, foreign_key="device.id", max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True, max_length=32)
    hours_a_week: float
    counted_at: datetime = Field(sa_type=UtcDateTime)
