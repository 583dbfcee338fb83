"""Calendars over the API: school hours, their document, entering and undoing, and who may."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from inventory.calendars import digest, read_document, school_hours
from tests.controller.county import County

TERM = {
    "organisation_code": "33",
    "kind": "term",
    "name": "第一学期",
    "first_day": "2026-09-01",
    "last_day": "2027-01-22",
}
WEEK = ["8:20-11:40, 13:40-16:10"] * 5 + ["", ""]
EXAM = {
    "school_code": "SCH-A",
    "kind": "exam",
    "name": "期中考试",
    "first_day": "2026-11-10",
    "last_day": "2026-11-11",
    "begins": "8:00",
    "ends": "12:00",
}
ASKED = {"school": "SCH-A", "first": "2026-11-09", "last": "2026-11-15"}


class Desk:
    """The API as one person sees it."""

    def __init__(self, client: TestClient, county: County, login: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {county.tokens[login]}"}

    def __call__(self, method: str, path: str, **told: Any) -> Any:
        headers = self._headers | told.pop("headers", {})
        return self._client.request(method, f"/api/v1/calendar{path}", headers=headers, **told)

    def made(self, path: str, body: dict[str, Any]) -> Any:
        answer = self("POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def admin(client: TestClient, county: County) -> Desk:
    return Desk(client, county, "admin")


@pytest.fixture
def mei(client: TestClient, county: County) -> Desk:
    return Desk(client, county, "mei")


def test_school_hours_and_their_document_agree(admin: Desk, mei: Desk) -> None:
    admin.made("/entries", TERM)
    admin.made("/hours", {"organisation_code": "33", "first_day": "2026-09-01", "lessons": WEEK})
    mei.made("/blackouts", EXAM | {"weekdays": [2]})
    hours = mei("GET", "/windows", params=ASKED).json()
    assert hours["windows"][0] == {
        "begins_at": "2026-11-09T00:20:00Z",
        "ends_at": "2026-11-09T03:40:00Z",
    }
    assert [(one["day"], one["reason"]) for one in hours["excluded"]] == [
        ("2026-11-14", "weekend"),
        ("2026-11-15", "weekend"),
    ]
    assert [(one["name"], one["owner"]) for one in hours["cuts"]] == [("期中考试", "SCH-A")]
    kept = mei("GET", "/document", params=ASKED).json()
    assert kept["sha256"] == hours["sha256"] == digest(kept["document"])
    calendar = read_document(kept["document"])
    again = school_hours(calendar, calendar.first_day, calendar.last_day)
    assert len(again.windows) == len(hours["windows"])
    assert again.seconds == hours["seconds"]


def test_rows_tell_whose_they_are_and_who_entered_them(admin: Desk, mei: Desk) -> None:
    admin.made("/entries", TERM)
    mei.made("/hours", {"school_code": "SCH-A", "first_day": "2026-09-01", "lessons": WEEK})
    mei.made("/blackouts", EXAM)
    rows = mei("GET", "/rows", params=ASKED).json()
    assert [(one["organisation_code"], one["entered_by"]) for one in rows["entries"]] == [
        ("33", "admin")
    ]
    assert rows["hours"][0]["lessons"][0] == "08:20-11:40, 13:40-16:10"
    assert rows["hours"][0]["evenings"] is None
    [exam] = rows["blackouts"]
    assert (exam["begins"], exam["ends"], exam["weekdays"]) == ("08:00", "12:00", [])
    above = admin("GET", "/rows/bureau", params={"bureau": "3304"} | ASKED).json()
    assert [one["name"] for one in above["entries"]] == ["第一学期"]
    assert admin("GET", "/rows/bureau", params={"bureau": "X"} | ASKED).status_code == 404


def test_a_school_enters_its_own_days_and_no_bureau_s(admin: Desk, mei: Desk) -> None:
    own = {"school_code": "SCH-A", "kind": "day_off", "first_day": "2026-11-12", "name": "校庆"}
    entry = mei.made("/entries", own)
    assert entry["last_day"] == "2026-11-12"
    assert mei("POST", "/entries", json=TERM).status_code == 403
    assert mei("POST", "/entries", json=own | {"school_code": "SCH-B"}).status_code == 403
    term = admin.made("/entries", TERM)
    assert mei("PATCH", f"/entries/{term['id']}", json={"name": "x"}).status_code == 403
    assert mei("DELETE", f"/entries/{term['id']}").status_code == 403
    assert mei("POST", f"/entries/{term['id']}/undo").status_code == 403


def test_who_may_not_keep_calendars_reads_them(client: TestClient, county: County) -> None:
    shopper = Desk(client, county, "shopper")
    assert shopper("GET", "/windows", params=ASKED).status_code == 200
    assert shopper("POST", "/entries", json=TERM).status_code == 403


def test_what_somebody_else_changed_meanwhile_is_told(mei: Desk) -> None:
    exam = mei.made("/blackouts", EXAM)
    known = {"If-Match": exam["etag"]}
    path = f"/blackouts/{exam['id']}"
    changed = mei("PATCH", path, json={"ends": "11:30"}, headers=known)
    assert (changed.status_code, changed.json()["ends"]) == (200, "11:30")
    passed = mei("PATCH", path, json={"ends": "12:30"}, headers=known)
    assert passed.status_code == 412
    assert mei("DELETE", path, headers=known).status_code == 412
    assert mei("POST", f"{path}/undo", headers=known).status_code == 412
    assert mei("POST", f"{path}/undo", headers={"If-Match": changed.json()["etag"]}).is_success
    assert mei("GET", "/rows", params=ASKED).json()["blackouts"][0]["ends"] == "12:00"


def test_what_was_taken_away_comes_back_by_undo(mei: Desk) -> None:
    for path, body, listed in (
        ("/blackouts", EXAM, "blackouts"),
        ("/hours", {"school_code": "SCH-A", "first_day": "2026-09-01", "boards": True}, "hours"),
    ):
        row = mei.made(path, body)
        assert mei("DELETE", f"{path}/{row['id']}").status_code == 204
        assert mei("GET", "/rows", params=ASKED).json()[listed] == []
        assert mei("PATCH", f"{path}/{row['id']}", json={}).status_code == 404
        assert mei("POST", f"{path}/{row['id']}/undo").status_code == 204
        assert len(mei("GET", "/rows", params=ASKED).json()[listed]) == 1
    assert mei("DELETE", "/blackouts/unknown").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/hours", {"school_code": "SCH-A", "first_day": "2026-09-01", "lessons": ["x"] * 7}),
        ("/hours", {"school_code": "SCH-A", "first_day": "2026-09-01", "lessons": WEEK[:6]}),
        ("/hours", {"school_code": "SCH-A", "first_day": "2026-09-01"}),
        ("/blackouts", EXAM | {"ends": "7:00"}),
        ("/blackouts", EXAM | {"ends": "25:00"}),
        ("/entries", TERM | {"school_code": "SCH-A"}),
        ("/entries", TERM | {"kind": "make_up", "last_day": "2026-09-01"}),
    ],
)
def test_what_cannot_be_is_refused(mei: Desk, path: str, body: dict[str, Any]) -> None:
    assert mei("POST", path, json=body).status_code == 422


def test_a_stage_is_taken_back_by_null(admin: Desk) -> None:
    entry = admin.made("/entries", TERM | {"stage": "kindergarten"})
    changed = admin("PATCH", f"/entries/{entry['id']}", json={"stage": None, "name": None})
    assert (changed.json()["stage"], changed.json()["name"]) == (None, "第一学期")


def test_a_terminal_shows_and_imports_a_calendar(
    run: Callable[..., Any], admin: Desk, tmp_path: Path
) -> None:
    admin.made("/entries", TERM)
    file = tmp_path / "hours.csv"
    file.write_text(
        "School or bureau code,First day,Lessons\n33,2026-09-01,1-5 8:00-11:00; 6 9:00-10:00\n"
    )
    assert run("calendar", "import", str(file), "--hours").exit_code == 0
    asked = ("--from", "2026-11-09", "--to", "2026-11-15", "--format", "csv")
    lines = run("calendar", "show", "SCH-A", *asked).stdout.splitlines()
    assert lines[1:] == [
        *(f"2026-11-{day:02d},08:00-11:00,,," for day in range(9, 14)),
        "2026-11-14,09:00-10:00,,,",
        "2026-11-15,,weekend,,",
    ]
    rows = run("calendar", "rows", "33", *asked[:4], "--format", "json")
    assert [one["table"] for one in json.loads(rows.stdout)] == ["entries", "hours"]
    assert run("calendar", "show", "SCH-A", "--from", "soon").exit_code == 2
    overlapping = tmp_path / "terms.csv"
    overlapping.write_text(
        "学校或机构代码,日期类型,名称,开始日期,结束日期\n33,学期,又一学期,2027-01-20,2027-07-01\n"
    )
    refused = run("calendar", "import", str(overlapping))
    assert refused.exit_code == 1
    assert "overlaps the term “第一学期”" in " ".join(refused.stdout.split())
