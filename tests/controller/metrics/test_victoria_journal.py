"""Ledger and journal in PostgreSQL, which several controllers work on at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from controller.metrics.store import Append, BatchKey
from controller.metrics.victoria import journal, runs
from controller.metrics.victoria.client import Access, MetricServer
from controller.metrics.victoria.encode import Request
from controller.metrics.victoria.errors import JournalFull, ServerUnavailable
from controller.metrics.victoria.store import VictoriaStore
from tests.controller.metrics.conftest import SettledStore, settled_store
from tests.ports import free_port
from tests.victoria import FLAGS, VictoriaMetrics, until

#: 2026-03-10 08:00 UTC.
T = 1_773_129_600_000
_epochs = count(1)
Batch = Callable[..., Append]


@pytest.fixture
def connection(journal_engine: Engine) -> Iterator[Connection]:
    with journal_engine.connect() as connection:
        yield connection


def rows_of(connection: Connection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text(query))]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b"]),
                st.integers(0, 12) | st.just(2**63 - 1) | st.just(2**63 - 2),
            ),
            min_size=1,
            max_size=8,
        ),
        max_size=8,
    )
)
def test_the_ledger_is_a_set_in_as_few_runs_as_there_can_be(
    connection: Connection, groups: list[list[tuple[str, int]]]
) -> None:
    epoch = f"e{next(_epochs)}"
    known: set[BatchKey] = set()
    for group in groups:
        keys = {BatchKey(agent, epoch, sequence) for agent, sequence in group}
        assert runs.enter(connection, keys) == keys - known
        known |= keys

    held = {(key.agent, key.sequence) for key in known}
    gaps = sum((agent, sequence - 1) not in held for agent, sequence in held)
    found = connection.execute(
        text("SELECT count(*) FROM metric_run WHERE epoch = :epoch"), {"epoch": epoch}
    )
    assert found.scalar_one() == gaps
    assert all(runs.is_stored(connection, key) for key in known)
    assert not runs.is_stored(connection, BatchKey("a", epoch, 13))
    assert not runs.is_stored(connection, BatchKey("c", epoch, 0))
    connection.rollback()


def put(connection: Connection, body: bytes = b"x") -> int:
    return journal.put(connection, journal.packed(Request(body, 1)), 1)


def test_a_claimed_request_is_nobody_elses_until_its_claimer_is_gone(
    journal_engine: Engine,
) -> None:
    with journal_engine.begin() as connection:
        ids = [put(connection), put(connection)]
    claimer = journal_engine.connect()
    assert [one.id for one in journal.claim_own(claimer, ids[:1])] == ids[:1]
    with journal_engine.begin() as other:
        assert [one.id for one in journal.claim_any(other, age=0)] == ids[1:]

    claimer.invalidate()  # as if its process was killed
    claimer.close()

    with journal_engine.connect() as other:
        # The database notices a moment later that its client is gone.
        until(lambda: len(journal.claim_any(other, age=0)) == 2)
        [first, second] = journal.claim_any(other, age=0)
        assert journal.unpacked(first.body or b"", 1) == Request(b"x", 1)
        journal.delivered(other, [first.id, second.id], server=1)
        assert journal.claim_any(other, age=0) == []


def test_what_another_process_of_the_server_took_waits_again(connection: Connection) -> None:
    ids = [put(connection) for _ in range(3)]
    journal.delivered(connection, ids[:2], server=1)
    journal.delivered(connection, ids[2:], server=2)

    assert journal.wait_again(connection, server=2) == 2
    assert [one.id for one in journal.claim_own(connection, ids)] == ids[:2]


def test_only_what_the_living_server_has_had_for_long_goes(connection: Connection) -> None:
    ids = [put(connection) for _ in range(5)]
    journal.delivered(connection, ids[:2], server=1)
    journal.delivered(connection, ids[2:3], server=2)
    journal.refused(connection, ids[3], "")
    connection.execute(
        text("UPDATE metric_journal SET delivered_at = delivered_at - interval '1 minute'")
    )
    journal.delivered(connection, ids[1:2], server=1)

    assert journal.prune(connection, server=1, age=50) == 1
    left = rows_of(connection, "SELECT id FROM metric_journal ORDER BY id")
    assert left == [(id_,) for id_ in ids[1:]]
    held = journal.backlog(connection)
    assert (held.requests, held.refused) == (1, 1)
    assert held.size > 0


def test_two_controllers_that_get_the_same_batches_at_once_store_each_once(
    metric_server: VictoriaMetrics, journal_engine: Engine, batch: Batch
) -> None:
    stores = [settled_store(metric_server, journal_engine, label="both") for _ in range(2)]
    groups = [
        [batch(n + k, ("d1", T + n + k, {"m": {"": 1.0}})) for k in range(5)]
        for n in range(0, 60, 3)
    ]
    try:
        with ThreadPoolExecutor(8) as threads:
            answers = list(
                threads.map(
                    lambda work: super(SettledStore, work[0]).append(work[1]),
                    [(store, group) for group in groups for store in stores],
                )
            )
        # What one has begun to hand over, the other leaves to it.
        for store in stores:
            store.settle()

        assert sum(map(sum, answers)) == 62
        assert stores[1].aggregate("m", start=T, end=T + 100, how="count") == {("d1", ""): 62.0}
    finally:
        for store in stores:
            store.close()


def test_a_request_the_server_calls_wrong_is_set_aside_and_harms_no_other(
    metric_server: VictoriaMetrics, journal_engine: Engine, batch: Batch
) -> None:
    with journal_engine.begin() as connection:
        put(connection, b"\x0a\xff\xff\xff\xff\x7fno protobuf")
    store = settled_store(metric_server, journal_engine)
    try:
        store.append([batch(1, ("d1", T, {"m": {"": 1.0}}))])
        assert store.aggregate("m", start=T, end=T + 1, how="max") == {("d1", ""): 1.0}
    finally:
        store.close()
    with journal_engine.connect() as connection:
        [(why,)] = rows_of(connection, "SELECT refusal FROM metric_journal WHERE refusal <> ''")
        assert "400" in str(why)


def test_a_full_journal_turns_batches_away_until_the_server_has_caught_up(
    metric_server: VictoriaMetrics, journal_engine: Engine, batch: Batch
) -> None:
    settings_: Any = {"label": "full", "keep": 60.0, "most_bytes": 2_000}
    away = VictoriaStore(
        journal_engine, MetricServer(f"http://127.0.0.1:{free_port()}", Access()), **settings_
    )
    taken = 0

    def fill() -> None:
        nonlocal taken
        while taken < 100:
            assert away.append([batch(taken, (f"d{taken}", T, {"m": {"": 1.0}}))]) == [True]
            taken += 1

    try:
        with pytest.raises(JournalFull, match="2000 bytes"):
            fill()
        assert not away.stored(BatchKey("a1", "e1", taken))
    finally:
        away.close()

    store = settled_store(metric_server, journal_engine, **settings_)
    try:
        store.settle()
        assert store.append([batch(taken, (f"d{taken}", T, {"m": {"": 1.0}}))]) == [True]
        found = store.aggregate("m", start=T, end=T + 1, how="count")
        assert found == {(f"d{n}", ""): 1.0 for n in range(taken + 1)}
    finally:
        store.close()


def test_a_server_that_wants_a_password_gets_it_and_nobody_reads_it(
    tmp_path: Path, journal_engine: Engine, batch: Batch, caplog: pytest.LogCaptureFixture
) -> None:
    flags = (*FLAGS, "-httpAuth.username=fleet", "-httpAuth.password=hush-hush")
    server = VictoriaMetrics(tmp_path, flags)
    settings_: Any = {"label": "secret", "keep": 60.0, "most_bytes": 1 << 20}
    try:
        for password in ("wrong-guess", "hush-hush"):
            access = Access("fleet", password)
            assert password not in repr(access)
            store = VictoriaStore(journal_engine, MetricServer(server.url, access), **settings_)
            try:
                store.append([batch(1, ("d1", T, {"m": {"": 1.0}}))])
                if password == "wrong-guess":
                    with pytest.raises(ServerUnavailable, match="401"):
                        store.settle()
                else:
                    store.settle()
                    assert store.aggregate("m", start=T, end=T + 1, how="max") == {("d1", ""): 1.0}
            finally:
                store.close()
        assert "guess" not in caplog.text
        assert "hush" not in caplog.text
    finally:
        server.stop()
