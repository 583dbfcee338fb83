"""The refresh plan as people see it, in both languages, and what leads from it to a budget."""

import html
import re
from datetime import date
from decimal import Decimal

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from controller.pages.views.stacked import HEIGHT, WIDTH, Stack, stacked
from drivers.readings import Kind
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device
from inventory.models.base import utc_now
from tests.controller.county import PASSWORD, County

YEAR = day_of(utc_now()).year


def log_in(client: TestClient, login: str) -> None:
    answer = client.post(
        "/login", data={"login": login, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303


@pytest.fixture
def old(app: FastAPI, county: County) -> None:
    with unit_of_work(app.state.sessions) as session:
        for number in range(3):
            session.add(
                Device(
                    id=f"p{number}",
                    name=f"<b>投影机 {number}",
                    school_code="SCH-A",
                    kind=Kind.projector,
                    purchased_on=date(YEAR - 8, 1, 1),
                    price_cny=Decimal("3000.00"),
                )
            )


@pytest.mark.usefixtures("old")
def test_the_plan_is_shown_with_bars_reasons_and_what_waits(client: TestClient) -> None:
    log_in(client, "shopper")
    page = client.get("/renewal?lang=en&budget=6000&years=1&weak=true").text
    assert "What the budget replaces" in page
    assert "6,000.00" in page
    assert "9,000.00" in page
    assert "&lt;b&gt;投影机 0" in page
    assert "<b>投影机" not in page
    assert "expected to last 72" in page
    assert 'class="limit"' in page
    assert "3 devices have neither a date of purchase" in page
    chinese = client.get("/renewal?lang=zh_CN&age=20&budget=1").text
    assert "更新计划" in chinese
    assert "没有到期的设备" in chinese


@pytest.mark.usefixtures("old")
def test_every_number_leads_to_the_devices_behind_it(client: TestClient) -> None:
    log_in(client, "shopper")
    page = client.get("/renewal?lang=en&budget=6000&years=1").text
    links = {
        html.unescape(href): int(text)
        for href, text in re.findall(r'href="(/renewal/list\?of=[^"]+)"[^>]*>(\d+)</a>', page)
    }
    counted = {href.split("&")[0].partition("=")[2]: n for href, n in links.items()}
    assert {href.partition("&")[2] for href in links} == {"budget=6000&years=1"}
    assert counted[f"due-{YEAR}-projector"] == counted[f"due-{YEAR}"] == 3
    assert counted[f"done-{YEAR}"] == 2
    assert counted[f"waiting-{YEAR}"] == 1
    for href, number in links.items():
        behind = client.get(f"{href}&lang=en").text
        assert len(re.findall(r'name="device" value=', behind)) == number
    for of, words in (("life", "Past the end of life"), ("age-8", "Age in years: 8")):
        behind = client.get(f"/renewal/list?of={of}&lang=en").text
        assert words in behind
        assert "投影机 2" in behind
    for nonsense in ("done-2026", "life-soon", "due-2026-castle", "luck", "age-99999", "undated-1"):
        assert client.get(f"/renewal/list?of={nonsense}").status_code == 404


@pytest.mark.usefixtures("old")
def test_a_proposal_is_printed_saved_and_taken_over(client: TestClient) -> None:
    log_in(client, "shopper")
    printed = client.get("/renewal/proposal?lang=en&budget=6000").text
    assert "Proposed by" in printed
    assert client.get("/renewal/proposal.csv?budget=6000").text.startswith("\ufeff")
    assert client.get("/renewal/proposal.xlsx?budget=6000").content.startswith(b"PK")
    made = client.post(
        "/budgets",
        data={
            "organisation_code": "3304",
            "name": "更新",
            "first_year": str(YEAR),
            "last_year": str(YEAR + 1),
        },
    )
    programme = str(made.url.path).removeprefix("/budgets/")
    shown = client.post("/renewal/budget-lines?budget=6000&years=2", data={"programme": programme})
    assert shown.status_code == 200
    assert shown.url.path == f"/budgets/{programme}"
    assert "6,000.00" in shown.text
    assert "3,000.00" in shown.text


@pytest.mark.usefixtures("old")
def test_wrong_questions_and_wrong_people_are_refused(client: TestClient) -> None:
    log_in(client, "shopper")
    for wrong in ("budget=x", "budget=-1", "age=0", "years=99"):
        assert client.get(f"/renewal?{wrong}").status_code == 422
    assert client.get("/renewal?organisation=nowhere").status_code == 404
    log_in(client, "mei")
    assert client.get("/renewal").status_code == 403


@given(
    st.lists(st.lists(st.floats(0, 1e12), max_size=5), max_size=15),
    st.none() | st.floats(0, 1e12),
)
def test_bars_stay_within_their_drawing(values: list[list[float]], line: float | None) -> None:
    stacks = [Stack("x", [(n, "", value) for n, value in enumerate(bar)], "9") for bar in values]
    drawn = stacked(stacks, line)
    for box in drawn.boxes:
        assert box.x >= 0
        assert box.x + box.width <= WIDTH + 0.1
        assert box.y >= 0
        assert box.y + box.height <= HEIGHT
    letters = 12
    for words in (*drawn.labels, *drawn.totals):
        assert letters <= words.y <= HEIGHT
    assert len(drawn.totals) == len(values)
    assert drawn.line is None or 0 <= drawn.line <= HEIGHT
