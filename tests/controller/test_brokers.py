"""Brokers of schools through the API and from a terminal; their secrets never come out."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from inventory.agent_plans.changes import changes_since
from inventory.brokers import LONGEST_PEM
from inventory.database import read_only
from inventory.models import Broker
from inventory.models.base import utc_now
from tests.controller.county import County
from tests.pem import pair

AsUser = Callable[..., Response]
URL = "mqtts://10.0.0.5"


@pytest.fixture
def as_user(client: TestClient, county: County) -> AsUser:
    def ask(login: str, path: str = "", method: str = "GET", **rest: Any) -> Response:
        headers = {"Authorization": f"Bearer {county.tokens[login]}"}
        return client.request(method, f"/api/v1/brokers{path}", headers=headers, **rest)

    return ask


def made(as_user: AsUser, **fields: Any) -> dict[str, Any]:
    body = {"school_code": "SCH-A", "url": URL, **fields}
    answer = as_user("mei", "", "POST", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_broker_is_put_up_changed_and_removed(as_user: AsUser, app: FastAPI) -> None:
    certificate, key = pair()
    broker = made(as_user, username="fleet", password="s3cret", certificate=certificate, key=key)
    path = f"/{broker['id']}"
    assert broker == {
        "id": broker["id"], "school_code": "SCH-A", "url": URL, "username": "fleet",
        "has_password": True, "ca": None, "certificate": certificate, "has_key": True,
        "discovery_prefix": "homeassistant", "announce": False,
    }  # fmt: skip
    everything = as_user("mei").text + as_user("mei", path).text
    assert "s3cret" not in everything
    assert "PRIVATE" not in everything
    changed = as_user("mei", path, "PATCH", json={"announce": True, "url": None, "username": "x"})
    assert changed.json() == broker | {"announce": True, "username": "x"}
    bare = {"password": None, "certificate": None, "key": None, "username": None}
    assert as_user("mei", path, "PATCH", json=bare).json()["has_password"] is False
    assert as_user("mei", path, "DELETE").status_code == 204
    assert as_user("mei").json() == {"items": [], "total": 0}
    with read_only(app.state.sessions) as session:
        found = changes_since(session, utc_now() - timedelta(hours=1))
        noted = [change.concerned.school for change in found]
    assert noted == ["SCH-A"] * 4, "every change reaches the plan of the school"


def test_a_stored_secret_is_not_sent_elsewhere(as_user: AsUser, app: FastAPI) -> None:
    path = f"/{made(as_user, username='fleet', password='s3cret')['id']}"
    for login in ("mei", "admin"):
        moved = as_user(login, path, "PATCH", json={"url": "mqtt://10.6.6.6"})
        assert (moved.status_code, moved.json()["code"]) == (422, "secret_needed")
    given = as_user("mei", path, "PATCH", json={"url": "mqtt://10.6.6.6", "password": "new"})
    assert given.json()["url"] == "mqtt://10.6.6.6"
    with read_only(app.state.sessions) as session:
        row = session.get_one(Broker, path[1:])
        assert app.state.secret_box.open(row.password_secret) == "new"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": "mqtt://u:s3cret@10.0.0.1"}, "broker_url_unfit"),
        ({"password": "s3cret"}, "user_needed"),
        ({"ca": "s3cret"}, "certificate_unfit"),
        ({"key": "s3cret"}, "key_unfit"),
        ({"key": "s3cret" * LONGEST_PEM}, "invalid_request"),
        ({"password": "s3cret" * 50}, "invalid_request"),
        ({"discovery_prefix": "#"}, "topic_unfit"),
        ({"odd": "s3cret"}, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_repeated(
    as_user: AsUser, fields: dict[str, Any], code: str
) -> None:
    answer = as_user("mei", "", "POST", json={"school_code": "SCH-A", "url": URL} | fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "s3cret" not in answer.text


def test_who_may_not_does_not(as_user: AsUser) -> None:
    theirs = as_user("admin", "", "POST", json={"school_code": "SCH-B", "url": URL}).json()
    assert as_user("admin", "?school=SCH-B").json()["items"] == [theirs]
    assert as_user("mei").json()["total"] == as_user("mei", "?school=SCH-B").json()["total"] == 0
    path = f"/{theirs['id']}"
    assert as_user("mei", path).status_code == 404
    assert as_user("mei", path, "PATCH", json={}).status_code == 404
    assert as_user("mei", path, "DELETE").status_code == 404
    assert as_user("mei", "", "POST", json={"school_code": "SCH-B", "url": URL}).status_code == 403
    assert as_user("shopper").status_code == 403


def test_a_terminal_does_the_same(
    run: Any, county: County, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, text in zip(("cert.pem", "key.pem"), pair(), strict=True):
        (tmp_path / name).write_text(text)
    files = ("--certificate", str(tmp_path / "cert.pem"), "--key", str(tmp_path / "key.pem"))
    added = run(
        "brokers", "add", "--school", "SCH-A", "--url", URL, "--username", "fleet", "--stdin",
        *files, stdin="s3cret\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    id_ = added.stdout.strip()
    (listed,) = json.loads(run("brokers", "list", "--format", "json").stdout)
    assert (listed["id"], listed["has_password"], listed["has_key"]) == (id_, True, True)
    refused = run("brokers", "set", id_, "--url", "mqtt://10.6.6.6")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert "not sent elsewhere" in refused.stderr
    monkeypatch.setenv("FLEET_SECRET", "0ther")
    bare = ("--certificate", "", "--key", "")
    moved = run("brokers", "set", id_, "--url", "mqtt://10.6.6.6", "--password", *bare)
    assert moved.exit_code == 0, moved.output
    assert moved.stderr == "mqtt://10.6.6.6 is listened to like this from now on.\n"
    assert run("brokers", "set", id_, "--no-password").exit_code == 0
    assert run("brokers", "set", id_, "--ca", str(tmp_path / "none")).exit_code == 2
    assert run("brokers", "remove", id_, stdin="n\n").exit_code != 0
    gone = run("brokers", "remove", id_, stdin="y\n")
    assert "mqtt://10.6.6.6 is listened to no more." in gone.stderr
    assert json.loads(run("brokers", "list", "--format", "json").stdout) == []
