"""A month of planned tests: planned, made, missed, followed up, counted by the verdict."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import Session, select

from controller.compliance.collecting import Scheduled
from controller.compliance.scheduled import scheduled_tests
from controller.compliance.school_time import hours_of
from controller.line_planning import plan_tests
from controller.metrics.memory import MemoryStore
from controller.settings import Settings
from drivers.readings import LineTestOutcome
from inventory.models import (
    CalendarEntry,
    CalendarKind,
    LineSchedule,
    MeasurementExclusion,
    NetworkPath,
    PlannedState,
    PlannedTest,
    SpeedtestServer,
)
from inventory.orchestration.repository import Planned, PlannedTestRepository
from inventory.scope import Scope
from inventory.standards.exclusions import exclude
from tests.inventory.city import A

ALL = Scope.everything()
#: A Monday, 7:00 in China.
NOW = datetime(2026, 9, 6, 23, tzinfo=UTC)
SETTINGS = Settings(speedtest_server="http://near")
_DAY = timedelta(days=1)


class OneSession:
    """Transactions of a job, in the session of the test."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield self._session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        yield self._session
        self._session.flush()
        self._session.expire_all()


@pytest.fixture
def county(city: Session) -> Session:
    for table in (PlannedTest, LineSchedule):
        for row in city.exec(select(table)):
            city.delete(row)
    city.add(
        CalendarEntry(
            id="ce-term", organisation_code=A.code, kind=CalendarKind.term, name="autumn",
            first_day=date(2026, 9, 1), last_day=date(2027, 1, 20),
        )
    )  # fmt: skip
    city.flush()
    return city


def _run(session: Session, store: MemoryStore, now: datetime) -> list[Planned]:
    plan_tests(store, SETTINGS, b"key")(OneSession(session), now)
    return list(PlannedTestRepository(session, ALL).between(0, 1 << 60))


def _tell(store: MemoryStore, at: int, outcome: LineTestOutcome) -> None:
    store.load(
        [(A.row("l"), "speedtest_outcome", "http://near")],
        np.array([at], dtype=np.int64),
        np.zeros(1, dtype=np.int32),
        np.array([float(outcome)]),
    )


def _after(test: Planned, minutes: int = 16) -> datetime:
    return datetime.fromtimestamp(test.at / 1000, UTC) + timedelta(minutes=minutes)


def _scheduled(session: Session) -> int:
    first, last = date(2026, 9, 1), date(2026, 9, 30)
    hours = hours_of(session, ALL, first, last)
    found = scheduled_tests(session, ALL, hours, first, last, under=A.path)
    return found.get(A.school, Scheduled()).inside


def test_what_came_is_made_and_what_did_not_is_followed_up(county: Session) -> None:
    store = MemoryStore()
    first, second, third = _run(county, store, NOW)[:3]
    assert _scheduled(county) == 0
    _tell(store, first.at + 30_000, LineTestOutcome.line_down)
    _tell(store, second.at + 30_000, LineTestOutcome.server_busy)
    rows = {row.at: row for row in _run(county, store, _after(third))}
    # A dead line under a living box is a test; a full server says nothing of the line.
    assert (rows[first.at].state, rows[first.at].outcome) == (
        PlannedState.made, LineTestOutcome.line_down,
    )  # fmt: skip
    assert (rows[second.at].state, rows[second.at].outcome) == (
        PlannedState.missed, LineTestOutcome.server_busy,
    )  # fmt: skip
    assert (rows[third.at].state, rows[third.at].outcome) == (PlannedState.missed, None)
    stand_ins = {row.stands_for: row for row in rows.values() if row.attempt}
    assert set(stand_ins) == {second.at, third.at}
    assert _scheduled(county) == 3
    # The spool of a box that was cut off comes late: its test was made, and needs no other.
    _tell(store, third.at + 30_000, LineTestOutcome.ok)
    again = _run(county, store, _after(third, 30))
    assert {row.stands_for for row in again if row.attempt} == {second.at}
    assert [row.state for row in again if row.at == third.at] == [PlannedState.made]


def test_what_is_missed_is_counted_and_never_asked_for_without_end(county: Session) -> None:
    store = MemoryStore()
    now, last = NOW, datetime(2026, 9, 30, 16, tzinfo=UTC)
    while now < last:
        rows = _run(county, store, now)
        now += timedelta(hours=8)
    rows = [row for row in rows if row.at < last.timestamp() * 1000]
    scheduled = [row for row in rows if row.attempt == 0]
    assert len(scheduled) >= 53
    assert max(row.attempt for row in rows) == 2
    assert len(rows) <= 3 * len(scheduled)
    of_one = {row.at: 0 for row in scheduled}
    for row in rows:
        of_one[row.stands_for or row.at] += 1
    assert max(of_one.values()) <= 3
    # Only what a box that is away leaves missing counts; nothing it was asked to make up for.
    assert _scheduled(county) == sum(row.state is PlannedState.missed for row in scheduled)


def test_a_result_along_one_way_is_none_of_the_other(county: Session) -> None:
    county.add(
        SpeedtestServer(
            id="ss-1", organisation_code=A.code, name="x", address="http://far",
            path=NetworkPath.outside,
        )
    )  # fmt: skip
    county.flush()
    store = MemoryStore()
    rows = _run(county, store, NOW)
    near = next(row for row in rows if not row.outside)
    far = next(row for row in rows if row.outside)
    for test in (near, far):
        _tell(store, test.at + 30_000, LineTestOutcome.ok)
    last = max((near, far), key=lambda one: one.at)
    after = {(row.outside, row.at): row for row in _run(county, store, _after(last))}
    assert after[False, near.at].state is PlannedState.made
    assert after[True, far.at].state is PlannedState.missed
    first, end = date(2026, 9, 1), date(2026, 9, 30)
    hours = hours_of(county, ALL, first, end)
    counted = scheduled_tests(county, ALL, hours, first, end, under=A.path)[A.school]
    assert counted.outside >= 1
    assert counted.inside >= 1


def test_time_that_does_not_count_asks_for_no_tests(county: Session) -> None:
    store = MemoryStore()
    first = _run(county, store, NOW)[0]
    _run(county, store, _after(first))
    assert _scheduled(county) == 1
    begin = _after(first, -60)
    exclude(
        county, ALL,
        MeasurementExclusion(
            id="", school_code=A.school, begins_at=begin, ends_at=begin + timedelta(hours=2),
            reason="power", approved_by="mei",
        ),
    )  # fmt: skip
    assert _scheduled(county) == 0
