"""Where the network and the register contradict each other, and what people said to it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum


class Contradiction(StrEnum):
    """What does not fit."""

    unknown_device = "unknown_device"  # the network shows it, the register has it not
    moved = "moved"  # at another address than registered
    wrong_school = "wrong_school"
    wrong_room = "wrong_room"
    missing = "missing"  # in service, and not seen for long
    replaced = "replaced"  # another serial number at that address
    firmware_changed = "firmware_changed"
    lifecycle = "lifecycle"  # alive, though the register has it in stock, retired, lost, gone


class ItemState(StrEnum):
    """How far a contradiction is."""

    open = "open"
    ignored = "ignored"  # until a day
    ticket = "ticket"  # somebody goes and looks
    resolved = "resolved"  # by somebody
    gone = "gone"  # by itself: the contradiction is no more


class Resolution(StrEnum):
    """What somebody said to it."""

    accept = "accept"  # the network is right: the register follows it
    correct = "correct"  # the register is brought to what somebody says
    reject = "reject"  # the register is right: leave it alone
    ticket = "ticket"
    ignore = "ignore"


class ReconciliationItem(SQLModel, table=True):
    """One contradiction: a row for as long as it lasts, and its history afterwards."""

    __tablename__ = "reconciliation_item"
    __table_args__ = (
        Index("ix_reconciliation_item_state_seen_at", "state", "seen_at"),
        Index("ix_reconciliation_item_state_kind_seen_at", "state", "kind", "seen_at"),
        Index("ix_reconciliation_item_school_code_state", "school_code", "state"),
    )

    id: str = Field(primary_key=True, max_length=20)
    #: Kind and whom it is about: one row each, however often it is found.
    key: str = Field(unique=True, max_length=100)
    kind: Contradiction = Field(sa_type=text_enum(Contradiction))
    school_code: str = Field(foreign_key="school.code", max_length=32)
    device_id: str | None = Field(default=None, max_length=20, index=True)
    #: What was found, where agents found it while looking for devices.
    proposal_id: str | None = Field(default=None, max_length=20)
    #: What the register says and what the network shows; of the same thing.
    registered: str = Field(default="", max_length=255)
    shown: str = Field(default="", max_length=255)
    #: Who saw it: ``poll``, ``discovery``, ``port``; and where: a port, an address.
    source: str = Field(default="", max_length=32)
    place: str = Field(default="", max_length=255)
    #: A room or a school that the network's word leads to.
    room_id: str | None = Field(default=None, max_length=20)
    other_school_code: str | None = Field(default=None, max_length=32)
    #: When the network showed it last.
    seen_at: datetime = Field(sa_type=UtcDateTime)
    first_at: datetime = Field(sa_type=UtcDateTime)
    state: ItemState = Field(default=ItemState.open, sa_type=text_enum(ItemState))
    ignored_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolution: Resolution | None = Field(default=None, sa_type=text_enum(Resolution))
    note: str = Field(default="", max_length=1000)
    ticket_id: str | None = Field(default=None, max_length=20)
    decided_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class KnownFirmware(SQLModel, table=True):
    """The version somebody has seen last: another one is a change to look at."""

    __tablename__ = "known_firmware"

    # No foreign key: a device that was put in service by mistake may be taken back.
    device_id: str = Field(primary_key=True, max_length=20)
    version: str
