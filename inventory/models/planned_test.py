"""Speed tests that the controller has planned, and what has become of them."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, Index, false
from sqlmodel import Field, SQLModel

from inventory.models.base import text_enum


class PlannedState(StrEnum):
    """What has become of a planned test."""

    #: Its time is to come, or its result may still be on its way.
    planned = "planned"
    #: A result came that says something of the line.
    made = "made"
    #: No result, or one that says nothing of the line (server fault, box cut off).
    missed = "missed"


class PlannedTest(SQLModel, table=True):
    """A line is to be tested at one moment."""

    __tablename__ = "planned_test"
    __table_args__ = (
        Index("ix_planned_test_at", "at"),
        Index("ix_planned_test_school_code_at", "school_code", "at"),
    )

    line_id: str = Field(primary_key=True, max_length=20, foreign_key="line.id", ondelete="CASCADE")
    #: Milliseconds since 1970, UTC.
    at: int = Field(primary_key=True, sa_type=BigInteger)
    school_code: str = Field(foreign_key="school.code", max_length=32)
    #: 0: of the schedule; else how often it has been followed up.
    attempt: int = 0
    #: The moment of the schedule that a follow-up stands for; 0 of the schedule itself.
    stands_for: int = Field(default=0, sa_type=BigInteger)
    state: PlannedState = Field(default=PlannedState.planned, sa_type=text_enum(PlannedState))
    #: Outcome of the test (``drivers.readings.LineTestOutcome``), when one came.
    outcome: int | None = None
    #: It crosses the outlet to the Internet; else it stays within the education network.
    outside: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class LineSchedule(SQLModel, table=True):
    """A line whose tests the controller plans; one without is tested on its agent's own clock."""

    __tablename__ = "line_schedule"

    line_id: str = Field(primary_key=True, max_length=20, foreign_key="line.id", ondelete="CASCADE")
    school_code: str = Field(foreign_key="school.code", index=True, max_length=32)
    #: The last day of which every test is planned, be it none.
    planned_until: date
