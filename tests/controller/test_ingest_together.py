"""Many batches at once, and the same on PostgreSQL."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DataError, OperationalError
from starlette.testclient import TestClient

import inventory.database
from controller.app import create_app
from drivers.readings import BATCH_CONTENT_TYPE
from inventory.database import read_only, unit_of_work
from inventory.models import DeviceState
from tests.agents import signed
from tests.controller.county import (
    County,
    make_batch,
    make_county,
    make_poll,
    make_settings,
    now_ms,
)


def send(client: TestClient, county: County, body: bytes) -> int:
    headers = signed(client.app, county.key, "POST", "/api/agent/v1/batches", body)
    headers["Content-Type"] = BATCH_CONTENT_TYPE
    return client.post("/api/agent/v1/batches", content=body, headers=headers).status_code


def readings(app: FastAPI) -> int:
    found = app.state.store.series("d-a-1", ["cpu_ratio"], start=0, end=now_ms() + 1)
    return sum(len(one.times) for one in found)


def test_the_same_batch_many_times_at_once_is_stored_once(
    app: FastAPI, client: TestClient, county: County
) -> None:
    body = make_batch(county.agent_id, 1)
    with ThreadPoolExecutor(4) as threads:
        answers = Counter(threads.map(lambda _: send(client, county, body), range(12)))
    assert answers[204] == 1
    assert set(answers) <= {204, 409, 429}
    assert readings(app) == 1


def test_more_at_once_than_one_agent_sends_are_told_to_come_later(
    app: FastAPI, client: TestClient, county: County
) -> None:
    with ExitStack() as places:
        for _ in range(4):
            places.enter_context(app.state.intake.admit()).given_to(county.agent_id)
        assert send(client, county, make_batch(county.agent_id, 1)) == 429
    assert send(client, county, make_batch(county.agent_id, 1)) == 204


def test_a_batch_that_meets_a_large_import_is_taken_when_it_comes_again(
    app: FastAPI, client: TestClient, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory.database, "BUSY_TIMEOUT", 200)
    body = make_batch(county.agent_id, 1)
    # An import is one transaction, all or nothing: on SQLite nobody else writes until its end.
    with unit_of_work(app.state.sessions):
        assert send(client, county, body) == 503
        assert readings(app) == 0
    assert send(client, county, body) == 204
    assert readings(app) == 1


def test_on_postgresql_too_a_batch_is_stored_once(tmp_path: Path, postgres_database: str) -> None:
    county = make_county(postgres_database)
    app = create_app(make_settings(tmp_path, database_url=postgres_database))
    with TestClient(app) as client:
        body = make_batch(county.agent_id, 1)
        assert send(client, county, body) == 204
        assert send(client, county, body) == 409
        foreign = make_batch(county.agent_id, 2, make_poll("d-b-1", "SCH-B"))
        assert send(client, county, foreign) == 422
        assert readings(app) == 1
        with read_only(app.state.sessions) as session:
            assert session.get(DeviceState, "d-a-1") is not None
        headers = {"Authorization": f"Bearer {county.tokens['mei']}"}
        assert client.get("/api/v1/devices?sort=status", headers=headers).json()["total"] == 2
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("UPDATE", {}, Exception("database is locked")), 503),
        (DataError("INSERT", {}, Exception("out of range")), 422),
    ],
)
def test_a_failing_database_is_waited_for_and_an_impossible_value_is_not(
    *,
    app: FastAPI,
    client: TestClient,
    county: County,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("controller.ingest.register.record_parts", fail)
        assert send(client, county, make_batch(county.agent_id, 1)) == status
    assert readings(app) == 0
    assert send(client, county, make_batch(county.agent_id, 1)) == 204


def test_the_register_is_not_locked_by_a_batch_that_waits_for_readings(
    app: FastAPI, client: TestClient, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = app.state.store
    append = store.append

    def slow(batches: object) -> object:
        with unit_of_work(app.state.sessions):
            return append(batches)

    monkeypatch.setattr(store, "append", slow)
    assert send(client, county, make_batch(county.agent_id, 1)) == 204
