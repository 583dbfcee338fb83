"""Lines that are tested within the education network and across the outlet: each by itself."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from drivers.plan import LineTest, PlannedMoments
from inventory.agent_plans.making import PlanSettings, asking, make_plan
from inventory.models import NetworkPath, Outlet, PlannedState, SpeedtestServer
from inventory.orchestration.board import Board, Change
from inventory.orchestration.planning import APART, minute_of
from inventory.orchestration.repository import Planned, PlannedTestRepository
from inventory.orchestration.school_time import begin_of
from inventory.orchestration.settings import Orchestration
from inventory.orchestration.ways import Ways
from inventory.standards.model import Measure
from tests.inventory.city import CITY, A
from tests.inventory.orchestration.test_board import ALL, BOX, NOW, TODAY, city
from tests.targets import demand

__all__ = ["city"]
_DAY = timedelta(days=1)
TOLD = PlanSettings(speedtest_server="http://near", most_bits_per_second=300_000_000)


@pytest.fixture
def both(city: Session) -> Session:
    """A server outside, an outlet of 2 Gbit/s, and 10 Mbit/s a class asked for."""
    city.add(
        SpeedtestServer(
            id="ss-far", organisation_code=CITY, name="far", address="https://far",
            path=NetworkPath.outside,
        )
    )  # fmt: skip
    city.add(
        Outlet(
            id="ou-1", organisation_code=CITY, provider="x", down_mbps=Decimal(2000),
            up_mbps=Decimal(2000),
        )
    )  # fmt: skip
    demand(city, 500, at=A.code, measure=Measure.outlet)
    city.flush()
    return city


def _board(session: Session, now: datetime = NOW) -> Board:
    ways = Ways(session, TODAY, TODAY, TOLD)
    how = Orchestration(bits_per_second=300_000_000)
    return Board(session, now, key=b"key", settings=how, ways=ways)


def _plan(session: Session, now: datetime = NOW) -> Change:
    board = _board(session, now)
    board.plan()
    change = board.write(PlannedTestRepository(session, ALL))
    session.flush()
    session.expire_all()
    return change


def _tests(session: Session) -> tuple[LineTest, ...]:
    agent = asking(session, A.row("a"))
    return make_plan(session, agent, BOX, today=TODAY, settings=TOLD).plan.line_tests


def test_each_way_has_a_schedule_of_its_own_and_never_both_at_once(both: Session) -> None:
    for number in range(0, 28, 4):
        _plan(both, NOW + number * _DAY)
    october = begin_of(TODAY.replace(month=10, day=1))
    rows = list(PlannedTestRepository(both, ALL).between(0, october))
    counted = Counter(one.outside for one in rows)
    assert min(counted.values()) >= 53
    assert set(counted) == {False, True}
    minutes = sorted(minute_of(one.at) for one in rows)
    assert all(b - a >= APART for a, b in itertools.pairwise(minutes))


def test_a_plan_tells_either_way_its_server_its_cap_and_its_moments(both: Session) -> None:
    planned = _plan(both).planned
    near, far = _tests(both)
    assert (near.server, far.server) == ("http://near", "https://far")
    # What the access has to show, and what the outlet has to; each within what it may take.
    assert (near.cap_bits_per_second, far.cap_bits_per_second) == (110_000_000, 550_000_000)
    until = begin_of(TODAY, 8)
    for test, outside in ((near, False), (far, True)):
        moments = tuple(one.at for one in planned if one.outside is outside)
        assert test.planned == PlannedMoments(until, tuple(sorted(moments)))
        assert len(moments) > 5


def test_the_share_of_a_small_outlet_caps_what_crosses_it(both: Session) -> None:
    both.get_one(Outlet, "ou-1").up_mbps = Decimal(100)
    both.flush()
    assert [one.cap_bits_per_second for one in _tests(both)] == [110_000_000, 50_000_000]
    both.get_one(SpeedtestServer, "ss-far").capacity_mbps = Decimal(20)
    both.flush()
    assert [one.cap_bits_per_second for one in _tests(both)] == [110_000_000, 20_000_000]


def test_a_server_that_is_given_up_takes_its_tests_along_and_leaves_the_others(
    both: Session,
) -> None:
    before = _plan(both).planned
    agent = asking(both, A.row("a"))
    both.get_one(SpeedtestServer, "ss-far").ends_on = TODAY
    both.flush()
    made = make_plan(both, agent, BOX, today=TODAY, settings=TOLD)
    assert made.until == TODAY
    both.get_one(SpeedtestServer, "ss-far").ends_on = TODAY - _DAY
    both.flush()
    change = _plan(both)
    assert {one.outside for one in change.withdrawn} == {True}
    left = PlannedTestRepository(both, ALL).between(0, 1 << 60)
    assert list(left) == sorted((one for one in before if not one.outside), key=lambda o: o.at)
    assert [one.server for one in _tests(both)] == ["http://near"]


def test_a_missed_test_is_followed_up_along_its_own_way(both: Session) -> None:
    first = min((one for one in _plan(both).planned if one.outside), key=lambda one: one.at)
    now = datetime.fromtimestamp(first.at / 1000, UTC) + timedelta(minutes=16)
    lost = first._replace(state=PlannedState.missed)
    board = _board(both, now)
    board.follow_up([lost])
    found: list[Planned] = list(board.write(PlannedTestRepository(both, ALL)).planned)
    assert [(one.outside, one.stands_for, one.attempt) for one in found] == [(True, first.at, 1)]
    again = _board(both, now)
    again.withdraw_follow_ups({(first.line_id, first.at)})
    assert list(again.write(PlannedTestRepository(both, ALL)).withdrawn) == found
