"""The page of a bureau's figures, and the register of outlets, in a browser without scripts."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.models import Organisation
from inventory.scope import Scope
from inventory.verdicts.keeping import MonthVerdictRepository
from tests.inventory.verdicts.kept_rows import MONTH, verdict_row

Browse = Callable[[str], TestClient]
OUTLET = {
    "organisation_code": "33", "kind": "internet", "provider": "电信", "down_mbps": "2000",
    "up_mbps": "1000", "starts_on": "2026-01-01",
}  # fmt: skip


@pytest.fixture
def counted(app: FastAPI, client: TestClient) -> None:
    del client
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Organisation, "3304").name_en = "Some County"
        MonthVerdictRepository(session, Scope.everything()).keep(
            [
                verdict_row("SCH-A", "non_compliant", median=20e6, reached=20e6, asked=100e6,
                            provider="电信", notes="contract_below outage_above", tests=60),
                verdict_row("SCH-B", "not_testable"),
            ],
            [],
            MONTH,
        )  # fmt: skip


def _text(answer: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer))


def test_the_overview_counts_the_unknown_and_names_the_weakest(
    browse: Browse, counted: None
) -> None:
    del counted
    browser = browse("admin")
    answer = browser.get("/compliance?month=2026-09")
    assert answer.status_code == 200
    text = _text(answer.text)
    assert " 0 of 2 schools" in text
    assert "Of 1 school nobody knows whether it complies" in text
    assert "Not testable: 1" in text
    assert "The contracted rate is below the target." in text
    assert 'href="/compliance/schools?state=non_compliant&amp;month=2026-09"' in answer.text
    assert 'href="/compliance/schools/SCH-A?month=2026-09"' in answer.text
    county = browser.get("/compliance?under=3304&month=2026-09")
    assert "Some County" in county.text
    assert "tables/weakest.csv?at=3304&amp;month=2026-09" in county.text
    assert browser.get("/compliance?under=99").status_code == 404
    chinese = browser.get("/compliance?month=2026-09&lang=zh-CN")
    assert "带宽" in chinese.text
    link = re.search(r'href="(/api/v1/compliance/tables/groups[^"]+)"', answer.text)
    assert link is not None
    csv = browser.get(link[1])
    assert csv.status_code == 200
    assert "SCH" not in csv.text


def test_every_number_of_a_group_leads_to_its_schools(browse: Browse, counted: None) -> None:
    del counted
    browser = browse("admin")
    text = browser.get("/compliance?month=2026-09").text
    assert "A school counts under the provider of the line that was tested" in text
    found = set(re.findall(r'href="(/compliance/schools\?[^"]*provider=[^"]*)"', text))
    assert len(found) >= 3
    for href in found:
        listed = browser.get(href.replace("&amp;", "&"))
        assert listed.status_code == 200
        assert re.search(r"/compliance/schools/SCH-\w\?month", listed.text), href
    unknown = browser.get("/compliance/schools?month=2026-09&state=unknown").text
    assert re.findall(r"/compliance/schools/(SCH-\w)\?month", unknown) == ["SCH-B"]


def test_a_year_lists_schools_by_their_worst_month(browse: Browse, counted: None) -> None:
    del counted
    browser = browse("admin")
    answer = browser.get("/compliance/year?month=2026-09")
    text = _text(answer.text)
    assert "2025-10 – 2026-09" in text
    assert "0 schools complied in every month" in text
    schools = re.findall(r'href="/compliance/schools/(SCH-\w)\?month=2026-09"', answer.text)
    assert schools == ["SCH-A", "SCH-B"]
    assert "2026-08: Not computed" in text
    assert "2026-09: Non-compliant" in text
    assert "No month has been computed" in _text(browser.get("/compliance/year?month=2020-01").text)
    assert browser.get("/compliance/year?under=99").status_code == 404


def test_an_empty_month_says_what_computes_it(browse: Browse, county: object) -> None:
    del county
    text = _text(browse("mei").get("/compliance").text)
    assert "Nothing has been computed for this month" in text
    assert "No outlet is registered" in text


def test_a_school_sees_its_own_month_alone(browse: Browse, counted: None) -> None:
    del counted
    browser = browse("mei")
    text = _text(browser.get("/compliance?month=2026-09").text)
    assert " 0 of 1 schools" in text
    assert "SCH-B" not in text
    assert browser.get("/compliance?under=3304").status_code == 404
    assert browser.get("/compliance/outlets/new").status_code == 403


def test_outlets_are_entered_corrected_and_taken_back(browse: Browse, county: object) -> None:
    del county
    browser = browse("admin")
    assert browser.get("/compliance/outlets/new").status_code == 200
    wrong = browser.post("/compliance/outlets/new", data=OUTLET | {"ends_on": "2025-01-01"})
    assert wrong.status_code == 422
    assert 'value="2000"' in wrong.text
    browser.post("/compliance/outlets/new", data=OUTLET)
    listed = browser.get("/compliance/outlets").text
    found = re.search(r'href="(/compliance/outlets/o\w+)"', listed)
    assert found is not None
    assert "2,000" in listed
    form = browser.get(found[1])
    assert 'value="1000' in form.text
    browser.post(found[1], data=OUTLET | {"up_mbps": "1500"})
    assert "1,500" in browser.get("/compliance/outlets").text
    browser.post(f"{found[1]}/remove")
    assert "No outlet is registered" in browser.get("/compliance/outlets").text
