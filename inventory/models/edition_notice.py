"""Messages that tell people of schools of a draft that is open to them."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum
from inventory.models.report_delivery import SendingState


class EditionNotice(SQLModel, table=True):
    """One message, written before it is sent."""

    __tablename__ = "edition_notice"
    __table_args__ = (
        # One message a person each time a draft is opened, whichever controller thinks of it.
        UniqueConstraint("edition_id", "round", "user_id", name="uq_edition_notice_edition_id"),
        Index("ix_edition_notice_next_at", "state", "next_at"),
    )

    id: str = Field(primary_key=True, max_length=20)
    edition_id: str = Field(foreign_key="report_edition.id", max_length=20)
    round: int
    user_id: str = Field(foreign_key="app_user.id", index=True, max_length=20)
    state: SendingState = Field(default=SendingState.waiting, sa_type=text_enum(SendingState))
    attempts: int = 0
    #: Not tried before.
    next_at: datetime = Field(sa_type=UtcDateTime)
    #: When the mail server took it, or it was given up.
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: What the mail server said, or why it was not sent.
    detail: str = Field(default="", max_length=300)
