"""VictoriaMetrics is killed while it is written to: nothing acknowledged is lost or doubled."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, text

from controller.metrics.store import Append, BatchKey, Rows
from controller.metrics.victoria.client import Access, MetricServer
from controller.metrics.victoria.store import VictoriaStore
from drivers.readings import Block
from tests.victoria import VictoriaMetrics, until

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
PARTS = tuple(f"p{n}" for n in range(20))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    made = VictoriaMetrics(tmp_path)
    yield made
    made.stop()


def open_victoria(server: VictoriaMetrics, engine: Engine) -> VictoriaStore:
    return VictoriaStore(
        engine, MetricServer(server.url, Access()), label="k", keep=60.0, most_bytes=1 << 30
    )


def batch(agent: str, sequence: int) -> Append:
    block = Block(PARTS, {"m": [float(sequence)] * len(PARTS)})
    return Append(BatchKey(agent, "e", sequence), (Rows(agent, T + sequence * 1_000, (block,)),))


def counted(store: VictoriaStore) -> dict[str, float]:
    """Samples of each agent's first series, as the server has them."""
    found = store.aggregate("m", start=T, end=T + 10**9, how="count")
    return {subject: figure for (subject, part), figure in found.items() if part == PARTS[-1]}


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(
            connection.execute(
                text("SELECT count(*) FROM metric_journal WHERE delivered_to IS NULL")
            ).scalar_one()
        )


def test_what_the_server_forgot_when_it_was_killed_comes_back(
    server: VictoriaMetrics, journal_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_victoria(server, journal_engine)
    try:
        assert all(store.append([batch("a", n) for n in range(50)]))
        until(lambda: waiting(journal_engine) == 0)
        server.kill()
        server.start()
        # Nobody writes: that the server began anew is all there is to see.
        until(lambda: "sent again" in caplog.text)
        until(lambda: waiting(journal_engine) == 0)
        store.settle()
        assert counted(store) == {"a": 50}
    finally:
        store.close()


def kill_again_and_again(server: VictoriaMetrics, engine: Engine, times: int) -> None:
    store = open_victoria(server, engine)
    done, chance = Event(), random.Random(5)  # noqa: S311 - when to kill
    acknowledged: dict[str, int] = {}

    def write(agent: str) -> None:
        sequence = 0
        while not done.is_set():
            assert store.append([batch(agent, sequence)]) == [True]
            sequence += 1
            acknowledged[agent] = sequence
            time.sleep(0.01)

    writers = [Thread(target=write, args=(f"a{n}",)) for n in range(3)]
    try:
        for writer in writers:
            writer.start()
        for _ in range(times):
            time.sleep(chance.uniform(0.5, 3.0))
            server.kill()
            time.sleep(chance.uniform(0.0, 1.0))
            server.start()
        done.set()
        for writer in writers:
            writer.join()
        assert len(acknowledged) == 3
        until(lambda: waiting(engine) == 0)
        store.settle()
        assert counted(store) == acknowledged
        for agent, batches in acknowledged.items():
            for curve in store.series(agent, ["m"], start=T, end=T + 10**9):
                assert curve.times == tuple(T + n * 1_000 for n in range(batches))
                assert curve.values == tuple(map(float, range(batches)))
    finally:
        done.set()
        store.close()


def test_nothing_is_lost_or_doubled_while_it_is_killed_under_writes(
    server: VictoriaMetrics, journal_engine: Engine
) -> None:
    kill_again_and_again(server, journal_engine, times=2)


@pytest.mark.campaign
def test_many_kills(server: VictoriaMetrics, journal_engine: Engine) -> None:
    kill_again_and_again(server, journal_engine, times=25)


def test_batches_are_taken_while_the_server_is_away_and_an_heir_delivers_them(
    server: VictoriaMetrics, journal_engine: Engine
) -> None:
    server.kill()
    store = open_victoria(server, journal_engine)
    try:
        assert all(store.append([batch("a", n)])[0] for n in range(40))
        assert store.append([batch("a", 7)]) == [False]
        assert store.stored(BatchKey("a", "e", 39))
    finally:
        store.close()
    # Another controller finds them, and the one that took them is no more.
    server.start()
    heir = open_victoria(server, journal_engine)
    try:
        until(lambda: waiting(journal_engine) == 0)
        heir.settle()
        assert counted(heir) == {"a": 40}
    finally:
        heir.close()
