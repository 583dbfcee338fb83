"""The queue on disk: order, bounds, names that are never given twice, and files that break."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from agent.uplink.spool import Fault, Spool, SpoolFull, read_status

DAY_MS = 86_400_000


def body(size: int = 100):
    return lambda epoch, sequence: f"{epoch}/{sequence}/".encode().ljust(size, b".")


def open_spool(path: Path, *, max_bytes: int = 1 << 20, max_days: float = 14) -> Spool:
    return Spool(path, max_bytes=max_bytes, max_days=max_days)


def drain(spool: Spool) -> list[int]:
    sent = []
    while (batch := spool.oldest()) is not None:
        sent.append(batch.sequence)
        spool.done(batch.sequence)
    return sent


def test_batches_leave_in_the_order_they_came(spool):
    for _ in range(5):
        spool.put(body(), readings=1, now_ms=0)
    assert drain(spool) == [1, 2, 3, 4, 5]


def test_a_batch_stays_until_it_is_answered_for(spool):
    spool.put(body(), readings=3, now_ms=0)
    assert spool.oldest() == spool.oldest()
    assert spool.depth[0] == 1
    spool.done(1)
    assert spool.oldest() is None
    assert spool.depth == (0, 0, 0)


def test_the_name_of_a_batch_is_in_its_bytes(spool):
    sequence = spool.put(body(), readings=1, now_ms=0)
    assert spool.oldest().body.startswith(f"{spool.epoch}/{sequence}/".encode())


def test_a_number_is_never_given_twice_even_after_everything_was_sent(tmp_path):
    path = tmp_path / "spool.db"
    with open_spool(path) as spool:
        epoch = spool.epoch
        for _ in range(3):
            spool.put(body(), readings=1, now_ms=0)
        drain(spool)
    with open_spool(path) as again:
        assert again.epoch != epoch
        assert again.put(body(), readings=1, now_ms=0) == 4


def test_an_encoder_that_fails_uses_up_no_number(spool):
    def broken(epoch: str, sequence: int) -> bytes:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        spool.put(broken, readings=1, now_ms=0)
    assert spool.put(body(), readings=1, now_ms=0) == 1
    assert spool.depth[0] == 1


def test_beyond_its_bytes_the_oldest_go_and_are_counted(tmp_path):
    path = tmp_path / "spool.db"
    with open_spool(path, max_bytes=1000) as spool:
        for _ in range(20):
            spool.put(body(200), readings=1, now_ms=0)
        batches, size, dropped = spool.depth
        assert size <= 1000
        assert dropped == 20 - batches
        assert drain(spool) == list(range(21 - batches, 21))
    with open_spool(path) as again:
        assert again.depth[2] == dropped


def test_beyond_its_days_the_oldest_go(tmp_path):
    with open_spool(tmp_path / "spool.db", max_days=2) as spool:
        spool.put(body(), readings=1, now_ms=0)
        spool.put(body(), readings=1, now_ms=DAY_MS)
        spool.put(body(), readings=1, now_ms=3 * DAY_MS)
        assert drain(spool) == [2, 3]
        assert spool.depth[2] == 1


def test_the_newest_batch_stays_however_large(tmp_path):
    with open_spool(tmp_path / "spool.db", max_bytes=100) as spool:
        spool.put(body(5000), readings=1, now_ms=0)
        assert spool.depth[0] == 1


def test_a_new_file_is_a_new_epoch(tmp_path):
    epochs = set()
    for number in range(3):
        with open_spool(tmp_path / f"{number}.db") as spool:
            epochs.add(spool.epoch)
    assert len(epochs) == 3


def test_halves_replace_a_batch_in_one_step(spool):
    spool.put(body(), readings=4, now_ms=0)
    assert spool.put_all([(body(), 2), (body(), 2)], now_ms=0, instead_of=1) == [2, 3]
    assert drain(spool) == [2, 3]


@pytest.mark.parametrize("damage", ["garbage", "torn", "middle"])
def test_a_damaged_file_is_set_aside_and_a_new_epoch_begins(tmp_path, damage):
    path = tmp_path / "spool.db"
    with open_spool(path, max_bytes=1 << 30) as spool:
        epoch = spool.epoch
        for _ in range(200):
            spool.put(body(2000), readings=1, now_ms=0)
    content = bytearray(path.read_bytes())
    if damage == "garbage":
        content[:] = b"no database at all " * 1000
    elif damage == "torn":
        del content[len(content) // 2 :]
    else:
        for page in range(2, len(content) // 4096):
            content[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    path.write_bytes(bytes(content))
    with open_spool(path) as again:
        assert again.epoch != epoch
        assert again.put(body(), readings=1, now_ms=0) == 1
        assert len(read_status(path).set_aside) == 1


def test_damage_met_while_running_heals_and_is_no_crash(tmp_path):
    path = tmp_path / "spool.db"
    with open_spool(path, max_bytes=1 << 30) as spool:
        epoch = spool.epoch
        for _ in range(300):
            spool.put(body(3000), readings=1, now_ms=0)
        spool._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spool._database.execute("PRAGMA shrink_memory")
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * (path.stat().st_size - 4096))
        with pytest.raises(SpoolFull):
            drain(spool)
        assert spool.epoch != epoch
        assert spool.put(body(), readings=1, now_ms=0) == 1


def test_only_the_latest_damaged_file_is_kept(tmp_path):
    path = tmp_path / "spool.db"
    for _ in range(3):
        path.write_bytes(b"no database at all " * 1000)
        open_spool(path).close()
    assert len(read_status(path).set_aside) == 1


def test_a_full_disk_stores_nothing_and_uses_up_no_number(spool):
    spool.put(body(), readings=1, now_ms=0)
    (pages,) = spool._database.execute("PRAGMA page_count").fetchone()
    spool._database.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(SpoolFull):
        spool.put(body(100_000), readings=1, now_ms=0)
    assert spool.depth[0] == 1
    spool._database.execute("PRAGMA max_page_count=1000000")
    assert spool.put(body(100_000), readings=1, now_ms=0) == 2


def test_a_path_that_cannot_be_is_no_end_and_is_tried_again(tmp_path):
    path, seconds = tmp_path / "spool.db", [0.0]
    path.mkdir()
    with Spool(path, max_bytes=1 << 20, max_days=14, clock=lambda: seconds[0]) as spool:
        assert spool.fault is Fault.failing
        with pytest.raises(SpoolFull):
            spool.put(body(), readings=1, now_ms=0)
        path.rmdir()
        with pytest.raises(SpoolFull):
            spool.put(body(), readings=1, now_ms=0)  # not at once: it costs
        seconds[0] += 11
        assert spool.put(body(), readings=1, now_ms=0) == 1
        assert spool.fault is Fault.none


def test_drops_are_counted_in_readings_too_and_kept(tmp_path):
    path = tmp_path / "spool.db"
    with open_spool(path, max_bytes=1000) as spool:
        for number in range(20):
            spool.put(body(200), readings=10 + number, now_ms=0)
        dropped = spool.depth[2]
        assert spool.dropped_readings == sum(10 + number for number in range(dropped))
        spool.count_dropped(1, 7)
        spool.done(20)
        told = spool.dropped_readings
        assert told == sum(10 + number for number in range(dropped)) + 7
    with open_spool(path) as again:
        assert again.dropped_readings == told
    assert read_status(path).dropped_readings == told


def test_the_newest_is_given_only_from_among_the_last(spool):
    for _ in range(5):
        spool.put(body(), readings=1, now_ms=0)
    assert spool.newest(2).sequence == 5
    spool.done(5)
    assert spool.newest(2).sequence == 4
    spool.done(4)
    assert spool.newest(2) is None


def test_other_bytes_take_the_place_of_a_batch(spool):
    spool.put(body(100), readings=1, now_ms=5)
    spool.replace(1, b"right", 9)
    spool.replace(2, b"gone meanwhile", 9)
    assert (spool.oldest().body, spool.oldest().created_at) == (b"right", 9)
    assert spool.depth[:2] == (1, len(b"right") + 64)


def test_memory_hands_over_names_and_drops(spool):
    refuge = Spool(None, max_bytes=1000, max_days=1)
    for _ in range(20):
        refuge.put(body(200), readings=3, now_ms=0)
    kept, _, dropped = refuge.depth
    newest = refuge.newest(1).body
    refuge.move_to(spool, now_ms=0, boot_ms=0)
    assert refuge.depth == (0, 0, 0)
    assert (spool.depth[0], spool.depth[2]) == (kept, dropped)
    assert spool.dropped_readings == 3 * dropped
    assert spool.newest(1).body == newest


def test_a_clock_that_is_set_ages_nothing_of_this_run_of_the_box(tmp_path):
    with Spool(tmp_path / "s.db", max_bytes=1 << 20, max_days=2, boot="b1") as spool:
        spool.put(body(), readings=1, now_ms=1000, boot_ms=1000)
        spool.put(body(), readings=1, now_ms=50 * 365 * DAY_MS, boot_ms=2000)
        assert spool.depth[0] == 2
        spool.put(body(), readings=1, now_ms=1, boot_ms=2 * DAY_MS + 1500)
        assert drain(spool) == [2, 3]


def test_a_spool_of_the_first_release_is_taken_over(tmp_path):
    path = tmp_path / "spool.db"
    old = sqlite3.connect(path)
    old.executescript(
        "CREATE TABLE batch (sequence INTEGER PRIMARY KEY AUTOINCREMENT, created_at INTEGER NOT"
        " NULL, readings INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL);"
        "CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        "INSERT INTO note VALUES ('epoch', 'e1'), ('dropped', '2');"
        "INSERT INTO batch VALUES (7, 5, 1, 100, x'00');"
    )
    old.close()
    with open_spool(path) as spool:
        assert spool.depth == (1, 100, 2)
        assert spool.put(body(), readings=1, now_ms=6) == 8
        assert drain(spool) == [7, 8]
    assert read_status(path).set_aside == ()


def test_only_the_agent_can_read_it(tmp_path):
    path = tmp_path / "spool.db"
    with open_spool(path) as spool:
        spool.put(body(), readings=1, now_ms=0)
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_status_can_be_read_beside_a_working_agent(tmp_path):
    path = tmp_path / "spool.db"
    with open_spool(path) as spool:
        spool.put(body(), readings=7, now_ms=1234)
        status = read_status(path)
        assert (status.batches, status.readings, status.oldest_at) == (1, 7, 1234)
        assert status.epoch == spool.epoch


def test_several_threads_never_share_a_number(spool):
    seen: list[int] = []

    def work() -> None:
        seen.extend(spool.put(body(), readings=1, now_ms=0) for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 201))


def test_a_power_cut_cannot_take_back_a_number(spool):
    # In WAL mode NORMAL (1) does not fsync a commit; a number given again is answered 409,
    # and its readings are lost.
    assert spool._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert spool._database.execute("PRAGMA synchronous").fetchone() == (2,)
