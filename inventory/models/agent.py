"""Boxes in schools, what they may write for, and how they join."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, utc_now


class Agent(SQLModel, table=True):
    """One enrolled box. Only a SHA-256 of its secret is kept."""

    id: str = Field(primary_key=True, max_length=20)
    name: str
    secret_hash: str = Field(unique=True, index=True, max_length=64)
    version: str = ""
    enrolled_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_batch_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    spool_batches: int = Field(default=0, sa_type=BigInteger)
    spool_bytes: int = Field(default=0, sa_type=BigInteger)
    spool_dropped: int = Field(default=0, sa_type=BigInteger)
    #: Agent's clock minus ours, seconds, as of the last batch.
    clock_skew_seconds: float = 0.0
    #: The plan it works by, and since when.
    plan_revision: str | None = Field(default=None, max_length=64)
    plan_taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AgentSchool(SQLModel, table=True):
    """A school an agent is authorised to write for."""

    __tablename__ = "agent_school"

    agent_id: str = Field(primary_key=True, foreign_key="agent.id", max_length=20)
    school_code: str = Field(primary_key=True, foreign_key="school.code", index=True, max_length=32)


class EnrolmentToken(SQLModel, table=True):
    """A one-time invitation, bound to schools; only its hash is kept."""

    __tablename__ = "enrolment_token"

    token_hash: str = Field(primary_key=True, max_length=64)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EnrolmentTokenSchool(SQLModel, table=True):
    """A school the agent that redeems the token will be authorised for."""

    __tablename__ = "enrolment_token_school"

    token_hash: str = Field(
        primary_key=True, foreign_key="enrolment_token.token_hash", max_length=64
    )
    school_code: str = Field(primary_key=True, foreign_key="school.code", index=True, max_length=32)


class Broker(SQLModel, table=True):
    """An MQTT broker in a school network that its agent listens to."""

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    url: str
    username: str | None = None
    #: Sealed, as is the key.
    password_secret: str | None = None
    #: PEM: whom to trust instead of the system's authorities, and what the agent shows of itself.
    ca: str | None = None
    certificate: str | None = None
    key_secret: str | None = None
    discovery_prefix: str = "homeassistant"
    #: Publish Home Assistant's birth message, for devices that wait for it.
    announce: bool = False
