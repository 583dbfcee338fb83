"""The bandwidth verdict on a school's month, as it was computed last."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime


class MonthVerdict(SQLModel, table=True):
    """One school in one month: the headline, with the figures of its worst target.

    Rates are bit/s, shares 0 to 1, latency seconds. Where a direction matters, figures are of both.
    """

    __tablename__ = "month_verdict"
    __table_args__ = (Index("ix_month_verdict_school_code", "school_code", "month"),)

    #: The first day of the month.
    month: date = Field(primary_key=True)
    school_code: str = Field(primary_key=True, foreign_key="school.code", max_length=32)
    #: A state of ``controller.compliance.states``, or ``no_target``.
    standing: str = Field(max_length=20)
    #: The worst target; empty where none is judged.
    standard: str = Field(default="", max_length=32)
    target: str = Field(default="", max_length=48)
    asked: float | None = None
    #: Of the line that was tested; else of the fastest contract.
    provider: str = Field(default="", max_length=200)
    contracted_down: float | None = None
    contracted_up: float | None = None
    median_down: float | None = None
    median_up: float | None = None
    #: What the policy's share of tests reaches.
    reached_down: float | None = None
    reached_up: float | None = None
    #: Tests of the direction in which fewer passed, and how many did.
    tests: int = 0
    passed: int = 0
    availability: float | None = None
    latency: float | None = None
    #: The 95th percentile against the contract, of the fuller direction.
    utilisation: float | None = None
    #: Codes of ``controller.compliance.results.Note``, a space between two.
    notes: str = Field(default="", max_length=600)
    #: Targets that wait for somebody's confirmation.
    pending: int = 0
    students: int = 0
    policy: str = Field(default="", max_length=100)
    method: str = Field(default="", max_length=64)
    #: SHA-256 of the school's calendar.
    calendar: str = Field(default="", max_length=64)
    computed_at: datetime = Field(sa_type=UtcDateTime)
    #: Computed when the month and the days for late batches were over.
    is_final: bool = False
    #: When a report took it over; nothing but another report writes it then.
    frozen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: The edition that did; empty of those that were frozen before this was noted.
    edition_id: str | None = Field(default=None, max_length=20)


class MonthTargetVerdict(SQLModel, table=True):
    """One target of one school in one month; states of findings are those of the headline's."""

    __tablename__ = "month_target_verdict"
    __table_args__ = (Index("ix_month_target_verdict_school_code", "school_code", "month"),)

    month: date = Field(primary_key=True)
    school_code: str = Field(primary_key=True, foreign_key="school.code", max_length=32)
    standard: str = Field(primary_key=True, max_length=32)
    version: int = Field(primary_key=True)
    target: str = Field(primary_key=True, max_length=48)
    #: SHA-256 of the standard's document.
    fingerprint: str = Field(max_length=64)
    measure: str = Field(max_length=32)
    asked: float | None = None
    state: str = Field(max_length=20)
    provisioned: str = Field(max_length=20)
    #: ``None`` where the target does not ask for that direction.
    delivered_down: str | None = Field(default=None, max_length=20)
    delivered_up: str | None = Field(default=None, max_length=20)
    available: str = Field(max_length=20)
    contracted_down: float | None = None
    contracted_up: float | None = None
    median_down: float | None = None
    median_up: float | None = None
    reached_down: float | None = None
    reached_up: float | None = None
    tests_down: int = 0
    tests_up: int = 0
    passed_down: int = 0
    passed_up: int = 0
    notes: str = Field(default="", max_length=600)
