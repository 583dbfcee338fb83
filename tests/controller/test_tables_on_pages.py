"""Calendars, people and past repairs: what pages and the API say of what was imported."""

from starlette.testclient import TestClient

from tests.controller.county import PASSWORD, County

DAYS = (
    "学校或机构代码,日期类型,名称,开始日期,结束日期\n"
    "3304,学期,第一学期,2098-09-01,2099-01-20\n"
    "3304,放假,国庆节,2098-10-01,2098-10-07\n"
    "3304,节假日已录全,,2098-01-01,2098-12-31\n"
    "SCH-A,调休,运动会补课,2098-10-11,\n"
)
PEOPLE = "学校代码,姓名,岗位,证书名称,证书编号\nSCH-A,李老师,网管员,网管证,NO-77\n"


def headers(county: County, login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}"}


def bring(client: TestClient, county: County, layout: str, text: str) -> None:
    answer = client.post(
        f"/api/v1/imports/{layout}",
        files={"file": ("x.csv", text.encode())},
        headers=headers(county, "admin"),
    )
    assert answer.status_code == 200, answer.text


def test_the_api_says_on_which_days_a_school_teaches(client: TestClient, county: County) -> None:
    bring(client, county, "calendar", DAYS)
    asked = {"school": "SCH-A", "first": "2098-09-30", "last": "2098-10-12"}
    answer = client.get("/api/v1/calendar", params=asked, headers=headers(county, "mei")).json()
    assert answer["days"]["2098-09-30"] == "lessons"
    assert answer["days"]["2098-10-01"] == "off"
    assert answer["days"]["2098-10-11"] == "lessons"
    assert {one["name"] for one in answer["entries"]} == {"第一学期", "国庆节", "运动会补课", ""}
    assert answer["years_without_holidays"] == []
    other = client.get(
        "/api/v1/calendar", params=asked | {"school": "SCH-B"}, headers=headers(county, "mei")
    )
    assert other.status_code == 404
    long = client.get(
        "/api/v1/calendar", params=asked | {"last": "2100-01-01"}, headers=headers(county, "mei")
    )
    assert long.status_code == 422


def test_the_page_of_a_school_shows_its_calendar(client: TestClient, county: County) -> None:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    assert "尚未录入校历" in client.get("/schools/SCH-A/ledger").text
    text = DAYS.replace("2098", "2026").replace("2099", "2027")
    bring(client, county, "calendar", text.replace("2026-09-01", "2026-11-01"))
    page = client.get("/schools/SCH-A/ledger").text
    assert "第一学期" in page
    assert "某县" in page


def test_numbers_of_certificates_are_for_those_who_keep_them(
    client: TestClient, county: County
) -> None:
    bring(client, county, "staff", PEOPLE)
    for login, shown in (("mei", True), ("shopper", False)):
        text = client.get("/api/v1/exports/staff?format=csv", headers=headers(county, login)).text
        assert "李老师" in text
        assert ("NO-77" in text) is shown


def test_a_past_repair_is_a_ticket_with_its_number_and_cost(
    client: TestClient, county: County
) -> None:
    head = "维修单号,学校代码,故障现象,处理结果,报修日期,维修费用"
    text = f"{head}\nWX-9,SCH-A,漏墨,换墨盒,2025-03-02,88.5\n"
    bring(client, county, "repairs", text)
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    listed = client.get("/api/v1/tickets?state=closed", headers=headers(county, "admin")).json()
    page = client.get(f"/tickets/{listed['items'][0]['id']}").text
    for shown in ("WX-9", "88.50", "漏墨", "换墨盒"):
        assert shown in page
