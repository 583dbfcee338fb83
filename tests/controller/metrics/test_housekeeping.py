"""The DuckDB store sorts, rolls up and drops, and its answers do not change by it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import duckdb
import numpy as np
import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.files import SCHEMA, known_as
from controller.metrics.manifest import read_manifest
from controller.metrics.periods import DAY, HOUR, Retention, period_of
from controller.metrics.store import Aggregation, Append, BatchKey

#: 2026-03-10 08:00 UTC, a Tuesday.
T = 1_773_129_600_000
MINUTE = 60_000
Batch = Callable[..., Append]
EVERY_WAY: tuple[Aggregation, ...] = ("count", "min", "mean", "max", "p05", "p95")


class Clock:
    now = T

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reopen(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], DuckDbStore]]:
    held: list[DuckDbStore] = []

    def again() -> DuckDbStore:
        if held:
            held.pop().close()
        held.append(DuckDbStore(tmp_path / "metrics", clock=clock))
        return held[0]

    yield again
    held.pop().close()


@pytest.fixture
def store(reopen: Callable[[], DuckDbStore]) -> DuckDbStore:
    return reopen()


def kinds(folder: Path) -> list[str]:
    """The kinds of the files there are, sorted."""
    return sorted(path.name.split("-")[0] for path in (folder / "metrics").glob("*.duckdb"))


def fill(
    store: DuckDbStore, start: int, days: float, *, series: int = 3, step: int = 10 * MINUTE
) -> None:
    """Load readings that wander, in no order."""
    chance = np.random.default_rng(5)
    times = np.arange(start, start + round(days * DAY), step)
    grid, index = np.meshgrid(times, np.arange(series, dtype=np.int32))
    order = chance.permutation(grid.size)
    store.load(
        [(f"d{n}", "m", "") for n in range(series)],
        grid.ravel()[order],
        index.ravel()[order],
        np.round(chance.gamma(2.0, 50.0, grid.size), 1),
    )


def answers(store: DuckDbStore, start: int, end: int) -> list[object]:
    """What a store says of a range, in many ways; means may differ in their last digit."""
    said: list[object] = [store.series("d1", ["m"], start=start, end=end)]
    for how in EVERY_WAY:
        [curve] = store.series("d1", ["m"], start=start, end=end, step=6 * HOUR, how=how)
        said.append([None if value is None else round(value, 6) for value in curve.values])
        for windows in (None, [(start + HOUR, end - 1)]):
            found = store.aggregate("m", start=start + MINUTE, end=end, how=how, windows=windows)
            said.append({key: round(value, 6) for key, value in found.items()})
    return said


def test_sorting_changes_no_answer(
    store: DuckDbStore,
    reopen: Callable[[], DuckDbStore],
    clock: Clock,
    batch: Batch,
    tmp_path: Path,
) -> None:
    fill(store, T - 19 * DAY, 19)
    first = batch(1, ("d1", T, {"m": {"": 7.0}}), ("d9", T, {"other": {"g1": 1.0}}))
    store.append([first])
    before = answers(store, T - 19 * DAY, T + DAY)
    newest = store.latest(["d0", "d1", "d2"], ["m"], since=T - 5 * DAY)
    clock.now += DAY

    store.tidy(clock.now)

    assert answers(store, T - 19 * DAY, T + DAY) == before
    assert kinds(tmp_path) == ["arrival", "raw", "raw", "register"]
    assert store.append([first]) == [False]
    store = reopen()
    assert answers(store, T - 19 * DAY, T + DAY) == before
    assert store.append([first]) == [False]
    assert store.aggregate("other", start=T, end=T + 1, how="max") == {("d9", "g1"): 1.0}
    assert store.latest(["d0", "d1", "d2"], ["m"], since=T - 5 * DAY) == newest
    store.tidy(clock.now)
    assert answers(store, T - 19 * DAY, T + DAY) == before


def test_sorted_files_are_sorted_and_hold_one_month_each(
    store: DuckDbStore, clock: Clock, tmp_path: Path
) -> None:
    fill(store, T - 19 * DAY, 19)
    clock.now += DAY
    store.tidy(clock.now)
    store.close()
    known = read_manifest(tmp_path / "metrics")
    assert known is not None

    for segment in known.segments:
        with duckdb.connect(str(tmp_path / "metrics" / f"{segment.name}.duckdb")) as file:
            rows = file.execute("SELECT series, taken_at FROM sample ORDER BY rowid").fetchall()
        # Every other series backwards: no time leaps where one series ends and the next begins.
        assert rows == sorted(rows, key=lambda row: (row[0], -row[1] if row[0] % 2 else row[1]))
        assert len(rows) == segment.rows
        times = [at for _, at in rows]
        assert (min(times), max(times)) == (segment.first, segment.last)
        assert segment.start <= segment.first < segment.last < segment.end
        assert (segment.start, segment.end) == period_of("raw", segment.first)
    assert sum(one.rows for one in known.segments) == 3 * 19 * 144


def test_many_small_files_of_a_month_become_few(
    store: DuckDbStore, clock: Clock, tmp_path: Path
) -> None:
    start, end = period_of("raw", T + 30 * DAY)

    def files(at: int) -> list[int]:
        known = read_manifest(tmp_path / "metrics")
        assert known is not None
        return sorted(one.rows for one in known.segments if one.start <= at < one.end)

    for day in range(9):
        clock.now = start + day * DAY
        fill(store, clock.now, 1)
        store.tidy(clock.now)
    clock.now += DAY
    store.tidy(clock.now)
    day_rows = 3 * 144
    assert files(start) == [day_rows, day_rows, 7 * day_rows]

    clock.now = end + 4 * DAY
    store.tidy(clock.now)
    assert files(start) == [9 * day_rows]
    fill(store, start, 1 / 24)
    clock.now += DAY
    store.tidy(clock.now)
    assert files(start) == [3 * 6, 9 * day_rows]
    fill(store, start, 1)
    clock.now += DAY
    store.tidy(clock.now)

    assert files(start) == [3 * 6 + 10 * day_rows]
    counts = store.aggregate("m", start=start, end=end, how="count")
    assert counts == {(f"d{n}", ""): 10 * 144.0 + 6 for n in range(3)}


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


def test_a_full_disk_costs_the_step_and_nothing_else(
    store: DuckDbStore, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, T - 19 * DAY, 19)
    clock.now += DAY
    fill(store, T, 1)
    before = answers(store, T - 19 * DAY, T + DAY)
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr("controller.metrics.files.write_manifest", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                store.tidy(clock.now)
            assert kinds(tmp_path) == ["arrival", "arrival"]
            assert answers(store, T - 19 * DAY, T + DAY) == before

    store.tidy(clock.now)

    assert kinds(tmp_path) == ["arrival", "raw", "raw", "register"]
    assert answers(store, T - 19 * DAY, T + DAY) == before


def test_months_of_the_first_release_are_taken_over(
    tmp_path: Path, clock: Clock, reopen: Callable[[], DuckDbStore]
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    for month, at in (("2026-02", T - 20 * DAY), ("2026-03", T - 2 * DAY)):
        with duckdb.connect() as file:
            file.execute(f"ATTACH '{folder / month}.duckdb' AS month")
            for statement in SCHEMA:
                file.execute(statement.format("month"))
            file.execute("INSERT INTO month.series VALUES (1, 'd1', 'm', '')")
            file.execute(f"INSERT INTO month.sample VALUES (1, {at}, 2.5)")  # noqa: S608
            file.execute(f"INSERT INTO month.ledger VALUES ('a1', 'e1', {at}, {at})")  # noqa: S608

    store = reopen()

    for _ in range(2):
        assert store.series("d1", ["m"], start=0, end=T)[0].values == (2.5, 2.5)
        assert store.stored(BatchKey("a1", "e1", T - 20 * DAY))
        store.tidy(clock.now)
    assert not list(folder.glob("2026-*"))


def test_a_file_stays_for_those_who_read_it(
    store: DuckDbStore, clock: Clock, tmp_path: Path
) -> None:
    fill(store, T - DAY, 1)
    clock.now += DAY
    with store._files.view() as seen:
        store.tidy(clock.now)
        with store._connection.cursor() as cursor:
            table = f"{known_as(seen.arrivals[0])}.sample"
            found = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        assert found == (3 * 144,)
        assert kinds(tmp_path).count("arrival") == 2
    assert kinds(tmp_path).count("arrival") == 1


def test_readers_see_neither_a_gap_nor_a_double_while_files_change(
    store: DuckDbStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.metrics.segments.STRETCH_ROWS", 200)
    start = period_of("raw", T - 130 * DAY)[0]
    fill(store, start, 40)
    done = Event()
    seen = 0

    def read() -> None:
        nonlocal seen
        while not done.is_set():
            counts = store.aggregate("m", start=start, end=start + 40 * DAY, how="count")
            assert counts == {(f"d{n}", ""): 40 * 144.0 for n in range(3)}
            [curve] = store.series("d1", ["m"], start=start, end=T, step=DAY, how="count")
            assert sum(filter(None, curve.values)) == 40 * 144
            seen += 1

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for day in range(5):
                clock.now = T + day * DAY
                fill(store, clock.now, 1)
                store.tidy(clock.now)
        finally:
            done.set()
        for reader in readers:
            reader.result()
    assert seen


def test_tidying_ends_soon_when_the_store_is_to_be_closed(
    store: DuckDbStore, clock: Clock, tmp_path: Path
) -> None:
    fill(store, T - DAY, 1)
    clock.now += DAY
    store.stop_tidying()
    store.tidy(clock.now)

    assert kinds(tmp_path) == ["arrival", "arrival"]
    assert store.aggregate("m", start=0, end=2 * T, how="count")[("d1", "")] == 144
