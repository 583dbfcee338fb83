"""Renewal planning through the API: forecast, plan, reasons, files, budget lines."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from alerts.models import Ticket
from drivers.readings import Kind
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device
from inventory.models.base import utc_now
from tests.controller.county import County

Ask = Callable[..., Response]
YEAR = day_of(utc_now()).year


@pytest.fixture
def ask(client: TestClient, county: County) -> Ask:
    def call(path: str, body: Any = None, login: str = "shopper", method: str = "") -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        verb = method or ("GET" if body is None else "POST")
        return client.request(verb, f"/api/v1{path}", headers=headers, json=body)

    return call


@pytest.fixture
def old(app: FastAPI) -> None:
    """Two projectors that are due, one of them failing, and one bought this year."""
    with unit_of_work(app.state.sessions) as session:
        for device, school, bought, price in (
            ("p1", "SCH-A", YEAR - 8, "3000.00"),
            ("p2", "SCH-B", YEAR - 7, "3000.00"),
            ("p3", "SCH-B", YEAR, "1000.00"),
        ):
            session.add(
                Device(
                    id=device,
                    name=f"=projector {device}",
                    school_code=school,
                    kind=Kind.projector,
                    purchased_on=date(bought, 1, 1),
                    price_cny=Decimal(price),
                )
            )
        session.flush()
        session.add(
            Ticket(
                id="t1",
                number=1,
                school_code="SCH-B",
                device_id="p2",
                title="lamp",
                opened_at=utc_now(),
            )
        )


@pytest.mark.usefixtures("old")
def test_a_forecast_by_year_and_kind(ask: Ask) -> None:
    shown = ask("/renewal?years=8").json()
    assert [year["year"] for year in shown["years"]] == list(range(YEAR, YEAR + 8))
    first = shown["years"][0]
    assert first["kinds"] == [
        {"kind": "projector", "devices": 2, "cost_cny": "6000.00", "without_price": 0}
    ]
    assert shown["years"][6]["total"]["cost_cny"] == "1000.00"
    assert (shown["overdue"]["devices"], shown["unknown"]) == (2, 3)
    assert shown["plan"] is None
    # The failing one is younger, and comes first all the same.
    assert [one["device_id"] for one in shown["items"]] == ["p2", "p1", "p3"]


@pytest.mark.usefixtures("old")
def test_a_plan_stays_within_its_budget_and_tells_why(ask: Ask) -> None:
    shown = ask(f"/renewal?years=2&budget=3000&lang=en&first_year={YEAR}").json()
    assert [year["spent_cny"] for year in shown["plan"]] == ["3000.00", "3000.00"]
    assert [year["waiting"] for year in shown["plan"]] == [1, 0]
    assert {one["year"] for one in shown["items"]} == {YEAR, YEAR + 1}
    by_device = {one["device_id"]: one for one in shown["items"]}
    codes = {reason["code"] for reason in by_device["p2"]["reasons"]}
    assert codes == {"age", "failures"}
    for one in shown["items"]:
        assert one["score"] == sum(reason["points"] for reason in one["reasons"])
    assert any("1 tickets" in reason["text"] for reason in by_device["p2"]["reasons"])
    chinese = ask("/renewal?budget=3000&lang=zh_CN").json()
    assert "预期寿命" in chinese["items"][0]["reasons"][0]["text"]
    longer = ask("/renewal?years=1&budget=3000&life_months=240").json()
    assert longer["total"] == 0


@pytest.mark.usefixtures("old")
def test_a_device_says_why_it_should_be_replaced(ask: Ask) -> None:
    shown = ask("/devices/p1/renewal?lang=en").json()
    assert shown["score"] == sum(reason["points"] for reason in shown["reasons"])
    assert "expected to last 72" in shown["reasons"][0]["text"]
    assert ask("/devices/none/renewal").status_code == 404
    assert ask("/devices/p1/renewal", login="mei").status_code == 403


@pytest.mark.usefixtures("old")
def test_a_proposal_is_a_file_without_formulas(ask: Ask) -> None:
    answer = ask("/renewal/proposal.csv?budget=3000&lang=en")
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0].startswith("Year,School code,School,")
    assert len(lines) == 3
    assert "'=projector" in lines[1]
    answer = ask("/renewal/proposal.xlsx?budget=3000")
    assert "spreadsheetml" in answer.headers["content-type"]
    with ZipFile(BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "6000" not in sheet
    assert "3000" in sheet
    assert ask("/renewal/proposal.docx?budget=1").status_code == 422


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_a_proposal_is_a_pdf_to_sign(ask: Ask, lang: str) -> None:
    for query in ("budget=3000", f"years=2&kind_life=projector:60&first_year={YEAR}"):
        answer = ask(f"/renewal/proposal.pdf?{query}&lang={lang}")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert b"NotoSansCJK" in answer.content.replace(b"#20", b"")


@pytest.mark.usefixtures("old")
def test_what_if_a_kind_were_replaced_at_another_age(ask: Ask) -> None:
    due = f"/renewal?years=1&first_year={YEAR}"
    assert ask(due).json()["total"] == 2
    assert ask(f"{due}&kind_life=projector:240").json()["total"] == 0
    assert ask(f"{due}&kind_life=switch:1&kind_life=projector:240").json()["total"] == 0
    assert ask(f"{due}&kind_life=switch:1").json()["total"] == 2
    for wrong in ("toaster:12", "projector:9999", "projector"):
        assert ask(f"{due}&kind_life={wrong}").status_code == 422


@pytest.mark.usefixtures("old")
def test_a_plan_becomes_budget_lines(ask: Ask) -> None:
    programme = {
        "organisation_code": "3304",
        "name": "更新",
        "first_year": YEAR,
        "last_year": YEAR + 1,
    }
    made = ask("/programmes", programme).json()["id"]
    body = {"programme_id": made}
    lines = ask("/renewal/budget-lines?years=2&budget=4000", body).json()
    assert [(line["year"], line["to_cny"]) for line in lines] == [
        (YEAR, "3000.00"),
        (YEAR + 1, "3000.00"),
    ]
    assert ask(f"/programmes/{made}").json()["total"]["to_cny"] == "6000.00"
    beyond = ask("/renewal/budget-lines?years=3&budget=1", body)
    assert (beyond.status_code, beyond.json()["code"]) == (422, "outside_programme")
    assert ask(f"/programmes/{made}").json()["total"]["to_cny"] == "6000.00"
    assert ask("/renewal/budget-lines?years=2", body).status_code == 422
    assert ask("/renewal/budget-lines?budget=1", body, login="mei").status_code == 403


@pytest.mark.usefixtures("old")
def test_a_plan_is_for_what_lies_within_the_scope(ask: Ask) -> None:
    assert ask("/renewal", login="mei").status_code == 403
    assert ask("/renewal?organisation=3304").json()["devices"] == 6
    assert ask("/renewal?organisation=nowhere").status_code == 404
    for wrong in ("years=0", "years=16", "budget=-1", "life_months=0", "budget=0.001"):
        assert ask(f"/renewal?{wrong}").status_code == 422
