"""The pages of stock-taking: who sees them, what a phone is given."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.models import Device, Room
from tests.controller.county import PASSWORD, County

LogIn = Callable[[str], None]


@pytest.fixture
def log_in(client: TestClient, app: FastAPI, county: County) -> LogIn:
    with unit_of_work(app.state.sessions) as session:
        session.add(Room(id="r-1", school_code="SCH-A", building="1号楼", name="101"))
        session.flush()
        session.get_one(Device, "d-a-1").room_id = "r-1"

    def enter(login: str) -> None:
        client.post("/login", data={"login": login, "password": PASSWORD})

    return enter


def begin(client: TestClient, **form: str) -> str:
    answer = client.post("/stocktaking", data={"name": "autumn", **form}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_school_begins_counts_and_signs(client: TestClient, log_in: LogIn) -> None:
    log_in("mei")
    assert "还没有盘点" in client.get("/stocktaking").text
    assert "1号楼 101" in client.get("/stocktaking?school=SCH-A").text
    campaign = begin(client, school="SCH-A")
    count = client.get(f"{campaign}/schools/SCH-A").text
    assert "1号楼 101" in count
    assert 'data-user="u-mei"' in count
    assert "个房间未清点" in client.get(campaign).text
    assert client.post(f"{campaign}/finish").status_code == 409
    page = client.post(f"{campaign}/finish", data={"anyway": "true"})
    assert "未清点" in page.text
    report = client.post(f"{campaign}/sign")
    assert report.status_code == 200
    assert "SHA-256" in report.text


def test_differences_are_decided_on_the_page(client: TestClient, log_in: LogIn) -> None:
    log_in("mei")
    campaign = begin(client, room="r-1")
    identity = campaign.rsplit("/", 1)[1]
    sheet = client.get(f"/api/v1/stocktaking/{identity}/schools/SCH-A").json()
    room = sheet["rooms"][0]["id"]
    client.put(f"/api/v1/stocktaking/{identity}/rooms/{room}", json={})
    client.post(f"{campaign}/finish")
    [line] = client.get(f"/api/v1/stocktaking/{identity}/results").json()["items"]
    assert client.post(f"{campaign}/nonsense", data={"chosen": line["id"]}).status_code == 404
    page = client.post(f"{campaign}/confirm", data={"chosen": line["id"], "back": campaign})
    assert "已更正台账" in page.text
    device = client.get("/api/v1/devices/d-a-1").json()
    assert device["lifecycle"] == "lost"


def test_a_phones_worker_is_always_asked_for_anew(client: TestClient, county: County) -> None:
    answer = client.get("/stocktaking/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "camera=(self)" in answer.headers["permissions-policy"]


def test_who_does_not_count_has_no_such_pages(client: TestClient, log_in: LogIn) -> None:
    log_in("shopper")
    assert "/stocktaking" not in client.get("/").text
    assert client.get("/stocktaking").status_code == 403


def test_another_schools_campaign_is_not_there(client: TestClient, log_in: LogIn) -> None:
    log_in("admin")
    campaign = begin(client, school="SCH-B")
    client.post("/logout")
    log_in("mei")
    for path in ("", "/schools/SCH-B", "/report"):
        assert client.get(f"{campaign}{path}").status_code == 404
    assert client.post(f"{campaign}/sign").status_code == 404


def test_a_bad_day_is_refused_in_words(client: TestClient, log_in: LogIn) -> None:
    log_in("mei")
    form = {"name": "x", "school": "SCH-A", "due_on": "tomorrow"}
    assert client.post("/stocktaking", data=form).status_code == 422


def test_schools_of_a_count_are_found_by_name(client: TestClient, log_in: LogIn) -> None:
    log_in("admin")
    campaign = begin(client, bureau="33")
    names = client.get(campaign).text
    found = client.get(f"{campaign}?q=sch-b").text
    assert 'schools/SCH-A"' in names
    assert 'schools/SCH-B"' in names
    assert 'schools/SCH-A"' not in found
    assert 'schools/SCH-B"' in found
    identity = campaign.rsplit("/", 1)[1]
    whole = client.get(f"/api/v1/stocktaking/{identity}").json()
    second = client.get(f"/api/v1/stocktaking/{identity}?offset=1&limit=1").json()
    assert second["schools"] == whole["schools"][1:2]
    assert second["schools_total"] == whole["schools_total"] == len(whole["schools"])
