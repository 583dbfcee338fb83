"""Maintenance and silences as people and programs enter and end them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.judgement import judge
from alerts.models import Alert, Severity, Silence, TicketEvent
from alerts.rules import Finding
from inventory.database import read_only, unit_of_work
from tests.controller.county import PASSWORD, County

HOUR = timedelta(hours=1)
WINDOWS = "/api/v1/maintenance-windows"


@pytest.fixture
def ask(client: TestClient, county: County) -> Callable[..., Response]:
    def asked(login: str, method: str, path: str, **rest: Any) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}", **rest.pop("headers", {})}
        return client.request(method, path, headers=headers, **rest)

    return asked


@pytest.fixture
def alert(app: FastAPI, county: County) -> str:
    """The switch of SCH-A is down."""
    finding = Finding(rule="device_down", subject="d-a-1", severity=Severity.critical)
    with unit_of_work(app.state.sessions) as session:
        [made] = judge(session, [finding], [], datetime.now(UTC)).opened
        return made.id


@pytest.fixture
def mei(client: TestClient, county: County) -> TestClient:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    return client


def times(**changed: object) -> dict[str, object]:
    now = datetime.now(UTC)
    plain = {"begins_at": (now - HOUR).isoformat(), "ends_at": (now + HOUR).isoformat()}
    return {**plain, "reason": "换核心交换机", **changed}


def test_a_window_is_planned_changed_ended_and_undone(ask: Callable[..., Response]) -> None:
    made = ask("mei", "POST", WINDOWS, json=times(school_code="SCH-A"))
    assert made.status_code == 201, made.text
    here, tag = f"{WINDOWS}/{made.json()['id']}", made.headers["ETag"]
    assert (made.json()["entered_by"], made.json()["next_begins_at"]) != ("", None)

    weekly = times(weekdays=[6, 7, 6], from_time="22:00", until_time="02:30")
    weekly["ends_at"] = (datetime.now(UTC) + 10 * 24 * HOUR).isoformat()
    changed = ask("mei", "PUT", here, json=weekly, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert changed.json()["weekdays"] == [6, 7]
    assert changed.json()["until_time"] == "02:30:00"
    assert ask("mei", "PUT", here, json=weekly, headers={"If-Match": tag}).status_code == 412

    assert ask("mei", "POST", here + "/end").json()["ended_by"] == "mei"
    assert ask("mei", "POST", here + "/end").json()["code"] == "quiet_time_over"
    assert ask("mei", "DELETE", here).status_code == 204
    assert ask("mei", "GET", WINDOWS).json()["total"] == 0
    [over] = ask("mei", "GET", WINDOWS + "?over=true").json()["items"]
    assert over["is_undone"]


def test_windows_that_mean_nothing_or_are_elsewhere_are_refused(
    ask: Callable[..., Response],
) -> None:
    for wrong in (
        times(),
        times(school_code="SCH-A", organisation_code="3304"),
        times(school_code="SCH-A", device_id="d-b-1"),
        times(school_code="SCH-A", reason=" "),
        times(school_code="SCH-A", ends_at="2020-01-01T00:00:00Z"),
        times(school_code="SCH-A", weekdays=[1]),
        times(school_code="SCH-A", weekdays=[8], from_time="22:00", until_time="23:00"),
    ):
        assert ask("mei", "POST", WINDOWS, json=wrong).status_code == 422, wrong
    for where in ({"school_code": "SCH-B"}, {"organisation_code": "3304"}):
        assert ask("mei", "POST", WINDOWS, json=times(**where)).status_code in (403, 404)
    assert ask("shopper", "POST", WINDOWS, json=times(school_code="SCH-A")).status_code == 403
    above = ask("admin", "POST", WINDOWS, json=times(organisation_code="3304")).json()["id"]
    assert ask("mei", "GET", f"{WINDOWS}/{above}").status_code == 200
    assert ask("mei", "POST", f"{WINDOWS}/{above}/end").status_code in (403, 404)


def test_a_silenced_alert_stays_open_says_why_and_does_not_count(
    app: FastAPI, ask: Callable[..., Response], mei: TestClient, alert: str
) -> None:
    here = f"/api/v1/alerts/{alert}/silence"
    late = {"ends_at": (datetime.now(UTC) + 31 * 24 * HOUR).isoformat(), "reason": "等配件"}
    assert ask("mei", "POST", here, json=late).status_code == 422
    soon = {**late, "ends_at": (datetime.now(UTC) + HOUR).isoformat()}
    assert ask("mei", "POST", here, json={**soon, "reason": " "}).status_code == 422
    silence = ask("mei", "POST", here, json=soon).json()
    assert (silence["device_id"], silence["rule"]) == ("d-a-1", "device_down")
    [told] = ask("mei", "GET", "/api/v1/alerts").json()["items"]
    assert told["silenced_until"] == silence["ends_at"]
    assert told["silenced_reason"] == "等配件"
    page = mei.get("/alerts?state=silenced").text
    assert "已静默" in page
    assert "等配件" in page
    assert "等配件" in mei.get("/maintenance").text
    with read_only(app.state.sessions) as session:
        kinds = [one.kind for one in session.exec(select(TicketEvent))]
    assert kinds == ["opened", "silenced"]

    end = f"/api/v1/silences/{silence['id']}/end"
    assert ask("mei", "POST", end).json()["ended_by"] == "mei"
    assert ask("mei", "POST", end).status_code == 409
    assert ask("mei", "GET", "/api/v1/alerts").json()["items"][0]["silenced_until"] is None
    assert "没有静默中的告警" in mei.get("/alerts?state=silenced").text


def test_an_acknowledgement_has_a_reason_and_can_be_taken_back(
    app: FastAPI, ask: Callable[..., Response], alert: str
) -> None:
    here = f"/api/v1/alerts/{alert}/acknowledge"
    assert ask("mei", "POST", here, json={"reason": "已报电信"}).status_code == 204
    assert ask("admin", "POST", here).status_code == 204
    [told] = ask("mei", "GET", "/api/v1/alerts").json()["items"]
    assert (told["acknowledged_by"], told["acknowledged_text"]) == ("u-mei", "已报电信")
    assert ask("mei", "DELETE", here).status_code == 204
    [told] = ask("mei", "GET", "/api/v1/alerts").json()["items"]
    assert (told["acknowledged_at"], told["acknowledged_text"]) == (None, "")
    with read_only(app.state.sessions) as session:
        told = [(one.kind, one.text) for one in session.exec(select(TicketEvent))]
    assert told[1:] == [("acknowledged", "已报电信"), ("unacknowledged", "")]


def test_pages_plan_maintenance_and_lose_nothing_that_was_typed(mei: TestClient) -> None:
    assert "没有安排维护" in mei.get("/maintenance").text
    assert '<option value="SCH-A" ' in mei.get("/maintenance/new").text
    said = {"school": "SCH-A", "begins_at": "2026-09-01T08:00", "ends_at": "2020-01-01T00:00",
            "device": "没有这台", "reason": "换网线"}  # fmt: skip
    answer = mei.post("/maintenance/new", data=said)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "换网线" in answer.text
    tomorrow = datetime.now(UTC) + 24 * HOUR
    good = {"school": "SCH-A", "weekdays": "12345", "from_minute": "18:00", "until_minute": "20:00",
            "begins_at": f"{tomorrow:%Y-%m-%dT00:00}", "reason": "换网线",
            "ends_at": f"{tomorrow + 240 * HOUR:%Y-%m-%dT00:00}"}  # fmt: skip
    answer = mei.post("/maintenance/new", data=good, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    page = mei.get("/maintenance").text
    assert "周一至周五" in page
    assert "18:00 – 20:00" in page
    window = page.split('href="/maintenance/w')[1].split('"')[0]
    form = mei.get(f"/maintenance/w{window}").text
    assert 'value="18:00"' in form
    answer = mei.post(f"/maintenance/w{window}/undo", follow_redirects=False)
    assert answer.status_code == 303
    assert "已撤销" in mei.get("/maintenance").text


def test_an_alert_is_left_alone_from_its_row(app: FastAPI, mei: TestClient, alert: str) -> None:
    assert f"/alerts/{alert}/silence" in mei.get("/alerts").text
    here = f"/alerts/{alert}/silence"
    form = mei.get(here).text
    assert "静默时长" in form
    # What is left alone, and where: the form may be open in one of several windows.
    assert "无应答 · " in form
    answer = mei.post(here, data={"span": "4h", "about": "fault", "reason": ""})
    assert answer.status_code == 422
    said = {"span": "acknowledge", "reason": "已知"}
    assert mei.post(here, data=said, follow_redirects=False).status_code == 303
    assert "（已知）" in mei.get("/alerts").text or "(已知)" in mei.get("/alerts").text
    assert mei.post(f"/alerts/{alert}/unacknowledge").status_code == 200
    said = {"span": "3d", "about": "subject", "reason": "返厂"}
    assert mei.post(here, data=said, follow_redirects=False).headers["location"] == "/alerts"
    with read_only(app.state.sessions) as session:
        [row] = session.exec(select(Silence))
        assert (row.rule, row.ends_at - row.begins_at) == ("", 72 * HOUR)
        assert session.get_one(Alert, alert).acknowledged_at is None
