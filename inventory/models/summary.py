"""What a job has counted, so that pages over a whole city need not count it again."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime


class SchoolSummary(SQLModel, table=True):
    """One school in figures as of the last count; devices in service only."""

    __tablename__ = "school_summary"
    # Rows are written over and over in place, as long as their page has room.
    __table_args__ = {"postgresql_with": {"fillfactor": "50"}}

    school_code: str = Field(primary_key=True, foreign_key="school.code", max_length=32)
    healthy: int = 0
    off: int = 0
    degraded: int = 0
    down: int = 0
    silent: int = 0
    unknown: int = 0
    #: When the newest poll of any of its devices was taken.
    heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: The newest speed test of its line; bit/s.
    line_id: str | None = Field(default=None, max_length=20)
    tested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    download: float | None = None
    upload: float | None = None


class SummaryTime(SQLModel, table=True):
    """When everything was counted last: one row, none where nothing is to be counted ahead."""

    __tablename__ = "summary_time"

    id: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)


class DeviceSearch(SQLModel, table=True):
    """What is searched of a device, in lower case, a line each; triggers of the database keep it.

    Name, address, serial number, asset number, model, id.
    """

    __tablename__ = "device_search"

    device_id: str = Field(primary_key=True, max_length=20)
    words: str = Field(sa_column_kwargs={"server_default": text("''")})
