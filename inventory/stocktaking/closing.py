"""Ending a stock-taking: what was found, what the register takes over, and who signs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.models import (
    CampaignState,
    Decision,
    Device,
    Found,
    Lifecycle,
    StockCampaign,
    StockExpected,
    StockObservation,
    StockResult,
    StockRoom,
    User,
)
from inventory.reconciliation.steps import step_now
from inventory.repositories import DeviceRepository, RoomRepository
from inventory.scope import Scope
from inventory.stocktaking.errors import (
    DifferencesLeft,
    NotCounting,
    NotFinished,
    NothingToCorrect,
    RoomsLeft,
    StandsElsewhere,
)
from inventory.stocktaking.labels import LabelReader
from inventory.stocktaking.outcomes import Verdict, verdicts
from inventory.stocktaking.report import digest_of
from inventory.stocktaking.repository import TO_DECIDE, StockRepository

MAX_NOTE = 200
_RESULTS = SQLModel.metadata.tables["stock_result"]
_AT_ONCE = 2_000


class ClosingDesk:
    """Who answers for a campaign; acts within a scope that holds all its schools.

    Flushes, never commits. Every step raises ``NotFound`` for a campaign that does not touch the
    scope and ``OutOfScope`` for one that goes beyond it.
    """

    def __init__(self, session: Session, scope: Scope, actor: str, now: datetime) -> None:
        self._session = session
        self._scope = scope
        self._actor = actor
        self._now = now
        self._stock = StockRepository(session, scope)

    def finish(self, campaign_id: str, *, anyway: bool = False) -> StockCampaign:
        """Count no more; every device has its line from now on.

        With ``anyway`` although rooms are left: what should stand there is ``not_counted``, and
        never missing.

        Raises:
            NotCounting: it is over already.
            RoomsLeft: nobody has been in some rooms.
        """
        campaign = self._campaign(campaign_id)
        if campaign.state is not CampaignState.counting:
            raise NotCounting(key=campaign.name)
        left = self._stock.rooms_left(campaign_id)
        if left and not anyway:
            raise RoomsLeft(key=campaign.name, count=left)
        rows = [
            row | {"position": number} for number, row in enumerate(self._lines(campaign_id), 1)
        ]
        for start in range(0, len(rows), _AT_ONCE):
            self._session.execute(insert(_RESULTS), rows[start : start + _AT_ONCE])
        campaign.state = CampaignState.finished
        campaign.finished_at, campaign.finished_by = self._now, self._actor
        self._session.add(campaign)
        self._session.flush()
        return campaign

    def confirm(self, campaign_id: str, result_id: str, note: str = "") -> StockResult:
        """Let the register follow the count: the device moves to that room, or is lost.

        One that was lost and stands in a room comes back into stock.

        Raises:
            NotFound: no such line.
            NotFinished: the campaign still counts, or is signed.
            NothingToCorrect: no difference, or decided already.
            StandsElsewhere: it belongs to another school.
            LifecycleTransitionRefused: it cannot be lost, or come back, from where it is.
        """
        result = self._open(campaign_id, result_id)
        device = DeviceRepository(self._session, self._scope).get(result.device_id or "")
        if device is None:
            raise StandsElsewhere(key=result.name or result.code)
        if result.outcome is Found.missing:
            step_now(self._session, device, Lifecycle.lost, self._why(result, note), self._now)
        else:
            self._bring(device, result, note)
        return self._decide(result, Decision.confirmed, note)

    def dismiss(self, campaign_id: str, result_id: str, note: str = "") -> StockResult:
        """Leave the register as it is.

        Raises:
            NotFound: no such line.
            NotFinished: the campaign still counts, or is signed.
            NothingToCorrect: no difference, or decided already.
        """
        return self._decide(self._open(campaign_id, result_id), Decision.dismissed, note)

    def sign(self, campaign_id: str) -> StockCampaign:
        """Put one's name under the report; nothing of it changes any more.

        Raises:
            NotFinished: it still counts, or is signed already.
            DifferencesLeft: some are to be decided.
        """
        campaign = self._campaign(campaign_id)
        if campaign.state is not CampaignState.finished:
            raise NotFinished(key=campaign.name)
        left = self._stock.count_undecided(campaign_id)
        if left:
            raise DifferencesLeft(key=campaign.name, count=left)
        user = self._session.get(User, self._actor)
        campaign.state = CampaignState.signed
        campaign.signed_at, campaign.signed_by = self._now, self._actor
        campaign.signed_name = ((user.name or user.login) if user else self._actor)[:100]
        campaign.digest = digest_of(self._stock.all_results(campaign_id))
        self._session.add(campaign)
        self._session.flush()
        return campaign

    # --- rows ----------------------------------------------------------------------------

    def _campaign(self, campaign_id: str) -> StockCampaign:
        campaign = self._stock.get(campaign_id)
        if campaign is None:
            raise NotFound(what="campaign", key=campaign_id)
        if not self._stock.is_within(campaign_id):
            raise OutOfScope(key=campaign.name)
        return campaign

    def _open(self, campaign_id: str, result_id: str) -> StockResult:
        campaign = self._campaign(campaign_id)
        if campaign.state is not CampaignState.finished:
            raise NotFinished(key=campaign.name)
        result = self._stock.result(campaign_id, result_id)
        if result is None:
            raise NotFound(what="result", key=result_id)
        if result.outcome not in TO_DECIDE or result.decision is not Decision.open:
            raise NothingToCorrect(key=result.name or result.code)
        return result

    def _decide(self, result: StockResult, decision: Decision, note: str) -> StockResult:
        if len(note) > MAX_NOTE:
            raise Invalid(field="note", reason=f"{len(note)} (0-{MAX_NOTE})")
        result.decision, result.note = decision, note.strip()
        result.decided_by, result.decided_at = self._actor, self._now
        self._session.add(result)
        self._session.flush()
        return result

    def _bring(self, device: Device, result: StockResult, note: str) -> None:
        place = self._stock.room(result.campaign_id, result.seen_stock_room_id or "")
        if place is None or device.school_code != place.school_code:
            raise StandsElsewhere(key=device.name)
        if place.room_id is not None:
            room = RoomRepository(self._session, self._scope).get(place.room_id)
            if room is None:
                raise NotFound(what="room", key=place.room_id)
        if device.lifecycle is Lifecycle.lost:
            why = self._why(result, note)
            step_now(self._session, device, Lifecycle.in_stock, why, self._now)
        device.room_id = place.room_id
        self._session.add(device)
        self._session.flush()

    def _why(self, result: StockResult, note: str) -> str:
        campaign = self._session.get_one(StockCampaign, result.campaign_id)
        return ": ".join(filter(None, (campaign.name, note.strip())))

    # --- what was found ------------------------------------------------------------------

    def _lines(self, campaign_id: str) -> Iterator[dict[str, Any]]:
        rooms = {room.id: room for room in self._stock.rooms(campaign_id)}
        order = {room_id: number for number, room_id in enumerate(rooms)}
        expected = sorted(
            self._stock.expected(campaign_id), key=lambda row: (order[row.stock_room_id], row.name)
        )
        found = verdicts(self._seen_of(campaign_id))
        for row in expected:
            verdict = found.get((row.device_id, ""))
            yield _expected_line(row, rooms, verdict)
        should_be = {row.device_id for row in expected}
        others = {key: one for key, one in found.items() if key[0] not in should_be and one.place}
        devices = self._devices([one.last.device_id or "" for one in others.values()])
        for verdict in sorted(others.values(), key=lambda one: (one.last.seen_at, one.last.id)):
            yield _other_line(campaign_id, rooms, verdict, devices)

    def _seen_of(self, campaign_id: str) -> Iterator[StockObservation]:
        """What was seen; labels that a school's own people could not know are looked up again."""
        seen = self._stock.observations(campaign_id)
        school = ""  # of several devices with one number, none is the right one
        codes = {one.code for one in seen if one.device_id is None}
        known = LabelReader(self._session, self._scope).devices_of(codes, school) if codes else {}
        for one in seen:
            device = known.get(one.code) if one.device_id is None else None
            if device is None:
                yield one
            else:
                yield StockObservation(**(one.model_dump() | {"device_id": device.id}))

    def _devices(self, ids: Sequence[str]) -> Mapping[str, Device]:
        wanted = sorted({device_id for device_id in ids if device_id})
        return {
            device.id: device
            for start in range(0, len(wanted), _AT_ONCE)
            for device in self._stock.devices_named(wanted[start : start + _AT_ONCE])
        }


def room_text(room: StockRoom) -> str:
    """Building and name of a room; empty for devices without one."""
    return " ".join(part for part in (room.building, room.name) if part)


def _expected_line(
    row: StockExpected, rooms: Mapping[str, StockRoom], verdict: Verdict | None
) -> dict[str, Any]:
    home = rooms[row.stock_room_id]
    line = StockResult(
        id=new_id("y"),
        campaign_id=row.campaign_id,
        position=0,
        outcome=Found.missing if home.done_at else Found.not_counted,
        school_code=home.school_code,
        device_id=row.device_id,
        name=row.name,
        asset_number=row.asset_number,
        serial=row.serial,
        expected_stock_room_id=home.id,
        expected_room=room_text(home),
    )
    if verdict is not None:
        line.disputed = verdict.disputed
        if verdict.place is not None:
            here = verdict.place.stock_room_id == home.id
            line.outcome = Found.found if here else Found.wrong_place
        _seen(line, rooms, verdict)
    return line.model_dump()


def _other_line(
    campaign_id: str,
    rooms: Mapping[str, StockRoom],
    verdict: Verdict,
    devices: Mapping[str, Device],
) -> dict[str, Any]:
    seen = verdict.place or verdict.last
    device = devices.get(seen.device_id or "")
    line = StockResult(
        id=new_id("y"),
        campaign_id=campaign_id,
        position=0,
        outcome=Found.unknown if seen.device_id is None else Found.wrong_place,
        school_code=rooms[seen.stock_room_id].school_code,
        device_id=seen.device_id,
        code=seen.code,
        name=device.name if device else "",
        asset_number=device.asset_number if device else None,
        serial=device.serial if device else None,
        expected_room=device.school_code if device else "",
        disputed=verdict.disputed,
    )
    _seen(line, rooms, verdict)
    return line.model_dump()


def _seen(line: StockResult, rooms: Mapping[str, StockRoom], verdict: Verdict) -> None:
    seen = verdict.place or verdict.last
    line.code, line.seen_at, line.counted_by = seen.code, seen.seen_at, seen.counted_by
    if verdict.place is not None:
        line.seen_stock_room_id = seen.stock_room_id
        line.seen_room = room_text(rooms[seen.stock_room_id])
