"""Beginning a stock-taking: which rooms are counted, and what should stand there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel, col, select

from inventory.days import day_of
from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import (
    Device,
    Lifecycle,
    Organisation,
    Room,
    School,
    StockCampaign,
    StockExpected,
    StockRoom,
)
from inventory.repositories.scoped import Repository, within
from inventory.stocktaking.errors import TooLarge

#: Devices of one campaign: a county's. A city counts by counties.
MOST_DEVICES = 50_000
MAX_NAME = 100
#: What should stand somewhere: devices in repair and lent ones are elsewhere, retired ones stand
#: in a store until they are disposed of.
STANDS_THERE = (Lifecycle.in_service, Lifecycle.in_stock, Lifecycle.retired)
_EXPECTED = SQLModel.metadata.tables["stock_expected"]
_ROOMS = SQLModel.metadata.tables["stock_room"]
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Where:
    """What is counted: every school of a bureau, some schools, or some rooms; one of the three."""

    bureau: str = ""
    schools: Collection[str] = ()
    rooms: Collection[str] = ()


class CampaignStart(Repository):
    """Begins campaigns within a scope; flushes, never commits."""

    def start(
        self, name: str, where: Where, *, actor: str, now: datetime, due_on: date | None = None
    ) -> StockCampaign:
        """Freeze what should be there, and begin.

        Personal devices are nobody's stock. Devices without a room are counted under a room of
        their school that has no name.

        Raises:
            Invalid: no name, too long a one, nowhere to count, or a due day that is past.
            NotFound: a bureau, school or room that is not within the scope.
            TooLarge: more than ``MOST_DEVICES``.
        """
        if not 0 < len(name.strip()) <= MAX_NAME:
            raise Invalid(field="name", reason=f"{len(name.strip())} (1-{MAX_NAME})")
        if due_on is not None and due_on < day_of(now):
            raise Invalid(field="due_on", reason=str(due_on))
        rooms, schools = self._rooms_and_schools(where)
        devices = self._devices(where, rooms, schools)
        if len(devices) > MOST_DEVICES:
            raise TooLarge(field="devices", count=len(devices), most=MOST_DEVICES)
        campaign = StockCampaign(
            id=new_id("c"), name=name.strip(), due_on=due_on, started_at=now, started_by=actor
        )
        self._save(campaign)
        kept = [_counted(campaign, room.school_code, room) for room in rooms]
        known = {room.room_id: room for room in kept}
        nowhere: dict[str, StockRoom] = {}
        expected = []
        for device in devices:
            place = known.get(device.room_id) if device.room_id else None
            if place is None:
                code = device.school_code
                place = nowhere.setdefault(code, _counted(campaign, code, None))
            expected.append(_frozen(campaign, place, device))
        self._write(_ROOMS, [row.model_dump() for row in (*kept, *nowhere.values())])
        self._write(_EXPECTED, expected)
        return campaign

    def _rooms_and_schools(self, where: Where) -> tuple[Sequence[Room], frozenset[str]]:
        if sum(map(bool, (where.bureau, where.schools, where.rooms))) != 1:
            raise Invalid(field="where", reason="bureau | schools | rooms")
        if where.rooms:
            rooms = self._session.exec(
                select(Room).where(
                    col(Room.id).in_(where.rooms), self._at_visible_school(Room.school_code)
                )
            ).all()
            _all_known("room", where.rooms, {room.id for room in rooms})
            return rooms, frozenset(room.school_code for room in rooms)
        codes = self._schools(where)
        rooms = self._session.exec(
            select(Room).where(
                col(Room.school_code).in_(codes), self._at_visible_school(Room.school_code)
            )
        ).all()
        return rooms, codes

    def _schools(self, where: Where) -> frozenset[str]:
        query = select(School.code).where(
            self._at_visible_school(School.code), col(School.closed_on).is_(None)
        )
        if where.schools:
            found = self._session.exec(query.where(col(School.code).in_(where.schools))).all()
            _all_known("school", where.schools, set(found))
            return frozenset(found)
        bureau = self._session.get(Organisation, where.bureau)
        if bureau is None or not self._scope.covers(bureau.path):
            raise NotFound(what="organisation", key=where.bureau)
        return frozenset(self._session.exec(query.where(within(col(School.path), bureau.path))))

    def _devices(
        self, where: Where, rooms: Sequence[Room], schools: frozenset[str]
    ) -> Sequence[Device]:
        query = select(Device).where(
            self._at_visible_school(Device.school_code),
            col(Device.lifecycle).in_(STANDS_THERE),
            col(Device.is_personal).is_(False),
        )
        if where.rooms:
            query = query.where(col(Device.room_id).in_([room.id for room in rooms]))
        else:
            query = query.where(col(Device.school_code).in_(schools))
        return self._session.exec(query.order_by(col(Device.id)).limit(MOST_DEVICES + 1)).all()

    def _write(self, table: Any, rows: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(rows), _AT_ONCE):
            self._session.execute(insert(table), rows[start : start + _AT_ONCE])


def _all_known(what: str, asked: Collection[str], found: Collection[str]) -> None:
    for key in asked:
        if key not in found:
            raise NotFound(what=what, key=key)


def _counted(campaign: StockCampaign, school: str, room: Room | None) -> StockRoom:
    return StockRoom(
        id=new_id("k"),
        campaign_id=campaign.id,
        school_code=school,
        room_id=room.id if room else None,
        building=room.building if room else "",
        name=room.name if room else "",
    )


def _frozen(campaign: StockCampaign, place: StockRoom, device: Device) -> dict[str, Any]:
    return StockExpected(
        campaign_id=campaign.id,
        device_id=device.id,
        stock_room_id=place.id,
        name=device.name,
        kind=device.kind,
        model=device.model,
        serial=device.serial,
        asset_number=device.asset_number,
    ).model_dump()
