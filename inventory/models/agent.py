"""Boxes in schools, what they may write for, and how they join."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, utc_now


class Agent(SQLModel, table=True):
    """One enrolled box. How it proves who it is: see :class:`AgentKey`."""

    id: str = Field(primary_key=True, max_length=20)
    name: str
    version: str = ""
    enrolled_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_batch_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: When it was heard again after minutes of silence; empty while it never fell silent.
    back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    spool_batches: int = Field(default=0, sa_type=BigInteger)
    spool_bytes: int = Field(default=0, sa_type=BigInteger)
    spool_dropped: int = Field(default=0, sa_type=BigInteger)
    spool_dropped_readings: int = Field(default=0, sa_type=BigInteger)
    #: Why the box's disk takes nothing; empty while it does.
    spool_fault: str = Field(default="", max_length=32)
    #: Damaged spools that lie beside the one in use.
    spool_set_aside: int = 0
    #: When the newest status was told; old batches bring old ones.
    status_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Agent's clock minus ours, seconds, as of the newest status.
    clock_skew_seconds: float = 0.0
    #: Since when statuses say that it is off by more than ``SKEW_SECONDS``; empty while it is not.
    skewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: The plan it works by, and since when.
    plan_revision: str | None = Field(default=None, max_length=64)
    plan_taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: When that plan was last made anew, the last day it is good for as far as dates go, and a
    #: digest of everything else it rests on: see ``inventory.agent_plans.basis``.
    plan_made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    plan_until: date | None = None
    plan_basis: str | None = Field(default=None, max_length=64)


class AgentKey(SQLModel, table=True):
    """The public half of a key a box made for itself.

    Two while the box changes its key: the older one goes when the newer one was first used.
    """

    __tablename__ = "agent_key"

    #: SHA-256 of the public key in base64url.
    fingerprint: str = Field(primary_key=True, max_length=43)
    agent_id: str = Field(foreign_key="agent.id", index=True, max_length=20)
    #: Ed25519, 32 bytes in base64url.
    public_key: str = Field(max_length=43)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    first_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


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
    #: The agent that redeemed it; before that the one it lets join anew, if it was made for one.
    agent_id: str | None = Field(default=None, foreign_key="agent.id", max_length=20)


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
