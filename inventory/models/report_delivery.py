"""Reports that are sent by e-mail by themselves: of which place, to whom, and what became of it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum, utc_now


class DeliveryKind(StrEnum):
    """Of which period a report is."""

    #: The month before.
    month = "month"
    #: The calendar year before, in January.
    year = "year"


class SendingState(StrEnum):
    """What became of one message."""

    waiting = "waiting"
    #: The mail server has taken it.
    sent = "sent"
    #: The mail server refused it for good, or too often.
    failed = "failed"
    #: Not sent: whom it was for may not see the place any more, or has no address.
    skipped = "skipped"


class ReportDelivery(SQLModel, table=True):
    """A report of one place that is sent when a day of the month has come."""

    __tablename__ = "report_delivery"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
    )

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    kind: DeliveryKind = Field(sa_type=text_enum(DeliveryKind))
    #: From this day of the month on, 1 to 28.
    day: int
    #: Empty while it runs.
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Taken away; what was sent stays written down.
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    made_by: str = Field(default="", max_length=64)
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class ReportRecipient(SQLModel, table=True):
    """Somebody a report is sent to: one who logs in, so that it is known what they may see."""

    __tablename__ = "report_recipient"

    delivery_id: str = Field(primary_key=True, foreign_key="report_delivery.id", max_length=20)
    user_id: str = Field(primary_key=True, foreign_key="app_user.id", index=True, max_length=20)


class ReportSending(SQLModel, table=True):
    """One message, written before it is sent; the log of deliveries."""

    __tablename__ = "report_sending"
    __table_args__ = (
        # One message a person and period, whichever controller thinks of it.
        UniqueConstraint("delivery_id", "user_id", "period", name="uq_report_sending_delivery_id"),
        Index("ix_report_sending_next_at", "state", "next_at"),
    )

    id: str = Field(primary_key=True, max_length=20)
    delivery_id: str = Field(foreign_key="report_delivery.id", max_length=20)
    user_id: str = Field(foreign_key="app_user.id", index=True, max_length=20)
    #: First day of the period; none of a test.
    period: date | None = None
    state: SendingState = Field(default=SendingState.waiting, sa_type=text_enum(SendingState))
    attempts: int = 0
    #: Not tried before.
    next_at: datetime = Field(sa_type=UtcDateTime)
    #: When the mail server took it, or it was given up.
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: What the mail server said, or why it was not sent.
    detail: str = Field(default="", max_length=300)
