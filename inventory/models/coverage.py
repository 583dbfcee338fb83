"""Dated figures of schools, and which campus programmes they have been recognised in."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum


class CampusProgramme(StrEnum):
    """What a school can be recognised as (创建认定)."""

    digital_campus = "digital_campus"
    digital_kindergarten = "digital_kindergarten"
    smart_campus = "smart_campus"
    #: Informatisation of management (管理信息化), in levels.
    management = "management"


class Recognition(SQLModel, table=True):
    """One school in one programme, from a day on."""

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    programme: CampusProgramme = Field(sa_type=text_enum(CampusProgramme))
    #: 1 is the lowest; ``None`` where the programme knows no levels.
    level: int | None = None
    recognised_on: date
    #: Its last day; without one it is good until somebody withdraws it.
    ends_on: date | None = None
    #: The notice it was published in (文号).
    document: str = Field(default="", max_length=200)


class SchoolMeasure(SQLModel, table=True):
    """One figure of one school as it stood when that month was counted last."""

    __tablename__ = "school_measure"
    __table_args__ = (Index("ix_school_measure_month_measure", "month", "measure"),)

    school_code: str = Field(primary_key=True, foreign_key="school.code", max_length=32)
    #: The first day of the month.
    month: date = Field(primary_key=True)
    #: One of ``inventory.standards.model.Measure``.
    measure: str = Field(primary_key=True, max_length=32)
    numerator: int
    denominator: int
    #: Cases of which nobody knows whether they count.
    unknown: int = 0
    #: One of ``inventory.coverage.tally.Stand``: the worst under the targets that were bound to
    #: the school when it was counted; ``None`` where there was none.
    stand: str | None = Field(default=None, max_length=16)
    counted_at: datetime = Field(sa_type=UtcDateTime)
