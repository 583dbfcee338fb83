"""Contradictions over the API and on the console, and the job that finds them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from controller.jobs import Jobs, LongJob
from controller.reconciling import reconcile
from drivers.readings import Outcome
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device, DeviceState, ReconciliationItem
from inventory.models.base import utc_now
from tests.controller.county import PASSWORD, County

AsUser = Callable[..., Response]


@pytest.fixture
def missing(app: FastAPI, county: County) -> None:
    """d-a-1 was not seen for forty days; d-a-2 hangs on a switch of SCH-B. The job has run."""
    now = utc_now()
    with unit_of_work(app.state.sessions) as session:
        for device, days, attached in (("d-a-1", 40, None), ("d-a-2", 0, "d-b-1")):
            seen = now - timedelta(days=days)
            session.add(
                DeviceState(
                    device_id=device,
                    school_code="SCH-A",
                    agent_id=county.agent_id,
                    outcome=Outcome.timeout if days else Outcome.ok,
                    taken_at=now,
                    since=seen,
                    last_ok_at=seen,
                    attached_device_id=attached,
                    attached_port="GE1" if attached else None,
                    attached_at=now if attached else None,
                )
            )
    jobs = Jobs((), app.state.sessions, app.state.telemetry)
    assert jobs.run_once(LongJob("reconcile", 60.0, reconcile(timedelta(days=30))))


@pytest.fixture
def as_user(client: TestClient, county: County, missing: None) -> AsUser:
    def ask(login: str, method: str, path: str, body: object = None) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        return client.request(method, f"/api/v1/reconciliation{path}", headers=headers, json=body)

    return ask


def test_a_school_brings_its_register_into_order(as_user: AsUser, client: TestClient) -> None:
    [one] = as_user("mei", "GET", "").json()["items"]
    assert (one["kind"], one["device_id"], one["registered"]) == ("missing", "d-a-1", "in_service")
    assert one["offered"] == ["correct", "ignore", "ticket"]
    path = f"/{one['id']}"
    assert as_user("mei", "POST", path, {"resolution": "accept"}).status_code == 409
    assert as_user("mei", "POST", path, {"resolution": "ignore"}).status_code == 422
    body = {"resolution": "correct", "lifecycle": "lost", "note": "not to be found"}
    done = as_user("mei", "POST", path, body).json()
    assert (done["state"], done["decided_by"], done["note"]) == (
        "resolved",
        "u-mei",
        "not to be found",
    )
    assert as_user("mei", "POST", path, body).status_code == 409
    assert as_user("mei", "GET", "").json()["total"] == 0


def test_a_ticket_is_opened_once(as_user: AsUser) -> None:
    [one] = as_user("mei", "GET", "").json()["items"]
    first = as_user("mei", "POST", f"/{one['id']}", {"resolution": "ticket"}).json()
    again = as_user("mei", "POST", f"/{one['id']}", {"resolution": "ticket"}).json()
    assert first["state"] == "ticket"
    assert first["ticket_id"] == again["ticket_id"] is not None


def test_each_sees_contradictions_of_their_schools(as_user: AsUser) -> None:
    counts = as_user("admin", "GET", "/counts").json()
    assert {kind for kind, number in counts.items() if number} == {"missing", "wrong_school"}
    [elsewhere] = as_user("admin", "GET", "?kind=wrong_school").json()["items"]
    assert elsewhere["school_code"] == "SCH-B"
    assert as_user("mei", "GET", f"/{elsewhere['id']}").status_code == 404
    body = {"resolution": "reject"}
    assert as_user("mei", "POST", f"/{elsewhere['id']}", body).status_code == 404
    assert as_user("shopper", "GET", "").status_code == 403


def test_the_page_lists_them_and_takes_an_answer(
    client: TestClient, app: FastAPI, missing: None
) -> None:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    listed = client.get("/reconciliation").text
    assert "长期未见" in listed
    assert "switch d-a-1" in listed
    [one] = client.get("/api/v1/reconciliation").json()["items"]
    path = f"/reconciliation/{one['id']}"
    assert "在用" in client.get(path).text
    day = day_of(utc_now() + timedelta(days=5)).isoformat()
    client.post(path, data={"resolution": "ignore", "until": day, "note": "暑假"})
    assert "暑假" in client.get("/reconciliation?state=ignored").text
    assert client.post(path, data={"resolution": "ignore", "until": "soon"}).status_code == 422
    client.post(path, data={"resolution": "correct", "lifecycle": "in_repair"})
    assert "已处理" in client.get(path).text
    with unit_of_work(app.state.sessions) as session:
        assert session.get_one(Device, "d-a-1").lifecycle == "in_repair"


@pytest.mark.parametrize("registered", ["", "of_another_release"])
def test_a_state_the_register_does_not_know_is_shown_as_written(
    app: FastAPI, client: TestClient, missing: None, registered: str
) -> None:
    with unit_of_work(app.state.sessions) as session:
        wanted = select(ReconciliationItem).where(ReconciliationItem.device_id == "d-a-1")
        item = session.exec(wanted).one()
        item.registered = registered
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    page = client.get("/reconciliation")
    assert page.status_code == 200
    assert registered in client.get(f"/reconciliation/{item.id}").text


def test_opening_a_ticket_leads_to_it(client: TestClient, missing: None) -> None:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    [one] = client.get("/api/v1/reconciliation").json()["items"]
    answer = client.post(f"/reconciliation/{one['id']}", data={"resolution": "ticket"})
    assert answer.url.path.startswith("/tickets/")
    assert "长期未见: switch d-a-1" in answer.text


def test_a_device_in_another_school_is_proposed_to_be_transferred_there(
    as_user: AsUser, client: TestClient, app: FastAPI, county: County
) -> None:
    [elsewhere] = as_user("admin", "GET", "?kind=wrong_school").json()["items"]
    assert elsewhere["offered"] == ["accept", "ignore", "reject", "ticket"]
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    assert "拟调拨" in client.get(f"/reconciliation/{elsewhere['id']}", headers=headers).text

    done = as_user("admin", "POST", f"/{elsewhere['id']}", {"resolution": "accept"})
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "resolved"
    moves = client.get("/api/v1/procurement/transfers", headers=headers).json()["items"]
    [transfer] = moves
    assert (transfer["from_school_code"], transfer["to_school_code"]) == ("SCH-A", "SCH-B")
    assert transfer["state"] == "proposed"
    assert done.json()["note"] == transfer["number"]
    with unit_of_work(app.state.sessions) as session:
        assert session.get_one(Device, "d-a-2").school_code == "SCH-A"
        # The day after, it would be asked again; but schools have yet to agree.
        item = session.get_one(ReconciliationItem, elsewhere["id"])
        item.decided_at = utc_now() - timedelta(days=3)
    jobs = Jobs((), app.state.sessions, app.state.telemetry)
    assert jobs.run_once(LongJob("reconcile", 60.0, reconcile(timedelta(days=30))))
    assert as_user("admin", "GET", "?kind=wrong_school").json()["total"] == 0
