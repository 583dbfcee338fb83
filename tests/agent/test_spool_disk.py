"""Disks as they are met in cupboards: full, turned read-only, and every kind of damage."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.uplink.spool import Fault, Spool, SpoolFull, read_status


def body(size: int = 100):
    return lambda epoch, sequence: f"{epoch}/{sequence}/".encode() + os.urandom(size)


def mounted(where: Path, *options: str) -> bool:
    where.mkdir(exist_ok=True)
    run = subprocess.run(["mount", *options, str(where)], capture_output=True, check=False)
    return run.returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB of its own; needs the right to mount."""
    where = tmp_path / "disk"
    if not mounted(where, "-t", "tmpfs", "-o", "size=1m,mode=700", "spool-test"):
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def spool_on(folder: Path, clock=lambda: 0.0) -> Spool:
    return Spool(folder / "spool.db", max_bytes=1 << 30, max_days=14, clock=clock)


def fill(folder: Path) -> Path:
    waste = folder / "waste"
    with waste.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return waste


def put_until_full(spool: Spool) -> int:
    for stored in range(10_000):
        try:
            spool.put(body(20_000), readings=1, now_ms=0)
        except SpoolFull:
            return stored
    raise AssertionError("the disk never filled up")


def test_a_disk_that_fills_up_and_is_emptied_again(small_disk):
    with spool_on(small_disk) as spool:
        spool.put(body(), readings=1, now_ms=0)
        waste = fill(small_disk)
        stored = 1 + put_until_full(spool)
        assert spool.fault is Fault.full
        assert spool.depth[0] == stored
        assert spool.oldest() is not None, "what is there can still be sent"
        waste.unlink()
        spool.put(body(20_000), readings=1, now_ms=0)
        assert spool.fault is Fault.none
        assert read_status(small_disk / "spool.db").batches == stored + 1


def test_a_disk_that_is_full_from_the_start(small_disk):
    seconds = [0.0]
    waste = fill(small_disk)
    with spool_on(small_disk, lambda: seconds[0]) as spool:
        assert spool.fault is Fault.full
        with pytest.raises(SpoolFull):
            spool.put(body(), readings=1, now_ms=0)
        waste.unlink()
        seconds[0] += 11
        assert spool.put(body(), readings=1, now_ms=0) == 1


def test_a_disk_that_turns_read_only_and_back(small_disk):
    seconds = [0.0]
    with spool_on(small_disk, lambda: seconds[0]) as spool:
        spool.put(body(), readings=1, now_ms=0)
        spool.close()
    assert mounted(small_disk, "-o", "remount,ro")
    with spool_on(small_disk, lambda: seconds[0]) as spool:
        assert spool.fault is Fault.read_only
        with pytest.raises(SpoolFull):
            spool.put(body(), readings=1, now_ms=0)
        assert mounted(small_disk, "-o", "remount,rw")
        seconds[0] += 11
        assert spool.put(body(), readings=1, now_ms=0) == 2


@pytest.mark.parametrize("kind", ["truncated", "pages", "wal", "wal_cut", "schema", "types"])
@pytest.mark.parametrize("seed", range(3))
def test_no_damage_ends_the_agent_or_gives_a_name_twice(tmp_path, kind, seed):
    draw = random.Random(seed)  # noqa: S311 - the same damage every time
    path = tmp_path / "spool.db"
    # Ended by os._exit, so that what a power cut leaves is left: the log beside the file.
    code = (
        "import os, sys; from pathlib import Path; from agent.uplink.spool import Spool\n"
        "s = Spool(Path(sys.argv[1]), max_bytes=1 << 30, max_days=14)\n"
        "for n in range(60): s.put(lambda e, q: f'{e}/{q}/'.encode() + b'x' * 3000,"
        " readings=1, now_ms=0)\n"
        "print(s.epoch, flush=True); os._exit(0)"
    )
    first = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    ).stdout.strip()
    _damage(path, kind, draw)
    with Spool(path, max_bytes=1 << 30, max_days=14) as spool:
        assert spool.fault is Fault.none
        assert spool.epoch != first
        given = spool.put(body(), readings=1, now_ms=0)
        assert spool.newest(1).body.startswith(f"{spool.epoch}/{given}/".encode())
        while (batch := spool.oldest()) is not None:
            spool.done(batch.sequence)
    aside = read_status(path).set_aside
    assert len(aside) == (1 if kind in {"schema", "types"} else len(aside))


def _damage(path: Path, kind: str, draw: random.Random) -> None:
    log = path.with_name("spool.db-wal")
    target = log if kind.startswith("wal") else path
    if kind in {"truncated", "pages", "schema", "types"}:
        _fold(path)
    content = bytearray(target.read_bytes())
    match kind:
        case "truncated":
            del content[draw.randrange(100, len(content)) :]
        case "pages":
            for _ in range(8):
                start = draw.randrange(0, len(content) - 256)
                content[start : start + 256] = draw.randbytes(256)
        case "wal":
            start = draw.randrange(0, len(content) // 2)
            content[start:] = draw.randbytes(len(content) - start)
        case "wal_cut":
            del content[draw.randrange(0, len(content)) :]
        case "schema":
            path.unlink()
            _sql(path, "CREATE TABLE batch (sequence TEXT, other BLOB)")
            return
        case "types":
            _sql(path, "UPDATE batch SET created_at = 'yesterday' WHERE sequence = 3")
            return
    target.write_bytes(bytes(content))


def _fold(path: Path) -> None:
    _sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")


def _sql(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()
