"""When schools teach: terms, days off, and the days worked for them (校历)."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from inventory.models.base import text_enum


class CalendarKind(StrEnum):
    """What an entry says of its days."""

    #: Lessons are given from Monday to Friday.
    term = "term"
    #: No lessons: a statutory holiday, a sports day, a snow day.
    day_off = "day_off"
    #: Lessons on a Saturday or Sunday, for a day off elsewhere (调休).
    make_up = "make_up"
    #: The holidays of these years are all entered, though no library knows them yet.
    holidays_entered = "holidays_entered"


class BlackoutKind(StrEnum):
    """For what a line is left alone."""

    exam = "exam"
    live_lesson = "live_lesson"
    other = "other"


class CalendarEntry(SQLModel, table=True):
    """Some days of one bureau's calendar, or of one school's own."""

    __tablename__ = "calendar_entry"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
        CheckConstraint("first_day <= last_day", name="forwards"),
        Index("ix_calendar_entry_last_day", "last_day"),
    )

    id: str = Field(primary_key=True, max_length=20)
    #: For all schools below a bureau, or
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    #: for one school, whose own word counts first.
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    kind: CalendarKind = Field(sa_type=text_enum(CalendarKind))
    name: str = Field(max_length=100)
    first_day: date
    #: That day included.
    last_day: date
