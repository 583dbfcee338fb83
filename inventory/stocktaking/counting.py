"""What phones bring: observations, and rooms that somebody has been through."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.models import CampaignState, Found, StockCampaign, StockObservation, StockRoom
from inventory.scope import Scope
from inventory.stocktaking.errors import NotCounting
from inventory.stocktaking.labels import LONGEST, LabelReader
from inventory.stocktaking.repository import StockRepository

#: Observations a request brings at most; a phone sends the rest in the next one.
MOST_AT_ONCE = 500
MAX_NOTE = 200
_ID = re.compile(r"[0-9A-Za-z-]{8,40}")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One label in one room, as a phone tells it.

    Args:
        id: made by the phone when it was seen; the same for ever.
        room: id of the room to count, of this campaign.
        code: what was scanned or typed.
        seen_at: by the phone's clock.
        present: no, to take it back.
    """

    id: str
    room: str
    code: str
    seen_at: datetime
    present: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the controller makes of one sighting: found, wrong place, or unknown."""

    id: str
    outcome: Found
    device_id: str | None
    name: str
    seen_at: datetime


class CountDesk:
    """One person with a phone in the rooms of a scope; flushes, never commits."""

    def __init__(self, session: Session, scope: Scope, actor: str, now: datetime) -> None:
        self._session = session
        self._scope = scope
        self._actor = actor
        self._now = now
        self._stock = StockRepository(session, scope)

    def take(
        self, campaign_id: str, phone: str, sent_at: datetime, sightings: Sequence[Sighting]
    ) -> Sequence[Answer]:
        """Keep what a phone has seen; what was kept before is answered again and not kept twice.

        ``sent_at`` is the phone's clock when it sent this; what that is wrong by is taken off.

        Raises:
            NotFound: no such campaign, or no such room of it, within the scope.
            NotCounting: it is over. Sightings that were kept before are answered all the same.
            Invalid: too many, an id that is none, an empty label.
        """
        campaign = self._campaign(campaign_id)
        _check(phone, sightings)
        rooms = {one.room: self._room(campaign_id, one.room) for one in sightings}
        kept = dict(self._stock.kept(campaign_id, [one.id for one in sightings]))
        fresh = {one.id: one for one in sightings if one.id not in kept}
        if fresh and campaign.state is not CampaignState.counting:
            raise NotCounting(key=campaign.name)
        slow = self._now - sent_at
        by_school: dict[str, list[Sighting]] = {}
        for one in fresh.values():
            by_school.setdefault(rooms[one.room].school_code, []).append(one)
        for school, some in by_school.items():
            reader = LabelReader(self._session, self._scope)
            devices = reader.devices_of([one.code for one in some], school)
            for one in some:
                device = devices.get(one.code)
                key = device.id if device else None
                kept[one.id] = self._kept(campaign, phone, one, key, slow)
        self._session.flush()
        return self._answers(campaign_id, [kept[one.id] for one in sightings])

    def finish_room(self, campaign_id: str, stock_room_id: str, *, done: bool = True) -> StockRoom:
        """Say that one has been everywhere in a room; what was not seen there is missing.

        Raises:
            NotFound: no such campaign or room within the scope.
            NotCounting: the campaign is over.
        """
        campaign = self._campaign(campaign_id)
        room = self._room(campaign_id, stock_room_id)
        if campaign.state is not CampaignState.counting:
            raise NotCounting(key=campaign.name)
        if done is not (room.done_at is not None):
            room.done_at, room.done_by = (self._now, self._actor) if done else (None, None)
            self._session.add(room)
            self._session.flush()
        return room

    def _campaign(self, campaign_id: str) -> StockCampaign:
        campaign = self._stock.get(campaign_id)
        if campaign is None:
            raise NotFound(what="campaign", key=campaign_id)
        return campaign

    def _room(self, campaign_id: str, stock_room_id: str) -> StockRoom:
        room = self._stock.room(campaign_id, stock_room_id)
        if room is None:
            raise NotFound(what="room", key=stock_room_id)
        return room

    def _kept(
        self,
        campaign: StockCampaign,
        phone: str,
        one: Sighting,
        device_id: str | None,
        slow: timedelta,
    ) -> StockObservation:
        row = StockObservation(
            campaign_id=campaign.id,
            id=one.id,
            stock_room_id=one.room,
            device_id=device_id,
            code=_plain(one.code),
            present=one.present,
            note=one.note.strip(),
            # Nothing was seen before the campaign began, or later than now.
            seen_at=max(campaign.started_at, min(one.seen_at + slow, self._now)),
            received_at=self._now,
            counted_by=self._actor,
            phone=phone,
        )
        self._session.add(row)
        return row

    def _answers(self, campaign_id: str, rows: Sequence[StockObservation]) -> Sequence[Answer]:
        ids = sorted({row.device_id for row in rows if row.device_id})
        names = {device.id: device.name for device in self._stock.devices_named(ids)}
        places = self._stock.expected_places(campaign_id, ids)
        return [
            Answer(
                id=row.id,
                outcome=_outcome(row, places.get(row.device_id or "")),
                device_id=row.device_id,
                name=names.get(row.device_id or "", ""),
                seen_at=row.seen_at,
            )
            for row in rows
        ]


def _outcome(row: StockObservation, expected_room: str | None) -> Found:
    if row.device_id is None:
        return Found.unknown
    return Found.found if expected_room == row.stock_room_id else Found.wrong_place


def _plain(code: str) -> str:
    """What was scanned without what no column holds."""
    return " ".join(code.replace("\0", "").split())


def _check(phone: str, sightings: Sequence[Sighting]) -> None:
    if _ID.fullmatch(phone) is None:
        raise Invalid(field="phone", reason=phone[:40])
    if len(sightings) > MOST_AT_ONCE:
        raise Invalid(field="observations", reason=f"{len(sightings)} (0-{MOST_AT_ONCE})")
    for one in sightings:
        if _ID.fullmatch(one.id) is None:
            raise Invalid(field="id", reason=one.id[:40])
        if not _plain(one.code) or len(one.code) > LONGEST:
            raise Invalid(field="code", reason=f"{len(one.code)} (1-{LONGEST})")
        if len(one.note) > MAX_NOTE:
            raise Invalid(field="note", reason=f"{len(one.note)} (0-{MAX_NOTE})")
