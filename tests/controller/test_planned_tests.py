"""What people see of planned tests: by API, at a terminal and on the school's page."""

import json
import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from controller.settings import Settings
from drivers.readings import LineTestOutcome
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.days import day_of
from inventory.models import PlannedState, PlannedTest
from inventory.models.base import utc_now
from inventory.orchestration.school_time import begin_of
from tests.controller.conftest import Run
from tests.controller.county import PASSWORD, County

_MINUTE = 60_000


@pytest.fixture
def yesterday(settings: Settings, county: County) -> int:
    """A day of the line of school A, and a test of today that is to come; its first millisecond."""
    today = day_of(utc_now())
    begin = begin_of(today - timedelta(days=1))
    rows = [
        (begin + 540 * _MINUTE, 0, 0, PlannedState.made, LineTestOutcome.line_down),
        (begin + 600 * _MINUTE, 0, 0, PlannedState.missed, LineTestOutcome.server_busy),
        (begin + 660 * _MINUTE, 0, 0, PlannedState.missed, None),
        (begin + 700 * _MINUTE, 1, begin + 600 * _MINUTE, PlannedState.made, LineTestOutcome.ok),
        (begin_of(today, 1) - 1, 0, 0, PlannedState.planned, None),
    ]
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        for at, attempt, stands_for, state, outcome in rows:
            session.add(
                PlannedTest(
                    line_id="l-a", at=at, school_code="SCH-A", attempt=attempt,
                    stands_for=stands_for, state=state, outcome=outcome,
                )
            )  # fmt: skip
    engine.dispose()
    return begin


def _days(begin: int) -> tuple[str, str]:
    today = day_of(utc_now())
    assert begin_of(today, -1) == begin
    return (today - timedelta(days=1)).isoformat(), today.isoformat()


def test_programs_read_what_became_of_each_and_no_moment_to_come(
    yesterday: int, client: TestClient
) -> None:
    day, today = _days(yesterday)
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    found = client.get(f"/api/v1/planned-tests?at=33&day={day}&to={today}").json()
    assert [found[name] for name in ("total", "scheduled", "made", "missed", "to_come")] == [
        4, 3, 1, 2, 1,
    ]  # fmt: skip
    assert found["made_up_for"] == 1
    assert [row["outcome"] for row in found["items"]] == ["line_down", "server_busy", None, "ok"]
    assert found["items"][3]["stands_for"] == found["items"][1]["at"]
    missed = client.get(f"/api/v1/planned-tests?at=SCH-A&day={day}&state=missed&limit=1").json()
    assert (missed["total"], len(missed["items"])) == (2, 1)
    assert client.get(f"/api/v1/planned-tests?at=NONE&day={day}").status_code == 404
    assert client.get(f"/api/v1/planned-tests?at=33&day={today}&to={day}").status_code == 422


def test_a_terminal_lists_them_for_people_and_machines(
    yesterday: int, run: Run, client: TestClient
) -> None:
    day, _ = _days(yesterday)
    listed = run("tests", "list", "--at", "SCH-A", "--day", day, "--format", "json")
    assert listed.exit_code == 0, listed.stderr
    assert [row["state"] for row in json.loads(listed.stdout)] == [
        "made", "missed", "missed", "made",
    ]  # fmt: skip
    assert "3 scheduled: 1 made, 2 missed; 0 to come." in listed.stderr


def test_the_schools_page_leads_to_its_tests_day_by_day(yesterday: int, client: TestClient) -> None:
    day, _ = _days(yesterday)
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    assert 'href="/schools/SCH-A/planned-tests"' in client.get("/schools/SCH-A").text
    page = client.get(f"/schools/SCH-A/planned-tests?day={day}&lang=zh_CN").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "计划 3" in text
    assert "已由后续测速补上 1" in text
    assert "未完成" in text
    today = client.get("/schools/SCH-A/planned-tests?lang=en").text
    assert "1 test is to come; its moment is not told beforehand." in today
    before = client.get("/schools/SCH-A/planned-tests?day=2020-01-01&lang=en").text
    assert "No test is planned for this day" in before
    assert client.get("/schools/NONE/planned-tests").status_code == 404
