"""The planned tests of a city: planned ahead, kept to the calendar, followed up, told to agents."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from drivers.plan import PlannedMoments
from inventory.agent_plans.making import MadePlan, PlanSettings, asking, make_plan
from inventory.days import day_of
from inventory.models import (
    CalendarBlackout,
    CalendarEntry,
    CalendarKind,
    Line,
    LineSchedule,
    MeasurementExclusion,
    PlannedState,
    PlannedTest,
    School,
)
from inventory.models.calendar import BlackoutKind
from inventory.orchestration.board import Board, Change
from inventory.orchestration.planning import hour_of
from inventory.orchestration.repository import Planned, PlannedTestRepository
from inventory.orchestration.school_time import SchoolTimes, begin_of
from inventory.orchestration.settings import Orchestration
from inventory.orchestration.ways import Ways
from inventory.scope import Scope
from inventory.secrets import SecretBox
from inventory.standards.exclusions import exclude
from tests.inventory.city import A, B

ALL = Scope.everything()
#: A Monday, 7:00 in China.
NOW = datetime(2026, 9, 6, 23, tzinfo=UTC)
TODAY = date(2026, 9, 7)
_DAY = timedelta(days=1)
BOX = SecretBox(SecretBox.new_key())


@pytest.fixture
def city(two_counties: Session) -> Session:
    """County A has told when its schools teach; county B has not."""
    session = two_counties
    for row in session.exec(select(PlannedTest)):
        session.delete(row)
    for schedule in session.exec(select(LineSchedule)):
        session.delete(schedule)
    session.add(
        CalendarEntry(
            id="ce-term", organisation_code=A.code, kind=CalendarKind.term, name="autumn",
            first_day=date(2026, 9, 1), last_day=date(2027, 1, 20),
        )
    )  # fmt: skip
    session.flush()
    return session


def _board(session: Session, now: datetime = NOW, **how: int) -> Board:
    settings = Orchestration(**how)
    today = day_of(now)
    told = PlanSettings(
        speedtest_server="http://s", most_bits_per_second=settings.bits_per_second,
        outlet_share=settings.outlet_share,
    )  # fmt: skip
    ways = Ways(session, today, today, told)
    return Board(session, now, key=b"key", settings=settings, ways=ways)


def _plan(session: Session, now: datetime = NOW, **how: int) -> Change:
    board = _board(session, now, **how)
    board.plan()
    change = board.write(PlannedTestRepository(session, ALL))
    session.flush()
    session.expire_all()
    return change


def _rows(session: Session) -> list[Planned]:
    return list(PlannedTestRepository(session, ALL).between(0, 1 << 60))


def test_a_month_planned_day_by_day_has_every_hour_and_a_reserve(city: Session) -> None:
    for number in range(0, 28, 4):
        _plan(city, NOW + number * _DAY)
    october = begin_of(date(2026, 10, 1))
    rows = [row for row in _rows(city) if row.at < october]
    assert {row.line_id for row in rows} == {A.row("l")}
    assert len(rows) >= 53
    days = Counter(day_of(datetime.fromtimestamp(row.at / 1000, UTC)) for row in rows)
    assert max(days.values()) - min(days.values()) <= 1
    times = SchoolTimes(city, ALL, date(2026, 9, 1), date(2026, 9, 30))
    time = times.of(A.school_path, city.get_one(School, A.school).stage)
    assert set(days) == {day for day in time.spans if day >= TODAY}
    for row in rows:
        day = day_of(datetime.fromtimestamp(row.at / 1000, UTC))
        assert any(begin <= row.at < end for begin, end in time.spans[day])
    assert len({hour_of(row.at)[1] for row in rows}) >= 6


def test_planning_again_changes_nothing_and_forgets_nothing(city: Session) -> None:
    assert len(_plan(city).planned) > 0
    before = _rows(city)
    again = _plan(city, NOW + timedelta(minutes=30))
    assert (again.planned, again.withdrawn) == ([], [])
    assert _rows(city) == before


def test_who_has_not_told_when_schools_teach_is_left_to_the_agents(city: Session) -> None:
    _plan(city)
    scheduled = {row.line_id: row.planned_until for row in city.exec(select(LineSchedule))}
    assert scheduled == {A.row("l"): TODAY + 7 * _DAY}
    assert B.row("l") not in {row.line_id for row in _rows(city)}


def test_an_exam_and_an_exclusion_withdraw_what_they_cover(city: Session) -> None:
    _plan(city)
    wednesday, thursday = TODAY + 2 * _DAY, TODAY + 3 * _DAY
    city.add(
        CalendarBlackout(
            id="cb-1", organisation_code=A.code, kind=BlackoutKind.exam, name="exam",
            first_day=wednesday, last_day=wednesday, begins_at=0, ends_at=1440,
        )
    )  # fmt: skip
    begin = datetime.fromtimestamp(begin_of(thursday) / 1000, UTC)
    exclude(
        city, ALL,
        MeasurementExclusion(
            id="", school_code=A.school, begins_at=begin, ends_at=begin + _DAY, reason="power",
            approved_by="mei",
        ),
    )  # fmt: skip
    city.flush()
    change = _plan(city)
    gone = {begin_of(wednesday), begin_of(thursday)}
    assert {_midnight(row.at) for row in change.withdrawn} == gone
    assert not gone & {_midnight(row.at) for row in _rows(city)}


def test_a_line_that_ends_is_planned_no_more(city: Session) -> None:
    _plan(city)
    city.get_one(Line, A.row("l")).ends_on = TODAY - _DAY
    city.flush()
    assert len(_plan(city).withdrawn) > 0
    assert _rows(city) == []
    assert city.exec(select(LineSchedule)).all() == []


def test_a_missed_test_gets_another_moment_and_not_for_ever(city: Session) -> None:
    _plan(city)
    repository = PlannedTestRepository(city, ALL)
    first, scheduled = _rows(city)[0], len(_rows(city))
    missed = first
    attempts = []
    for _ in range(4):
        now = datetime.fromtimestamp(missed.at / 1000, UTC) + timedelta(minutes=16)
        lost = missed._replace(state=PlannedState.missed)
        repository.settle([lost])
        board = _board(city, now)
        board.follow_up([lost])
        found = board.write(repository).planned
        if not found:
            break
        [missed] = found
        attempts.append(missed.attempt)
        assert missed.stands_for == first.at
        assert now < datetime.fromtimestamp(missed.at / 1000, UTC) < now + 5 * _DAY
    assert attempts == [1, 2]
    # What is counted as scheduled stays what was scheduled.
    assert sum(row.attempt == 0 for row in _rows(city)) == scheduled


def test_a_result_that_came_late_spares_the_test_in_its_place(city: Session) -> None:
    _plan(city)
    repository = PlannedTestRepository(city, ALL)
    # The last test of a day can only be made up for on another one.
    first = max((row for row in _rows(city) if row.at < begin_of(TODAY, 1)), key=lambda r: r.at)
    now = datetime.fromtimestamp(first.at / 1000, UTC) + timedelta(minutes=16)
    board = _board(city, now)
    board.follow_up([first])
    [stand_in] = board.write(repository).planned
    board = _board(city, now)
    board.withdraw_follow_ups({(first.line_id, first.at)})
    assert list(board.write(repository).withdrawn) == [stand_in]


def test_the_cap_spreads_tests_and_says_what_it_leaves_out(city: Session) -> None:
    assert _plan(city, bits_per_second=110_000_000).unplaced == 0
    for row in city.exec(select(PlannedTest)):
        city.delete(row)
    city.flush()
    assert _plan(city, bits_per_second=110_000_000, at_once=1, most_a_day=2).unplaced == 0
    # A line that alone exceeds the share is tested with the share, which its verdict shows.
    assert {row.line_id for row in _rows(city)} == {A.row("l")}


def test_an_agents_plan_tells_the_moments_of_the_days_ahead(city: Session) -> None:
    _plan(city)
    settings = PlanSettings(speedtest_server="http://s", most_bits_per_second=50_000_000)

    def made(today: date, agent: str = A.row("a")) -> MadePlan:
        return make_plan(city, asking(city, agent), BOX, today=today, settings=settings)

    plan = made(TODAY)
    [test] = plan.plan.line_tests
    assert test.planned == PlannedMoments(begin_of(TODAY, 8), _moments(city))
    assert test.cap_bits_per_second == 50_000_000
    assert plan.until == TODAY
    tomorrow = made(TODAY + _DAY).plan.line_tests[0].planned
    assert tomorrow is not None
    assert tomorrow.at == _moments(city, since=begin_of(TODAY, 1))
    # A result changes no plan.
    repository = PlannedTestRepository(city, ALL)
    repository.settle([_rows(city)[0]._replace(state=PlannedState.made, outcome=0)])
    assert made(TODAY).plan.revision == plan.plan.revision
    [other] = made(TODAY, B.row("a")).plan.line_tests
    assert other.planned is None
    alone = PlanSettings(speedtest_server="http://s", planned=False)
    own = make_plan(city, asking(city, A.row("a")), BOX, today=TODAY, settings=alone).plan
    assert own.line_tests[0].planned is None
    # Long after the last planned day agents are on their own again.
    assert made(TODAY + 9 * _DAY).plan.line_tests[0].planned is None


def test_a_city_plans_the_same_whoever_leads(city: Session) -> None:
    city.add(
        Line(
            id="l-second", school_code=A.school, provider="x", down_mbps=Decimal(100),
            up_mbps=Decimal(100),
        )
    )  # fmt: skip
    city.flush()
    boards = [_board(city), _board(city)]
    for board in boards:
        board.plan()
    repository = PlannedTestRepository(city, ALL)
    first = boards[0].write(repository).planned
    repository.withdraw(first)
    assert boards[1].write(repository).planned == first
    assert {row.line_id for row in first} == {A.row("l"), "l-second"}


def _moments(session: Session, since: int = 0) -> tuple[int, ...]:
    return tuple(row.at for row in _rows(session) if row.at >= since)


def _midnight(at: int) -> int:
    return begin_of(day_of(datetime.fromtimestamp(at / 1000, UTC)))
