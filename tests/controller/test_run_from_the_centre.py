"""Agents, commands, configurations and events, over the API and on the console."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.auth.permissions import ROLES, Permission
from drivers.readings import CommandResult, Configuration, Event
from inventory.commands import ORDERS
from inventory.database import unit_of_work
from inventory.enrolment import revoke
from inventory.models import Agent, Credential, Device, Role
from inventory.scope import Scope
from tests.agents import signed
from tests.controller.county import County, make_batch, make_poll, now_ms

OLD = "sysname east\ninterface GE1\n shutdown\nreturn\n"
NEW = "sysname <east>\ninterface GE1\nreturn\n"
ORDER = {"kind": "disable_port", "subject": "d-a-1", "port": "GE0/0/7", "reason": "环路"}
Ask = Callable[..., Response]


@pytest.fixture
def ask(client: TestClient, county: County) -> Ask:
    """Ask as somebody, by login."""
    client.cookies.set("lang", "en")

    def request(method: str, path: str, login: str = "admin", **rest: object) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}", "Accept-Language": "en"}
        wanted = {"Accept": "text/html"} if not path.startswith("/api/") else {}
        return client.request(
            method, path, headers=headers | wanted, follow_redirects=False, **rest
        )

    return request


def configuration(text: str, at: int) -> Configuration:
    digest = sha256(text.encode()).hexdigest()
    return Configuration("d-a-1", "SCH-A", at, digest, text)


@pytest.fixture
def told(send: Ask, county: County) -> None:
    """Two configurations and some events of a device."""
    now = now_ms()
    reports = (
        configuration(OLD, now - 7_200_000),
        configuration(NEW, now - 3_600_000),
        Event("d-a-1", "SCH-A", now - 2_000, "link_down", fields={"port": "GE0/0/3"}),
        Event("d-a-1", "SCH-A", now - 1_000, "vendor_trap", fields={"trap": "h3c_fan_failed"}),
        Event("d-a-1", "SCH-A", now, "something_new", detail="<b>bold</b>"),
    )
    assert send(make_batch(county.agent_id, 1, reports=reports)).status_code == 204


def fetch(app: FastAPI, client: TestClient, county: County) -> Response:
    path = "/api/agent/v1/commands"
    return client.get(path, headers=signed(app, county.key, "GET", path))


def test_agents_are_listed_with_their_health(
    app: FastAPI, ask: Ask, send: Ask, county: County
) -> None:
    [agent] = ask("GET", "/api/v1/agents").json()["items"]
    assert (agent["health"], agent["schools"]) == ("expected", ["SCH-A"])
    send(make_batch(county.agent_id, 1))
    assert ask("GET", f"/api/v1/agents/{county.agent_id}").json()["health"] in {"ok", "out_of_date"}
    changes: list[tuple[dict[str, object], str]] = [
        ({"clock_skew_seconds": 120.0}, "skewed"),
        ({"spool_batches": 500}, "behind"),
        ({"last_seen_at": datetime(2020, 1, 1, tzinfo=UTC)}, "behind"),
        ({"last_batch_at": datetime(2020, 1, 1, tzinfo=UTC)}, "silent"),
    ]
    for change, health in changes:
        with unit_of_work(app.state.sessions) as session:
            row = session.get(Agent, county.agent_id)
            assert row is not None
            row.sqlmodel_update(change)
        assert ask("GET", f"/api/v1/agents/{county.agent_id}").json()["health"] == health
    with unit_of_work(app.state.sessions) as session:
        revoke(session, Scope.everything(), county.agent_id, now=datetime.now(UTC))
    assert ask("GET", "/api/v1/agents").json()["items"][0]["health"] == "refused"
    assert ask("GET", "/api/v1/agents/nobody").status_code == 404


def test_a_command_goes_to_the_agent_and_its_answer_comes_back(
    app: FastAPI, client: TestClient, ask: Ask, send: Ask, county: County
) -> None:
    given = ask(
        "POST", "/api/v1/commands", json={"kind": "send_log_bundle", "agent": county.agent_id}
    )
    assert given.status_code == 201
    id_ = given.json()["id"]
    assert ask("GET", "/api/v1/agents").json()["items"][0]["commands_pending"] == 1
    assert fetch(app, client, county).status_code == 200
    assert ask("GET", f"/api/v1/commands/{id_}").json()["state"] == "sent"
    result = CommandResult(id_, now_ms(), "done", fields={"bytes": "6"}, attachment=b"bundle")
    send(make_batch(county.agent_id, 1, reports=(result,)))
    done = ask("GET", f"/api/v1/commands?agent={county.agent_id}").json()["items"][0]
    assert (done["state"], done["result"], done["created_by"]) == ("done", {"bytes": "6"}, "admin")
    file = ask("GET", f"/api/v1/commands/{id_}/attachment")
    assert (file.content, file.headers["content-type"]) == (b"bundle", "application/zstd")
    assert ask("GET", f"/api/v1/commands/{id_}/attachment", "mei").status_code == 403
    page = ask("GET", f"/agents/{county.agent_id}").text
    assert f"/api/v1/commands/{id_}/attachment" in page


def test_an_order_needs_its_permission_and_a_reason(ask: Ask) -> None:
    assert ask("POST", "/api/v1/commands", "shopper", json=ORDER).status_code == 403
    assert ask("POST", "/api/v1/commands", json=ORDER | {"reason": " "}).status_code == 422
    foreign = ask("POST", "/api/v1/commands", "mei", json=ORDER | {"subject": "d-b-1"})
    assert foreign.status_code == 404
    given = ask("POST", "/api/v1/commands", "mei", json=ORDER)
    assert given.status_code == 201
    assert given.json()["created_by"] == "mei"
    assert given.json()["arguments"]["reason"] == "环路"
    nobody = ask("POST", "/api/v1/commands", json=ORDER | {"subject": "d-b-1"})
    assert nobody.json()["code"] == "no_agent"


def test_who_may_give_orders() -> None:
    able = {role for role, permissions in ROLES.items() if Permission.order_ports in permissions}
    assert able == {Role.admin, Role.city_it, Role.county_it, Role.school_admin}


def test_only_those_who_manage_boxes_restart_them(ask: Ask, county: County) -> None:
    body = {"kind": "restart", "agent": county.agent_id}
    assert ask("POST", "/api/v1/commands", "mei", json=body).status_code == 403
    assert ask("POST", "/api/v1/commands", json=body).status_code == 201
    poll = {"kind": "poll_now", "subject": "d-a-1"}
    assert ask("POST", "/api/v1/commands", "mei", json=poll).status_code == 201


@pytest.mark.usefixtures("told")
def test_configurations_and_their_difference(ask: Ask) -> None:
    base = "/api/v1/devices/d-a-1/configurations"
    newer, older = ask("GET", base, "mei").json()["items"]
    assert (newer["added"], newer["removed"]) == (1, 2)
    assert ask("GET", f"{base}/{newer['id']}").text == NEW
    change = ask("GET", f"{base}/difference?older={older['id']}&newer={newer['id']}").json()
    assert "+sysname <east>" in change["diff"]
    same = ask("GET", f"{base}/difference?older={older['id']}&newer={older['id']}").json()
    assert same["diff"] == ""
    assert ask("GET", base, "shopper").status_code == 403
    assert ask("GET", f"{base}/nothing").status_code == 404
    foreign = base.replace("d-a-1", "d-b-1")
    assert ask("GET", foreign, "mei").status_code == 404
    assert ask("GET", f"{foreign}/{newer['id']}").status_code == 404


@pytest.mark.usefixtures("told")
def test_events_are_listed(ask: Ask) -> None:
    events = ask("GET", "/api/v1/devices/d-a-1/events", "shopper").json()
    assert events["total"] == 4
    assert events["items"][0]["kind"] == "something_new"
    down = ask("GET", "/api/v1/devices/d-a-1/events?kind=link_down").json()
    assert down["items"][0]["fields"] == {"port": "GE0/0/3"}
    assert ask("GET", "/api/v1/devices/d-b-1/events", "mei").status_code == 404


@pytest.mark.usefixtures("told")
def test_the_page_of_a_device_tells_its_story(ask: Ask) -> None:
    page = ask("GET", "/devices/d-a-1").text
    assert "Port GE0/0/3 has lost its link." in page
    assert "The device reports: fan failed." in page
    assert "The configuration has changed: 1 lines came, 2 went." in page
    assert "&lt;b&gt;bold" in page
    assert "<b>bold" not in page
    chinese = ask("GET", "/devices/d-a-1?lang=zh_CN").text
    assert "端口 GE0/0/3 失去连接" in chinese
    assert "configurations-title" not in ask("GET", "/devices/d-a-1", "shopper").text


@pytest.mark.usefixtures("told")
def test_the_page_of_a_configuration_shows_what_changed(ask: Ask) -> None:
    newer, older = ask("GET", "/api/v1/devices/d-a-1/configurations").json()["items"]
    page = ask("GET", f"/devices/d-a-1/configurations/{newer['id']}").text
    assert 'class="diff-added">+sysname &lt;east&gt;' in page
    assert 'class="diff-removed">- shutdown' in page
    first = ask("GET", f"/devices/d-a-1/configurations/{older['id']}").text
    assert "This is the first version" in first
    back = ask("GET", f"/devices/d-a-1/configurations/{older['id']}?against={newer['id']}").text
    assert 'class="diff-added">+ shutdown' in back
    assert ask("GET", "/devices/d-a-1/configurations/none").status_code == 404
    path = f"/devices/d-a-1/configurations/{newer['id']}"
    assert ask("GET", path, "shopper").status_code == 403


def test_orders_are_given_on_the_console_with_a_reason(
    app: FastAPI, ask: Ask, client: TestClient, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        box = app.state.secret_box
        session.add(Credential(id="k1", name="ssh", kind="ssh", secret=box.seal("{}")))
        session.flush()
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.ssh_credential_id, device.ssh_platform = "k1", "huawei_vrp"
    assert "/devices/d-a-1/order" in ask("GET", "/devices/d-a-1", "mei").text
    assert "/devices/d-a-1/order" not in ask("GET", "/devices/d-a-1", "shopper").text
    form = ask("GET", "/devices/d-a-1/order?kind=cycle_poe&port=GE1", "mei").text
    assert 'value="GE1"' in form
    assert all(kind.value in form for kind in ORDERS)
    assert ask("GET", "/devices/d-a-1/order?kind=restart").status_code == 404
    assert ask("GET", "/devices/d-a-1/order", "shopper").status_code == 403
    data = {"kind": "cycle_poe", "port": "GE1", "reason": "camera hangs"}
    given = ask("POST", "/devices/d-a-1/order", "mei", data=data)
    assert (given.status_code, given.headers["location"]) == (303, "/devices/d-a-1#commands")
    assert ask("POST", "/devices/d-a-1/order", "shopper", data=data).status_code == 403
    assert ask("POST", "/devices/d-a-1/order", data=data | {"kind": "restart"}).status_code == 404
    page = ask("GET", "/devices/d-a-1", "mei").text
    assert "Take the port's power and give it back" in page


def test_pages_of_agents(ask: Ask, county: County) -> None:
    assert "box at A" in ask("GET", "/agents", "mei").text
    assert ask("GET", "/agents", "shopper").status_code == 403
    page = ask("GET", f"/agents/{county.agent_id}").text
    assert "Send a log bundle" in page
    assert "Send a log bundle" not in ask("GET", f"/agents/{county.agent_id}", "mei").text
    path = f"/agents/{county.agent_id}/commands"
    assert ask("POST", path, data={"kind": "restart"}).status_code == 303
    assert ask("POST", path, "mei", data={"kind": "restart"}).status_code == 403
    assert "Restart the agent" in ask("GET", f"/agents/{county.agent_id}").text
    assert ask("GET", "/agents/none").status_code == 404
    for kind in ("poll_now", "back_up_configuration"):
        given = ask("POST", "/devices/d-a-1/commands", "mei", data={"kind": kind})
        assert given.status_code == 303
    assert ask("POST", "/devices/d-a-1/commands", data={"kind": "restart"}).status_code == 404


def test_a_batch_of_reports_alone_is_taken(send: Ask, county: County) -> None:
    event = Event("d-a-1", "SCH-A", time.time_ns() // 1_000_000, "cold_start")
    body = make_batch(county.agent_id, 1, make_poll(), reports=(event,))
    assert send(body).status_code == 204
    assert send(body).status_code == 409
