"""Batches set aside because nothing, or not all, of them could be stored."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime


class QuarantinedBatch(SQLModel, table=True):
    """One batch that was set aside, and why; its bytes are in :class:`QuarantinedBody`."""

    __tablename__ = "quarantined_batch"

    id: str = Field(primary_key=True, max_length=20)
    #: Who brought it.
    agent_id: str = Field(foreign_key="agent.id", index=True, max_length=20)
    kept_at: datetime = Field(sa_type=UtcDateTime, index=True)
    #: Stable code of what was wrong, and the same in English.
    reason: str = Field(max_length=32)
    detail: str
    #: Bytes as it travelled.
    size: int
    #: Whether the rest of the batch was stored, and this is only what was left out.
    is_part: bool
    #: How often it was tried again, and when last.
    tries: int = 0
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Set when somebody has thrown it away; it is forgotten some days later.
    discarded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class QuarantinedBody(SQLModel, table=True):
    """The bytes of a batch that was set aside, as they travelled."""

    __tablename__ = "quarantined_body"

    batch_id: str = Field(primary_key=True, foreign_key="quarantined_batch.id", max_length=20)
    content: bytes
