"""How a box joins and learns what to do."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from drivers.plan import PLAN_CONTENT_TYPE, Plan
from drivers.signatures import as_text, number_of, public_bytes
from inventory.database import unit_of_work
from inventory.enrolment import create_token, revoke
from inventory.models import Device
from inventory.scope import Scope
from tests.agents import signed
from tests.controller.county import County, make_batch

ENROL = "/api/agent/v1/enrol"
PLAN = "/api/agent/v1/plan"


def invite(app: FastAPI, lasts: timedelta = timedelta(hours=1)) -> str:
    with unit_of_work(app.state.sessions) as session:
        now = datetime.now(UTC)
        return create_token(session, Scope.everything(), ["SCH-B"], now=now, lasts=lasts)


def join(
    app: FastAPI,
    client: TestClient,
    token: str,
    key: Ed25519PrivateKey | None = None,
    *,
    signer: Ed25519PrivateKey | None = None,
) -> Response:
    key = key or Ed25519PrivateKey.generate()
    public = as_text(public_bytes(key))
    asked = {"token": token, "name": "box at B", "version": "0.1.0", "public_key": public}
    body = json.dumps(asked).encode()
    headers = signed(app, signer or key, "POST", ENROL, body) | {"Content-Type": "application/json"}
    return client.post(ENROL, content=body, headers=headers)


def asked(app: FastAPI, client: TestClient, key: Ed25519PrivateKey, **headers: str) -> Response:
    return client.get(PLAN, headers=signed(app, key, "GET", PLAN) | headers)


def test_a_token_becomes_an_agent_once(app: FastAPI, client: TestClient) -> None:
    token, key = invite(app), Ed25519PrivateKey.generate()
    answer = join(app, client, token, key)
    assert answer.status_code == 201
    made = answer.json()
    assert made["schools"] == ["SCH-B"]
    assert asked(app, client, key).status_code == 200
    again = join(app, client, token)
    assert again.status_code == 401
    assert again.json()["code"] == "enrolment_token_invalid"
    assert again.headers["content-type"] == "application/problem+json"
    assert join(app, client, token, key).json() == made


def test_a_stolen_public_key_joins_nobody(app: FastAPI, client: TestClient) -> None:
    token, thief = invite(app), Ed25519PrivateKey.generate()
    key = Ed25519PrivateKey.generate()
    assert join(app, client, token, key, signer=thief).json()["code"] == "invalid_token"
    assert join(app, client, token, key).status_code == 201


@pytest.mark.parametrize("token", ["wrong", "x" * 200])
def test_a_wrong_token_is_refused(app: FastAPI, client: TestClient, token: str) -> None:
    assert join(app, client, token).json()["code"] == "enrolment_token_invalid"


def test_an_expired_token_is_refused(app: FastAPI, client: TestClient) -> None:
    answer = join(app, client, invite(app, lasts=timedelta(seconds=-1)))
    assert answer.json()["code"] == "enrolment_token_invalid"


def test_the_plan_holds_the_agents_devices_and_is_sent_once(
    app: FastAPI, client: TestClient, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.address = "127.0.0.2"
    answer = asked(app, client, county.key)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == PLAN_CONTENT_TYPE
    plan = msgspec.msgpack.decode(answer.content, type=Plan)
    assert plan.agent == county.agent_id
    assert plan.schools == ("SCH-A",)
    assert [target.id for target in plan.targets] == ["d-a-1"]
    assert answer.headers["etag"] == f'"{plan.revision}"'
    known = {"If-None-Match": answer.headers["etag"]}
    unchanged = asked(app, client, county.key, **known)
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    with unit_of_work(app.state.sessions) as session:
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.address = "127.0.0.3"
    assert asked(app, client, county.key, **known).status_code == 200


def test_a_stranger_gets_no_plan(client: TestClient) -> None:
    assert client.get(PLAN).json()["code"] == "invalid_token"
    wrong = client.get(PLAN, headers={"Authorization": "Bearer wrong"})
    assert wrong.json()["code"] == "invalid_token"


def test_users_and_agents_are_not_mixed_up(
    app: FastAPI, client: TestClient, county: County
) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    assert client.get(PLAN, headers=headers).status_code == 401
    headers = signed(app, county.key, "GET", "/api/agent/v1/devices")
    assert client.get("/api/v1/devices", headers=headers).status_code == 401


def test_a_revoked_agent_gets_no_plan(
    app: FastAPI, client: TestClient, county: County, send: Callable[..., Response]
) -> None:
    assert send(make_batch(county.agent_id, 1)).status_code == 204
    with unit_of_work(app.state.sessions) as session:
        revoke(session, Scope.everything(), county.agent_id, now=datetime.now(UTC))
    headers = signed(app, county.key, "GET", PLAN)
    answer = client.get(PLAN, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "agent_revoked"
    number = number_of(headers["Authorization"].removeprefix("Bearer "))
    assert answer.headers["Fleet-Revoked"] == number
    stranger = signed(app, Ed25519PrivateKey.generate(), "GET", PLAN)
    assert "Fleet-Revoked" not in client.get(PLAN, headers=stranger).headers
