"""The page of batches that were set aside, in both languages."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.ingest import checks, intake, register
from controller.words.quarantine import REASONS
from inventory.database import unit_of_work
from inventory.models import Device
from tests.controller.county import PASSWORD, County, make_batch, make_poll

Send = Callable[..., Response]


def log_in(client: TestClient, login: str) -> None:
    answer = client.post(
        "/login", data={"login": login, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303


def act(client: TestClient, step: str, *chosen: str) -> str:
    answer = client.post(f"/quarantine/{step}", data={"chosen": list(chosen)})
    assert answer.status_code == 200
    return answer.text


def waiting_id(client: TestClient) -> str:
    listed = client.get("/api/v1/quarantine").json()
    identity: str = listed["items"][0]["id"]
    return identity


def test_nothing_set_aside_is_said_so(client: TestClient, county: County) -> None:
    log_in(client, "admin")
    assert "Nothing is set aside" in client.get("/quarantine?lang=en").text
    assert "没有被隔离的批次" in client.get("/quarantine?lang=zh_CN").text
    assert county


def test_a_batch_is_shown_tried_again_thrown_away_and_taken_back(
    app: FastAPI, client: TestClient, send: Send, county: County
) -> None:
    assert send(make_batch(county.agent_id, 1, make_poll("d-new"))).status_code == 422
    log_in(client, "admin")
    chinese = client.get("/quarantine?lang=zh_CN").text
    assert "设备或线路不在台账中" in chinese
    assert "隔离区" in chinese
    page = client.get("/quarantine?lang=en").text
    assert "Device or line not in the register" in page
    assert "put it back into the register" in page
    assert f'href="/agents/{county.agent_id}"' in page
    batch = waiting_id(client)
    assert "1 batch was refused again" in act(client, "retry", batch)
    assert "Nothing is set aside" in act(client, "discard", batch)
    assert "Take back" in client.get("/quarantine?state=discarded").text
    assert batch in act(client, "undo", batch)
    with unit_of_work(app.state.sessions) as session:
        session.add(Device(id="d-new", school_code="SCH-A", name="new"))
    page = act(client, "retry", batch)
    assert "1 batch is stored now." in page
    assert "Nothing is set aside" in page


def test_a_school_administrator_is_not_shown_it(client: TestClient, county: County) -> None:
    log_in(client, "mei")
    assert client.get("/quarantine").status_code == 403
    assert 'href="/quarantine"' not in client.get("/schools/SCH-A").text
    assert county


@pytest.mark.parametrize("module", [checks, intake, register])
def test_every_reason_has_words(module: ModuleType) -> None:
    source = Path(str(module.__file__)).read_text()
    found = {word for word in source.split('"') if word.startswith("batch_") and word.islower()}
    assert found - {"batch_seconds", "batch_bytes"} <= REASONS.keys()
