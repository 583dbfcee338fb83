"""What makes open pages look again."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, utc_now


class PageChange(SQLModel, table=True):
    """Something that pages show of a school was written: whoever has one open is told."""

    __tablename__ = "page_change"

    #: SQLite counts by itself only what is called INTEGER, which holds 64 bits there.
    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite")
    )
    school_code: str = Field(max_length=32)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
