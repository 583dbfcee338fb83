"""Ending a count: differences, corrections on confirmation only, and a report one signs."""

import csv
import hashlib
import io
from datetime import timedelta

import pytest
from sqlmodel import Session

from inventory.assets.steps import steps_of
from inventory.errors import LifecycleTransitionRefused
from inventory.models import CampaignState, Decision, Device, Found, Lifecycle, StockCampaign
from inventory.stocktaking.closing import ClosingDesk
from inventory.stocktaking.errors import (
    DifferencesLeft,
    NotCounting,
    NotFinished,
    NothingToCorrect,
    RoomsLeft,
    StandsElsewhere,
)
from inventory.stocktaking.report import report_csv
from inventory.stocktaking.repository import StockRepository
from tests.inventory.stocktaking.conftest import (
    ALL,
    AT_A,
    NOW,
    OTHER_PHONE,
    PHONE,
    desk,
    look,
    rooms_of,
    start,
)

SENT = NOW + timedelta(minutes=60)


@pytest.fixture
def counted(stock: Session) -> StockCampaign:
    """d1 found, d2 in the other room, d3 missing, d4's place not counted; a stranger and d9."""
    campaign = start(stock)
    rooms = rooms_of(stock, campaign)
    desk(stock).take(
        campaign.id,
        PHONE,
        SENT,
        [
            look("1", rooms["r1"], "/devices/d1"),
            look("2", rooms["r2"], "ZC-d2"),
            look("3", rooms["r2"], "=cmd|' /C calc'!A1"),
            look("4", rooms["r1"], "ZC-d9"),
        ],
    )
    desk(stock).take(campaign.id, OTHER_PHONE, SENT, [look("5", rooms["r1"], "ZC-d2", 5)])
    for room in ("r1", "r2"):
        desk(stock).finish_room(campaign.id, rooms[room])
    return campaign


@pytest.fixture
def closing(stock: Session) -> ClosingDesk:
    return ClosingDesk(stock, ALL, "u-li", SENT)


def outcomes(stock: Session, campaign: StockCampaign) -> dict[str, Found]:
    rows = StockRepository(stock, ALL).all_results(campaign.id)
    return {row.device_id or row.code: row.outcome for row in rows}


def line(stock: Session, campaign: StockCampaign, device: str) -> str:
    rows = StockRepository(stock, ALL).all_results(campaign.id)
    return next(row.id for row in rows if row.device_id == device)


def test_every_device_and_every_label_gets_its_line(
    stock: Session, counted: StockCampaign, closing: ClosingDesk
) -> None:
    with pytest.raises(RoomsLeft):
        closing.finish(counted.id)
    closing.finish(counted.id, anyway=True)
    assert outcomes(stock, counted) == {
        "d1": Found.found,
        "d2": Found.wrong_place,
        "d3": Found.missing,
        "d4": Found.not_counted,
        "d9": Found.wrong_place,
        "=cmd|' /C calc'!A1": Found.unknown,
    }
    disputed = [
        r.device_id for r in StockRepository(stock, ALL).all_results(counted.id) if r.disputed
    ]
    assert disputed == ["d2"]
    with pytest.raises(NotCounting):
        closing.finish(counted.id)


def test_the_register_changes_on_confirmation_only(
    stock: Session, counted: StockCampaign, closing: ClosingDesk
) -> None:
    closing.finish(counted.id, anyway=True)
    assert stock.get_one(Device, "d2").room_id == "r1"
    assert stock.get_one(Device, "d3").lifecycle is Lifecycle.in_service
    closing.confirm(counted.id, line(stock, counted, "d2"))
    closing.confirm(counted.id, line(stock, counted, "d3"), "not in the cupboard either")
    assert stock.get_one(Device, "d2").room_id == "r2"
    assert stock.get_one(Device, "d3").lifecycle is Lifecycle.lost
    assert steps_of(stock, "d3")[0].reason == "秋季盘点: not in the cupboard either"
    for device in ("d1", "d2", "d4"):
        with pytest.raises(NothingToCorrect):
            closing.confirm(counted.id, line(stock, counted, device))


def test_a_device_of_another_school_is_not_moved_by_a_count(
    stock: Session, counted: StockCampaign, closing: ClosingDesk
) -> None:
    closing.finish(counted.id, anyway=True)
    key = line(stock, counted, "d9")
    with pytest.raises(StandsElsewhere):
        closing.confirm(counted.id, key)
    assert closing.dismiss(counted.id, key, "asked SCH-B").decision is Decision.dismissed
    assert stock.get_one(Device, "d9").school_code == "SCH-B"


def test_a_lost_device_that_is_found_comes_back(stock: Session, closing: ClosingDesk) -> None:
    stock.get_one(Device, "d1").lifecycle = Lifecycle.lost
    stock.flush()
    campaign = start(stock)
    room = rooms_of(stock, campaign)["r2"]
    desk(stock).take(campaign.id, PHONE, SENT, [look("1", room, "ZC-d1")])
    closing.finish(campaign.id, anyway=True)
    closing.confirm(campaign.id, line(stock, campaign, "d1"))
    device = stock.get_one(Device, "d1")
    assert (device.lifecycle, device.room_id) == (Lifecycle.in_stock, "r2")


def test_a_device_that_was_disposed_of_meanwhile_cannot_be_lost(
    stock: Session, counted: StockCampaign, closing: ClosingDesk
) -> None:
    closing.finish(counted.id, anyway=True)
    stock.get_one(Device, "d3").lifecycle = Lifecycle.disposed
    stock.flush()
    with pytest.raises(LifecycleTransitionRefused):
        closing.confirm(counted.id, line(stock, counted, "d3"))


def test_a_report_is_signed_once_everything_is_decided_and_then_stays(
    stock: Session, counted: StockCampaign, closing: ClosingDesk
) -> None:
    with pytest.raises(NotFinished):
        closing.sign(counted.id)
    closing.finish(counted.id, anyway=True)
    with pytest.raises(DifferencesLeft):
        closing.sign(counted.id)
    for device in ("d2", "d3"):
        closing.confirm(counted.id, line(stock, counted, device))
    closing.dismiss(counted.id, line(stock, counted, "d9"))
    signed = closing.sign(counted.id)
    body = report_csv(StockRepository(stock, ALL).all_results(counted.id))
    assert signed.state is CampaignState.signed
    assert (signed.signed_by, signed.signed_name, signed.signed_at) == ("u-li", "Li", SENT)
    assert signed.digest == hashlib.sha256(body).hexdigest()
    with pytest.raises(NotFinished):
        closing.sign(counted.id)
    with pytest.raises(NotFinished):
        closing.dismiss(counted.id, line(stock, counted, "d2"))


def test_the_report_runs_no_formula_in_a_spreadsheet(
    stock: Session, counted: StockCampaign, closing: ClosingDesk
) -> None:
    closing.finish(counted.id, anyway=True)
    text = report_csv(StockRepository(stock, ALL).all_results(counted.id)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["position"] for row in rows] == [str(n) for n in range(1, 7)]
    assert [row["code"] for row in rows if row["outcome"] == "unknown"] == ["'=cmd|' /C calc'!A1"]
    assert {row["disputed"] for row in rows} == {"yes", "no"}


def test_what_a_schools_people_cannot_know_is_looked_up_at_the_end(
    stock: Session, closing: ClosingDesk
) -> None:
    campaign = start(stock, bureau="3301")
    rooms = rooms_of(stock, campaign)
    at_a = desk(stock, scope=AT_A)
    [answer] = at_a.take(campaign.id, PHONE, SENT, [look("1", rooms["r1"], "ZC-d9")])
    assert answer.outcome is Found.unknown
    closing.finish(campaign.id, anyway=True)
    assert outcomes(stock, campaign)["d9"] is Found.wrong_place
