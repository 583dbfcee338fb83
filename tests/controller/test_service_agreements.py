"""What bureaus promise, said through the API, and what follows for tickets."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from alerts.models import Ticket
from alerts.sla.keeping import count_stale
from alerts.tickets import TicketDesk
from inventory.database import unit_of_work
from inventory.scope import Scope
from tests.controller.county import County

COUNTY, CITY = "3304", "33"


@pytest.fixture
def ask(client: TestClient, county: County) -> Callable[..., Response]:
    def asked(login: str, code: str, method: str = "GET", **rest: object) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        path = f"/api/v1/organisations/{code}/service-agreement"
        return client.request(method, path, headers=headers, **rest)  # type: ignore[arg-type]

    return asked


def test_a_bureau_promises_and_its_open_tickets_follow(
    app: FastAPI, ask: Callable[..., Response]
) -> None:
    now = datetime.now(UTC)
    with unit_of_work(app.state.sessions) as session:
        desk = TicketDesk(session, Scope.everything(), "u-admin", now)
        ticket = desk.open("SCH-A", "x").id
    shipped = ask("admin", COUNTY).json()
    assert (shipped["own"], shipped["entered_by"]) == (False, None)
    assert shipped["targets"]["p1"] == {"response_minutes": 30, "resolution_minutes": 240}
    terms = deepcopy({name: shipped[name] for name in ("matrix", "targets", "pausing")})
    terms["matrix"]["room"]["medium"] = "p1"
    terms["pausing"] = ["supplier"]
    said = ask("admin", CITY, "PUT", json=terms).json()
    assert (said["own"], said["entered_by"], said["pausing"]) == (True, "admin", ["supplier"])
    inherited = ask("admin", COUNTY).json()
    assert (inherited["own"], inherited["matrix"]["room"]["medium"]) == (False, "p1")
    with unit_of_work(app.state.sessions) as session:
        assert count_stale(session, now) == 1
        assert session.get_one(Ticket, ticket).priority == "p1"
    assert ask("admin", CITY, "DELETE").status_code == 204
    assert ask("admin", COUNTY).json() == shipped


def test_promises_no_clock_can_count_with_are_refused(ask: Callable[..., Response]) -> None:
    terms = ask("admin", COUNTY).json()
    late = {"response_minutes": 500, "resolution_minutes": 240}
    for wrong in (
        {"matrix": {"one": {"low": "p1"}}},
        {"targets": terms["targets"] | {"p1": late}},
        {"pausing": ["other"]},
        {"targets": terms["targets"] | {"p1": {"response_minutes": 0, "resolution_minutes": 1}}},
    ):
        assert ask("admin", COUNTY, "PUT", json=terms | wrong).status_code == 422
    assert ask("admin", COUNTY).json() == terms


def test_only_people_of_a_bureau_promise_for_it(ask: Callable[..., Response]) -> None:
    terms = ask("admin", COUNTY).json()
    assert ask("mei", COUNTY).status_code == 404
    assert ask("mei", COUNTY, "PUT", json=terms).status_code == 403
    assert ask("shopper", COUNTY, "DELETE").status_code == 403
    assert ask("admin", "nowhere").status_code == 404
