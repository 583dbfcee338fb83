"""Budgets through the API, as the roles that keep and read them."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import School
from inventory.models.base import utc_now
from tests.controller.county import County

Ask = Callable[..., Response]


@pytest.fixture
def ask(client: TestClient, county: County) -> Ask:
    def call(
        method: str, path: str, body: Any = None, login: str = "shopper", seen: str | None = None
    ) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        if seen is not None:
            headers["If-Match"] = seen
        return client.request(method, f"/api/v1{path}", headers=headers, json=body)

    return call


@pytest.fixture
def programme(ask: Ask) -> str:
    body = {
        "organisation_code": "3304",
        "name": "=1+1",
        "plan": "荔湾",
        "first_year": 2026,
        "last_year": 2028,
    }
    answer = ask("POST", "/programmes", body)
    assert answer.status_code == 201
    identity: str = answer.json()["id"]
    return identity


def spend(ask: Ask, programme: str, yuan: str, **more: str) -> Response:
    body = {
        "category": "renew",
        "booked_on": "2026-05-01",
        "amount_cny": yuan,
        "reference": "INV-7",
    }
    return ask("POST", f"/programmes/{programme}/entries", body | more)


def test_the_second_of_two_who_plan_a_line_is_shown_both(ask: Ask, programme: str) -> None:
    here = f"/programmes/{programme}/lines/2026/renew"
    assert ask("PUT", here, {"from_cny": "1.00"}, seen='"7"').status_code == 412
    made = ask("PUT", here, {"from_cny": "500.00"}).json()
    [listed] = ask("GET", f"/programmes/{programme}").json()["lines"]
    assert listed == made
    first = ask("PUT", here, {"from_cny": "600.00"}, seen=made["etag"])
    assert first.status_code == 200
    second = ask("PUT", here, {"from_cny": "700.00", "note": "x"}, seen=made["etag"])
    assert (second.status_code, second.json()["code"]) == (412, "revision_passed")
    both = {one["field"]: (one["yours"], one["theirs"]) for one in second.json()["fields"]}
    assert both["from_cny"] == both["to_cny"] == ("700.00", "600.00")
    assert both["note"] == ("x", "")
    assert ask("PUT", here, {"from_cny": "700.00"}, seen=second.json()["etag"]).status_code == 200


def test_the_second_of_two_who_say_who_bears_it_is_shown_both(ask: Ask, programme: str) -> None:
    def say(seen: str, *weights: int) -> Response:
        parties = [{"name": f"P{n}", "weight": weight} for n, weight in enumerate(weights)]
        return ask("PUT", f"/programmes/{programme}/parties", {"parties": parties}, seen=seen)

    seen = ask("GET", f"/programmes/{programme}").json()["parties_etag"]
    first = say(seen, 20, 80)
    assert first.status_code == 200
    second = say(seen, 30, 70)
    assert (second.status_code, second.json()["code"]) == (412, "revision_passed")
    [told] = second.json()["fields"]
    assert [[one["weight"] for one in told[whose]] for whose in ("yours", "theirs")] == [
        [30, 70],
        [20, 80],
    ]
    assert second.json()["etag"] == first.json()["parties_etag"]
    assert say(second.headers["ETag"], 30, 70).status_code == 200


def test_a_programme_from_plan_to_reimbursement(ask: Ask, programme: str) -> None:
    line = ask(
        "PUT",
        f"/programmes/{programme}/lines/2026/renew",
        {"from_cny": "500.00", "to_cny": "1000.00"},
    )
    assert line.json()["to_cny"] == "1000.00"
    entry = spend(ask, programme, "600.03").json()
    assert (entry["amount_cny"], entry["year"]) == ("600.03", 2026)
    shown = ask("GET", f"/programmes/{programme}").json()
    assert shown["total"]["spent_cny"] == "600.03"
    assert shown["years"][0]["cells"][0]["left_cny"] == "399.97"
    assert [one["share_cny"] for one in shown["shares"]] == ["120.01", "480.02"]
    assert [one["code"] for one in shown["categories"]] == ["renew", "apply", "maintain", "other"]
    claim = ask(
        "POST",
        f"/programmes/{programme}/claims",
        {"position": 0, "claimed_on": "2026-06-01", "reference": "请款1"},
    ).json()
    assert claim["amount_cny"] == "120.01"
    path = f"/programmes/{programme}/claims/{claim['id']}"
    assert ask("POST", f"{path}/paid", {"on": "2026-07-01"}).json()["paid_on"] == "2026-07-01"
    refused = ask("POST", f"{path}/withdraw", {"on": "2026-07-01"})
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_settled")
    counter = ask(
        "POST", f"/programmes/{programme}/entries/{entry['id']}/counter", {"note": "wrong"}
    )
    assert counter.json()["amount_cny"] == "-600.03"
    assert ask("GET", f"/programmes/{programme}").json()["shares"][0]["open_cny"] == "-120.01"
    listed = ask("GET", f"/programmes/{programme}/entries").json()
    assert {item["countered"] for item in listed["items"]} == {True, False}
    assert ask("GET", "/programmes").json()["total"] == 1
    assert ask("GET", f"/programmes/{programme}/claims").json()["total"] == 1


def test_the_fund_pays_only_what_is_in_it(ask: Ask, programme: str) -> None:
    fund = {"organisation_code": "3304", "name": "维修改造经费"}
    assert ask("POST", "/funds", fund).json()["balance_cny"] == "0.00"
    payment = {"booked_on": "2026-01-05", "amount_cny": "100.00", "reference": "拨款"}
    paid = ask("POST", "/funds/3304/entries", payment).json()
    assert spend(ask, programme, "99.99", fund_code="3304").status_code == 201
    refused = spend(ask, programme, "0.02", fund_code="3304")
    assert (refused.status_code, refused.json()["code"]) == (409, "fund_too_small")
    assert "0.01" in refused.json()["detail"]
    assert ask("GET", "/funds").json()["items"][0]["balance_cny"] == "0.01"
    back = ask("POST", f"/funds/3304/entries/{paid['id']}/counter", {"booked_on": "2026-02-01"})
    assert back.status_code == 409
    assert ask("GET", "/funds/3304/entries").json()["total"] == 2


def test_the_table_is_a_file_that_runs_nothing(ask: Ask, programme: str) -> None:
    assert spend(ask, programme, "1.00").status_code == 201
    answer = ask("GET", f"/programmes/{programme}/table.csv?lang=en")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0].startswith("Year,Category,")
    assert "2026,Renew,,,1.00,-1.00" in lines
    assert len(lines) == 1 + 3 * 4


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount_cny": "0"}, "not_an_amount"),
        ({"amount_cny": "-1"}, "not_an_amount"),
        ({"amount_cny": "0.001"}, "invalid_request"),
        ({"amount_cny": "NaN"}, "invalid_request"),
        ({"booked_on": "2025-12-31"}, "outside_programme"),
        ({"category": "travel"}, "not_found"),
        ({"school_code": "SCH-X"}, "not_found"),
        ({"extra": "1"}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_named(ask: Ask, programme: str, body: dict[str, str], code: str) -> None:
    assert spend(ask, programme, **({"yuan": "1.00"} | body)).json()["code"] == code


def test_who_may_not_read_costs_sees_no_money(ask: Ask, programme: str) -> None:
    for path in ("/programmes", f"/programmes/{programme}", "/funds", "/per-pupil-rules"):
        assert ask("GET", path, login="mei").status_code == 403
    body = {"organisation_code": "3304", "name": "x", "first_year": 2026, "last_year": 2026}
    assert ask("POST", "/programmes", body, login="mei").status_code == 403


def test_funding_per_pupil_follows_its_rule(ask: Ask, app: FastAPI) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.get_one(School, "SCH-A").students = 100
    rule = {
        "organisation_code": "3304",
        "plan": "临沂",
        "quote": "小学90元",
        "stage": "primary",
        "first_year": 2026,
        "yuan": "90.00",
    }
    made = ask("POST", "/per-pupil-rules", rule).json()
    assert made["confirmed"] is False
    assert ask("POST", f"/per-pupil-rules/{made['id']}/confirm").json()["confirmed"] is True
    given = ask("GET", "/organisations/3304/school-funding?year=2027").json()["items"]
    by_school = {one["school_code"]: one["amount_cny"] for one in given}
    assert by_school == {"SCH-A": "9000.00", "SCH-B": "0.00"}
    assert ask("GET", "/per-pupil-rules").json()["total"] == 1


def test_terms_of_depreciation_are_the_whole_citys(ask: Ask) -> None:
    body = {"life_months": 60, "residual_rate": "0.05"}
    changed = ask("PUT", "/depreciation-rules/A02010105", body)
    assert changed.json()["shipped"] is False
    assert changed.json()["holds_from"] == day_of(utc_now()).isoformat()
    past = {**body, "holds_from": "2020-01-01"}
    assert ask("PUT", "/depreciation-rules/A02010105", past).status_code == 422
    listed = ask("GET", "/depreciation-rules").json()["items"]
    assert {one["asset_class"]: one["life_months"] for one in listed}["A02010105"] == 60
    assert {one["asset_class"]: one["life_months"] for one in listed}["A0201"] == 72
    assert ask("PUT", "/depreciation-rules/A0201", {"life_months": 0}).status_code == 422
