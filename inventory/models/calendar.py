"""When schools teach: terms, days off, hours of a day, times without tests (校历).

Rows are never deleted: one that was a mistake is taken away with ``removed_at`` and may come back,
and each says what it said before its last change, so that the change can be undone.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum
from inventory.models.organisation import Stage


class CalendarKind(StrEnum):
    """What an entry says of its days."""

    #: Lessons are given by the hours of the week.
    term = "term"
    #: No lessons: a statutory holiday, a sports day, a snow day.
    day_off = "day_off"
    #: Lessons on a Saturday, a Sunday or a statutory holiday, for a day off elsewhere (调休).
    make_up = "make_up"
    #: The holidays of these years are all entered, though they are not in the library yet.
    holidays_entered = "holidays_entered"


class BlackoutKind(StrEnum):
    """For what a line is left alone."""

    exam = "exam"
    live_lesson = "live_lesson"
    other = "other"


class CalendarRow(SQLModel):
    """What all rows of calendars have: whose they are, and who has said so."""

    id: str = Field(primary_key=True, max_length=20)
    #: For all schools below a bureau, or
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    #: for one school, whose own word counts first.
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    #: Of a bureau's row: for schools of that stage alone.
    stage: Stage | None = Field(default=None, sa_type=text_enum(Stage))
    #: The login of who said so, or changed it last; empty where nobody is known.
    entered_by: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    entered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: What it said before its last change: a JSON object by columns; none of a new one.
    previous: str | None = None
    revision: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})


class CalendarEntry(CalendarRow, table=True):
    """Some days of one bureau's calendar, or of one school's own."""

    __tablename__ = "calendar_entry"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
        CheckConstraint("first_day <= last_day", name="forwards"),
        Index("ix_calendar_entry_last_day", "last_day"),
    )

    kind: CalendarKind = Field(sa_type=text_enum(CalendarKind))
    name: str = Field(max_length=100)
    first_day: date
    #: That day included.
    last_day: date
    #: By which weekday's hours make-up days are taught: 1 Monday to 7 Sunday.
    follows: int | None = None


class CalendarHours(CalendarRow, table=True):
    """School hours by weekday, from a day on; what it leaves out the next owner above says."""

    __tablename__ = "calendar_hours"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
    )

    first_day: date
    #: Of Monday to Sunday the spans of lessons, in minutes: a JSON array of seven arrays of pairs.
    lessons: str | None = None
    #: The same of the evenings at schools whose students board (寄宿晚自习).
    evenings: str | None = None
    #: Whether students board.
    boards: bool | None = None


class CalendarBlackout(CalendarRow, table=True):
    """Hours in which no line is tested and whose minutes do not count."""

    __tablename__ = "calendar_blackout"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
        CheckConstraint("first_day <= last_day", name="forwards"),
        CheckConstraint("begins_at < ends_at", name="hours_forwards"),
        Index("ix_calendar_blackout_last_day", "last_day"),
    )

    kind: BlackoutKind = Field(sa_type=text_enum(BlackoutKind))
    name: str = Field(max_length=100)
    first_day: date
    #: That day included.
    last_day: date
    #: On which weekdays, such as ``135`` (1 Monday to 7 Sunday); empty for every day.
    weekdays: str = Field(default="", max_length=7)
    #: Minutes of each of those days, from and until.
    begins_at: int
    ends_at: int
