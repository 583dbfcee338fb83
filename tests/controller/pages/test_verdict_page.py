"""The page of a school's verdict: what it says, on what it rests, whom it is shown to."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from controller.settings import Settings
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.verdicts.keeping import MonthVerdictRepository
from tests.controller.county import PASSWORD, County, make_settings
from tests.controller.measured import add_measured
from tests.inventory.verdicts.kept_rows import MONTH, verdict_row

PAGE = "/compliance/schools/SCH-A?month=2026-09"
BINDING = {"standard": "national", "at": "33", "valid_from": "2026-01-01"}


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Measurements are kept for long, whenever the tests run."""
    return make_settings(tmp_path, metrics_raw_days=36_500)


@pytest.fixture
def metric_store() -> None:
    """Readings are put into files, and the application opens these."""


@pytest.fixture
def measured(settings: Settings, county: County) -> None:
    add_measured(settings)


@pytest.fixture
def admin(measured: None, client: TestClient) -> TestClient:
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    return client


def _api(client: TestClient, path: str, **body: object) -> dict[str, object]:
    answer = client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


def _leave_out(client: TestClient, path: str, **body: object) -> None:
    """What the school asks for and the administrator approves."""
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    asked = _api(client, path, **body)
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    assert client.post(f"/api/v1{path}/{asked['id']}/approve").status_code == 200


def test_a_verdict_states_what_was_measured_contracted_and_asked(admin: TestClient) -> None:
    _api(admin, "/standard-bindings", **BINDING)
    page = _text(admin.get(f"{PAGE}&lang=en").text)
    assert "Non-compliant" in page
    assert "Upload: measured 45 Mbit/s of 100 Mbit/s the plan asks; contract 50 Mbit/s." in page
    assert "The contracted rate is below the target." in page
    assert "Tests passed 60 / 60 (100%)" in page
    assert "FCC 80/80 not adopted" in page
    assert "Standards that hold for the school" in page
    assert "national, version 2 宁波市 All 2026-01-01 admin, 2" in page
    assert "Apply to this school alone:" in page
    assert "240 Mbit/s" in page
    assert "fleet report bandwidth --org SCH-A --from 2026-09-01 --to 2026-09-30" in page
    raw = admin.get(f"{PAGE}&lang=zh_CN").text
    assert 'href="?month=2026-08"' in raw
    assert 'href="?month=2026-10"' in raw
    assert "上行：实测 45 Mbit/s" in _text(raw)
    bundle = re.search(r'href="(/api/v1/reports/bandwidth/evidence[^"]+)"', raw)
    assert bundle is not None
    made = admin.get(bundle.group(1).replace("&amp;", "&")).json()
    assert made["schools"][0]["code"] == "SCH-A"
    table = admin.get("/compliance/schools/SCH-A/tests.csv?month=2026-09")
    assert len(table.text.splitlines()) == 61
    assert "240000000" in table.text


def test_what_no_state_says_is_said_with_what_to_do(admin: TestClient) -> None:
    assert "没有带宽目标适用于该校" in admin.get(PAGE).text
    _api(admin, "/standard-bindings", standard="zibo", at="33", valid_from="2026-01-01")
    waiting = admin.get(PAGE).text
    assert "原文年份损坏" in waiting
    assert 'href="/standards/zibo?version=1#questions"' in waiting
    _api(admin, "/standard-bindings", **BINDING)
    assert "数据不足" in admin.get("/compliance/schools/SCH-B?month=2026-09").text
    _leave_out(
        admin, "/school-exemptions", school_code="SCH-A", valid_from="2026-09-01", reason="整体搬迁"
    )
    exempt = _text(admin.get(PAGE).text)
    assert "免予考核" in exempt
    assert "整体搬迁 批准人：admin" in exempt


def test_tests_in_excluded_time_are_marked_and_do_not_count(admin: TestClient) -> None:
    _api(admin, "/standard-bindings", **BINDING)
    _leave_out(
        admin, "/measurement-exclusions", school_code="SCH-A", begins_at="2026-09-07T00:00:00Z",
        ends_at="2026-09-07T12:00:00Z", reason="停电",
    )  # fmt: skip
    page = _text(admin.get(f"{PAGE}&lang=en&page=2").text)
    assert page.count("In excluded time: not counted") == 6
    assert "停电 (Approved by admin" in page
    assert "Tests passed 54 / 54" in page


def test_a_verdict_is_shown_within_the_scope_alone(admin: TestClient) -> None:
    admin.post("/login", data={"login": "mei", "password": PASSWORD})
    assert admin.get(PAGE).status_code == 200
    # A school asks that time be left out; no standard is offered to it.
    assert "/compliance/exclusions/new" in admin.get(PAGE).text
    assert "/apply?school=" not in admin.get(PAGE).text
    assert admin.get("/compliance/schools/SCH-B").status_code == 404
    assert admin.get("/compliance/schools/SCH-B/tests.csv").status_code == 404
    assert admin.get("/compliance/schools/SCH-A?month=2026-13").status_code == 422


def test_schools_of_a_month_are_filtered_sorted_and_taken_out(
    admin: TestClient, app: FastAPI
) -> None:
    assert "本月尚无已保存的结论" in admin.get("/compliance/schools?month=2026-09").text
    with unit_of_work(app.state.sessions) as session:
        MonthVerdictRepository(session, Scope.everything()).keep(
            [
                verdict_row("SCH-A", "compliant", asked=100e6, contracted=300e6, median=240e6,
                            tests=60, passed=60, availability=0.999),
                verdict_row("SCH-B", "no_target", pending=2, median=20e6),
            ],
            [],
            MONTH,
        )  # fmt: skip
    page = _text(admin.get("/compliance/schools?lang=en").text)
    assert "Verdicts of 2026-09" in page
    assert "Compliant 100 Mbit/s 240 Mbit/s / 300 Mbit/s" in page
    assert "Awaits confirmation" in page

    def listed(query: str) -> list[str]:
        text = admin.get(f"/compliance/schools?month=2026-09&{query}").text
        return re.findall(r'href="/compliance/schools/(SCH-\w)\?month', text)

    assert listed("") == ["SCH-B", "SCH-A"]
    assert listed("sort=download") == ["SCH-B", "SCH-A"]
    assert listed("sort=download&desc=1") == ["SCH-A", "SCH-B"]
    assert listed("sort=availability&desc=1") == ["SCH-A", "SCH-B"]
    assert listed("state=compliant&under=3304") == ["SCH-A"]
    assert listed("stage=primary&q=sch-b") == ["SCH-B"]
    assert listed("setting=rural") == []
    table = admin.get("/compliance/schools.csv?month=2026-09&state=compliant").text.splitlines()
    assert len(table) == 2
    assert "2026-09,SCH-A" in table[1]
    # What is kept for lists and what is computed from the readings now need not be the same.
    assert "says otherwise" in admin.get(PAGE).text
    assert "begun to go" not in admin.get(PAGE).text
    assert "No target set" in admin.get(PAGE).text.split('id="verdict-title"')[1][:200]
    # When raw measurements go, what was kept while they were there counts.
    app.state.settings = app.state.settings.model_copy(update={"metrics_raw_days": 1.0})
    gone = admin.get(PAGE).text
    assert "begun to go" in gone
    assert "Compliant" in gone.split('id="verdict-title"')[1][:200]
    admin.post("/login", data={"login": "mei", "password": PASSWORD})
    assert listed("") == ["SCH-A"]


def test_first_pages_name_the_verdicts_that_are_kept(admin: TestClient, app: FastAPI) -> None:
    assert "尚未计算" in admin.get("/schools/SCH-A").text
    assert "所达标" not in admin.get("/").text
    this = day_of(utc_now()).replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    with unit_of_work(app.state.sessions) as session:
        repository = MonthVerdictRepository(session, Scope.everything())
        for month, state in ((before, "compliant"), (this, "insufficient_data")):
            rows = [verdict_row("SCH-A", state), verdict_row("SCH-B", "exempt")]
            repository.keep([row | {"month": month} for row in rows], [], month)
    school = admin.get("/schools/SCH-A").text
    assert f'href="/compliance/schools/SCH-A?month={this:%Y-%m}"' in school
    assert f"{before:%Y-%m} 达标" in _text(school)
    home = admin.get("/").text
    assert "1 所学校中 1 所达标" in home
    assert f'href="/compliance?month={before:%Y-%m}"' in home
