"""Which key an agent signs with is shown to whoever looks after it."""

import json

from fastapi import FastAPI
from starlette.testclient import TestClient

from drivers.signatures import fingerprint, public_bytes
from inventory.database import unit_of_work
from inventory.enrolment import change_key
from inventory.models.base import utc_now
from tests.controller.county import County


def test_the_newest_key_of_an_agent_is_shown(
    app: FastAPI, client: TestClient, county: County
) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    (shown,) = client.get("/api/v1/agents", headers=headers).json()["items"]
    assert shown["key_fingerprint"] == fingerprint(public_bytes(county.key))
    assert shown["key_made_at"]
    with unit_of_work(app.state.sessions) as session:
        change_key(session, county.agent_id, b"n" * 32, now=utc_now())
    shown = client.get(f"/api/v1/agents/{county.agent_id}", headers=headers).json()
    assert shown["key_fingerprint"] == fingerprint(b"n" * 32)
    assert json.dumps(shown).count("public_key") == 0
