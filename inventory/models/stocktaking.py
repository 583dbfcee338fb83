"""Stock-taking: what should stand where, and what people with phones found there."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from drivers.readings import Kind
from inventory.models.base import UtcDateTime, text_enum


class CampaignState(StrEnum):
    """How far a campaign is."""

    counting = "counting"
    finished = "finished"  # nothing is counted any more; differences are decided
    signed = "signed"


class Found(StrEnum):
    """What a count says of one device."""

    found = "found"  # in its room
    wrong_place = "wrong_place"
    missing = "missing"
    unknown = "unknown"  # a label that the register does not have
    not_counted = "not_counted"  # nobody was in its room


class Decision(StrEnum):
    """What somebody said to a difference."""

    open = "open"
    confirmed = "confirmed"  # the register follows the count
    dismissed = "dismissed"  # the register stays as it is


class StockCampaign(SQLModel, table=True):
    """One stock-taking, from its start to its signed report."""

    __tablename__ = "stock_campaign"

    id: str = Field(primary_key=True, max_length=20)
    name: str = Field(max_length=100)
    state: CampaignState = Field(
        default=CampaignState.counting, sa_type=text_enum(CampaignState), index=True
    )
    due_on: date | None = None
    started_at: datetime = Field(sa_type=UtcDateTime)
    started_by: str = Field(foreign_key="app_user.id", max_length=20)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    #: The name as it was when it was signed.
    signed_name: str | None = Field(default=None, max_length=100)
    #: SHA-256 of the report's CSV, in hex.
    digest: str | None = Field(default=None, max_length=64)


class StockRoom(SQLModel, table=True):
    """A room to count; without ``room_id`` it stands for a school's devices that have none."""

    __tablename__ = "stock_room"
    # How far a campaign is, of any school and of all of them, is read from the index alone.
    __table_args__ = (
        Index(
            "ix_stock_room_campaign_id_school_code_done_at",
            "campaign_id",
            "school_code",
            "done_at",
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    campaign_id: str = Field(foreign_key="stock_campaign.id", max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    room_id: str | None = Field(default=None, max_length=20)
    #: As it was called when the campaign began.
    building: str = ""
    name: str = ""
    #: Somebody has been everywhere in it.
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)


class StockExpected(SQLModel, table=True):
    """A device that should be there: as the register had it when the campaign began."""

    __tablename__ = "stock_expected"

    campaign_id: str = Field(primary_key=True, foreign_key="stock_campaign.id", max_length=20)
    device_id: str = Field(primary_key=True, max_length=20)
    stock_room_id: str = Field(foreign_key="stock_room.id", index=True, max_length=20)
    name: str
    kind: Kind = Field(sa_type=text_enum(Kind))
    model: str | None = None
    serial: str | None = None
    asset_number: str | None = None


class StockObservation(SQLModel, table=True):
    """What somebody saw of one label in one room; never changed once it is kept."""

    __tablename__ = "stock_observation"
    __table_args__ = (
        Index("ix_stock_observation_campaign_id_device_id", "campaign_id", "device_id"),
    )

    campaign_id: str = Field(primary_key=True, foreign_key="stock_campaign.id", max_length=20)
    #: Made by the phone, so that what is sent twice is kept once.
    id: str = Field(primary_key=True, max_length=40)
    stock_room_id: str = Field(foreign_key="stock_room.id", index=True, max_length=20)
    device_id: str | None = Field(default=None, max_length=20)
    #: What was scanned or typed.
    code: str = Field(max_length=200)
    #: No: it is not in this room after all.
    present: bool = True
    note: str = Field(default="", max_length=200)
    #: By the controller's clock; that of the phone is brought into line with it.
    seen_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    counted_by: str = Field(foreign_key="app_user.id", max_length=20)
    #: Which phone, as it calls itself.
    phone: str = Field(max_length=40)


class StockResult(SQLModel, table=True):
    """What a finished campaign says of one device, or of one label nobody knows."""

    __tablename__ = "stock_result"
    __table_args__ = (Index("ix_stock_result_campaign_id_outcome", "campaign_id", "outcome"),)

    id: str = Field(primary_key=True, max_length=20)
    campaign_id: str = Field(foreign_key="stock_campaign.id", max_length=20)
    #: Place in the report, from 1.
    position: int
    outcome: Found = Field(sa_type=text_enum(Found))
    school_code: str = Field(foreign_key="school.code", index=True)
    device_id: str | None = Field(default=None, max_length=20)
    code: str = Field(default="", max_length=200)
    name: str = ""
    asset_number: str | None = None
    serial: str | None = None
    expected_stock_room_id: str | None = Field(default=None, max_length=20)
    expected_room: str = ""
    seen_stock_room_id: str | None = Field(default=None, max_length=20)
    seen_room: str = ""
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counted_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    #: Phones that did not agree about it; the newest word counts.
    disputed: bool = False
    decision: Decision = Field(default=Decision.open, sa_type=text_enum(Decision))
    decided_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    note: str = Field(default="", max_length=200)
