"""What a store on disk must do beyond the contract: last, and take kill -9."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from controller.metrics import recall
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.files import StoreInUse
from controller.metrics.store import Append, BatchKey, Rows, Series
from drivers.readings import Block

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
DAY = 86_400_000
Batch = Callable[..., Append]


@pytest.fixture
def reopen(tmp_path: Path, clock: Callable[[], int]) -> Iterator[Callable[[], DuckDbStore]]:
    """Closes the store and opens it again."""
    held: list[DuckDbStore] = []

    def again() -> DuckDbStore:
        if held:
            held.pop().close()
        held.append(DuckDbStore(tmp_path / "metrics", clock=clock))
        return held[0]

    yield again
    held.pop().close()


def test_everything_is_there_after_a_restart(
    reopen: Callable[[], DuckDbStore], batch: Batch
) -> None:
    one = batch(1, ("d1", T, {"m": {"a": 1.0, "b": 2.0}}))
    reopen().append([one])

    store = reopen()

    assert store.stored(one.key)
    assert store.append([one]) == [False]
    store.append([batch(2, ("d1", T + 1, {"m": {"b": 3.0}}))])
    assert store.series("d1", ["m"], start=T, end=T + 2) == [
        Series("m", "a", (T,), (1.0,)),
        Series("m", "b", (T, T + 1), (2.0, 3.0)),
    ]
    assert store.latest(["d1"], ["m"], since=0) == {
        ("d1", "m", "a"): (T, 1.0),
        ("d1", "m", "b"): (T + 1, 3.0),
    }


def test_the_newest_value_survives_a_restart_however_old_it_is(
    reopen: Callable[[], DuckDbStore], batch: Batch
) -> None:
    old, older = T - 5 * DAY, T - 6 * DAY
    reopen().append([batch(1, ("d1", old, {"m": {"": 1.0}}), ("d2", T, {"m": {"": 2.0}}))])

    store = reopen()
    store.append([batch(2, ("d1", older, {"m": {"": 0.5}}))])

    assert store.latest(["d1", "d2"], ["m"], since=older) == {
        ("d1", "m", ""): (old, 1.0),
        ("d2", "m", ""): (T, 2.0),
    }
    assert store.latest(["d1", "d2"], ["m"], since=T - DAY) == {("d2", "m", ""): (T, 2.0)}


def test_newest_values_of_sorted_files_are_known_where_too_many_are_there_to_be_read_at_start(
    reopen: Callable[[], DuckDbStore],
    batch: Batch,
    clock: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recall, "WARM_ROWS", 0)
    store = reopen()
    store.append([batch(1, ("d1", T, {"m": {"": 1.0}}), ("d2", T, {"m": {"": 2.0}}))])
    clock.now = later = T + DAY  # type: ignore[attr-defined]
    store.tidy(later)
    store.append([batch(2, ("d2", later, {"m": {"": 3.0}}))])

    store = reopen()

    assert store.latest(["d1", "d2"], ["m"], since=T) == {
        ("d1", "m", ""): (T, 1.0),
        ("d2", "m", ""): (later, 3.0),
    }
    assert store.latest(["d1", "d2"], ["m"], since=T + 1) == {("d2", "m", ""): (later, 3.0)}


def test_series_of_many_days_keep_their_names_whichever_file_brought_them(
    reopen: Callable[[], DuckDbStore], batch: Batch, clock: Callable[[], int]
) -> None:
    store = reopen()
    days = range(6)
    for day in days:
        clock.now = T + day * DAY  # type: ignore[attr-defined]
        store.append([batch(day, ("d1", T + day, {"m": {"all": 1.0, f"g{day}": float(day)}}))])
        if day in (1, 4):  # some are sorted by one day, some by three days together
            store.tidy(T + day * DAY)

    before = store.series("d1", ["m"], start=T, end=T + 9)
    assert [(curve.part, curve.values) for curve in before] == [
        ("all", (1.0,) * len(days)),
        *((f"g{day}", (float(day),)) for day in days),
    ]
    assert reopen().series("d1", ["m"], start=T, end=T + 9) == before


def test_opening_and_tidying_leave_duckdb_the_room_and_threads_it_was_given(tmp_path: Path) -> None:
    store = DuckDbStore(tmp_path / "metrics", memory_limit="300MB", threads=2)
    asked = "SELECT current_setting('memory_limit'), current_setting('threads')"
    try:
        store.tidy(T)
        with store._connection.cursor() as cursor:
            assert cursor.execute(asked).fetchone() == ("286.1 MiB", 2)
    finally:
        store.close()


def test_a_new_day_is_a_new_file_and_a_query_reads_both(
    tmp_path: Path, reopen: Callable[[], DuckDbStore], batch: Batch, clock: Callable[[], int]
) -> None:
    first = batch(1, ("d1", T, {"m": {"": 1.0}}))
    store = reopen()
    store.append([first])
    clock.now = later = T + DAY  # type: ignore[attr-defined]
    # The late reading goes to the new file too: a transaction writes to one file only.
    store.append([batch(2, ("d1", later, {"m": {"": 2.0}}), ("d2", T, {"m": {"": 4.0}}))])

    def assert_both_are_read() -> None:
        assert store.append([first]) == [False]
        assert store.series("d1", ["m"], start=T, end=later + 1)[0].values == (1.0, 2.0)
        assert store.aggregate("m", start=T, end=later, how="max") == {
            ("d1", ""): 1.0,
            ("d2", ""): 4.0,
        }

    assert_both_are_read()
    store = reopen()
    assert_both_are_read()
    assert sorted(p.name for p in (tmp_path / "metrics").glob("*.duckdb")) == [
        "arrival-2026-03-10-000001.duckdb",
        "arrival-2026-03-11-000002.duckdb",
    ]


def test_a_clock_set_back_does_not_reopen_an_older_file(
    tmp_path: Path, reopen: Callable[[], DuckDbStore], batch: Batch, clock: Callable[[], int]
) -> None:
    store = reopen()
    clock.now = T - 60 * DAY  # type: ignore[attr-defined]
    store.append([batch(1, ("d1", T, {"m": {"": 1.0}}))])

    assert [p.name for p in (tmp_path / "metrics").glob("*.duckdb")] == [
        "arrival-2026-03-10-000001.duckdb"
    ]


def test_a_file_left_half_made_is_made_again(
    tmp_path: Path, reopen: Callable[[], DuckDbStore], batch: Batch
) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "arrival-2026-03-10-000001.duckdb").write_bytes(b"half")

    assert reopen().append([batch(1, ("d1", T, {"m": {"": 1.0}}))]) == [True]


def test_a_second_process_is_told_who_holds_the_store(
    tmp_path: Path, reopen: Callable[[], DuckDbStore]
) -> None:
    reopen()
    program = (
        "import sys; from pathlib import Path\n"
        "from controller.metrics.duckdb import DuckDbStore\n"
        "from controller.metrics.files import StoreInUse\n"
        "try: DuckDbStore(Path(sys.argv[1]))\n"
        "except StoreInUse as error: print(error.directory)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "metrics")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(tmp_path / "metrics")
    assert issubclass(StoreInUse, RuntimeError)


def test_a_failed_write_stores_nothing_and_the_next_one_goes_on(
    reopen: Callable[[], DuckDbStore], batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = reopen()
    one = batch(1, ("d1", T, {"m": {"": 1.0}}))

    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise duckdb.IOException("no space left on device")

        patch.setattr(store, "_write", full)
        with pytest.raises(duckdb.IOException):
            store.append([one])
    assert not store.stored(one.key)
    assert store.latest(["d1"], ["m"], since=0) == {}

    assert store.append([one]) == [True]
    assert reopen().series("d1", ["m"], start=T, end=T + 1)[0].values == (1.0,)


def test_many_writers_and_readers_at_once(reopen: Callable[[], DuckDbStore]) -> None:
    store = reopen()
    writers, each = 6, 30

    def write(agent: int) -> None:
        for sequence in range(each):
            block = Block(("a", "b"), {"m": [float(sequence), 1.0]})
            rows = (Rows(f"d{agent}", T + sequence, (block,)),)
            assert store.append([Append(BatchKey(f"a{agent}", "e", sequence), rows)]) == [True]

    def read() -> None:
        for _ in range(30):
            for figure in store.aggregate("m", start=T, end=T + each, how="count").values():
                assert 1 <= figure <= each
            store.latest(["d1"], ["m"], since=0)

    with ThreadPoolExecutor(writers + 2) as pool:
        work = [pool.submit(write, agent) for agent in range(writers)]
        work += [pool.submit(read) for _ in range(2)]
    for done in work:
        done.result()

    counts = store.aggregate("m", start=T, end=T + each, how="count")
    assert counts == {(f"d{n}", p): each for n in range(writers) for p in "ab"}


WRITER = """
import sys
from pathlib import Path
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block

store = DuckDbStore(Path(sys.argv[1]))
ports = tuple(f"g{n}" for n in range(200))
sequence = int(sys.argv[2])
print("open", flush=True)
while True:
    block = Block(ports, {"m": [float(sequence)] * 200, f"n{sequence}": [1.0] * 200})
    key = BatchKey("a1", "e1", sequence)
    store.append([Append(key, (Rows("d1", 1_773_129_600_000 + sequence, (block,)),))])
    print(sequence, flush=True)
    sequence += 1
"""


def kill_while_writing(directory: Path, first: int, after: int) -> int:
    """Starts a writer, kills it once it has acknowledged ``after`` batches; returns the last."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), str(first)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    with writer:
        assert writer.stdout.readline().strip() == "open"
        for _ in range(after):
            writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        said = writer.stdout.read().split("\n")
    # The last line may be cut off by the kill; then nobody was told.
    told = [int(line) for line in said[:-1] if line]
    return told[-1] if told else first + after - 1


def assert_nothing_lost_nothing_doubled(directory: Path, told: int) -> int:
    """Every acknowledged batch is there once and whole; returns the next sequence to send."""
    store = DuckDbStore(directory)
    try:
        counts = store.series("d1", ["m"], start=T, end=T + 1_000_000)
        assert len(counts) == 200
        for curve in counts:
            times = [at - T for at in curve.times]
            assert curve.values == tuple(float(n) for n in times)
            assert times == list(range(len(times)))
            assert len(times) > told
        stored = len(counts[0].times)
        assert all(store.stored(BatchKey("a1", "e1", n)) for n in range(stored))
        assert not store.stored(BatchKey("a1", "e1", stored))
        return stored
    finally:
        store.close()


def kill_again_and_again(directory: Path, rounds: int) -> None:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    following = 0
    for _ in range(rounds):
        told = kill_while_writing(directory, following, chance.randint(1, 40))
        following = assert_nothing_lost_nothing_doubled(directory, told)


def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path / "metrics", 5)


@pytest.mark.campaign
def test_many_kills_in_a_row(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path / "metrics", 100)
