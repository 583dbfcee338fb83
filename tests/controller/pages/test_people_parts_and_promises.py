"""Pages of technicians, spare parts, service agreements: kept, refused in words, nothing lost."""

import re

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from alerts.work.models import SparePart
from inventory.database import unit_of_work
from inventory.models import Grant, Role, User
from tests.controller.county import PASSWORD, County

LAMP = {"bureau": "3304", "name": "灯泡", "unit_cost_cny": "80.10", "quantity": "3"}


@pytest.fixture
def people(app: FastAPI, county: County) -> None:
    """A leader of the county, and one of its technicians."""
    with unit_of_work(app.state.sessions) as session:
        password = session.get_one(User, "u-admin").password_hash
        for login, role in (("lead", Role.county_it), ("tech", Role.technician)):
            session.add(User(id=f"u-{login}", login=login, name=login, password_hash=password))
            session.flush()
            session.add(Grant(user_id=f"u-{login}", role=role, scope_path="/33/3304/"))


@pytest.fixture
def lead(client: TestClient, people: None) -> TestClient:
    return as_user(client, "lead")


def as_user(client: TestClient, login: str) -> TestClient:
    client.cookies.clear()
    client.post("/login", data={"login": login, "password": PASSWORD})
    return client


def send(client: TestClient, path: str, **form: str) -> Response:
    return client.post(path, data=form, follow_redirects=False)


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'name="(etag|base)" value="([^"]*)"', page)
    return {name: text.replace("&#34;", '"') for name, text in found}


def new_lamp(lead: TestClient) -> str:
    assert send(lead, "/spare-parts/new", **LAMP).status_code == 303
    [found] = re.findall(r"/spare-parts/(sp[\w-]+)", lead.get("/spare-parts").text)
    return f"/spare-parts/{found}"


def test_a_part_is_received_counted_and_withdrawn(app: FastAPI, lead: TestClient) -> None:
    assert "暂无备件" in lead.get("/spare-parts").text
    wrong = send(lead, "/spare-parts/new", **LAMP | {"unit_cost_cny": "八十"})
    assert wrong.status_code == 422
    assert "“单价（元）”应为金额" in wrong.text or "应为金额（元）" in wrong.text
    assert 'value="灯泡"' in wrong.text
    assert 'value="八十"' in wrong.text
    path = new_lamp(lead)
    assert send(lead, f"{path}/receive", pieces="5", note="发票 7").status_code == 303
    late = send(lead, f"{path}/count", counted="7", knew="3", note="一只碎了")
    assert late.status_code == 409
    assert 'value="一只碎了"' in late.text
    assert send(lead, f"{path}/count", counted="7", knew="8").status_code == 303
    assert send(lead, f"{path}/receive", pieces="-2").status_code == 422
    left = send(lead, f"{path}/withdraw")
    assert (left.status_code, "尚余 7" in left.text) == (409, True)
    with unit_of_work(app.state.sessions) as session:
        session.get_one(SparePart, path.rpartition("/")[2]).quantity = 0
    # Without a mark, too, none left is what somebody has to buy.
    assert "已用完" in lead.get("/spare-parts?low=1").text
    assert send(lead, f"{path}/withdraw").status_code == 303
    assert "已停用" in lead.get("/spare-parts").text
    assert send(lead, f"{path}/nothing").status_code == 404


def test_of_two_who_change_a_part_the_later_one_is_told(lead: TestClient) -> None:
    path = new_lamp(lead)
    opened = hidden(lead.get(f"{path}/edit").text)
    said = {"name": "灯泡", "unit_cost_cny": "80.10", "low_mark": "5"}
    assert send(lead, f"{path}/edit", **said, shelf="2 架", **opened).status_code == 303
    assert "不足" in lead.get("/spare-parts?low=1").text
    late = send(lead, f"{path}/edit", **said | {"name": "灯泡 B"}, shelf="", **opened)
    assert late.status_code == 412
    assert 'value="灯泡 B"' in late.text
    assert "2 架" in late.text


def test_technicians_see_the_stock_without_prices_and_keep_nothing(lead: TestClient) -> None:
    path = new_lamp(lead)
    tech = as_user(lead, "tech")
    page = tech.get(path).text
    assert "灯泡" in page
    assert "80.10" not in page
    assert send(tech, f"{path}/receive", pieces="1").status_code == 403
    assert tech.get("/spare-parts/new").status_code == 403
    assert as_user(tech, "shopper").get("/spare-parts").status_code == 403


def test_what_somebody_repairs_is_kept_and_an_absence_is_held_to_its_days(
    lead: TestClient,
) -> None:
    said = {"kinds.printer": "1", "categories.network": "1", "most_open": "3"}
    days = {"away_from": "2020-05-02", "away_until": "2020-05-01"}
    wrong = send(lead, "/technicians/u-tech", **said, **days)
    assert (wrong.status_code, "不能早于" in wrong.text) == (422, True)
    assert re.search(r'name="kinds.printer" value="1" checked', wrong.text)
    assert 'value="2020-05-01"' in wrong.text
    assert send(lead, "/technicians/u-tech", **said, away_from="2020-05-02").status_code == 303
    page = lead.get("/technicians").text
    assert "请假中" in page
    assert "0 / 3" in page
    # Somebody else opened the form while there was nothing.
    late = send(lead, "/technicians/u-tech", most_open="9")
    assert late.status_code == 412
    assert send(lead, "/technicians/u-admin", most_open="9").status_code == 404
    assert send(lead, "/technicians/u-tech/forget").status_code == 303
    own = as_user(lead, "tech").get("/technicians").text
    assert "由上级单位的派单人员维护" in own
    assert "lead" not in own.replace("leading", "")
    assert lead.get("/technicians/u-tech").status_code == 403


def test_terms_are_said_changed_and_withdrawn_and_each_version_stays(lead: TestClient) -> None:
    form = lead.get("/service-agreements/3304/edit").text
    fields = dict(re.findall(r'type="number" id="\w+" name="(\w+)" value="(\d+)"', form))
    assert len(fields) == 8
    path = "/service-agreements/3304/edit"
    wrong = send(lead, path, **fields | {"p1_resolution": "5"})
    assert (wrong.status_code, "不能短于响应时限 30 分钟" in wrong.text) == (422, True)
    assert 'name="p1_resolution" value="5"' in wrong.text
    said = fields | {"p1_resolution": "300", "pausing.parts": "1", "room_high": "p1"}
    assert send(lead, path, **said, automatic="yes").status_code == 303
    page = lead.get("/service-agreements/3304").text
    assert "5 小时" in page
    assert "学校SCH-A" in page
    opened = hidden(lead.get(path).text)
    assert send(lead, path, **said | {"p1_resolution": "360"}, **opened).status_code == 303
    assert send(lead, path, **said, **opened).status_code == 412
    assert send(lead, "/service-agreements/3304/withdraw").status_code == 303
    page = lead.get("/service-agreements/3304").text
    assert "版本 3" in page
    assert "系统默认条款" in page
    assert lead.get("/service-agreements/33/edit").status_code == 404


def test_a_school_reads_the_terms_that_hold_for_it(client: TestClient, people: None) -> None:
    mei = as_user(client, "mei")
    assert "某县" in mei.get("/service-agreements").text
    assert mei.get("/service-agreements/3304").status_code == 200
    assert mei.get("/service-agreements/9999").status_code == 404
    assert mei.get("/service-agreements/3304/edit").status_code == 403
