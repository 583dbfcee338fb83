"""Stock-taking over the API: who may begin, count, correct and sign."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.auth.tokens import new_token, token_hash
from inventory.database import unit_of_work
from inventory.models import ApiToken, Device, Grant, Role, Room, User
from tests.controller.county import County

AsUser = Callable[..., Response]


@pytest.fixture
def as_user(client: TestClient, app: FastAPI, county: County) -> AsUser:
    """Ask as ``admin``, ``mei`` (school administrator of SCH-A), ``tech`` or ``auditor``."""
    tokens = dict(county.tokens)
    with unit_of_work(app.state.sessions) as session:
        for login, role in (("tech", Role.technician), ("auditor", Role.auditor)):
            tokens[login] = new_token("fleet_")
            session.add(User(id=f"u-{login}", login=login, name=login, password_hash="x"))
            session.flush()
            session.add(Grant(user_id=f"u-{login}", role=role, scope_path="/33/3304/SCH-A/"))
            row = ApiToken(token_hash=token_hash(tokens[login]), user_id=f"u-{login}", name="test")
            session.add(row)
        session.add(Room(id="r-1", school_code="SCH-A", building="1号楼", name="101"))
        session.flush()
        device = session.get_one(Device, "d-a-1")
        device.room_id, device.asset_number = "r-1", "ZC-0001"

    def ask(login: str, method: str, path: str, body: object = None) -> Response:
        headers = {"Authorization": f"Bearer {tokens[login]}"}
        return client.request(method, f"/api/v1/stocktaking{path}", headers=headers, json=body)

    return ask


@pytest.fixture
def campaign(as_user: AsUser) -> str:
    answer = as_user("mei", "POST", "", {"name": "autumn", "schools": ["SCH-A"]})
    assert answer.status_code == 201, answer.text
    identity: str = answer.json()["id"]
    return identity


def rooms_of(as_user: AsUser, campaign: str) -> dict[str, str]:
    sheet = as_user("tech", "GET", f"/{campaign}/schools/SCH-A").json()
    return {room["name"]: room["id"] for room in sheet["rooms"]}


def sight(room: str, *codes: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    seen = [
        {"id": f"sighting-{number}", "room": room, "code": code, "seen_at": now}
        for number, code in enumerate(codes)
    ]
    return {"phone": "phone-00001", "sent_at": now, "observations": seen}


def test_a_count_goes_from_its_start_to_a_signed_report(
    as_user: AsUser, campaign: str, client: TestClient, county: County
) -> None:
    rooms = rooms_of(as_user, campaign)
    assert set(rooms) == {"101", ""}
    body = sight(rooms["101"], "http://old-name/devices/d-a-2", "nobody's")
    answers = as_user("tech", "POST", f"/{campaign}/observations", body).json()["items"]
    assert [one["outcome"] for one in answers] == ["wrong_place", "unknown"]
    again = as_user("tech", "POST", f"/{campaign}/observations", body).json()["items"]
    assert again == answers
    for room in rooms.values():
        assert as_user("tech", "PUT", f"/{campaign}/rooms/{room}", {}).json()["done_by"] == "u-tech"
    finished = as_user("mei", "POST", f"/{campaign}/finish", {}).json()
    assert finished["results"] == {
        "found": 0,
        "wrong_place": 1,
        "missing": 1,
        "unknown": 1,
        "not_counted": 0,
    }
    assert as_user("mei", "POST", f"/{campaign}/sign").status_code == 409
    differences = as_user("mei", "GET", f"/{campaign}/results?decision=open").json()["items"]
    for row in differences:
        path = f"/{campaign}/results/{row['id']}/confirm"
        assert as_user("mei", "POST", path, {"note": "seen it"}).json()["decision"] == "confirmed"
    signed = as_user("mei", "POST", f"/{campaign}/sign").json()
    report = as_user("tech", "GET", f"/{campaign}/report.csv")
    assert report.headers["content-type"].startswith("text/csv")
    assert hashlib.sha256(report.content).hexdigest() == signed["digest"]
    assert (signed["state"], signed["signed_by"]) == ("signed", "u-mei")
    # What is signed is frozen.
    late = f"/{campaign}/results/{differences[0]['id']}/dismiss"
    assert as_user("mei", "POST", late, {}).status_code == 409
    headers = {"Authorization": f"Bearer {county.tokens['mei']}"}
    pdf = client.get(f"/stocktaking/{campaign}/report.pdf", headers=headers)
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf"), pdf.text
    assert pdf.content.startswith(b"%PDF-")


def test_a_technician_counts_and_does_not_answer_for_it(as_user: AsUser, campaign: str) -> None:
    assert as_user("tech", "GET", "").json()["total"] == 1
    body = {"name": "x", "schools": ["SCH-A"]}
    assert as_user("tech", "POST", "", body).status_code == 403
    assert as_user("tech", "POST", f"/{campaign}/finish", {}).status_code == 403
    assert as_user("tech", "POST", f"/{campaign}/sign").status_code == 403


@pytest.mark.parametrize("login", ["auditor", "shopper"])
def test_who_only_reads_does_not_count(as_user: AsUser, campaign: str, login: str) -> None:
    assert as_user(login, "GET", f"/{campaign}").status_code == 403
    body = {"phone": "phone-00001", "sent_at": "2026-09-01T08:00:00Z", "observations": []}
    assert as_user(login, "POST", f"/{campaign}/observations", body).status_code == 403


def test_another_schools_count_is_not_there(as_user: AsUser) -> None:
    answer = as_user("admin", "POST", "", {"name": "at B", "schools": ["SCH-B"]})
    other = answer.json()["id"]
    for path in ("", "/schools/SCH-B", "/results", "/report.csv"):
        assert as_user("mei", "GET", f"/{other}{path}").status_code == 404
    assert as_user("mei", "POST", f"/{other}/sign").status_code == 404
    body = {"name": "at B", "schools": ["SCH-B"]}
    assert as_user("mei", "POST", "", body).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"phone": "short", "sent_at": "2026-09-01T08:00:00Z", "observations": []},
        {"phone": "phone-00001", "sent_at": "2026-09-01T08:00:00", "observations": []},
        {"phone": "phone-00001", "sent_at": "yesterday", "observations": []},
        {"phone": "phone-00001", "sent_at": "2026-09-01T08:00:00Z", "observations": [{}]},
        {"phone": "phone-00001", "sent_at": "2026-09-01T08:00:00Z", "observations": [], "x": 1},
    ],
)
def test_what_a_phone_sends_is_checked(as_user: AsUser, campaign: str, body: object) -> None:
    assert as_user("tech", "POST", f"/{campaign}/observations", body).status_code == 422
