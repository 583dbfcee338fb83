"""Devices that were found: over the API, on the console, at the command line."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.auth.login import COOKIE
from controller.auth.tokens import new_token, token_hash
from drivers.readings import Finding, Identity, Kind
from inventory.database import unit_of_work
from inventory.models import WebSession
from inventory.models.base import utc_now
from inventory.repositories import WebSessionRepository
from inventory.scope import Scope
from tests.controller.conftest import Run
from tests.controller.county import County, make_batch, now_ms

AsUser = Callable[..., Response]


@pytest.fixture
def as_user(client: TestClient, county: County) -> AsUser:
    def ask(login: str, path: str, method: str = "GET", **rest: object) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        return client.request(method, f"/api/v1{path}", headers=headers, **rest)  # type: ignore[arg-type]

    return ask


@pytest.fixture
def found(send: Callable[..., Response], county: County) -> None:
    """Two devices in SCH-A, as its agent tells of them; one in a school it does not serve."""
    findings = [
        Finding(
            school=school,
            at=now_ms(),
            address=address,
            how="snmp",
            protocol="snmp",
            driver="h3c_comware",
            identity=Identity(vendor="H3C", kind=kind, name=name, serial=f"SN-{name}"),
        )
        for school, address, name, kind in (
            ("SCH-A", "10.9.0.1", "floor-1", Kind.switch),
            ("SCH-A", "10.9.0.2", "printer-2", Kind.printer),
            ("SCH-B", "10.9.0.3", "not-ours", Kind.switch),
        )
    ]
    answer = send(make_batch(county.agent_id, 1, reports=tuple(findings)))
    assert answer.status_code // 100 == 2, answer.text


@pytest.fixture
def browser_of(app: FastAPI, client: TestClient) -> Callable[[str], TestClient]:
    """The console as a user sees it."""

    def log_in(login: str) -> TestClient:
        secret = new_token("")
        with unit_of_work(app.state.sessions) as session:
            WebSessionRepository(session, Scope.everything()).add(
                WebSession(
                    token_hash=token_hash(secret),
                    user_id=f"u-{login}",
                    expires_at=utc_now() + timedelta(hours=1),
                )
            )
        client.cookies.set(COOKIE, secret)
        client.cookies.set("lang", "en")
        client.headers["origin"] = str(client.base_url).rstrip("/")
        return client

    return log_in


def ids_of(as_user: AsUser, login: str = "admin") -> dict[str, str]:
    rows = as_user(login, "/proposals?state=open").json()["items"]
    return {row["name"]: row["id"] for row in rows}


@pytest.mark.usefixtures("found")
def test_findings_of_the_agents_schools_are_listed_for_those_who_manage_access(
    as_user: AsUser,
) -> None:
    assert set(ids_of(as_user)) == {"floor-1", "printer-2"}
    assert as_user("shopper", "/proposals").status_code == 403
    page = as_user("admin", "/proposals?kind=printer").json()
    assert [(row["address"], row["school_code"]) for row in page["items"]] == [
        ("10.9.0.2", "SCH-A")
    ]


@pytest.mark.usefixtures("found")
def test_accepted_devices_are_in_the_register_and_may_be_taken_back(as_user: AsUser) -> None:
    ids = ids_of(as_user)
    items = [{"id": ids["floor-1"], "name": "一层交换机"}, {"id": ids["printer-2"]}]
    done = as_user("admin", "/proposals/accept", "POST", json={"items": items})
    assert done.status_code == 200
    devices = {row["device_id"] for row in done.json()["items"]}
    device = as_user("admin", f"/devices/{done.json()['items'][0]['device_id']}").json()
    assert (device["name"], device["address"], device["kind"]) == (
        "一层交换机",
        "10.9.0.1",
        "switch",
    )
    again = as_user("admin", "/proposals/accept", "POST", json={"items": items})
    assert (again.status_code, again.json()["code"]) == (409, "decided_already")
    assert not ids_of(as_user)
    undone = as_user("admin", "/proposals/undo", "POST", json={"ids": list(ids.values())})
    assert undone.status_code == 200
    for one in devices:
        assert as_user("admin", f"/devices/{one}").status_code == 404


@pytest.mark.usefixtures("found")
def test_decisions_are_all_or_none(as_user: AsUser) -> None:
    ids = ids_of(as_user)
    body = {"ids": [ids["floor-1"], "p-nowhere"]}
    assert as_user("admin", "/proposals/reject", "POST", json=body).status_code == 404
    assert set(ids_of(as_user)) == {"floor-1", "printer-2"}


def test_ranges_are_set_read_and_held_to_their_limits(as_user: AsUser) -> None:
    path = "/schools/SCH-A/discovery"
    assert as_user("admin", path).json()["enabled"] is False
    body = {"ranges": [{"network": "10.9.0.0/22"}], "accept_kinds": ["switch"]}
    assert as_user("admin", path, "PUT", json=body).status_code == 200
    read = as_user("admin", path).json()
    assert [one["network"] for one in read["ranges"]] == ["10.9.0.0/22"]
    assert (read["enabled"], read["accept_kinds"]) == (True, ["switch"])
    public = {"ranges": [{"network": "8.8.8.0/24"}]}
    refused = as_user("admin", path, "PUT", json=public)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_private")
    assert as_user("admin", path, "PUT", json={**public, "public": True}).status_code == 200
    assert as_user("shopper", path, "PUT", json=body).status_code == 403
    assert as_user("admin", "/schools/NOWHERE-1/discovery").status_code == 404


@pytest.mark.usefixtures("found")
def test_the_page_lists_accepts_and_counts(
    browser_of: Callable[[str], TestClient], as_user: AsUser
) -> None:
    ids = ids_of(as_user)
    browser = browser_of("admin")
    page = browser.get("/proposals").text
    assert "Discovered devices" in page
    assert "floor-1" in page
    assert '<span class="badge bg-red text-red-fg ms-2">2</span>' in page
    done = browser.post(
        "/proposals/accept",
        data={"chosen": [ids["floor-1"]], "back": "/proposals?kind=switch"},
        follow_redirects=False,
    )
    assert (done.status_code, done.headers["location"]) == (303, "/proposals?kind=switch")
    assert "No device fits" in browser.get("/proposals?kind=switch").text
    accepted = browser.get("/proposals?state=accepted").text
    assert "floor-1" in accepted
    assert "Take back" in accepted
    chinese = browser.get("/proposals?lang=zh_CN").text
    assert "发现的设备" in chinese


def test_the_form_sets_the_networks_of_a_school(
    browser_of: Callable[[str], TestClient], as_user: AsUser
) -> None:
    browser = browser_of("admin")
    assert "Where devices are looked for" in browser.get("/schools/SCH-A/discovery").text
    form = {
        "enabled": "true",
        "ranges": "10.9.0.0/22\n10.9.4.0/24",
        "hosts": "10.9.5.0/24",
        "seeds": "10.9.0.1",
        "hours": "12",
        "packets_per_second": "100",
        "kind": ["switch", "printer"],
    }
    sent = browser.post("/schools/SCH-A/discovery", data=form, follow_redirects=False)
    assert sent.status_code == 303
    kept = as_user("admin", "/schools/SCH-A/discovery").json()
    assert [(one["network"], one["hosts"]) for one in kept["ranges"]] == [
        ("10.9.0.0/22", False),
        ("10.9.4.0/24", False),
        ("10.9.5.0/24", True),
    ]
    assert (kept["every_seconds"], kept["crawl"], kept["enabled"]) == (43_200.0, False, True)
    shown = browser.get("/schools/SCH-A/discovery").text
    assert "10.9.4.0/24" in shown


def test_who_may_not_manage_access_sees_neither_page_nor_entry(
    browser_of: Callable[[str], TestClient], county: County
) -> None:
    browser = browser_of("shopper")
    assert browser.get("/proposals").status_code == 403
    assert "/proposals" not in browser.get("/").text


@pytest.mark.usefixtures("found", "county")
def test_the_command_line_does_the_same(run: Run) -> None:
    listed = run("devices", "proposals", "--format", "json")
    assert listed.exit_code == 0, listed.output
    assert {row["name"] for row in json.loads(listed.stdout)} == {"floor-1", "printer-2"}
    assert run("devices", "accept").exit_code == 2
    done = run("devices", "accept", "--all", "--kind", "switch")
    assert done.exit_code == 0, done.output
    rest = json.loads(run("devices", "proposals", "--format", "json").stdout)
    assert [row["name"] for row in rest] == ["printer-2"]
    assert run("devices", "reject", rest[0]["id"]).exit_code == 0
    assert run("devices", "undo", rest[0]["id"]).exit_code == 0
    assert len(json.loads(run("devices", "proposals", "--format", "json").stdout)) == 1


@pytest.mark.usefixtures("county")
def test_the_command_line_sets_ranges(run: Run) -> None:
    said = run(
        "discovery", "set", "SCH-A", "--range", "10.9.0.0/24", "--exclude", "10.9.0.0/28",
        "--seed", "10.9.0.1", "--format", "json",
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    (row,) = json.loads(said.stdout)
    assert (row["networks"], row["left_alone"]) == (["10.9.0.0/24"], ["10.9.0.0/28"])
    kept = json.loads(run("discovery", "set", "SCH-A", "--every", "6", "--format", "json").stdout)
    assert (kept[0]["every_seconds"], kept[0]["seeds"]) == (21_600.0, ["10.9.0.1"])
    assert run("discovery", "set", "SCH-A", "--range", "8.8.8.0/24").exit_code == 1
