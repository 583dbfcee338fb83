"""Hours of use out of readings that come and go."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import Append, BatchKey, Rows
from controller.usage import hours_a_day, usage_of
from drivers.readings import Block

ZONE = ZoneInfo("Asia/Shanghai")
HOLD = timedelta(minutes=12)
NOW = datetime(2026, 9, 3, 22, 0, tzinfo=ZONE)


@pytest.fixture
def store(tmp_path):
    made = DuckDbStore(tmp_path / "metrics")
    yield made
    made.close()


def fill(store, *spans: tuple[str, str, float], metric: str = "online", subject: str = "d") -> None:
    """Readings every five minutes from one local time to another."""
    rows = []
    for begin, end, value in spans:
        at = datetime.fromisoformat(begin).replace(tzinfo=ZONE)
        while at < datetime.fromisoformat(end).replace(tzinfo=ZONE):
            block = Block(("",), {metric: [value]})
            rows.append(Rows(subject, int(at.timestamp() * 1_000), (block,)))
            at += timedelta(minutes=5)
    store.append([Append(BatchKey("a", f"{subject}{metric}", 1), tuple(rows))])


def usage(store, days: int = 3):
    return usage_of(store, "d", now=NOW, days=days, zone=ZONE, hold=HOLD)


def test_hours_are_counted_by_day_and_by_hour_of_the_readers_clock(store) -> None:
    fill(
        store,
        ("2026-09-01T00:00", "2026-09-01T08:00", 0.0),
        ("2026-09-01T08:00", "2026-09-01T11:30", 1.0),
        ("2026-09-01T11:30", "2026-09-02T00:00", 0.0),
    )
    found = usage(store)
    assert found.metric == "online"
    assert [day.day for day in found.days] == [date(2026, 9, n) for n in (1, 2, 3)]
    first, second, third = found.days
    assert (first.hours, first.known) == (3.5, timedelta(hours=24))
    assert first.by_hour[7:12] == (0.0, 1.0, 1.0, 1.0, 0.5)
    assert second.known == HOLD - timedelta(minutes=5), "the last reading held on, and no longer"
    assert third.hours is None


def test_a_gap_is_unknown_and_not_use(store) -> None:
    fill(
        store,
        ("2026-09-01T08:00", "2026-09-01T09:00", 1.0),
        ("2026-09-01T15:00", "2026-09-01T16:00", 1.0),
    )
    day = usage(store).days[0]
    held = 2 * (HOLD - timedelta(minutes=5))
    assert day.used == day.known == timedelta(hours=2) + held
    assert day.by_hour[12] is None


def test_a_lit_screen_counts_before_a_connection(store) -> None:
    fill(store, ("2026-09-01T08:00", "2026-09-01T18:00", 1.0))
    fill(store, ("2026-09-01T08:00", "2026-09-01T10:00", 1.0), metric="display_on")
    found = usage(store)
    assert found.metric == "display_on"
    assert found.days[0].hours == pytest.approx(2 + 7 / 60)


def test_nothing_counts_beyond_now(store) -> None:
    fill(store, ("2026-09-03T21:50", "2026-09-03T22:00", 1.0))
    assert usage(store).days[-1].used == timedelta(minutes=10)


def test_a_device_without_readings_has_days_of_which_nothing_is_known(store) -> None:
    found = usage(store)
    assert (found.metric, found.mean) == (None, None)
    assert {day.hours for day in found.days} == {None}
    with pytest.raises(ValueError, match="days"):
        usage(store, days=0)


def test_a_schools_mean_takes_two_looks_at_the_store(store) -> None:
    fill(store, ("2026-09-01T00:00", "2026-09-01T06:00", 1.0),
         ("2026-09-01T06:00", "2026-09-02T00:00", 0.0))  # fmt: skip
    fill(store, ("2026-09-01T00:00", "2026-09-02T00:00", 0.0), subject="e")
    start = datetime(2026, 9, 1, tzinfo=ZONE)
    found = hours_a_day(store, ["d", "e", "f"], start=start, end=start + timedelta(days=1))
    assert found == 3.0
    assert hours_a_day(store, [], start=start, end=NOW.astimezone(UTC)) is None
