"""Imports that go on by themselves: seen after a reload, stopped in time, never in part."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import Session, select
from starlette.testclient import TestClient

from controller.exchange import running
from controller.exchange.runs import Runs
from inventory import database
from inventory.exchange.order import Progress
from inventory.models import Device, ImportRun, RunState
from inventory.models.base import utc_now
from tests.controller.county import PASSWORD, County

COLUMNS = {"column:asset_number": "资产编号", "column:school": "学校代码", "create_rooms": "1"}
PATIENCE = 60.0


class Gate:
    """Holds an import at a place until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def hold(self) -> None:
        self.reached.set()
        assert self.opened.wait(PATIENCE)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Imports wait before they compare, with half of their rows told."""
    gate, bring = Gate(), running.bring

    def held(session, scope, read, make, progress: Progress):  # type: ignore[no-untyped-def]
        progress("compare", 1, 2)
        gate.hold()
        return bring(session, scope, read, make, progress)

    monkeypatch.setattr(running, "bring", held)
    monkeypatch.setattr("controller.exchange.watches._PATIENCE", 0.05)
    yield gate
    gate.opened.set()


@pytest.fixture
def where(client: TestClient, county: County) -> str:
    """A file of two devices that waits."""
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    text = "资产编号,学校代码\nZC-1,SCH-A\nZC-2,SCH-A\n"
    answer = client.post(
        "/imports/upload",
        data={"layout": "devices"},
        files={"file": ("台账.csv", text.encode())},
        follow_redirects=False,
    )
    return str(answer.headers["location"])


def ended(client: TestClient, app: FastAPI, where: str) -> str:
    """The page, once the run is over."""
    runs: Runs = app.state.imports
    for _ in range(int(PATIENCE / 0.05)):
        if where.rpartition("/")[2] not in runs._watches:
            break
        threading.Event().wait(0.05)
    return client.get(where).text


def numbers(app: FastAPI) -> set[str]:
    with Session(app.state.engine) as session:
        found = session.exec(select(Device.asset_number)).all()
    return {number for number in found if number}


def test_a_run_is_seen_by_whoever_comes_back(
    app: FastAPI, client: TestClient, gate: Gate, where: str
) -> None:
    page = client.post(where, data={**COLUMNS, "step": "write"}).text
    assert gate.reached.wait(PATIENCE)
    page = client.get(where).text
    assert "正在写入台账" in page
    assert re.search(r'<progress[^>]*max="2" value="1"', page)
    assert 'name="column:asset_number"' not in page
    part = client.get(where, headers={"HX-Request": "true", "HX-Target": "live"})
    assert "<html" not in part.text
    assert "HX-Refresh" not in part.headers
    assert client.post(where, data={**COLUMNS, "step": "write"}).status_code == 409
    gate.opened.set()
    page = ended(client, app, where)
    assert "已全部写入" in page
    assert numbers(app) == {"ZC-1", "ZC-2"}
    part = client.get(where, headers={"HX-Request": "true", "HX-Target": "live"})
    assert part.headers["HX-Refresh"] == "true"


def test_who_writes_beside_an_import_waits_for_it_or_is_told_to_come_again(
    *,
    app: FastAPI,
    client: TestClient,
    county: County,
    gate: Gate,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite has one writer at a time, and an import of a large ledger is one for seconds."""
    client.post(where, data={**COLUMNS, "step": "write"})
    assert gate.reached.wait(PATIENCE)

    def write() -> Response:
        headers = {"Authorization": f"Bearer {county.tokens['mei']}"}
        room = {"school_code": "SCH-A", "name": "201"}
        return client.post("/api/v1/rooms", json=room, headers=headers)

    monkeypatch.setattr(database, "BUSY_TIMEOUT", 100)
    refused = write()
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert client.get("/devices").status_code == 200, "readers wait for nobody"
    monkeypatch.setattr(database, "BUSY_TIMEOUT", PATIENCE * 1_000)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write)
        line = database._turns[app.state.engine]._waiting
        while not line and not waiting.done():
            threading.Event().wait(0.01)
        gate.opened.set()
        assert waiting.result(PATIENCE).status_code == 201
    assert "已全部写入" in ended(client, app, where)
    assert numbers(app) == {"ZC-1", "ZC-2"}


def test_a_run_is_stopped_before_it_writes(
    app: FastAPI, client: TestClient, gate: Gate, where: str
) -> None:
    client.post(where, data={**COLUMNS, "step": "check"})
    assert gate.reached.wait(PATIENCE)
    assert client.post(f"{where}/cancel").status_code == 200
    gate.opened.set()
    assert "已停止，未写入任何内容" in ended(client, app, where)
    assert numbers(app) == set()
    # What was chosen is chosen still, and it can be done after all.
    client.post(where, data={**COLUMNS, "step": "write"})
    assert "已全部写入" in ended(client, app, where)


def test_only_its_owner_stops_a_run(client: TestClient, gate: Gate, where: str) -> None:
    client.post(where, data={**COLUMNS, "step": "check"})
    assert gate.reached.wait(PATIENCE)
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    assert client.post(f"{where}/cancel").status_code == 404


def test_what_breaks_is_said_and_nothing_is_written(
    app: FastAPI, client: TestClient, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("inventory.exchange.devices.DeviceImporter.write", broken)
    assert "处理中断" in client.post(where, data={**COLUMNS, "step": "write"}).text
    assert numbers(app) == set()


def test_a_run_whose_controller_is_gone_has_failed(
    app: FastAPI, client: TestClient, where: str
) -> None:
    run = ImportRun(
        upload_id=where.rpartition("/")[2], user_id="u-mei", choices="{}", is_dry=False,
        seen_at=utc_now() - timedelta(minutes=9),
    )  # fmt: skip
    with Session(app.state.engine, expire_on_commit=False) as session:
        session.add(run)
        session.commit()
    assert "处理中断" in client.get(where).text
    shared = Runs(app.state.sessions, shared=True)
    assert shared.state(run) is RunState.failed
    run.seen_at = utc_now()
    assert shared.state(run) is RunState.running
    shared.close()


def test_a_controller_that_ends_stops_its_runs(
    app: FastAPI, client: TestClient, gate: Gate, where: str
) -> None:
    client.post(where, data={**COLUMNS, "step": "write"})
    assert gate.reached.wait(PATIENCE)
    closing = threading.Thread(target=app.state.imports.close)
    closing.start()
    gate.opened.set()
    closing.join(PATIENCE)
    assert not closing.is_alive()
    assert numbers(app) == set()
