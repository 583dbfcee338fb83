"""Samples become hours and days, each kept for its time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.periods import DAY, HOUR, Retention, period_of
from controller.metrics.store import Aggregation, Append, BatchKey
from controller.metrics.within import Chosen
from tests.controller.metrics.housekeeping.months import (
    EVERY_WAY,
    MINUTE,
    Batch,
    Clock,
    T,
    fill,
    kinds,
)


def test_hours_answer_for_samples_that_are_gone(
    store: DuckDbStore, reopen: Callable[[], DuckDbStore], clock: Clock, tmp_path: Path
) -> None:
    start = period_of("raw", T - 200 * DAY)[0]
    end = start + 7 * DAY
    fill(store, start, 7)
    exact = {how: store.aggregate("m", start=start, end=end, how=how) for how in EVERY_WAY}
    curves = {
        how: store.series("d1", ["m"], start=start, end=end, step=HOUR, how=how)
        for how in EVERY_WAY
    }
    day = store.aggregate(
        "m", start=start, end=end, how="mean", windows=[(start + 8 * HOUR, start + 17 * HOUR)]
    )
    clock.now += DAY

    store.tidy(clock.now)

    assert kinds(tmp_path) == ["arrival", "daily", "hourly", "register"]
    for _ in range(2):
        for how in EVERY_WAY:
            [curve] = store.series("d1", ["m"], start=start, end=end, step=HOUR, how=how)
            assert curve.values == pytest.approx(curves[how][0].values)
            figures = store.aggregate("m", start=start, end=end, how=how)
            near = 0.15 if how in ("p05", "p95") else 1e-9
            assert figures == {key: pytest.approx(v, rel=near) for key, v in exact[how].items()}
        [curve] = store.series("d1", ["m"], start=start, end=end)
        assert curve.times == tuple(range(start, end, HOUR))
        assert curve.values == pytest.approx(curves["mean"][0].values)
        assert store.aggregate(
            "m", start=start, end=end, how="mean", windows=[(start + 8 * HOUR, start + 17 * HOUR)]
        ) == {key: pytest.approx(value) for key, value in day.items()}
        store = reopen()


def test_hours_answer_for_what_lay_in_chosen_windows(store: DuckDbStore, clock: Clock) -> None:
    start = period_of("raw", T - 200 * DAY)[0]
    fill(store, start, 7)
    mornings = [(start + n * DAY + 8 * HOUR, start + n * DAY + 12 * HOUR) for n in range(5)]
    chosen = [Chosen(mornings, subjects=["d1"]), Chosen(mornings[:1], subjects=["d2"])]
    before = store.within(["m"], chosen)
    means = store.within(["m"], chosen, step=HOUR)
    clock.now += DAY

    store.tidy(clock.now)

    after = store.within(["m"], chosen)
    assert {key: one.number for key, one in after.items()} == {
        key: one.number for key, one in before.items()
    }
    assert after["d1", "m", ""].p95 == pytest.approx(before["d1", "m", ""].p95, rel=0.15)
    assert store.within(["m"], chosen, step=HOUR) == {
        key: pytest.approx(one) for key, one in means.items()
    }
    # An hour of six samples is six of its twelve steps.
    assert store.within(["m"], chosen, step=HOUR // 12)["d2", "m", ""].number == 24


def test_samples_of_tests_outlive_the_others(
    store: DuckDbStore, reopen: Callable[[], DuckDbStore], clock: Clock, tmp_path: Path
) -> None:
    start = period_of("raw", T - 200 * DAY)[0]
    end = start + 3 * DAY
    fill(store, start, 3)
    at = np.arange(start, end, HOUR)
    index = np.zeros(len(at), dtype=np.int32)
    store.load([("l1", "speedtest_outcome", "s")], at, index, np.arange(72.0))
    clock.now += DAY
    for _ in range(2):
        store.tidy(clock.now)
        assert kinds(tmp_path) == ["arrival", "daily", "hourly", "raw", "register"]
        assert store.samples("m", ["d1"], start=start, end=end) == {}
        times, values = store.samples("speedtest_outcome", ["l1"], start=start, end=end)["l1", "s"]
        assert (times.tolist(), values.tolist()) == (at.tolist(), list(range(72)))
        store = reopen()
    asked = {"start": start, "end": end, "how": "count"}
    tested, polled = ("l1", "s"), ("d1", "")
    assert store.aggregate("speedtest_outcome", **asked) == {tested: 72}  # type: ignore[arg-type]
    assert store.aggregate("m", **asked)[polled] == 3 * 144  # type: ignore[arg-type]

    # What comes late goes the same way, and a year later all of it is over.
    store.load([("l1", "speedtest_outcome", "s")], at[:1] + 1, index[:1], np.ones(1))
    for later in (DAY, 400 * DAY):
        clock.now += later
        store.tidy(clock.now)
        assert store.aggregate("speedtest_outcome", **asked) == {tested: 73}  # type: ignore[arg-type]
    assert store.samples("speedtest_outcome", ["l1"], start=start, end=end) == {}
    assert "raw" not in kinds(tmp_path)


def test_a_curve_runs_from_days_over_hours_into_samples(store: DuckDbStore, clock: Clock) -> None:
    begin = (T - 1500 * DAY) // DAY * DAY
    for start in (begin, begin + 1100 * DAY, begin + 1470 * DAY):
        fill(store, start, 1)
    clock.now += DAY
    store.tidy(clock.now)

    [curve] = store.series("d1", ["m"], start=begin - DAY, end=T)
    [counts] = store.series("d1", ["m"], start=begin - DAY, end=T, step=DAY, how="count")

    assert len(curve.times) == 1 + 24 + 144
    assert sorted(curve.times) == list(curve.times)
    assert [count for count in counts.values if count] == [144.0, 144.0, 144.0]
    assert store.aggregate("m", start=begin - DAY, end=T, how="count") == {
        (f"d{n}", ""): 432.0 for n in range(3)
    }


def test_readings_that_come_after_their_month_was_rolled_up_are_added_to_it(
    store: DuckDbStore, clock: Clock, batch: Batch
) -> None:
    start = period_of("raw", T - 130 * DAY)[0]
    fill(store, start, 7)
    clock.now += DAY
    store.tidy(clock.now)
    [mean] = store.aggregate(
        "m", start=start, end=start + HOUR, how="mean", subjects=["d1"]
    ).values()
    late = batch(1, ("d1", start + 1, {"m": {"": 5000.0}}), ("d8", start, {"m": {"": 1.0}}))

    store.append([late])
    for _ in range(2):
        hour = {"start": start, "end": start + HOUR}
        assert store.aggregate("m", **hour, how="count", subjects=["d1", "d8"]) == {  # type: ignore[arg-type]
            ("d1", ""): 7.0,
            ("d8", ""): 1.0,
        }
        assert store.aggregate("m", **hour, how="max", subjects=["d1"]) == {("d1", ""): 5000.0}  # type: ignore[arg-type]
        assert store.aggregate("m", **hour, how="mean", subjects=["d1"]) == {  # type: ignore[arg-type]
            ("d1", ""): pytest.approx((6 * mean + 5000) / 7)
        }
        clock.now += DAY
        store.tidy(clock.now)


def test_readings_that_come_late_but_within_the_time_of_raw_are_rolled_up_exactly(
    store: DuckDbStore, clock: Clock
) -> None:
    start = period_of("raw", T)[0]
    for part in range(3):
        fill(store, start + part * 100_000, 1, step=30 * MINUTE)
        clock.now += 10 * DAY
        store.tidy(clock.now)
    how: Aggregation = "p95"
    [exact] = store.series("d1", ["m"], start=start, end=start + DAY, step=HOUR, how=how)
    clock.now += 120 * DAY
    store.tidy(clock.now)

    [rolled] = store.series("d1", ["m"], start=start, end=start + DAY, step=HOUR, how=how)
    assert rolled.values == pytest.approx(exact.values)


def test_each_kind_is_kept_for_its_time(store: DuckDbStore, clock: Clock, tmp_path: Path) -> None:
    fill(store, T - DAY, 1)

    def after(days: int) -> list[str]:
        clock.now = T + days * DAY
        store.tidy(clock.now)
        return [kind for kind in kinds(tmp_path) if kind not in ("arrival", "register")]

    assert after(1) == ["raw"]
    assert "raw" in after(89)
    assert after(115) == ["daily", "hourly"]
    assert after(3 * 365) == ["daily", "hourly"]
    assert after(3 * 365 + 62) == ["daily"]
    assert store.aggregate("m", start=T - 2 * DAY, end=T, how="count")[("d1", "")] == 144
    assert after(10 * 365 + 366) == []
    assert store.aggregate("m", start=T - 2 * DAY, end=T, how="count") == {}


def test_settings_say_how_long(tmp_path: Path, clock: Clock) -> None:
    store = DuckDbStore(tmp_path / "metrics", clock=clock, retention=Retention(raw_days=7))
    fill(store, T - DAY, 1)
    clock.now += 40 * DAY
    store.tidy(clock.now)
    store.close()

    assert kinds(tmp_path) == ["arrival", "daily", "hourly", "register"]


def test_an_epoch_leaves_the_ledger_when_it_was_silent_for_long(
    store: DuckDbStore, reopen: Callable[[], DuckDbStore], clock: Clock, batch: Batch
) -> None:
    store.append([batch(1), batch(2), batch(5)])
    clock.now += 300 * DAY
    store.tidy(clock.now)
    assert [store.stored(BatchKey("a1", "e1", n)) for n in (1, 2, 3, 5)] == [
        True,
        True,
        False,
        True,
    ]
    store.append([Append(BatchKey("a2", "e1", 1), ())])

    clock.now += 101 * DAY
    store.tidy(clock.now)
    for _ in range(2):
        assert not store.stored(BatchKey("a1", "e1", 5))
        assert store.stored(BatchKey("a2", "e1", 1))
        store = reopen()


def test_an_epoch_that_speaks_again_is_kept_whole(
    store: DuckDbStore, clock: Clock, batch: Batch
) -> None:
    store.append([batch(1)])
    clock.now += 401 * DAY
    store.append([batch(2)])
    store.tidy(clock.now)

    assert store.stored(BatchKey("a1", "e1", 2))
