"""Procurement on pages: lists, the one next step, the time line, counter-entries, the sheet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from controller.app import create_app
from controller.auth.passwords import hash_password
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import User
from tests.controller.county import PASSWORD, County, make_settings
from tests.controller.procurement.test_whole_life import (
    add_people,
    contract_of,
    order_of,
    request_of,
    speaking,
)

LOCAL = {"origin": "http://testserver", "accept": "text/html"}


class Office:
    """A console in which several people take turns, and their calls of the API."""

    def __init__(self, client: TestClient, tokens: dict[str, str]) -> None:
        self.client = client
        self.people = {login: speaking(client, token) for login, token in tokens.items()}

    def enter(self, login: str) -> None:
        self.client.cookies.clear()
        answer = self.client.post(
            "/login", data={"login": login, "password": PASSWORD}, headers=LOCAL
        )
        assert answer.status_code == 200, answer.text

    def page(self, path: str) -> str:
        query = "&lang=en" if "?" in path else "?lang=en"
        answer = self.client.get(path + query, headers=LOCAL)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **values: str) -> str:
        answer = self.client.post(path, data=values, headers=LOCAL)
        assert answer.status_code == 200, answer.text
        return str(answer.url.path)


@pytest.fixture
def office(tmp_path: Path, county: County) -> Iterator[Office]:
    settings = make_settings(tmp_path)
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        tokens = add_people(session)
        _let_log_in(session, tokens)
    engine.dispose()
    with TestClient(create_app(settings)) as client:
        yield Office(client, tokens)


def _let_log_in(session: Session, tokens: dict[str, str]) -> None:
    hashed = hash_password(PASSWORD)
    for login in tokens:
        session.get_one(User, f"u-{login}").password_hash = hashed


def test_a_request_is_made_signed_and_taken_back_on_pages(office: Office) -> None:
    office.enter("li")
    assert "New request" in office.page("/procurement")
    here = office.send(
        "/procurement/requests",
        school_code="SCH-A",
        title="<b>投影仪</b>",
        kind="projector",
        quantity="2",
        unit_price="8000.00",
        reason="损坏",
    )
    assert "&lt;b&gt;投影仪" in office.page(here)
    office.send(f"{here}/submit", comment="请尽快")
    assert "Waits for approval" in office.page(here)

    office.enter("county")
    assert "Next step" in office.page(here)
    office.send(f"{here}/decide", decision="approve", comment="同意")
    told = office.page(here)
    assert "County IT" in told
    assert "Next step" not in told
    entry = office.people["county"]("GET", here.removeprefix("/procurement"))["entries"][-1]["id"]
    office.send(f"{here}/undo/{entry}", reason="误批")
    assert "Counter-entry" in office.page(here)


def test_stages_and_orders_go_on_with_their_next_step(office: Office) -> None:
    people = office.people
    request = request_of(people["li"], "SCH-A", "projector", 1, "8000.00")
    people["li"]("POST", f"/requests/{request}/submit", {})
    people["county"]("POST", f"/requests/{request}/decide", {"decision": "approve"})
    line = {"name": "投影仪", "kind": "projector", "quantity": 1, "unit_price": "7800.00"}
    project = contract_of(people, request, line, "tender")
    order = order_of(people, project, "SCH-A", 1)
    here = f"/procurement/orders/{order['id']}"

    office.enter("tian")
    told = office.page(here)
    assert "Delivery came" in told
    assert "7,800.00" not in told
    line_id = order["lines"][0]["id"]
    office.send(f"{here}/deliver", line=line_id, quantity="1", on="2026-09-01", note="FH-1")
    order = people["tian"]("GET", f"/orders/{order['id']}")
    box = f"{order['deliveries'][0]['id']} {line_id}"
    office.send(f"{here}/receive", box=box, scans="SN-PAGE-1\n")
    office.send(f"{here}/accept", inspectors="王", note="合格", on="2026-09-02")
    sheet = office.page(f"{here}/acceptance")
    assert "SN-PAGE-1" in sheet
    assert "Signature of the supplier" in sheet

    office.enter("buyer")
    path = f"/procurement/projects/{project}"
    office.send(f"{path}/submit", stage="completion_acceptance", note="全部验收")
    office.enter("city")
    office.send(f"{path}/approve", stage="completion_acceptance")
    assert "Operation and maintenance" in office.page(path)
    for tab in ("projects", "orders"):
        assert "多媒体教学设备" in office.page(f"/procurement?tab={tab}")


def test_who_has_nothing_to_do_with_it_finds_no_door(office: Office) -> None:
    people = office.people
    request = request_of(people["li"], "SCH-A", "projector", 1, "8000.00")
    office.enter("viewer")
    assert 'href="/procurement"' not in office.page("/schools")
    assert office.client.get("/procurement", headers=LOCAL).status_code == 403
    office.enter("bai")
    assert office.client.get(f"/procurement/requests/{request}", headers=LOCAL).status_code == 404
    refused = office.client.post(f"/procurement/requests/{request}/submit", headers=LOCAL)
    assert refused.status_code == 404
