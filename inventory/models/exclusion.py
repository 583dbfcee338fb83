"""What a verdict leaves out by somebody's approval: stretches of time, and whole schools."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, utc_now


class MeasurementExclusion(SQLModel, table=True):
    """Time of a school, or of all below a bureau, that no verdict counts: a power cut, works.

    One person asks for it, another one approves it or declines; until then it counts for nothing.
    Every approved one is listed on the report. One that was a mistake is revoked, so that earlier
    verdicts keep their reasons.
    """

    __tablename__ = "measurement_exclusion"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
        CheckConstraint("begins_at < ends_at", name="forwards"),
    )

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    begins_at: datetime = Field(sa_type=UtcDateTime)
    #: Not included.
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)
    reason: str = Field(max_length=500)
    #: Empty of those that were entered before somebody else had to approve them.
    requested_by: str = Field(default="", max_length=100)
    requested_at: datetime | None = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: Empty until somebody else has approved it.
    approved_by: str = Field(default="", max_length=100)
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Who declined what waited, or took back what stood.
    revoked_by: str = Field(default="", max_length=100)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SchoolExemption(SQLModel, table=True):
    """Days on which a school is held against nothing: rebuilt, moved, merged."""

    __tablename__ = "school_exemption"

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True, max_length=32)
    valid_from: date
    #: Its last day; empty until further notice.
    valid_until: date | None = None
    reason: str = Field(max_length=500)
    requested_by: str = Field(default="", max_length=100)
    requested_at: datetime | None = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: Empty until somebody else has approved it.
    approved_by: str = Field(default="", max_length=100)
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    declined_by: str = Field(default="", max_length=100)
    declined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
