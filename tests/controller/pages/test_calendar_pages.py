"""Pages of calendars: a school year, who entered what, forms, undoing, and who may."""

import re

import pytest
from starlette.testclient import TestClient

from inventory.calendars.statutory import known_years
from tests.controller.county import PASSWORD, County

SCHOOL = "/schools/SCH-A/calendar"
EXAM = {
    "kind": "exam",
    "name": "期中考试",
    "first_day": "2026-11-10",
    "last_day": "2026-11-11",
    "weekdays": "2",
    "begins": "08:00",
    "ends": "12:00",
}
TERM = {
    "kind": "term",
    "name": "第一学期",
    "first_day": "2026-09-01",
    "last_day": "2027-01-22",
    "follows": "",
    "stage": "",
}


@pytest.fixture
def mei(client: TestClient, county: County) -> TestClient:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    return client


@pytest.fixture
def admin(client: TestClient, county: County) -> TestClient:
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    return client


def entered(client: TestClient, address: str, form: dict[str, str]) -> str:
    answer = client.post(address, data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def etag_on(page: str) -> str:
    found = re.search(r'name="etag" value="&#34;(\d+)&#34;"', page)
    assert found is not None
    return f'"{found.group(1)}"'


def test_a_bureau_s_year_is_seen_by_its_schools_as_inherited(
    admin: TestClient, county: County
) -> None:
    page = admin.get(entered(admin, "/calendar/entries/new?bureau=33", TERM)).text
    assert "已保存：学期 2026-09-01 – 2027-01-22 第一学期" in page
    assert admin.get("/calendar", follow_redirects=False).headers["location"] == "/calendar/33"
    assert 'href="/calendar/3304"' in page
    admin.post("/login", data={"login": "mei", "password": PASSWORD})
    school = admin.get(f"{SCHOOL}?year=2026").text
    assert "继承" in school
    assert "国庆节" in school
    assert "系统默认" in school
    assert f'href="{SCHOOL}"' in admin.get("/schools/SCH-A").text
    home = admin.get("/calendar", follow_redirects=False)
    assert home.headers["location"] == SCHOOL


def test_years_that_are_not_published_are_said_to_be_unknown(admin: TestClient) -> None:
    year = max(known_years())
    page = admin.get(f"/calendar/33?year={year}").text
    assert f"{year + 1} 年节假日安排尚未公布" in page
    form = {**TERM, "kind": "holidays_entered", "name": ""}
    form |= {"first_day": f"{year + 1}-01-01", "last_day": f"{year + 1}-12-31"}
    entered(admin, "/calendar/entries/new?bureau=33", form)
    assert "尚未公布，" not in admin.get(f"/calendar/33?year={year}").text


def test_an_exam_is_entered_changed_undone_and_brought_back(mei: TestClient) -> None:
    location = entered(mei, "/calendar/blackouts/new?school=SCH-A", EXAM)
    row = location.partition("done=")[2]
    assert "期中考试 · 星期二 · 08:00-12:00" in mei.get(location).text
    form = mei.get(f"/calendar/{row}").text
    assert 'value="08:00"' in form
    assert "可以恢复" in form
    entered(mei, f"/calendar/{row}", EXAM | {"ends": "11:30", "weekdays": ""})
    page = mei.get(f"{SCHOOL}?year=2026&done={row}").text
    assert "期中考试 · 08:00-11:30" in page
    entered(mei, f"/calendar/{row}/undo", {"etag": etag_on(page)})
    assert "星期二 · 08:00-12:00" in mei.get(SCHOOL).text
    entered(mei, f"/calendar/{row}/remove", {})
    page = mei.get(SCHOOL).text
    assert "已移除" in page
    entered(mei, f"/calendar/{row}/undo", {"etag": etag_on(page)})
    assert "已移除" not in mei.get(SCHOOL).text


def test_school_hours_are_entered_by_weekday(mei: TestClient) -> None:
    form = {"first_day": "2026-09-01", "boards": "true", "lessons_1": "8：20—11：40"}
    location = entered(mei, "/calendar/hours/new?school=SCH-A", form)
    assert "学生寄宿 · 上课: 星期一 08:20-11:40" in mei.get(location).text
    wrong = mei.post("/calendar/hours/new?school=SCH-A", data=form | {"lessons_2": "9-8"})
    assert wrong.status_code == 422
    assert 'value="9-8"' in wrong.text
    again = mei.post("/calendar/hours/new?school=SCH-A", data=form)
    assert again.status_code == 409


def test_who_is_overtaken_sees_what_stands_there_now(mei: TestClient) -> None:
    row = entered(mei, "/calendar/blackouts/new?school=SCH-A", EXAM).partition("done=")[2]
    page = mei.get(f"/calendar/{row}").text
    opened = EXAM | {"etag": etag_on(page), "base": "{}"}
    entered(mei, f"/calendar/{row}", EXAM | {"ends": "11:00"})
    passed = mei.post(f"/calendar/{row}", data=opened | {"name": "月考"})
    assert passed.status_code == 412
    assert "11:00" in passed.text
    assert mei.post(f"/calendar/{row}/undo", data={"etag": opened["etag"]}).status_code == 412


def test_a_school_changes_nothing_of_its_bureau(admin: TestClient, county: County) -> None:
    row = entered(admin, "/calendar/entries/new?bureau=33", TERM).partition("done=")[2]
    admin.post("/login", data={"login": "mei", "password": PASSWORD})
    assert admin.get("/calendar/33").status_code == 404
    assert f"/calendar/{row}" not in admin.get(SCHOOL).text
    for step in ("", "/remove", "/undo"):
        assert admin.post(f"/calendar/{row}{step}", data=TERM).status_code in (403, 404)
    admin.post("/login", data={"login": "shopper", "password": PASSWORD})
    page = admin.get(SCHOOL)
    assert page.status_code == 200
    assert "/calendar/entries/new" not in page.text
    assert admin.get("/calendar/entries/new?school=SCH-A").status_code == 403
