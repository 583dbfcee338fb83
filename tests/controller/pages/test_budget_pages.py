"""Pages of budgets, in both languages: from an empty list to a claim that was paid."""

import html
import re
from decimal import Decimal

from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.models import ProcurementProject, ProjectForm, User
from inventory.models.base import utc_now
from tests.controller.county import PASSWORD, County


def log_in(client: TestClient, login: str) -> None:
    answer = client.post(
        "/login", data={"login": login, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303


def send(client: TestClient, path: str, **form: str) -> str:
    answer = client.post(path, data=form)
    assert answer.status_code == 200, answer.text
    return answer.text


def begun(client: TestClient) -> str:
    answer = client.post(
        "/budgets",
        data={
            "organisation_code": "3304",
            "name": "三年计划",
            "first_year": "2026",
            "last_year": "2027",
        },
    )
    assert answer.status_code == 200
    return str(answer.url.path)


def test_nothing_yet_is_said_so(client: TestClient, county: County) -> None:
    log_in(client, "shopper")
    page = client.get("/budgets?lang=en").text
    assert "No programme yet" in page
    assert "No fund yet" in page
    assert "尚无项目计划" in client.get("/budgets?lang=zh_CN").text
    assert 'href="/budgets"' in page
    assert county


def test_who_plans_second_sees_both_amounts_and_decides(client: TestClient, county: County) -> None:
    log_in(client, "shopper")
    client.get("/budgets?lang=en")
    home = begun(client)

    def seen() -> str:
        found = re.search(r'name="seen" value="([^"]*)"', client.get(home).text)
        assert found
        return html.unescape(found[1])

    def plan(amount: str, seen: str) -> Response:
        form = {"year": "2027", "category": "renew", "from_cny": amount, "seen": seen}
        return client.post(f"{home}/lines", data=form)

    empty = seen()
    assert plan("100", empty).status_code == 200
    second = plan("250", empty)
    assert second.status_code == 412
    assert "Planned now: 100.00." in second.text
    assert "You wanted: 250." in second.text
    assert 'value="250"' in second.text
    assert plan("300", "no tags").status_code == 412
    # The form again carries what is planned now.
    assert plan("250", seen()).status_code == 200
    assert "250.00" in client.get(home).text
    # Another year is nobody's business.
    other = {"year": "2026", "category": "renew", "from_cny": "7", "seen": empty}
    assert client.post(f"{home}/lines", data=other).status_code == 200


def test_who_bears_a_programme_is_said_on_a_form_until_something_is_spent(
    client: TestClient, county: County
) -> None:
    log_in(client, "admin")
    client.get("/budgets?lang=en")
    home = begun(client)
    path = f"{home}/parties"
    assert f'href="{path}"' in client.get(home).text

    def etag() -> str:
        return etag_of_page(client.get(path).text)

    first = etag()
    thirds = {"name-0": "市级", "weight-0": "1", "reimburses-0": "1", "name-1": "区县"}
    half = client.post(path, data=thirds | {"etag": first})
    assert half.status_code == 422
    assert 'value="市级"' in half.text, "nothing that was typed is lost"
    assert send(client, path, **thirds, **{"weight-1": "2", "etag": first}).count("2") > 0
    late = client.post(path, data=thirds | {"weight-1": "7", "etag": first})
    assert late.status_code == 412
    assert "In the register now: 市级 1 · 区县 2" in late.text
    assert 'value="7"' in late.text
    none = client.post(path, data={"name-0": "", "etag": etag()})
    assert none.status_code == 422
    history = client.get(path).text
    assert "Nothing was changed yet" not in history
    spending = {"category": "renew", "booked_on": "2026-05-01", "amount_cny": "100.00"}
    page = send(client, f"{home}/entries", **spending, reference="INV")
    assert "33.33" in page
    assert "begin another programme" in client.get(path).text
    refused = client.post(path, data=thirds | {"weight-1": "3", "etag": etag_of_page(late.text)})
    assert refused.status_code == 409


def etag_of_page(page: str) -> str:
    """The tag that a form carries."""
    found = re.search(r'name="etag" value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_a_programme_is_planned_spent_and_claimed(client: TestClient, county: County) -> None:
    log_in(client, "shopper")
    client.get("/budgets?lang=en")
    home = begun(client)
    page = send(
        client,
        f"{home}/lines",
        year="2026",
        category="renew",
        from_cny="15000000",
        to_cny="20000000",
    )
    assert "15,000,000.00 – 20,000,000.00" in page
    spending = {
        "category": "renew",
        "booked_on": "2026-05-01",
        "amount_cny": "100.03",
        "reference": "INV<1>",
    }
    page = send(client, f"{home}/entries", **spending)
    assert "INV&lt;1&gt;" in page
    assert "20.01" in page
    # Each sum leads to the entries it is made of.
    sums = f'href="{home}?year=2026&amp;category=renew#entries-title">100.03</a>'
    assert sums in page.replace("&category", "&amp;category")
    behind = client.get(home, params={"year": 2026, "category": "renew"}).text
    assert "INV&lt;1&gt;" in behind
    assert "INV&lt;1&gt;" not in client.get(home, params={"year": 2027}).text
    page = send(client, f"{home}/claims", position="0", claimed_on="2026-06-01", reference="请款")
    paid = re.search(rf'action="({home}/claims/\w+/paid)"', page)
    assert paid
    assert "Paid on 2026-07-01" in send(client, paid[1], on="2026-07-01")
    counter = re.search(rf'action="({home}/entries/\w+/counter)"', page)
    assert counter
    page = send(client, counter[1], note="typed twice")
    assert "Counter-entry" in page
    assert "-20.01" in page
    assert "冲销分录" in client.get(f"{home}?lang=zh_CN").text
    assert client.get(f"{home}/table.csv").text.startswith("\ufeff")
    listed = client.get("/budgets").text
    assert "15,000,000.00 – 20,000,000.00" in listed
    assert county


def test_a_fund_is_opened_and_paid_into(client: TestClient, county: County) -> None:
    log_in(client, "shopper")
    page = send(client, "/budgets/funds", organisation_code="3304", name="维修改造经费")
    assert "0.00" in page
    page = send(
        client, "/budgets/funds/3304", booked_on="2026-01-05", amount_cny="5", reference="拨款"
    )
    assert "5.00" in page
    home = begun(client)
    spending = {
        "category": "renew",
        "booked_on": "2026-05-01",
        "amount_cny": "5.01",
        "reference": "1",
        "fund_code": "3304",
    }
    assert client.post(f"{home}/entries", data=spending).status_code == 409
    assert client.post(f"{home}/claims/x/other", data={"on": "2026-01-01"}).status_code == 404
    wrong = {"year": "2026", "category": "renew", "from_cny": "1", "to_cny": "x"}
    assert client.post(f"{home}/lines", data=wrong).status_code == 422
    assert county


def test_a_project_is_paid_from_a_programme_and_no_more(
    client: TestClient, app: FastAPI, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.add(
            ProcurementProject(
                id="j1",
                number="XM-2026-0001",
                title="<i>一体机</i>",
                form=ProjectForm.tender,
                organisation_code="3304",
                budget_cny=Decimal(1_000),
                created_by=session.exec(select(User.id)).first() or "",
                created_at=utc_now(),
            )
        )
    log_in(client, "shopper")
    client.get("/budgets?lang=en")
    home = begun(client)
    page = client.get(home).text
    assert "Pay for a procurement project" in page
    assert "Procurement projects it pays for" not in page
    page = send(client, f"{home}/projects", project="j1", category="renew")
    assert "Procurement projects it pays for" in page
    assert "&lt;i&gt;一体机" in page
    assert "Pay for a procurement project" not in page
    assert "Pay for a procurement project" in send(client, f"{home}/projects/j1/stop")
    headers = {"Authorization": f"Bearer {county.tokens['shopper']}"}
    path = f"/api/v1/programmes/{home.rpartition('/')[2]}/projects"
    said = client.put(f"{path}/j1", headers=headers, json={"category": "renew"})
    assert said.json()["budget_category"] == "renew"
    assert client.get(path, headers=headers).json()["total"] == 1
    assert client.delete(f"{path}/j1", headers=headers).status_code == 204
    assert client.delete(f"{path}/j1", headers=headers).status_code == 404
    wrong = client.put(f"{path}/j1", headers=headers, json={"category": "toys"})
    assert wrong.status_code == 404


def test_rules_of_money_are_shown_and_added_in_versions(client: TestClient, county: County) -> None:
    log_in(client, "shopper")
    page = client.get("/budgets/rules?lang=en").text
    assert "No rule yet" in page
    assert "A0201" in page
    rule = {"organisation_code": "3304", "stage": "primary", "plan": "<b>计划</b>", "yuan": "650"}
    page = send(client, "/budgets/rules/per-pupil", first_year="2026", last_year="", **rule)
    assert "&lt;b&gt;计划" in page
    assert "2026 –" in page
    page = send(client, "/budgets/rules/per-pupil", first_year="2027", last_year="2028", **rule)
    assert "2027 – 2028" in page
    confirm = re.findall(r'action="(/budgets/rules/per-pupil/\w+/confirm)"', page)
    assert len(confirm) == 2
    assert "Confirmed" in send(client, confirm[0])
    page = send(
        client,
        "/budgets/rules/depreciation",
        asset_class="A0201",
        life_months="48",
        residual_percent="2.5",
    )
    assert "Say how a class loses its value" in page
    assert ">2.5<" in page
    assert "生均经费" in client.get("/budgets/rules?lang=zh_CN").text
    assert county


def test_who_may_not_read_costs_is_not_shown_budgets(client: TestClient, county: County) -> None:
    log_in(client, "mei")
    assert client.get("/budgets").status_code == 403
    assert 'href="/budgets"' not in client.get("/schools/SCH-A").text
    assert county
