"""Rules through the API: who may, versions and tags, two editors, and what a trial says."""

from collections.abc import Callable

import numpy as np
import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.judging.conditions import Threshold
from alerts.rulebook.in_force import rules_in_force
from drivers.readings import Kind
from inventory.database import read_only, unit_of_work
from inventory.models import Device, School
from tests.controller.county import County, now_ms

COUNTY, CITY = "3304", "33"
HOT = """id: switch_hot
rule: temperature_high
when: threshold
kinds: [switch]
metric: temperature_celsius
side: above
level: {level}
clear: 40
hold: 10m
"""


@pytest.fixture
def ask(client: TestClient, county: County) -> Callable[..., Response]:
    def asked(
        path: str = "",
        method: str = "GET",
        login: str = "admin",
        headers: dict[str, str] | None = None,
        **rest: object,
    ) -> Response:
        rest["headers"] = {"Authorization": f"Bearer {county.tokens[login]}"} | (headers or {})
        return client.request(method, f"/api/v1/alert-rules{path}", **rest)  # type: ignore[arg-type]

    return asked


def test_a_rule_is_made_changed_compared_and_taken_back(
    app: FastAPI, ask: Callable[..., Response]
) -> None:
    body = {"organisation_code": COUNTY, "document": HOT.format(level=60)}
    made = ask("", "POST", json=body)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert ask("", "POST", json=body).status_code == 409
    path = f"/{made.json()['id']}"
    seen = {"If-Match": '"1"'}
    changed = ask(path, "PUT", json={"document": HOT.format(level=65)}, headers=seen)
    assert (changed.json()["version"], changed.headers["etag"]) == (2, '"2"')
    late = ask(path, "PUT", json={"document": HOT.format(level=55)}, headers=seen)
    assert (late.status_code, late.headers["etag"]) == (412, '"2"')
    assert "level: 65" in late.json()["fields"][0]["theirs"]
    for act, said in (("switch", {"enabled": False}), ("restore", {"number": 1})):
        assert ask(f"{path}/{act}", "POST", json=said, headers=seen).status_code == 412
    assert ask(path, "DELETE", headers=seen).status_code == 412
    differs = ask(f"{path}/changes?before=1&after=2").json()["items"]
    assert differs == [{"field": "level", "before": "60", "after": "65"}]
    assert not ask(f"{path}/switch", "POST", json={"enabled": False}).json()["enabled"]
    back = ask(f"{path}/restore", "POST", json={"number": 1}).json()
    assert (back["version"], back["enabled"]) == (4, True)
    acts = [one["act"] for one in ask(f"{path}/versions").json()["items"]]
    assert acts == ["restored", "switched_off", "edited", "made"]
    with read_only(app.state.sessions) as session:
        school = session.exec(select(School).where(School.code == "SCH-A")).one()
        [(one, its)] = [
            pair
            for pair in rules_in_force(session).of(Threshold, school.path, Kind.switch)
            if pair[0].rule == "temperature_high"
        ]
        assert (one.id, one.version, its.level) == (f"{COUNTY}/switch_hot", 4, 60)
    assert ask(path, "DELETE").status_code == 204
    assert ask().json()["items"] == []
    assert [one["removed"] for one in ask("?removed=true").json()["items"]] == [True]


def test_shipped_rules_are_copied_and_mistakes_are_told_with_their_lines(
    ask: Callable[..., Response],
) -> None:
    assert "device_down" in {one["name"] for one in ask("/shipped").json()["items"]}
    copy = {"organisation_code": COUNTY, "source": "device_down", "enabled": False}
    made = ask("/copies", "POST", json=copy).json()
    assert (made["copied_from"], made["enabled"]) == ("device_down@1", False)
    assert ask("/copies", "POST", json=copy | {"source": "nothing"}).status_code == 404
    body = {"organisation_code": COUNTY, "document": HOT.format(level=30)}
    wrong = ask("", "POST", json=body)
    assert wrong.status_code == 422
    assert "line 8: switch_hot.clear: less than level (30)" in wrong.json()["detail"]


def test_who_keeps_no_rules_of_a_bureau_changes_none(ask: Callable[..., Response]) -> None:
    body = {"organisation_code": COUNTY, "document": HOT.format(level=60)}
    assert ask("", "POST", "mei", json=body).status_code == 403
    made = ask("", "POST", json=body | {"organisation_code": CITY}).json()
    path = f"/{made['id']}"
    # A school reads the rules of the bureaus above it.
    assert ask(path, login="mei").json()["name"] == "switch_hot"
    assert ask(path, "PUT", "mei", json={"document": HOT.format(level=61)}).status_code == 403


def test_a_rule_is_tried_before_it_is_switched_on(
    app: FastAPI, client: TestClient, county: County, ask: Callable[..., Response]
) -> None:
    with unit_of_work(app.state.sessions) as session:
        device = session.exec(select(Device).where(Device.school_code == "SCH-A")).first()
        assert device is not None
        device.kind = Kind.switch
        subject = device.id
    times = now_ms() - np.arange(600, 0, -1) * 60_000
    values = np.where((np.arange(600) > 300) & (np.arange(600) < 340), 65.0, 38.0)
    app.state.store.load(
        [(subject, "temperature_celsius", "")], times, np.zeros(600, dtype=np.int32), values
    )
    body = {"organisation_code": CITY, "document": HOT.format(level=60), "days": 7}
    begun = ask("/trials", "POST", json=body)
    assert begun.status_code == 201, begun.text
    path = f"/trials/{begun.json()['id']}"
    app.state.rule_trials.close()
    found = ask(path).json()
    assert (found["state"], found["done"], found["total"]) == ("done", 2, 2)
    outcome = found["outcome"]
    assert (outcome["proposed"]["fired"], outcome["in_force"]["fired"]) == (1, 0)
    assert outcome["proposed"]["told"][0]["device_id"] == subject
    # Its page has the figure with its unit.
    mine = {"Authorization": f"Bearer {county.tokens['admin']}", "Accept": "text/html"}
    assert ">65 °C<" in client.get(f"/alert-rules{path}", headers=mine).text
    assert ask(path, login="mei").status_code == 404
    assert ask("").json()["items"] == []
