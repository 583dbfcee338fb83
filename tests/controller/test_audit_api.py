"""The audit trail through the API, the pages and the commands: whoever writes is named."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from controller.words.audit import FIELDS, TABLES
from inventory.database import unit_of_work
from inventory.models import Device
from tests.controller.county import PASSWORD, County, make_batch, make_poll

Send = Callable[..., Response]
Run = Callable[..., Result]


def bearer(county: County, login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}"}


def log_in(client: TestClient, login: str) -> None:
    answer = client.post(
        "/login", data={"login": login, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303


def changes(client: TestClient, county: County, login: str = "admin", **query: str) -> list[Any]:
    answer = client.get("/api/v1/audit", params=query, headers=bearer(county, login))
    assert answer.status_code == 200
    found: list[Any] = answer.json()["items"]
    return found


def test_a_change_through_the_api_is_told(client: TestClient, county: County) -> None:
    answer = client.patch(
        "/api/v1/devices/d-a-1", json={"name": "Core switch"}, headers=bearer(county, "mei")
    )
    assert answer.status_code == 200
    [change] = changes(client, county)
    assert change["actor"] == "mei"
    assert change["origin"] == "api"
    assert change["address"] == "testclient"
    assert (change["table"], change["key"], change["school_code"]) == ("device", "d-a-1", "SCH-A")
    assert change["changes"] == [
        {"field": "name", "before": "switch d-a-1", "after": "Core switch"}
    ]


def test_a_change_on_a_page_is_told_with_its_page(client: TestClient, county: County) -> None:
    log_in(client, "mei")
    answer = client.post("/devices/d-a-1/access", data={"protocol": "ping", "address": "10.9.9.9"})
    assert answer.status_code == 200
    [change] = changes(client, county)
    assert (change["origin"], change["actor"]) == ("page", "mei")
    assert {one["field"]: one["after"] for one in change["changes"]} == {
        "protocol": "ping",
        "address": "10.9.9.9",
    }


def test_commands_on_the_machine_are_the_operators(
    client: TestClient, county: County, run: Run
) -> None:
    assert (
        run("devices", "set", "d-a-1", "--protocol", "ping", "--address", "10.9.9.8").exit_code == 0
    )
    [change] = changes(client, county)
    assert (change["origin"], change["actor"], change["address"]) == ("cli", "", "")


def test_a_command_that_asks_a_controller_is_a_command(client: TestClient, county: County) -> None:
    headers = bearer(county, "admin") | {"User-Agent": "fleet"}
    client.patch("/api/v1/devices/d-a-1", json={"name": "x"}, headers=headers)
    assert changes(client, county)[0]["origin"] == "cli"


def test_batches_of_agents_leave_no_trail(client: TestClient, county: County, send: Send) -> None:
    assert send(make_batch(county.agent_id, 1, make_poll("d-a-1"))).status_code < 300
    assert changes(client, county) == []


def test_secrets_given_to_the_api_are_not_in_the_trail(client: TestClient, county: County) -> None:
    answer = client.post(
        "/api/v1/credentials",
        json={
            "name": "c",
            "school_code": "SCH-A",
            "secret": {"kind": "snmp", "community": "s3cr3t!"},
        },
        headers=bearer(county, "mei"),
    )
    assert answer.status_code == 201, answer.text
    [change] = changes(client, county, table="credential")
    assert "s3cr3t" not in json.dumps(change)
    assert {"field": "secret", "before": None, "after": "••••"} in change["changes"]


def test_a_school_reads_its_own_trail_and_a_shopper_none(
    client: TestClient, county: County
) -> None:
    for device in ("d-a-1", "d-b-1"):
        client.patch(
            f"/api/v1/devices/{device}", json={"name": "x"}, headers=bearer(county, "admin")
        )
    assert len(changes(client, county)) == 2
    assert [one["key"] for one in changes(client, county, "mei")] == ["d-a-1"]
    refused = client.get("/api/v1/audit", headers=bearer(county, "shopper"))
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"field": "name"}, ["d-a-2", "d-a-1"]),
        ({"field": "address"}, []),
        ({"device": "d-a-1"}, ["d-a-1"]),
        ({"actor": "mei"}, ["d-a-2"]),
        ({"origin": "page"}, []),
        ({"action": "update"}, ["d-a-2", "d-a-1"]),
        ({"since": "2999-01-01T00:00:00Z"}, []),
        ({"until": "2999-01-01T00:00:00"}, ["d-a-2", "d-a-1"]),
    ],
)
def test_filters(
    client: TestClient, county: County, query: dict[str, str], keys: list[str]
) -> None:
    for device, login in (("d-a-1", "admin"), ("d-a-2", "mei")):
        client.patch(f"/api/v1/devices/{device}", json={"name": "x"}, headers=bearer(county, login))
    assert [one["key"] for one in changes(client, county, **query)] == keys


def test_a_field_that_is_no_name_is_refused(client: TestClient, county: County) -> None:
    answer = client.get("/api/v1/audit", params={"field": '"%'}, headers=bearer(county, "admin"))
    assert answer.status_code == 422


def test_the_page_shows_changes_in_the_readers_words(
    app: FastAPI, client: TestClient, county: County
) -> None:
    client.patch(
        "/api/v1/devices/d-a-1", json={"lifecycle": "in_repair"}, headers=bearer(county, "mei")
    )
    log_in(client, "admin")
    page = client.get("/audit?lang=en").text
    assert "In service → In repair" in page
    assert "mei" in page
    chinese = client.get("/audit?lang=zh_CN").text
    assert "在用 → 维修中" in chinese
    assert "没有符合条件的变更" in client.get("/audit?actor=nobody").text
    assert "在用 → 维修中" in client.get("/devices/d-a-1").text
    assert client.get("/audit?since=2999-01-01").text.count("→") == 0
    assert client.get("/audit?until=2999-01-01&table=device&origin=api").text.count("→") > 0
    with unit_of_work(app.state.sessions) as session:
        assert session.get_one(Device, "d-a-1").revision == 2


def test_who_may_not_read_the_trail_is_not_shown_it(client: TestClient, county: County) -> None:
    log_in(client, "shopper")
    assert client.get("/audit").status_code == 403
    page = client.get("/devices/d-a-1").text
    assert 'id="changes"' not in page
    assert 'href="/audit"' not in page
    assert county


def test_words_are_of_tables_and_columns_there_are() -> None:
    tables = SQLModel.metadata.tables
    assert set(TABLES) <= set(tables)
    assert set(FIELDS) <= {column.name for table in tables.values() for column in table.columns}
