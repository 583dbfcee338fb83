"""Where agents look for devices in a school, and what they came across."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from drivers.readings import Kind
from inventory.models.base import UtcDateTime, text_enum


class ProposalState(StrEnum):
    """What somebody, or a rule, said to a device that was found."""

    open = "open"
    accepted = "accepted"
    rejected = "rejected"


class Match(StrEnum):
    """What the register knows of a device that was found."""

    new = "new"  # nothing
    moved = "moved"  # the device, at another address
    replaced = "replaced"  # another device at this address
    known = "known"  # this device at this address


class DiscoverySettings(SQLModel, table=True):
    """How devices are looked for in one school. Lists are JSON arrays."""

    __tablename__ = "discovery_settings"

    school_code: str = Field(primary_key=True, foreign_key="school.code", max_length=32)
    enabled: bool = True
    every_seconds: float = 86_400.0
    packets_per_second: float = 150.0
    crawl: bool = True
    #: Addresses of devices whose neighbours are asked for besides those of known ones.
    seeds: str = "[]"
    #: UDP ports where SNMP is looked for.
    ports: str = "[161]"
    #: Kinds that are accepted without asking where a credential worked; none: ask always.
    accept_kinds: str = "[]"


class DiscoveryRange(SQLModel, table=True):
    """One network that is looked through, or left alone."""

    __tablename__ = "discovery_range"

    school_code: str = Field(primary_key=True, foreign_key="school.code", max_length=32)
    #: CIDR in its usual form.
    network: str = Field(primary_key=True, max_length=49)
    #: Whether hosts that answer nothing but pings are proposed, too.
    hosts: bool = False
    #: Never sent anything, whatever other ranges say.
    excluded: bool = False
    note: str = ""


class Proposal(SQLModel, table=True):
    """A device that was found, and what became of it; newest ``found_at`` wins."""

    __table_args__ = (
        Index("uq_proposal_school_code_address", "school_code", "address", unique=True),
        Index("ix_proposal_school_code_state", "school_code", "state"),
        Index("ix_proposal_state_first_found_at", "state", "first_found_at", "address"),
    )

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code")
    #: IP address, or the id it announces itself under on a broker.
    address: str = Field(max_length=255)
    state: ProposalState = Field(default=ProposalState.open, sa_type=text_enum(ProposalState))
    match: Match = Field(default=Match.new, sa_type=text_enum(Match))
    #: The device it is (moved), the one it seems to replace, or the one it became.
    device_id: str | None = Field(default=None, foreign_key="device.id", max_length=20)
    first_found_at: datetime = Field(sa_type=UtcDateTime)
    found_at: datetime = Field(sa_type=UtcDateTime)
    agent_id: str | None = Field(default=None, foreign_key="agent.id", max_length=20)
    how: str = Field(max_length=32)
    protocol: str = Field(max_length=32)
    port: int = 161
    #: Of the school's or shared ones, the one that worked.
    credential_id: str | None = Field(default=None, foreign_key="credential.id", max_length=20)
    driver: str | None = None
    mac: str | None = Field(default=None, max_length=12)
    seen_from: str | None = None
    kind: Kind = Field(default=Kind.unknown, sa_type=text_enum(Kind))
    vendor: str | None = None
    model: str | None = None
    serial: str | None = Field(default=None, index=True)
    version: str | None = None
    name: str | None = None
    description: str | None = None
    location: str | None = None
    object_id: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Who decided; none where a rule did.
    decided_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    #: What must be known to take an acceptance back: a JSON object.
    undo: str = "{}"
