"""What becomes of a school on a date: it closes, merges, moves."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum, utc_now


class SchoolChangeKind(StrEnum):
    """Closed for good, merged into another school, or put under another bureau."""

    close = "close"
    merge = "merge"
    move = "move"


class SchoolChange(SQLModel, table=True):
    """One such step; rows are kept for ever, those of days to come can be taken back."""

    __tablename__ = "school_change"

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    kind: SchoolChangeKind = Field(sa_type=text_enum(SchoolChangeKind))
    takes_effect_on: date = Field(index=True)
    #: The school that goes on, of a merger.
    successor_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    #: The bureaus of a move, and the path before it.
    from_organisation_code: str | None = Field(default=None, max_length=32)
    to_organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", max_length=32
    )
    reason: str = Field(default="", max_length=500)
    decided_by: str | None = Field(default=None, max_length=20)
    decided_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: When it was carried out; none while its day has not come.
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
