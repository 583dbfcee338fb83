"""Memory is given back between questions, and never under one."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from controller.metrics import duckdb as duckdb_module
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.room import AT_REST, Room

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
LIMIT = "SELECT current_setting('memory_limit')"
HELD = "SELECT sum(memory_usage_bytes) FROM duckdb_memory()"


def test_what_was_read_is_let_go_unless_somebody_asks(tmp_path: Path) -> None:
    with duckdb.connect(":memory:", config={"memory_limit": "800MB"}) as connection:
        path = tmp_path / "some.duckdb"
        connection.execute(f"ATTACH '{path}' AS file")
        connection.execute("CREATE TABLE file.t AS SELECT random() AS r FROM range(10_000_000)")
        connection.execute("CHECKPOINT file")
        room = Room(connection, "800MB")

        def held() -> int:
            connection.execute("SELECT sum(r) FROM file.t").fetchall()
            room_left = connection.execute(HELD).fetchone()
            assert room_left is not None
            return int(room_left[0])

        before = held()
        with room.asking():
            assert not room.give_back()
            assert held() == before
        assert room.give_back()
        left = connection.execute(HELD).fetchone()
        assert left is not None
        assert left[0] <= int(AT_REST.removesuffix("MB")) * 1_000_000 < before
        assert connection.execute(LIMIT).fetchone() == ("762.9 MiB",)


def test_a_store_gives_back_while_readings_come_in_and_answers_all_the_same(
    tmp_path: Path, clock: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_module, "_KEPT_ROWS", 1_000)
    given: list[bool] = []
    give_back = Room.give_back

    def counted(room: Room) -> bool:
        given.append(give_back(room))
        return given[-1]

    monkeypatch.setattr(Room, "give_back", counted)
    store = DuckDbStore(tmp_path / "metrics", clock=clock)
    try:
        series = [(f"d{n}", "m", "") for n in range(100)]
        index = np.tile(np.arange(100, dtype=np.int32), 6)
        for block in range(4):
            times = np.repeat(np.arange(6, dtype=np.int64), 100) + T + 6 * block
            store.load(series, times, index, index.astype(np.float64))

        assert given == [True, True, True]  # at the start, and after each thousand samples
        counts = store.aggregate("m", start=T, end=T + 24, how="count")
        assert counts == {(f"d{n}", ""): 24.0 for n in range(100)}
    finally:
        store.close()
