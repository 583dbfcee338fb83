"""Parts a school keeps for itself: entered by its administrator, seen by nobody beside it."""

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.work.models import SparePart
from inventory.database import unit_of_work
from inventory.models import Grant, Role
from tests.controller.county import PASSWORD, County


@pytest.fixture
def keeper(app: FastAPI, client: TestClient, county: County) -> TestClient:
    with unit_of_work(app.state.sessions) as session:
        for grant in session.exec(select(Grant).where(Grant.user_id == "u-mei")):
            session.delete(grant)
        session.add(Grant(user_id="u-mei", role=Role.school_admin, scope_path="/33/3304/SCH-A/"))
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    return client


def test_an_administrator_keeps_the_parts_of_the_school(app: FastAPI, keeper: TestClient) -> None:
    assert 'value="/SCH-A"' in keeper.get("/spare-parts/new").text
    said = {"name": "投影灯泡", "unit_cost_cny": "80", "quantity": "2", "low_mark": "3"}
    page = keeper.post("/spare-parts/new", data={**said, "bureau": "/SCH-A"})
    assert page.status_code == 200
    page = keeper.get("/spare-parts").text
    assert ("投影灯泡" in page, "学校SCH-A" in page, "80.00" in page) == (True, True, True)
    for place in ("/SCH-B", "3304"):
        refused = keeper.post("/spare-parts/new", data={**said, "name": "别处", "bureau": place})
        assert refused.status_code in (403, 404)
    [part] = keeper.get("/api/v1/spare-parts").json()["items"]
    assert (part["school_code"], part["is_low"]) == ("SCH-A", True)
    url = f"/api/v1/spare-parts/{part['id']}"
    assert keeper.post(f"{url}/receipts", json={"pieces": 5}).json()["quantity"] == 7
    body = {"name": "电源", "unit_cost_cny": "10", "school_code": "SCH-A", "quantity": 1}
    made = keeper.post("/api/v1/spare-parts", json=body)
    assert made.status_code == 201
    other = keeper.post("/api/v1/spare-parts", json={**body, "school_code": "SCH-B"})
    assert other.status_code in (403, 404)
    with unit_of_work(app.state.sessions) as session:
        assert {one.school_code for one in session.exec(select(SparePart))} == {"SCH-A"}
        session.exec(
            select(Grant).where(Grant.user_id == "u-mei")
        ).one().scope_path = "/33/3304/SCH-B/"
    assert keeper.get(f"/spare-parts/{part['id']}").status_code == 404
    assert "投影灯泡" not in keeper.get("/spare-parts").text
