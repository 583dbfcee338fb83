"""Technicians and the queue through the API: what they repair, who is proposed, who is faster."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from alerts.assignment.people import WORKERS
from alerts.tickets import TicketDesk
from controller.auth.permissions import ROLES, Permission
from inventory.database import unit_of_work
from inventory.models import Grant, Role, User
from inventory.scope import Scope
from tests.controller.county import County


@pytest.fixture
def ask(client: TestClient, county: County) -> Callable[..., Response]:
    def asked(login: str, method: str, path: str, **rest: object) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        return client.request(method, f"/api/v1{path}", headers=headers, **rest)  # type: ignore[arg-type]

    return asked


def test_who_works_on_tickets_is_said_alike_in_both_places() -> None:
    assert set(WORKERS) == {role for role in Role if Permission.work_tickets in ROLES[role]}


def test_a_technician_is_proposed_by_trade_and_takes_the_ticket_once(
    app: FastAPI, ask: Callable[..., Response]
) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.add(User(id="u-tech", login="tech", name="王工", password_hash="-"))
        session.flush()
        session.add(Grant(user_id="u-tech", role=Role.technician, scope_path="/33/3304/"))
        desk = TicketDesk(session, Scope.everything(), "u-admin", datetime.now(UTC))
        ticket = desk.open("SCH-A", "x").id
    profile = {"kinds": ["printer"], "categories": [], "most_open": 3}
    said = ask("admin", "PUT", "/technicians/u-tech", json=profile).json()
    assert (said["login"], said["kinds"], said["most_open"]) == ("tech", ["printer"], 3)
    assert "u-tech" in [
        one["user_id"] for one in ask("admin", "GET", "/technicians").json()["items"]
    ]
    [proposal] = ask("admin", "GET", f"/tickets/{ticket}/proposals").json()["items"]
    assert proposal == {
        "user_id": "u-tech",
        "name": "王工",
        "tier": "district",
        "named": False,
        "fits": True,
        "open": 0,
    }
    steps = f"/tickets/{ticket}/steps"
    given = ask("admin", "POST", steps, json={"step": "assign", "assignee_id": "u-tech"}).json()
    assert given["assignee_id"] == "u-tech"
    late = ask("admin", "POST", steps, json={"step": "take"})
    assert (late.status_code, late.json()["code"]) == (409, "ticket_taken_already")


def test_absences_that_end_before_they_begin_are_refused(ask: Callable[..., Response]) -> None:
    wrong = {"away_from": "2026-05-02", "away_until": "2026-05-01"}
    assert ask("admin", "PUT", "/technicians/u-admin", json=wrong).status_code == 422
    assert ask("admin", "PUT", "/technicians/nobody", json={}).status_code == 404
