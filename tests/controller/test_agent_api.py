"""How a box joins and learns what to do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from drivers.plan import PLAN_CONTENT_TYPE, Plan
from inventory.database import read_only, unit_of_work
from inventory.enrolment import create_token, revoke
from inventory.models import Agent, Device
from inventory.scope import Scope
from tests.controller.county import County, make_batch

ENROL = "/api/agent/v1/enrol"
PLAN = "/api/agent/v1/plan"


def invite(app: FastAPI, lasts: timedelta = timedelta(hours=1)) -> str:
    with unit_of_work(app.state.sessions) as session:
        now = datetime.now(UTC)
        return create_token(session, Scope.everything(), ["SCH-B"], now=now, lasts=lasts)


def join(client: TestClient, token: str) -> Response:
    return client.post(ENROL, json={"token": token, "name": "box at B", "version": "0.1.0"})


def test_a_token_becomes_an_agent_once(app: FastAPI, client: TestClient) -> None:
    token = invite(app)
    answer = join(client, token)
    assert answer.status_code == 201
    made = answer.json()
    assert made["schools"] == ["SCH-B"]
    with read_only(app.state.sessions) as session:
        agent = session.get(Agent, made["agent_id"])
    assert agent is not None
    assert made["secret"] not in agent.secret_hash
    again = join(client, token)
    assert again.status_code == 401
    assert again.json()["code"] == "enrolment_token_invalid"
    assert again.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["wrong", "x" * 200])
def test_a_wrong_token_is_refused(client: TestClient, token: str) -> None:
    assert join(client, token).json()["code"] == "enrolment_token_invalid"


def test_an_expired_token_is_refused(app: FastAPI, client: TestClient) -> None:
    answer = join(client, invite(app, lasts=timedelta(seconds=-1)))
    assert answer.json()["code"] == "enrolment_token_invalid"


def test_the_plan_holds_the_agents_devices_and_is_sent_once(
    app: FastAPI, client: TestClient, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.address = "127.0.0.2"
    headers = {"Authorization": f"Bearer {county.secret}"}
    answer = client.get(PLAN, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == PLAN_CONTENT_TYPE
    plan = msgspec.msgpack.decode(answer.content, type=Plan)
    assert plan.agent == county.agent_id
    assert plan.schools == ("SCH-A",)
    assert [target.id for target in plan.targets] == ["d-a-1"]
    assert answer.headers["etag"] == f'"{plan.revision}"'
    known = headers | {"If-None-Match": answer.headers["etag"]}
    unchanged = client.get(PLAN, headers=known)
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    with unit_of_work(app.state.sessions) as session:
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.address = "127.0.0.3"
    assert client.get(PLAN, headers=known).status_code == 200


def test_a_stranger_gets_no_plan(client: TestClient) -> None:
    assert client.get(PLAN).json()["code"] == "invalid_token"
    wrong = client.get(PLAN, headers={"Authorization": "Bearer wrong"})
    assert wrong.json()["code"] == "invalid_token"


def test_a_users_token_is_no_agents_secret(client: TestClient, county: County) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    assert client.get(PLAN, headers=headers).status_code == 401
    headers = {"Authorization": f"Bearer {county.secret}"}
    assert client.get("/api/v1/devices", headers=headers).status_code == 401


def test_a_revoked_agent_gets_no_plan(
    app: FastAPI, client: TestClient, county: County, send: Callable[..., Response]
) -> None:
    assert send(make_batch(county.agent_id, 1)).status_code == 204
    with unit_of_work(app.state.sessions) as session:
        revoke(session, Scope.everything(), county.agent_id, now=datetime.now(UTC))
    answer = client.get(PLAN, headers={"Authorization": f"Bearer {county.secret}"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "agent_revoked"
