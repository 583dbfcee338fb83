"""Putting devices up and opening them: through the API and from a terminal."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from drivers.plan import PjlinkAccess, SnmpAccess, SshAccess
from inventory.agent_plans.making import PlanSettings
from inventory.database import read_only
from inventory.models import Credential
from inventory.secrets import ACCESS_OF, SshLogin
from tests.controller.county import County
from tests.plans import build_plan

AsUser = Callable[..., Response]


@pytest.fixture
def as_user(client: TestClient, county: County) -> AsUser:
    def ask(login: str, path: str, method: str = "GET", **rest: Any) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        return client.request(method, f"/api/v1{path}", headers=headers, **rest)

    return ask


def credential(as_user: AsUser, login: str = "mei", **secret: Any) -> str:
    school = None if login == "admin" else "SCH-A"
    body = {"name": "key", "school_code": school, "secret": {"kind": "snmp"} | secret}
    answer = as_user(login, "/credentials", "POST", json=body)
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"id", "school_code", "name", "kind"}
    return str(answer.json()["id"])


def test_a_school_puts_up_a_silent_panel_and_changes_its_mind(as_user: AsUser) -> None:
    access = {"protocol": "presence", "macs": ["3C-7C-3F-12-34-56", "3c7c.3f12.3456"]}
    body = {"school_code": "SCH-A", "name": "Panel 201", "kind": "display", "access": access}
    made = as_user("mei", "/devices", "POST", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["access"]["macs"] == ["3c7c3f123456"]
    path = f"/devices/{made.json()['id']}/access"
    changed = as_user("mei", path, "PATCH", json={"address": "10.0.0.9", "protocol": "pjlink"})
    assert changed.status_code == 200, changed.text
    known = as_user("mei", path).json()["access"]
    assert (known["protocol"], known["address"], known["macs"]) == (
        "pjlink", "10.0.0.9", ["3c7c3f123456"],
    )  # fmt: skip


def test_a_switch_without_snmp_is_put_on_the_watch_of_its_command_line(
    as_user: AsUser, run: Any, app: FastAPI, county: County
) -> None:
    login = credential(as_user, kind="ssh", user="backup", password="s3cret")
    made = run(
        "devices", "set", "d-a-1", "--protocol", "ssh", "--address", "10.0.0.5",
        "--ssh-credential", login, "--ssh-platform", "huawei_vrp", "--ssh-port", "2222",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    known = as_user("mei", "/devices/d-a-1/access").json()["access"]
    assert (known["protocol"], known["ssh_port"]) == ("ssh", 2222)
    with read_only(app.state.sessions) as session:
        plan = build_plan(
            session, county.agent_id, app.state.secret_box,
            today=date(2026, 9, 1), settings=PlanSettings(),
        )  # fmt: skip
    target = next(one for one in plan.targets if one.id == "d-a-1")
    assert target.polled
    assert (target.snmp, target.ssh) == (
        None, SshAccess("backup", "huawei_vrp", password="s3cret", port=2222, watched=True),
    )  # fmt: skip
    taken = as_user("mei", "/devices/d-a-1/access", "PATCH", json={"ssh_platform": None})
    assert (taken.status_code, taken.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("access", "code"),
    [
        ({"protocol": "snmp"}, "address_needed"),
        ({"protocol": "presence"}, "address_needed"),
        ({"protocol": "none", "ping": True}, "address_needed"),
        ({"protocol": "mqtt", "mqtt_profile": "whiteboard"}, "invalid"),
        ({"protocol": "snmp", "address": "10.0.0"}, "invalid"),
        ({"protocol": "snmp", "address": "http://10.0.0.1"}, "invalid"),
        ({"protocol": "snmp", "address": "10.0.0.1", "service_port": 0}, "invalid_request"),
        ({"protocol": "snmp", "address": "10.0.0.1", "credential_id": "c-x"}, "credential_unfit"),
        ({"protocol": "snmp", "address": "10.0.0.1", "ssh_platform": "huawei_vrp"}, "invalid"),
        ({"protocol": "ssh", "address": "10.0.0.1"}, "invalid"),
        ({"protocol": "presence", "macs": ["01:00:5e:00:00:01"]}, "not_a_hardware_address"),
        ({"protocol": "presence", "macs": ["nonsense"]}, "not_a_hardware_address"),
        ({"protocol": "presence", "macs": [f"0200000000{n:02x}" for n in range(17)]}, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(
    as_user: AsUser, access: dict[str, Any], code: str
) -> None:
    body = {"school_code": "SCH-A", "name": "x", "access": access}
    answer = as_user("mei", "/devices", "POST", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert as_user("mei", "/devices").json()["total"] == 2, "nothing is left behind"


def test_a_hardware_address_is_had_by_one_device(as_user: AsUser) -> None:
    access = {"protocol": "presence", "macs": ["020000000001"]}
    assert as_user("mei", "/devices/d-a-1/access", "PATCH", json=access).status_code == 200
    again = as_user("mei", "/devices/d-a-2/access", "PATCH", json=access)
    assert (again.status_code, again.json()["code"]) == (409, "hardware_address_taken")


def test_secrets_go_in_sealed_and_never_come_out(as_user: AsUser, app: FastAPI) -> None:
    ids = [
        credential(as_user, community="s3cret"),
        credential(as_user, kind="ssh", user="backup", password="s3cret", enable="s3cret2"),
        credential(as_user, kind="pjlink", password="s3cret"),
        credential(as_user, version="3", user="u", auth_password="s3cret", priv_password="s3cret2"),
    ]
    assert "s3cret" not in as_user("mei", "/credentials").text
    opened = []
    with read_only(app.state.sessions) as session:
        for id_ in ids:
            row = session.get_one(Credential, id_)
            assert "s3cret" not in row.secret
            opened.append(app.state.secret_box.open_access(row.secret, ACCESS_OF[row.kind]))
    assert opened == [
        SnmpAccess(community="s3cret"),
        SshLogin("backup", "s3cret", "s3cret2"),
        PjlinkAccess("s3cret"),
        SnmpAccess("3", user="u", auth="SHA-256:s3cret", priv="AES-128:s3cret2"),
    ]
    changed = as_user(
        "mei", f"/credentials/{ids[0]}", "PATCH",
        json={"name": "new", "secret": {"kind": "snmp", "community": "other"}},
    )  # fmt: skip
    assert (changed.status_code, changed.json()["name"]) == (200, "new")
    unfit = {"secret": {"kind": "pjlink", "password": "x"}}
    assert as_user("mei", f"/credentials/{ids[0]}", "PATCH", json=unfit).status_code == 404


def test_a_faulty_secret_is_not_repeated_in_the_answer(as_user: AsUser) -> None:
    body = {"name": "x", "secret": {"kind": "pjlink", "password": "s3cret" * 10}}
    answer = as_user("mei", "/credentials", "POST", json=body)
    assert answer.status_code == 422
    assert "s3cret" not in answer.text


def test_a_credential_in_use_is_kept(as_user: AsUser) -> None:
    id_ = credential(as_user, community="x")
    access = {"protocol": "snmp", "address": "10.0.0.1", "credential_id": id_}
    assert as_user("mei", "/devices/d-a-1/access", "PATCH", json=access).status_code == 200
    refused = as_user("mei", f"/credentials/{id_}", "DELETE")
    assert (refused.status_code, refused.json()["code"]) == (409, "credential_in_use")
    freed = as_user("mei", "/devices/d-a-1/access", "PATCH", json={"credential_id": None})
    assert freed.status_code == 200, freed.text
    assert as_user("mei", f"/credentials/{id_}", "DELETE").status_code == 204
    assert as_user("mei", f"/credentials/{id_}", "DELETE").status_code == 404


def test_a_school_cannot_have_the_bureaus_secret_sent_to_a_machine_of_its_own(
    as_user: AsUser,
) -> None:
    shared = credential(as_user, "admin", community="bureau")
    access = {"protocol": "snmp", "address": "10.0.0.1", "credential_id": shared}
    path = "/devices/d-a-1/access"
    assert as_user("mei", path, "PATCH", json=access).json()["code"] == "credential_unfit"
    assert as_user("admin", path, "PATCH", json=access).status_code == 200
    moved = as_user("mei", path, "PATCH", json={"address": "10.6.6.6"})
    assert (moved.status_code, moved.json()["code"]) == (403, "secret_not_yours")
    assert as_user("mei", path, "PATCH", json={"ping": True}).status_code == 200
    own = credential(as_user, community="own")
    both = {"address": "10.0.0.2", "credential_id": own}
    assert as_user("mei", path, "PATCH", json=both).status_code == 200
    assert as_user("mei", f"/credentials/{shared}", "DELETE").status_code == 404


def test_who_may_not_does_not(as_user: AsUser) -> None:
    assert as_user("shopper", "/credentials").status_code == 403
    assert as_user("shopper", "/devices/d-a-1/access", "PATCH", json={}).status_code == 403
    assert as_user("mei", "/devices/d-b-1/access").status_code == 404
    body = {"school_code": "SCH-B", "name": "x"}
    assert as_user("mei", "/devices", "POST", json=body).status_code == 403
    body = {"name": "x", "school_code": "SCH-B", "secret": {"kind": "snmp", "community": "x"}}
    assert as_user("mei", "/credentials", "POST", json=body).status_code == 403


def test_a_device_is_renamed_and_taken_out_of_service(as_user: AsUser) -> None:
    body = {"name": "Old switch", "lifecycle": "in_stock"}
    changed = as_user("mei", "/devices/d-a-1", "PATCH", json=body).json()
    assert (changed["name"], changed["lifecycle"]) == ("Old switch", "in_stock")
    odd = as_user("mei", "/devices/d-a-1", "PATCH", json={"lifecycle": "requested"})
    assert odd.json()["code"] == "lifecycle_transition_refused"
    room = as_user("mei", "/devices/d-a-1", "PATCH", json={"room_id": "r-none"})
    assert room.status_code == 422


def test_a_terminal_does_the_same(
    run: Any, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = run("credentials", "add", "--name", "Switches", "--stdin", stdin="s3cret\n")
    assert added.exit_code == 0, added.output
    id_ = added.stdout.strip()
    monkeypatch.setenv("FLEET_SECRET", "0ther")
    kept = run("credentials", "replace", id_)
    assert (kept.exit_code, "0ther" in kept.output) == (0, False)
    listed = json.loads(run("credentials", "list", "--format", "json").stdout)
    assert [(one["id"], one["name"], one["kind"]) for one in listed] == [(id_, "Switches", "snmp")]
    device = run(
        "devices", "add", "--school", "SCH-A", "--name", "Panel", "--kind", "display",
        "--protocol", "presence", "--mac", "02:00:00:00:00:01",
    )  # fmt: skip
    assert device.exit_code == 0, device.output
    changed = run(
        "devices", "set", device.stdout.strip(), "--protocol", "snmp", "--address", "10.0.0.7",
        "--credential", id_, "--ping",
    )  # fmt: skip
    assert (changed.exit_code, changed.stderr) == (0, "Panel is watched by snmp from now on.\n")
    refused = run("credentials", "remove", id_, "--yes")
    assert refused.exit_code == 1
    assert "still opens 1 devices" in refused.stderr
    assert run("devices", "set", device.stdout.strip(), "--credential", "").exit_code == 0
    assert run("credentials", "remove", id_, stdin="n\n").exit_code != 0
    assert run("credentials", "remove", id_, stdin="y\n").exit_code == 0
    assert run("credentials", "add", "--name", "x", "--kind", "odd").exit_code == 2
