"""What ``/stocktaking`` takes and answers."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from controller.api.schemas import Schema
from drivers.readings import Kind
from inventory.models import CampaignState, Decision, Found
from inventory.stocktaking.campaigns import MAX_NAME
from inventory.stocktaking.closing import MAX_NOTE
from inventory.stocktaking.counting import MOST_AT_ONCE
from inventory.stocktaking.labels import LONGEST

_Id = Annotated[str, Field(max_length=20)]


class CampaignOut(Schema):
    """One campaign. ``digest``: SHA-256 of its report as CSV, once it is signed."""

    id: str
    name: str
    state: CampaignState
    due_on: date | None
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    finished_by: str | None
    signed_at: datetime | None
    signed_by: str | None
    signed_name: str | None
    digest: str | None


class SchoolProgressOut(Schema):
    """How far the count of one school is."""

    school_code: str
    school_name: str
    rooms: int
    rooms_done: int
    expected: int
    seen: int


class CampaignDetail(CampaignOut):
    """One campaign with how far its schools are, by name, and what it found once it is over.

    ``schools`` is one page of them, ``schools_total`` how many there are.
    """

    schools: list[SchoolProgressOut]
    schools_total: int
    results: dict[Found, int]


class CampaignIn(BaseModel):
    """What to count: every school of a bureau, some schools, or some rooms; one of the three."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=MAX_NAME)
    due_on: date | None = None
    bureau: str = Field(default="", max_length=32)
    schools: list[Annotated[str, Field(max_length=32)]] = Field(default=[], max_length=2_000)
    rooms: list[_Id] = Field(default=[], max_length=2_000)


class SheetDeviceOut(Schema):
    """A device that should stand in a room."""

    device_id: str
    name: str
    kind: Kind
    model: str | None
    serial: str | None
    asset_number: str | None
    #: Where it was seen last: id of a room to count, if it was.
    seen_in: str | None
    seen_at: datetime | None
    disputed: bool


class SheetRoomOut(Schema):
    """A room to count; without a name it holds a school's devices that have none."""

    id: str
    building: str
    name: str
    done_at: datetime | None
    devices: list[SheetDeviceOut]


class SheetOut(Schema):
    """Everything a phone needs to count a school without a network."""

    campaign: str
    name: str
    state: CampaignState
    school_code: str
    school_name: str
    made_at: datetime
    rooms: list[SheetRoomOut]


class SightingIn(BaseModel):
    """One label in one room. ``present``: no, to take it back."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=8, max_length=40)]
    room: _Id
    code: str = Field(min_length=1, max_length=LONGEST)
    seen_at: AwareDatetime
    present: bool = True
    note: str = Field(default="", max_length=200)


class SightingsIn(BaseModel):
    """What a phone has seen; ``sent_at`` is its own clock when it sends this."""

    model_config = ConfigDict(extra="forbid")

    phone: Annotated[str, Field(min_length=8, max_length=40)]
    sent_at: AwareDatetime
    observations: list[SightingIn] = Field(max_length=MOST_AT_ONCE)


class AnswerOut(Schema):
    """What the controller makes of one label: found, wrong place, or unknown."""

    id: str
    outcome: Found
    device_id: str | None
    name: str
    seen_at: datetime


class RoomDoneIn(BaseModel):
    """Whether somebody has been everywhere in the room."""

    model_config = ConfigDict(extra="forbid")

    done: bool = True


class RoomDoneOut(Schema):
    """How far a room is."""

    id: str
    done_at: datetime | None
    done_by: str | None


class FinishIn(BaseModel):
    """``anyway``: although rooms are left; what should stand there is not called missing."""

    model_config = ConfigDict(extra="forbid")

    anyway: bool = False


class NoteIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(default="", max_length=MAX_NOTE)


class ResultOut(Schema):
    """One line of a finished campaign."""

    id: str
    position: int
    outcome: Found
    school_code: str
    device_id: str | None
    code: str
    name: str
    asset_number: str | None
    serial: str | None
    expected_room: str
    seen_room: str
    seen_at: datetime | None
    counted_by: str | None
    disputed: bool
    decision: Decision
    decided_by: str | None
    decided_at: datetime | None
    note: str
