"""The DuckDB store sorts and joins its files, and its answers do not change by it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import duckdb
import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.files import SCHEMA, known_as
from controller.metrics.manifest import read_manifest
from controller.metrics.periods import DAY, period_of
from controller.metrics.store import BatchKey
from tests.controller.metrics.housekeeping.months import Batch, Clock, T, answers, fill, kinds


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
