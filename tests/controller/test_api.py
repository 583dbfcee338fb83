"""``/api/v1``: inside the caller's scope, bounded, and described."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from alerts.tickets import TicketDesk
from controller.app import create_app
from controller.auth.permissions import ROLES, Permission
from drivers.readings import Component, Facts, Identity, Neighbour
from inventory.database import unit_of_work
from inventory.models import Role
from inventory.scope import Scope
from tests.controller.county import County, make_batch, make_poll, make_settings, now_ms

OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture
def as_user(client: TestClient, county: County) -> Callable[..., Response]:
    def ask(login: str, path: str, method: str = "GET", **rest: object) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        return client.request(method, f"/api/v1{path}", headers=headers, **rest)  # type: ignore[arg-type]

    return ask


AsUser = Callable[..., Response]


def test_every_role_has_its_permissions() -> None:
    assert set(ROLES) == set(Role)
    assert ROLES[Role.admin] == frozenset(Permission)
    assert Permission.read_costs not in ROLES[Role.technician]
    assert Permission.read_alerts not in ROLES[Role.procurement]


@pytest.mark.parametrize(
    "path",
    [
        "/me",
        "/schools",
        "/devices",
        "/lines",
        "/alerts",
        "/tickets",
        "/agents",
        "/users",
        "/devices/d-a-1/series?metric=cpu_ratio",
    ],
)
def test_nothing_is_told_to_strangers(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_authenticated"


def test_lists_hold_what_is_in_scope(as_user: AsUser) -> None:
    everything = as_user("admin", "/devices").json()
    assert {item["id"] for item in everything["items"]} == {"d-a-1", "d-a-2", "d-b-1"}
    own = as_user("mei", "/devices").json()
    assert own["total"] == 2
    assert {item["school_code"] for item in own["items"]} == {"SCH-A"}
    assert [item["code"] for item in as_user("mei", "/schools").json()["items"]] == ["SCH-A"]
    assert as_user("mei", "/devices?school=SCH-B").json()["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/devices/d-b-1",
        "/devices/d-none",
        "/devices/d-b-1/ports",
        "/devices/d-b-1/neighbours",
        "/devices/d-none/components",
        "/devices/d-b-1/series?metric=cpu_ratio",
        "/schools/SCH-B",
        "/lines/l-none",
        "/tickets/t-none",
    ],
)
def test_what_is_out_of_scope_is_not_there(as_user: AsUser, path: str) -> None:
    answer = as_user("mei", path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_what_a_role_may_nowhere_do_is_refused(as_user: AsUser) -> None:
    assert as_user("shopper", "/alerts").json()["code"] == "permission_denied"
    assert as_user("mei", "/users").status_code == 403
    answer = as_user("mei", "/agents/tokens", "POST", json={"schools": ["SCH-A"]})
    assert answer.status_code == 403


def test_fees_are_for_those_who_may_read_costs(as_user: AsUser) -> None:
    assert as_user("shopper", "/lines/l-a").json()["yearly_fee_cny"] == "12000.00"
    assert as_user("mei", "/lines/l-a").json()["yearly_fee_cny"] is None
    assert as_user("mei", "/lines").json()["items"][0]["yearly_fee_cny"] is None


@pytest.mark.parametrize(
    "query",
    [
        "/devices?limit=501",
        "/devices?limit=0",
        "/devices?offset=-1",
        "/devices?status=on-fire",
        "/devices/d-a-1/series",
        "/devices/d-a-1/series?metric=x&step=0",
        "/devices/d-a-1/series?metric=x&start=2026-01-01T00:00:00",
        "/devices/d-a-1/series?metric=x&start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z",
        "/devices/d-a-1/series?metric=x&start=2020-01-01T00:00:00Z&step=1",
    ],
)
def test_parameters_have_limits(as_user: AsUser, query: str) -> None:
    answer = as_user("admin", query)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


def test_readings_come_back_as_a_chart(
    as_user: AsUser, send: Callable[..., Response], county: County
) -> None:
    at = now_ms() - 60_000
    assert send(make_batch(county.agent_id, 1, make_poll(taken_at=at))).status_code == 204
    start = datetime.fromtimestamp(at / 1000 - 600, UTC)
    chart = as_user(
        "mei",
        "/devices/d-a-1/series",
        params={
            "metric": ["cpu_ratio", "port_in_bits_per_second"],
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
            "step": 60,
        },
    ).json()
    assert chart["step_seconds"] == 60
    by_metric = {one["metric"]: one for one in chart["series"]}
    assert [v for v in by_metric["cpu_ratio"]["values"] if v is not None] == [0.25]
    assert len(by_metric["cpu_ratio"]["times"]) == 60
    assert by_metric["port_in_bits_per_second"]["part"] == "GE0/0/1"
    assert as_user("mei", "/devices/d-a-1").json()["status"] == "healthy"
    assert as_user("mei", "/schools/SCH-A").json()["devices"]["healthy"] == 1


def test_a_device_tells_its_neighbours_and_components(
    as_user: AsUser, send: Callable[..., Response], county: County
) -> None:
    facts = Facts(
        Identity(name="sw"),
        components=(Component("chassis", model="C-1", serial="S-1"),),
        neighbours=(Neighbour("GE0/0/1", "core", "GE0/0/24"),),
    )
    assert send(make_batch(county.agent_id, 1, make_poll(facts=facts))).status_code == 204
    neighbours = as_user("mei", "/devices/d-a-1/neighbours").json()["items"]
    assert [(one["local_port"], one["remote_name"]) for one in neighbours] == [("GE0/0/1", "core")]
    components = as_user("mei", "/devices/d-a-1/components").json()["items"]
    assert [(one["class"], one["serial"]) for one in components] == [("chassis", "S-1")]


def test_a_ticket_goes_through_its_states(app: FastAPI, as_user: AsUser) -> None:
    with unit_of_work(app.state.sessions) as session:
        desk = TicketDesk(session, Scope.everything(), "u-admin", datetime.now(UTC))
        ticket = desk.open("SCH-A", "投影仪不亮").id
    steps = f"/tickets/{ticket}/steps"
    assert as_user("mei", steps, "POST", json={"step": "start"}).json()["state"] == "in_progress"
    assert as_user("mei", steps, "POST", json={"step": "assign"}).status_code == 403
    waiting = as_user("mei", steps, "POST", json={"step": "wait", "text": "等备件"})
    assert waiting.json()["state"] == "waiting"
    assert as_user("mei", steps, "POST", json={"step": "close"}).status_code == 409
    resolved = as_user("mei", steps, "POST", json={"step": "resolve", "text": "换灯泡"}).json()
    assert resolved["state"] == "resolved"
    kinds = [event["kind"] for event in resolved["events"]]
    assert kinds == ["opened", "started", "waiting", "resolved"]
    assert as_user("mei", "/tickets").json()["total"] == 1
    assert as_user("mei", "/tickets?state=new").json()["total"] == 0


def test_a_ticket_is_reported_and_told_with_its_clock(as_user: AsUser) -> None:
    body = {"school_code": "SCH-A", "title": "全校断网", "line_id": "l-a", "category": "network"}
    answer = as_user("mei", "/tickets", "POST", json=body)
    made = answer.json()
    assert answer.status_code == 201
    assert (made["impact"], made["urgency"], made["priority"]) == ("school", "medium", "p2")
    assert (made["origin"], made["category"], made["clock_left"]) == ("person", "network", None)
    assert made["due_response_at"] < made["due_at"]
    second = as_user("mei", "/tickets", "POST", json={"school_code": "SCH-A", "title": "x"}).json()
    due = as_user("mei", "/tickets?order=due").json()["items"]
    assert [one["id"] for one in due] == [made["id"], second["id"]]

    def step(ticket: str, **told: object) -> Response:
        return as_user("mei", f"/tickets/{ticket}/steps", "POST", json=told)

    urgent = step(made["id"], step="prioritise", impact="school", urgency="high").json()
    assert urgent["priority"] == "p1"
    assert urgent["due_at"] < made["due_at"]
    step(made["id"], step="start")
    waits = step(made["id"], step="wait", text="等配件", waiting_for="parts").json()
    assert (waits["waiting_for"], waits["due_at"]) == ("parts", None)
    assert 0 < waits["clock_left"] <= 4 * 3600
    done = step(made["id"], step="resolve", cause="provider", remedy="provider").json()
    assert (done["cause"], done["remedy"], done["waiting_for"]) == ("provider", "provider", None)
    assert step(second["id"], step="merge", into=made["number"]).status_code == 409
    third = as_user("mei", "/tickets", "POST", json={"school_code": "SCH-A", "title": "x"}).json()
    merged = step(second["id"], step="merge", into=third["number"]).json()
    assert (merged["state"], merged["merged_into_id"]) == ("closed", third["id"])
    elsewhere = {"school_code": "SCH-B", "title": "x"}
    assert as_user("mei", "/tickets", "POST", json=elsewhere).status_code in (403, 404)
    assert as_user("shopper", "/tickets", "POST", json=body).status_code == 403


def test_a_user_manager_lets_people_in_within_their_own_scope(
    as_user: AsUser, client: TestClient
) -> None:
    body = {"login": "wang", "password": "a long password", "role": "technician", "at": "SCH-B"}
    assert as_user("admin", "/users", "POST", json=body).status_code == 201
    assert as_user("admin", "/users", "POST", json=body).status_code == 409
    assert (
        as_user("admin", "/users", "POST", json=body | {"login": "x", "at": "NO"}).status_code
        == 404
    )
    short = as_user("admin", "/users", "POST", json=body | {"login": "y", "password": "short"})
    assert short.status_code == 422
    assert "short" not in short.text.replace("too_short", "").replace("should", "")
    token = as_user("admin", "/users/wang/tokens", "POST", json={}).json()["token"]
    answer = client.get("/api/v1/devices", headers={"Authorization": f"Bearer {token}"})
    assert [item["id"] for item in answer.json()["items"]] == ["d-b-1"]


def test_errors_are_told_in_the_readers_language(client: TestClient) -> None:
    chinese = client.get("/api/v1/me", headers={"Accept-Language": "zh-CN"}).json()
    english = client.get("/api/v1/me", headers={"Accept-Language": "en-GB,en"}).json()
    assert english["title"] == "Please log in"
    assert chinese["code"] == english["code"]


def test_the_committed_description_is_current(tmp_path: Path) -> None:
    described = create_app(make_settings(tmp_path)).openapi()
    assert json.loads(OPENAPI.read_text()) == described, "run: python tools/write_openapi.py"
