"""Maintenance and silences. Neither is ever deleted: what was quiet keeps its reason."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, utc_now


class MaintenanceWindow(SQLModel, table=True):
    """A time in which a place is worked on: what fails there is told of afterwards, if it still is.

    Of a bureau's schools, a school, one of its rooms, or one of its devices. Without ``weekdays``
    it is one stretch from ``begins_at`` to ``ends_at``; with them it is, between the two, the
    stretch of each of these days in Beijing time.
    """

    __tablename__ = "maintenance_window"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_place"),
        CheckConstraint("room_id IS NULL OR device_id IS NULL", name="room_or_device"),
        CheckConstraint(
            "school_code IS NOT NULL OR (room_id IS NULL AND device_id IS NULL)",
            name="parts_of_a_school",
        ),
        CheckConstraint("begins_at < ends_at", name="window_forwards"),
    )

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    room_id: str | None = Field(default=None, foreign_key="room.id", index=True, max_length=20)
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True, max_length=20)
    begins_at: datetime = Field(sa_type=UtcDateTime)
    #: Not included.
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)
    #: Digits, 1 is Monday; empty for one stretch.
    weekdays: str = Field(default="", max_length=7)
    #: Minutes of the day, only with weekdays; an end that is not after the beginning is the next
    #: day's.
    from_minute: int | None = None
    until_minute: int | None = None
    reason: str = Field(max_length=500)
    entered_by: str = Field(max_length=100)
    entered_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: When somebody ended it early, or undid it.
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str = Field(default="", max_length=100)
    #: It was entered by mistake: it counts for nothing.
    is_undone: bool = False


class Silence(SQLModel, table=True):
    """For a while nobody wants to hear of a fault: of a device or line, or anywhere in a school."""

    __tablename__ = "silence"
    __table_args__ = (
        CheckConstraint("device_id IS NULL OR line_id IS NULL", name="device_or_line"),
        CheckConstraint("begins_at < ends_at", name="silence_forwards"),
    )

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True, max_length=32)
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True, max_length=20)
    line_id: str | None = Field(default=None, foreign_key="line.id", index=True, max_length=20)
    #: Name of the fault; empty for all.
    rule: str = Field(default="", max_length=64)
    begins_at: datetime = Field(sa_type=UtcDateTime)
    #: Not included.
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)
    reason: str = Field(max_length=500)
    entered_by: str = Field(max_length=100)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str = Field(default="", max_length=100)
