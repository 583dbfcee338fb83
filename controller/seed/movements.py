"""Devices of the synthetic city that go to other schools or for good, and that are counted."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sqlmodel import col, select

from controller.seed.places import SeedSchool
from controller.seed.procurement import Office, chosen
from inventory.models import Device, Lifecycle, Right, Role, StockExpected, WipeMethod
from inventory.procurement.disposals import DisposalDesk
from inventory.procurement.transfers import TransferDesk
from inventory.scope import Scope
from inventory.stocktaking.campaigns import CampaignStart, Where
from inventory.stocktaking.closing import ClosingDesk
from inventory.stocktaking.counting import CountDesk, Sighting
from inventory.stocktaking.repository import TO_DECIDE, StockRepository

_EVERYTHING: Final = Scope.everything()
_MOST: Final = 8
_PHONE: Final = "seed-phone-01"


def write_movements(office: Office) -> None:
    """Transfers, disposals and two stock-takings; flushed, not committed."""
    schools = chosen(office.city)
    for number, (giving, taking) in enumerate(pairwise(schools)):
        if number < _MOST:
            _transfer(office, giving, taking, number)
    for number, school in enumerate(schools[:_MOST]):
        _dispose(office, school, number)
    for school in schools[-1:]:
        _count(office, school, "上学年资产清查", 200, is_signed=True)
    for school in schools[:1]:
        _count(office, school, "年度资产清查", 3, is_signed=False)


def _transfer(office: Office, giving: SeedSchool, taking: SeedSchool, number: int) -> None:
    """One that waits, is agreed to, or refused; none of them has moved anything."""
    devices = _some(office, giving, Lifecycle.in_stock, Lifecycle.in_service)[-1:]
    if not devices:
        return
    days = 20.0 + 12 * number
    row = TransferDesk(office.session, office.head(giving), office.ago(days)).propose(
        giving.code, taking.code, devices, "减班后富余，支援兄弟学校。"
    )
    desk = TransferDesk(office.session, office.head(taking), office.ago(days - 2))
    if number % 3 == 1:
        desk.consent(row.id, "同意接收")
    elif number % 3 == 2:  # noqa: PLR2004
        desk.refuse(row.id, "型号与现有系统不兼容")


def _dispose(office: Office, school: SeedSchool, number: int) -> None:
    """One in every state; only what is out of service already goes to the end."""
    retired = _some(office, school, Lifecycle.retired)
    devices = retired or _some(office, school, Lifecycle.in_service)[:1]
    if not devices:
        return
    days = 30.0 + 15 * number
    session, path = office.session, school.path
    row = DisposalDesk(session, office.head(school), office.ago(days)).propose(
        school.code, devices, "使用年限已到，维修不经济。"
    )
    keeper = office.actor(Role.technician, Right.receive, path)
    county = office.actor(Role.county_it, Right.approve, path)
    if number % 4 == 0 and not retired:
        return
    DisposalDesk(session, keeper, office.ago(days - 3)).appraise(
        row.id, "逐台检测：主板老化，配件停产，建议报废。"
    )
    if number % 4 == 3:  # noqa: PLR2004
        DisposalDesk(session, county, office.ago(days - 5)).reject(row.id, "仍可降级使用")
    elif retired:
        DisposalDesk(session, county, office.ago(days - 5)).approve(row.id, "同意报废")
        wiped = dict.fromkeys(devices, WipeMethod.overwritten)
        DisposalDesk(session, keeper, office.ago(days - 8)).wipe(row.id, wiped)
        values = dict.fromkeys(devices, Decimal("60.00"))
        DisposalDesk(session, keeper, office.ago(days - 12)).complete(row.id, values)


def _some(office: Office, school: SeedSchool, *states: Lifecycle) -> Sequence[str]:
    """Ids of a few devices of a school in these states of their life, without those that are held.

    A school gives what stands last in its register and disposes of what stands first.
    """
    query = select(Device.id).where(
        Device.school_code == school.code, col(Device.lifecycle).in_(states)
    )
    found = office.session.exec(query.order_by(col(Device.id))).all()
    return found if len(found) < _MOST else [*found[:2], found[-1]]


def _count(office: Office, school: SeedSchool, name: str, days: float, *, is_signed: bool) -> None:
    """A stock-taking of one school: signed, or with people in half of the rooms."""
    session, begun = office.session, office.ago(days)
    leader = office.actor(Role.county_it, Right.approve, school.path).id
    counter = office.actor(Role.technician, Right.receive, school.path).id
    campaign = CampaignStart(session, _EVERYTHING).start(
        f"{school.name}{name}",
        Where(schools=[school.code]),
        actor=leader,
        now=begun,
        due_on=(begun + timedelta(days=14)).date(),
    )
    stock = StockRepository(session, _EVERYTHING)
    rooms, expected = stock.rooms(campaign.id), stock.expected(campaign.id)
    for place, room in enumerate(rooms if is_signed else rooms[: len(rooms) // 2]):
        at = begun + timedelta(minutes=10 * place)
        desk = CountDesk(session, _EVERYTHING, counter, at)
        seen = [one for one in expected if one.stock_room_id == room.id]
        if seen:
            sightings = [
                Sighting(id=f"seed-{one.device_id}", room=room.id, code=_code(one), seen_at=at)
                for one in seen
            ]
            desk.take(campaign.id, _PHONE, at, sightings)
        desk.finish_room(campaign.id, room.id)
    if is_signed:
        closing = ClosingDesk(session, _EVERYTHING, leader, begun + timedelta(days=2))
        closing.finish(campaign.id)
        for result in stock.all_results(campaign.id):
            if result.outcome in TO_DECIDE:
                closing.dismiss(campaign.id, result.id, "临时借用，已放回原处")
        closing.sign(campaign.id)


def _code(one: StockExpected) -> str:
    return one.asset_number or one.serial or one.name
