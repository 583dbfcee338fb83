"""A bureau's own alert: its page and ticket, and what a school is told of it."""

import json
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlmodel import col, select
from starlette.testclient import TestClient

from alerts.judgement import judge
from alerts.models import Alert, Severity
from alerts.notify.models import Notice, NoticeEvent, NoticeKind
from alerts.rules import Finding
from inventory.database import unit_of_work
from inventory.models import User
from tests.controller.county import PASSWORD, County


@pytest.fixture
def storm(app: FastAPI, county: County) -> str:
    """Both schools of the county are dark; that of SCH-B is over."""
    now = datetime.now(UTC)
    whole = Finding(
        rule="sites_dark",
        subject="3304",
        severity=Severity.critical,
        part="电信",
        arguments={
            "bureau": "3304",
            "name": "测试县",
            "schools": 2,
            "names": "甲、乙",
            "provider": "电信",
            "waved_at": now.timestamp(),
            "within": 600,
            "clear_after": 600,
            "need": 2,
        },
    )
    with unit_of_work(app.state.sessions) as session:
        [made] = judge(session, [whole], [], now).opened
        for device in ("d-a-1", "d-b-1"):
            one = Finding(rule="device_down", subject=device, severity=Severity.critical)
            judge(session, [one], [], now)
        for alert in session.exec(select(Alert).where(Alert.rule == "device_down")):
            alert.storm_id = made.id
            alert.cleared_at = now if alert.school_code == "SCH-B" else None
        return made.id


def enter(client: TestClient, login: str) -> TestClient:
    client.post("/login", data={"login": login, "password": PASSWORD})
    return client


def test_the_page_names_what_is_wrong_and_lists_what_is_behind_it(
    client: TestClient, storm: str
) -> None:
    console = enter(client, "admin")
    page = console.get(f"/alerts/{storm}").text
    assert "多所学校同时失联" in page
    assert "这些学校都使用电信的线路。" in page
    assert "/devices/d-a-1" in page
    assert "/devices/d-b-1" in page
    listed = console.get("/alerts").text
    assert f'href="/alerts/{storm}"' in listed
    assert "/devices/d-a-1" not in listed
    assert f"/alerts/{storm}/silence" not in listed
    assert console.get(f"/alerts/{storm}/silence").status_code == 404
    assert console.post(f"/alerts/{storm}/acknowledge").status_code == 200
    whole = console.get("/api/v1/alerts").json()
    assert [one["organisation_code"] for one in whole["items"]] == ["3304"]
    assert json.loads(whole["items"][0]["arguments"])["provider"] == "电信"
    behind = console.get("/api/v1/alerts", params={"storm": storm}).json()
    assert [one["storm_id"] for one in behind["items"]] == [storm]
    ticket = console.get(f"/tickets/{whole['items'][0]['ticket_id']}").text
    assert f'href="/alerts/{storm}"' in ticket
    # What is no bureau's own has the page of what is wrong.
    single = console.get(f"/alerts/{behind['items'][0]['id']}", follow_redirects=False)
    assert single.headers["location"] == "/devices/d-a-1"


def test_the_log_of_messages_names_what_its_reader_may_see(
    app: FastAPI, client: TestClient, storm: str
) -> None:
    now = datetime.now(UTC)
    with unit_of_work(app.state.sessions) as session:
        told = select(NoticeEvent).where(NoticeEvent.kind == NoticeKind.alert_opened)
        for event in session.exec(told).all():
            for user in session.exec(select(User).where(col(User.login).in_(["admin", "mei"]))):
                session.add(
                    Notice(
                        id=f"{user.login}-{event.id}",
                        event_id=event.id or 0,
                        target=user.id,
                        user_id=user.id,
                        kind=event.kind,
                        next_at=now,
                        made_at=now,
                    )
                )
    log = enter(client, "admin").get("/notifications").text
    assert "多所学校同时失联" in log
    client.cookies.clear()
    assert "多所学校同时失联" not in enter(client, "mei").get("/notifications").text


def test_a_school_sees_that_its_fault_is_part_of_a_wider_one_and_nothing_of_others(
    client: TestClient, storm: str
) -> None:
    console = enter(client, "mei")
    listed = console.get("/alerts").text
    assert "属于大面积故障" in listed
    assert "/devices/d-a-1" in listed
    assert "d-b-1" not in listed
    assert f'href="/alerts/{storm}"' not in listed
    assert "甲、乙" not in listed
    assert console.get(f"/alerts/{storm}").status_code == 404
    assert console.post(f"/alerts/{storm}/acknowledge").status_code == 404
    assert console.get("/tickets").text.count("多所学校同时失联") == 0
    behind = console.get("/api/v1/alerts", params={"storm": storm}).json()
    assert [one["school_code"] for one in behind["items"]] == ["SCH-A"]


def test_that_nobody_is_heard_is_the_bureaus_alert_and_has_a_page(
    app: FastAPI, county: County, client: TestClient
) -> None:
    arguments = {"bureau": "3304", "name": "测试县", "boxes": 40, "minutes": 6}
    found = Finding(
        rule="nobody_heard", subject="3304", severity=Severity.critical, arguments=arguments
    )
    with unit_of_work(app.state.sessions) as session:
        [made] = judge(session, [found], [], datetime.now(UTC)).opened
    console = enter(client, "admin")
    for path in ("/alerts", f"/alerts/{made.id}"):
        page = console.get(path).text
        assert "收不到任何采集器的消息" in page, path
    assert "40 台采集器已有 6 分钟全部没有消息" in page
    assert "收不到任何采集器" not in enter(client, "mei").get("/alerts").text
