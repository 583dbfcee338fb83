"""What people without an account told, whose labels hold, and how often somebody has asked."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime

_RATED = text("satisfaction IS NOT NULL")


class ReportLink(SQLModel, table=True):
    """How the label of a device or a room stands; without a row it is as when first printed."""

    __tablename__ = "report_link"

    #: Id of the device or of the room.
    subject_id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    #: Counts up when a new label is asked for: the ones before stop to lead anywhere.
    version: int = 0
    #: Since when no label of it leads anywhere.
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TicketReport(SQLModel, table=True):
    """One person's word about a ticket; the first one opened it, or a rule did."""

    __tablename__ = "ticket_report"
    __table_args__ = (
        # Whoever tells a thing twice has told it once.
        UniqueConstraint(
            "ticket_id", "reporter_hash", name="uq_ticket_report_ticket_id_reporter_hash"
        ),
        # Points of a period are read without what else people told.
        Index(
            "ix_ticket_report_confirmed_at",
            "confirmed_at",
            "satisfaction",
            "ticket_id",
            sqlite_where=_RATED,
            postgresql_where=_RATED,
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    room_id: str | None = Field(
        default=None, foreign_key="room.id", index=True, ondelete="SET NULL"
    )
    #: SHA-256 of what the browser shows again; tells browsers apart, not people.
    reporter_hash: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
    #: A code of ``alerts.codes.FaultKind``.
    kind: str = Field(max_length=32)
    words: str = ""
    #: Forgotten some months after the ticket is closed.
    name: str = Field(default="", max_length=40)
    phone: str = Field(default="", max_length=30)
    #: When this person said that it works again.
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: 1 (bad) to 5 (good).
    satisfaction: int | None = None
    #: The attachment that holds the signature.
    signature_id: str | None = Field(default=None, max_length=20)


class ReportAttempt(SQLModel, table=True):
    """One try to tell something; kept for the window in which it counts."""

    __tablename__ = "report_attempt"
    __table_args__ = (
        Index("ix_report_attempt_subject_at", "subject", "at"),
        Index("ix_report_attempt_address_hash_at", "address_hash", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    #: Id of what the link is about.
    subject: str = Field(max_length=20)
    address_hash: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
