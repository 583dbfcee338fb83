"""Counting: what is frozen, what a label names, what phones say and in which order."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import Device, Found, Lifecycle, Room, StockExpected, StockObservation
from inventory.stocktaking.campaigns import CampaignStart, Where
from inventory.stocktaking.closing import ClosingDesk
from inventory.stocktaking.errors import NotCounting
from inventory.stocktaking.repository import StockRepository
from tests.inventory.stocktaking.conftest import (
    ALL,
    AT_A,
    AT_B,
    NOW,
    OTHER_PHONE,
    PHONE,
    desk,
    look,
    rooms_of,
    start,
)

SENT = NOW + timedelta(minutes=60)


def test_what_is_expected_is_frozen_at_the_start(stock: Session) -> None:
    campaign = start(stock)
    stock.get_one(Device, "d1").room_id = "r2"
    stock.add(Device(id="d5", school_code="SCH-A", room_id="r1", name="came later"))
    stock.flush()
    rooms = rooms_of(stock, campaign)
    rows = stock.exec(select(StockExpected)).all()
    assert {row.device_id: row.stock_room_id for row in rows} == {
        "d1": rooms["r1"],
        "d2": rooms["r1"],
        "d3": rooms["r2"],
        "d4": rooms[None],
    }


def test_a_bureau_some_schools_or_some_rooms_can_be_counted(stock: Session) -> None:
    assert set(rooms_of(stock, start(stock, bureau="3301"))) == {"r1", "r2", "rb", None}
    assert set(rooms_of(stock, start(stock, schools=["SCH-B"]))) == {"rb"}
    assert set(rooms_of(stock, start(stock, rooms=["r2"]))) == {"r2"}


@pytest.mark.parametrize("where", [{"bureau": "3301"}, {"schools": ["SCH-B"]}, {"rooms": ["rb"]}])
def test_nobody_begins_a_count_outside_their_scope(stock: Session, where: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        start(stock, AT_A, **where)


@pytest.mark.parametrize(
    ("name", "where"),
    [("", Where(schools=["SCH-A"])), ("x" * 101, Where(schools=["SCH-A"])), ("count", Where())],
)
def test_a_count_needs_a_name_and_a_place(stock: Session, name: str, where: Where) -> None:
    with pytest.raises(Invalid):
        CampaignStart(stock, ALL).start(name, where, actor="u-mei", now=NOW)


@pytest.mark.parametrize(
    "code",
    [
        "https://fleet.example.cn/devices/d1",
        "http://10.0.0.9:8000/devices/d1?from=label#top",
        "/devices/d1",
        " ZC-D1 ",
        "zc-d1",
        "sn-d1",
        "d1",
    ],
)
def test_a_label_is_a_page_an_asset_number_or_a_serial(stock: Session, code: str) -> None:
    campaign = start(stock)
    room = rooms_of(stock, campaign)["r1"]
    [answer] = desk(stock).take(campaign.id, PHONE, SENT, [look("1", room, code)])
    assert (answer.outcome, answer.device_id) == (Found.found, "d1")


@pytest.mark.parametrize("junk", ["To be filled by O.E.M.", "00000000", "N/A", "Default string"])
def test_a_junk_serial_on_a_label_names_nothing(stock: Session, junk: str) -> None:
    stock.get_one(Device, "d1").serial = junk
    stock.flush()
    campaign = start(stock)
    room = rooms_of(stock, campaign)["r1"]
    [answer] = desk(stock).take(campaign.id, PHONE, SENT, [look("1", room, junk)])
    assert (answer.outcome, answer.device_id) == (Found.unknown, None)


def test_a_number_that_two_devices_have_names_neither(stock: Session) -> None:
    stock.get_one(Device, "d2").asset_number = "ZC-D1"
    stock.flush()
    campaign = start(stock)
    room = rooms_of(stock, campaign)["r1"]
    [answer] = desk(stock).take(campaign.id, PHONE, SENT, [look("1", room, "ZC-d1")])
    assert answer.outcome is Found.unknown


def test_what_is_sent_twice_is_kept_once_and_answered_again(stock: Session) -> None:
    campaign = start(stock)
    room = rooms_of(stock, campaign)["r2"]
    seen = [look("1", room, "ZC-d1"), look("2", room, "nobody's")]
    first = desk(stock).take(campaign.id, PHONE, SENT, seen)
    later = SENT + timedelta(hours=3)
    again = desk(stock, minutes=240).take(campaign.id, PHONE, later, [*seen, *seen])
    assert [one.outcome for one in first] == [Found.wrong_place, Found.unknown]
    assert list(again) == [*first, *first]
    assert len(stock.exec(select(StockObservation)).all()) == 2


def test_a_phone_whose_clock_is_wrong_is_put_right(stock: Session) -> None:
    campaign = start(stock)
    room = rooms_of(stock, campaign)["r1"]
    fast = timedelta(days=400)
    seen = look("1", room, "ZC-d1", minutes=10 + fast / timedelta(minutes=1))
    [answer] = desk(stock).take(campaign.id, PHONE, SENT + fast, [seen])
    assert answer.seen_at == NOW + timedelta(minutes=10)


def test_nobody_counts_where_they_may_not_or_in_rooms_of_another_count(stock: Session) -> None:
    campaign, other = start(stock), start(stock)
    room = rooms_of(stock, campaign)["r1"]
    with pytest.raises(NotFound):
        desk(stock, scope=AT_B).take(campaign.id, PHONE, SENT, [look("1", room, "ZC-d1")])
    with pytest.raises(NotFound):
        desk(stock).take(other.id, PHONE, SENT, [look("1", room, "ZC-d1")])
    assert StockRepository(stock, AT_B).get(campaign.id) is None


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "x"},
        {"id": "../../../etc/passwd"},
        {"code": "  "},
        {"code": "x" * 201},
        {"note": "x" * 201},
    ],
)
def test_a_sighting_has_limits(stock: Session, bad: dict[str, str]) -> None:
    campaign = start(stock)
    one = look("1", rooms_of(stock, campaign)["r1"], "ZC-d1")
    values = {name: getattr(one, name) for name in ("id", "room", "code", "seen_at", "note")}
    with pytest.raises(Invalid):
        desk(stock).take(campaign.id, PHONE, SENT, [type(one)(**(values | bad))])


def test_a_finished_count_takes_nothing_new_and_still_answers_what_it_has(stock: Session) -> None:
    campaign = start(stock)
    room = rooms_of(stock, campaign)["r1"]
    kept = look("1", room, "ZC-d1")
    desk(stock).take(campaign.id, PHONE, SENT, [kept])
    ClosingDesk(stock, ALL, "u-mei", SENT).finish(campaign.id, anyway=True)
    [answer] = desk(stock).take(campaign.id, PHONE, SENT, [kept])
    assert answer.outcome is Found.found
    with pytest.raises(NotCounting):
        desk(stock).take(campaign.id, PHONE, SENT, [look("2", room, "ZC-d2")])
    with pytest.raises(NotCounting):
        desk(stock).finish_room(campaign.id, room)


def test_progress_is_told_by_school(stock: Session) -> None:
    campaign = start(stock, bureau="3301")
    rooms = rooms_of(stock, campaign)
    desk(stock).take(campaign.id, PHONE, SENT, [look("1", rooms["r1"], "ZC-d1")])
    desk(stock).take(campaign.id, OTHER_PHONE, SENT, [look("2", rooms["r1"], "ZC-d1")])
    desk(stock).finish_room(campaign.id, rooms["r1"])
    progress = {
        one.school.code: (one.rooms, one.rooms_done, one.expected, one.seen)
        for one in StockRepository(stock, ALL).progress(campaign.id).items
    }
    assert progress == {"SCH-A": (3, 1, 4, 1), "SCH-B": (1, 0, 1, 0)}
    assert [
        one.school.code for one in StockRepository(stock, AT_B).progress(campaign.id).items
    ] == ["SCH-B"]


def test_a_school_sees_a_countys_count_and_cannot_end_it(stock: Session) -> None:
    campaign = start(stock, bureau="3301")
    assert StockRepository(stock, AT_A).get(campaign.id) is not None
    with pytest.raises(OutOfScope):
        ClosingDesk(stock, AT_A, "u-mei", SENT).finish(campaign.id, anyway=True)


def test_lost_and_lent_devices_are_not_expected(stock: Session) -> None:
    stock.get_one(Device, "d1").lifecycle = Lifecycle.lost
    stock.get_one(Device, "d2").lifecycle = Lifecycle.lent
    stock.add(Room(id="r3", school_code="SCH-A", name="empty"))
    stock.flush()
    start(stock)
    assert {row.device_id for row in stock.exec(select(StockExpected)).all()} == {"d3", "d4"}
