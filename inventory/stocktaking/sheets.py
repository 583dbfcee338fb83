"""What a phone takes along: rooms of one school, what should stand there, what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from drivers.readings import Kind
from inventory.errors import NotFound
from inventory.models import CampaignState, School
from inventory.scope import Scope
from inventory.stocktaking.outcomes import verdicts
from inventory.stocktaking.repository import StockRepository


@dataclass(frozen=True, slots=True)
class SheetDevice:
    """A device that should stand in a room, and where it was seen last (a room to count)."""

    device_id: str
    name: str
    kind: Kind
    model: str | None
    serial: str | None
    asset_number: str | None
    seen_in: str | None
    seen_at: datetime | None
    disputed: bool


@dataclass(frozen=True, slots=True)
class SheetRoom:
    """A room to count; without a name it holds devices that have no room."""

    id: str
    building: str
    name: str
    done_at: datetime | None
    devices: Sequence[SheetDevice]

    @property
    def seen(self) -> int:
        """How many of them were seen here."""
        return sum(device.seen_in == self.id for device in self.devices)

    @property
    def disputed(self) -> int:
        """About how many of them phones did not agree."""
        return sum(device.disputed for device in self.devices)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One school of a campaign."""

    campaign: str
    name: str
    state: CampaignState
    school_code: str
    school_name: str
    made_at: datetime
    rooms: Sequence[SheetRoom]


def sheet_of(session: Session, scope: Scope, campaign_id: str, code: str, now: datetime) -> Sheet:
    """Rooms of a school with what should stand in them and what was seen of it.

    Raises:
        NotFound: no such campaign, or it does not count that school, within the scope.
    """
    stock = StockRepository(session, scope)
    campaign, rooms = stock.get(campaign_id), stock.rooms(campaign_id, code)
    school = session.get(School, code)
    if campaign is None or not rooms or school is None:
        raise NotFound(what="campaign", key=f"{campaign_id} {code}"[:60])
    seen = verdicts(stock.observations(campaign_id, code))
    devices: dict[str, list[SheetDevice]] = {room.id: [] for room in rooms}
    for row in stock.expected(campaign_id, code):
        verdict = seen.get((row.device_id, ""))
        place = verdict.place if verdict else None
        devices[row.stock_room_id].append(
            SheetDevice(
                device_id=row.device_id,
                name=row.name,
                kind=row.kind,
                model=row.model,
                serial=row.serial,
                asset_number=row.asset_number,
                seen_in=place.stock_room_id if place else None,
                seen_at=verdict.last.seen_at if verdict else None,
                disputed=verdict.disputed if verdict else False,
            )
        )
    return Sheet(
        campaign=campaign.id,
        name=campaign.name,
        state=campaign.state,
        school_code=code,
        school_name=school.name,
        made_at=now,
        rooms=[
            SheetRoom(room.id, room.building, room.name, room.done_at, devices[room.id])
            for room in rooms
        ],
    )
