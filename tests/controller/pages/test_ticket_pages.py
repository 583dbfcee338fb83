"""Pages of tickets: one's own by when they are due, one ticket with its clock and its choices."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from alerts.tickets import TicketDesk
from alerts.urgency import Impact, Urgency
from inventory.database import unit_of_work
from inventory.ids import new_id
from inventory.models import StaffMember, StaffRole
from inventory.scope import Scope
from tests.controller.county import PASSWORD, County

NOW = datetime.now(UTC)


@pytest.fixture
def tickets(app: FastAPI, county: County) -> list[str]:
    """Three tickets of SCH-A: an old one of mei's, one nobody has, a pressing one of mei's."""
    with unit_of_work(app.state.sessions) as session:
        old = TicketDesk(session, Scope.everything(), "u-admin", NOW - timedelta(days=60))
        fresh = TicketDesk(session, Scope.everything(), "u-admin", NOW)
        made = [
            old.open("SCH-A", "白板黑屏", device_id="d-a-1"),
            fresh.open("SCH-A", "没人接的单"),
            fresh.open("SCH-A", "全校断网", impact=Impact.school, urgency=Urgency.high),
        ]
        fresh.open("SCH-B", "别校的单")
        for one in (made[0], made[2]):
            fresh.assign(one.id, "u-mei")
        for name, role, phone in (
            ("王校长", StaffRole.leader, "0574-1"),
            ("李老师", StaffRole.part_time_technician, "138 0000 1234"),
            ("周老师", StaffRole.network_administrator, ""),
        ):
            session.add(
                StaffMember(id=new_id("sm"), school_code="SCH-A", role=role, name=name, phone=phone)
            )
        return [one.id for one in made]


@pytest.fixture
def mei(client: TestClient, tickets: list[str]) -> TestClient:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    return client


def press(client: TestClient, ticket: str, step: str, **form: str) -> str:
    answer = client.post(f"/tickets/{ticket}/{step}", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_my_tickets_come_by_when_they_are_due_with_whom_to_call(
    mei: TestClient, tickets: list[str]
) -> None:
    page = mei.get("/tickets/mine").text
    order = [page.index(title) for title in ("白板黑屏", "全校断网", "待接单", "没人接的单")]
    assert order == sorted(order)
    assert "已超时" in page
    assert "（在校时间）" in page
    assert "P1 紧急" in page
    assert "李老师" in page
    assert 'href="tel:13800001234"' in page
    assert "王校长" not in page
    assert "别校的单" not in page


def test_buttons_of_a_card_take_a_step_and_lead_back(mei: TestClient, tickets: list[str]) -> None:
    old, untaken, _ = tickets
    assert press(mei, untaken, "accept", mine="1") == "/tickets/mine"
    assert press(mei, old, "start", mine="1") == "/tickets/mine"
    assert press(mei, untaken, "start", mine="1") == "/tickets/mine"
    press(mei, untaken, "wait", mine="1", waiting_for="parts", text="等待配件")
    page = mei.get("/tickets/mine").text
    assert "所有工单都已有人处理" in page
    assert "计时暂停，剩余" in page
    for path in ("/tickets/mine", "/tickets", f"/tickets/{untaken}"):
        assert ">等待配件</span>" in mei.get(path).text, path
    press(mei, old, "resolve", mine="1")
    assert "白板黑屏" not in mei.get("/tickets/mine").text
    assert press(mei, old, "close") == f"/tickets/{old}"
    assert "超时完成" in mei.get(f"/tickets/{old}").text


def test_nothing_to_do_is_said(client: TestClient, county: County) -> None:
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    page = client.get("/tickets/mine").text
    assert "没有等待您处理的工单" in page
    assert "所有工单都已有人处理" in page


def test_a_ticket_tells_its_clock_and_takes_what_is_chosen(
    mei: TestClient, tickets: list[str]
) -> None:
    ticket = tickets[1]
    page = mei.get(f"/tickets/{ticket}").text
    assert "P3 一般" in page
    assert "（在校时间）" in page
    press(mei, ticket, "prioritise", impact="one", urgency="low")
    page = mei.get(f"/tickets/{ticket}").text
    assert "P4 低" in page
    assert "一人 · 不急" in page
    press(mei, ticket, "accept")
    press(mei, ticket, "wait", waiting_for="user", text="老师出差")
    assert "等待用户：老师出差" in mei.get(f"/tickets/{ticket}").text
    press(mei, ticket, "resolve", cause="cabling", remedy="cabling", text="换网线")
    page = mei.get(f"/tickets/{ticket}").text
    assert "线缆或接头" in page
    assert "更换线缆或接头" in page
    assert "按时完成" in page


def test_two_tickets_of_one_fault_become_one(mei: TestClient, tickets: list[str]) -> None:
    one, other, _ = tickets
    into = mei.get(f"/tickets/{other}").text.split("<h1")[1].split("#")[1].split("<")[0].strip()
    press(mei, one, "merge", into=into)
    assert f'href="/tickets/{other}">#{into}</a>' in mei.get(f"/tickets/{one}").text
    assert "另一工单已并入本单" in mei.get(f"/tickets/{other}").text
    refused = mei.post(f"/tickets/{other}/merge", data={"into": into}, follow_redirects=False)
    assert refused.status_code == 409
    assert "不能并入" in refused.text


def test_the_list_tells_when_tickets_are_due(mei: TestClient, tickets: list[str]) -> None:
    page = mei.get("/tickets").text
    assert "已超时" in page
    assert 'href="/tickets/mine"' in page


@pytest.mark.parametrize(
    ("step", "form", "told"),
    [
        ("comment", {"text": "  "}, (422, "", "发现了什么，做了什么")),
        ("wait", {"text": "", "waiting_for": "supplier"}, (422, 'value="supplier" selected', "“")),
        ("reopen", {"text": "又坏了"}, (409, ">又坏了</textarea>", "重新打开")),
        ("merge", {"into": "四十七"}, (422, 'value="四十七"', "四十七")),
        ("merge", {"into": "4711"}, (404, 'value="4711"', "4711")),
    ],
)
def test_what_is_refused_stays_on_the_page(
    mei: TestClient,
    tickets: list[str],
    step: str,
    form: dict[str, str],
    told: tuple[int, str, str],
) -> None:
    status, kept, line = told
    page = mei.post(f"/tickets/{tickets[0]}/{step}", data=form)
    assert page.status_code == status
    assert "白板黑屏" in page.text
    assert kept in page.text
    fault = page.text.split('id="step-fault">')[1].split("<")[0]
    assert line in fault
    assert 'aria-describedby="step-fault"' in page.text


def test_who_was_outrun_sees_both(app: FastAPI, mei: TestClient, tickets: list[str]) -> None:
    ticket = tickets[0]
    seen = mei.get(f"/tickets/{ticket}").text.split('name="seen" value="')[1].split('"')[0]
    with unit_of_work(app.state.sessions) as session:
        desk = TicketDesk(session, Scope.everything(), "u-admin", datetime.now(UTC))
        desk.start(ticket)
        desk.wait(ticket, "等厂家寄件")
    # A word into the log is in nobody's way.
    press(mei, ticket, "comment", seen=seen, text="到场")
    page = mei.post(
        f"/tickets/{ticket}/resolve",
        data={"seen": seen, "text": "换了灯泡", "cause": "wear", "remedy": ""},
    )
    assert page.status_code == 409
    assert "已有新进展" in page.text
    assert "等厂家寄件" in page.text
    assert ">换了灯泡</textarea>" in page.text
    now = page.text.split('name="seen" value="')[1].split('"')[0]
    press(mei, ticket, "resolve", seen=now, text="换了灯泡")
    assert "换了灯泡" in mei.get(f"/tickets/{ticket}").text
