"""The board, what a repair took, and figures, on pages and through the API."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.models import Ticket
from alerts.tickets import TicketDesk
from inventory.database import unit_of_work
from inventory.scope import Scope
from tests.controller.county import PASSWORD, County


@pytest.fixture
def tickets(app: FastAPI, county: County) -> list[str]:
    """One of SCH-A, which mei works for, and one of SCH-B, which she does not see."""
    with unit_of_work(app.state.sessions) as session:
        desk = TicketDesk(session, Scope.everything(), "u-admin", datetime.now(UTC))
        return [desk.open("SCH-A", "白板黑屏").id, desk.open("SCH-B", "别校的单").id]


@pytest.fixture
def mei(client: TestClient, tickets: list[str]) -> TestClient:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    return client


def send(client: TestClient, path: str, **form: str) -> Response:
    return client.post(path, data=form, follow_redirects=False)


def test_a_card_moves_where_its_state_allows_and_nowhere_else(
    mei: TestClient, tickets: list[str]
) -> None:
    board = mei.get("/tickets/board").text
    assert "白板黑屏" in board
    assert "别校的单" not in board
    assert 'data-targets="assigned in_progress resolved"' in board
    move = f"/tickets/{tickets[0]}/move"
    assert send(mei, move, to="waiting.parts").status_code == 409
    assert send(mei, move, to="nowhere").status_code == 422
    assert send(mei, f"/tickets/{tickets[1]}/move", to="in_progress").status_code == 404
    moved = send(mei, move, to="in_progress", back="school=SCH-A")
    assert (moved.status_code, moved.headers["location"]) == (
        303,
        f"/tickets/board?school=SCH-A&moved={tickets[0]}",
    )
    assert send(mei, move, to="waiting.parts").status_code == 303
    assert "在看板上移动" in mei.get(f"/tickets/{tickets[0]}").text


def test_a_move_is_taken_back_until_somebody_does_something(
    mei: TestClient, tickets: list[str]
) -> None:
    page, move = f"/tickets/{tickets[0]}", f"/tickets/{tickets[0]}/move"

    def state() -> str:
        return mei.get(f"/api/v1{page}").json()["state"]

    seen = []
    for to in ("in_progress", "waiting.parts", "resolved"):
        before = state()
        board = send(mei, move, to=to).headers["location"]
        assert "撤销移动" in mei.get(board).text
        assert send(mei, f"{page}/unmove").headers["location"] == "/tickets/board"
        seen.append(state())
        assert seen[-1] == before
        assert send(mei, move, to=to).status_code == 303
    assert seen == ["new", "in_progress", "waiting"]
    assert "退回待接单" in mei.get(page).text
    send(mei, f"{page}/comment", text="看过了")
    assert send(mei, f"{page}/unmove").status_code == 409
    assert send(mei, f"/tickets/{tickets[1]}/unmove").status_code == 404


def test_what_a_repair_took_is_written_down_on_its_page(
    mei: TestClient, tickets: list[str]
) -> None:
    work = f"/tickets/{tickets[0]}/entries/"
    assert send(mei, f"{work}labour", minutes="45", name="换灯泡").status_code == 303
    assert send(mei, f"{work}bought", name="网线", quantity="2", cost="9.90").status_code == 303
    wrong = send(mei, f"{work}bought", name="网线", quantity="0", cost="9")
    assert (wrong.status_code, "1 至 1000 的整数" in wrong.text) == (422, True)
    wrong = send(mei, f"{work}bought", name="双绞线", cost="many")
    assert wrong.status_code == 422
    for typed in (
        'value="双绞线"',
        'value="many"',
        "应为金额（元）",
        '<details class="mt-3 d-print-none" open',
    ):
        assert typed in wrong.text
    assert send(mei, f"{work}check", check="power", done="1").status_code == 303
    assert send(mei, f"{work}nothing").status_code == 404
    page = mei.get(f"/tickets/{tickets[0]}").text
    assert "换灯泡" in page
    assert 'aria-pressed="true"' in page
    # Her role reads no costs.
    assert "19.80" not in page


def test_links_and_splits_are_taken_back_on_the_page(
    app: FastAPI, mei: TestClient, tickets: list[str]
) -> None:
    page, work = f"/tickets/{tickets[0]}", f"/tickets/{tickets[0]}/entries/"
    wrong = send(mei, f"{work}link", number="4711")
    assert (wrong.status_code, 'value="4711"' in wrong.text) == (404, True)
    assert send(mei, f"{work}split", name="第二处故障").status_code == 303
    with unit_of_work(app.state.sessions) as session:
        part = session.exec(select(Ticket).where(Ticket.title == "第二处故障")).one()
        number, other = str(part.number), f"/tickets/{part.id}"
    assert "撤销拆分" in mei.get(page).text
    assert send(mei, f"{work}unsplit", number=number).status_code == 303
    assert send(mei, f"{work}unsplit", number=number).status_code == 409
    assert "撤销合并" in mei.get(other).text
    assert send(mei, f"{other}/unmerge").status_code == 303
    assert send(mei, f"{work}link", number=number).status_code == 303
    assert "撤销关联" in mei.get(page).text
    assert send(mei, f"{work}unlink", number=number).status_code == 303
    assert "撤销与其他工单的关联" in mei.get(page).text


def test_figures_are_of_one_s_own_schools(mei: TestClient, tickets: list[str]) -> None:
    send(mei, f"/tickets/{tickets[0]}/start")
    send(mei, f"/tickets/{tickets[0]}/resolve")
    page = mei.get("/tickets/figures?by=school").text
    assert "一次修复率" in page
    [row] = mei.get("/api/v1/ticket-figures").json()["items"]
    assert (row["opened"], row["repaired"], row["first_time_fix"], row["sla_kept"]) == (1, 1, 1, 1)
    table = mei.get("/api/v1/ticket-figures.csv?by=technician")
    assert table.headers["content-type"].startswith("text/csv")
    wrong = mei.get("/tickets/figures?first=2026-05-01&last=2026-04-01")
    assert (wrong.status_code, "起始日期应早于截止日期" in wrong.text) == (200, True)
    assert mei.get("/api/v1/ticket-figures?first=2020-01-01").status_code == 422
