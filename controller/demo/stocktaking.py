"""The demonstration's stock-takings: one signed last term, one with people in the rooms."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from controller.demo.telling import Telling
from drivers.simulate.campus import CENTRAL, POINT
from inventory.models import StockCampaign, StockExpected, StockRoom
from inventory.scope import Scope
from inventory.stocktaking.campaigns import CampaignStart, Where
from inventory.stocktaking.closing import ClosingDesk
from inventory.stocktaking.counting import CountDesk, Sighting
from inventory.stocktaking.repository import TO_DECIDE, StockRepository

_EVERYTHING: Final = Scope.everything()
_PHONE: Final = "demo-phone-01"
_SIGNED_DAYS, _COUNTING_DAYS = 148, 3
#: Rooms that the running campaign is through with.
_ROOMS_DONE: Final = 4


def tell_stocktaking(told: Telling) -> None:
    """Both campaigns."""
    _signed(told)
    _counting(told)


def _signed(told: Telling) -> None:
    """The teaching point: all is there but one thing that stood in the next room."""
    campaign = _begun(told, "石桥教学点学期末盘点", POINT.code, _SIGNED_DAYS)
    rooms = _rooms(told, campaign)
    seen = [(room, one) for room in rooms for one in _expected(told, campaign) if _is_in(one, room)]
    moved_to = rooms[0]
    last = len(seen) - 1
    for number, (room, one) in enumerate(seen):
        place = moved_to if number == last else room
        _see(told, campaign, place, one, number=number, days=_SIGNED_DAYS)
    for room in rooms:
        _counter(told, _SIGNED_DAYS).finish_room(campaign.id, room.id)
    desk = ClosingDesk(told.session, _EVERYTHING, told.users["county"], told.ago(_SIGNED_DAYS - 2))
    desk.finish(campaign.id)
    for result in StockRepository(told.session, _EVERYTHING).all_results(campaign.id):
        if result.outcome in TO_DECIDE:
            desk.dismiss(campaign.id, result.id, "临时借用，已放回原处")
    desk.sign(campaign.id)


def _counting(told: Telling) -> None:
    """The central school, some rooms through."""
    campaign = _begun(told, "柳河镇中心小学年度清查", CENTRAL.code, _COUNTING_DAYS, due=14)
    expected = _expected(told, campaign)
    number = 0
    for room in _rooms(told, campaign)[:_ROOMS_DONE]:
        for one in expected:
            if _is_in(one, room):
                _see(told, campaign, room, one, number=number, days=_COUNTING_DAYS)
                number += 1
        _counter(told, _COUNTING_DAYS).finish_room(campaign.id, room.id)


def _begun(told: Telling, name: str, school: str, days: float, due: int = 7) -> StockCampaign:
    return CampaignStart(told.session, _EVERYTHING).start(
        name,
        Where(schools=[school]),
        actor=told.users["county"],
        now=told.ago(days),
        due_on=(told.ago(days) + timedelta(days=due)).date(),
    )


def _see(
    told: Telling,
    campaign: StockCampaign,
    room: StockRoom,
    one: StockExpected,
    *,
    number: int,
    days: float,
) -> None:
    at = told.ago(days) + timedelta(minutes=2 * number)
    sighting = Sighting(
        id=f"demo-{campaign.id}-{number:04d}"[:40],
        room=room.id,
        code=one.asset_number or one.name,
        seen_at=at,
    )
    CountDesk(told.session, _EVERYTHING, told.users["technician"], at).take(
        campaign.id, _PHONE, at, [sighting]
    )


def _counter(told: Telling, days: float) -> CountDesk:
    return CountDesk(told.session, _EVERYTHING, told.users["technician"], told.ago(days - 1))


def _rooms(told: Telling, campaign: StockCampaign) -> Sequence[StockRoom]:
    return StockRepository(told.session, _EVERYTHING).rooms(campaign.id)


def _expected(told: Telling, campaign: StockCampaign) -> Sequence[StockExpected]:
    return StockRepository(told.session, _EVERYTHING).expected(campaign.id)


def _is_in(one: StockExpected, room: StockRoom) -> bool:
    return one.stock_room_id == room.id
