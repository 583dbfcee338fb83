"""Which targets hold for a school today: the day of the bureau, not of the server's clock."""

from datetime import UTC, date, datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from controller.api import target_standards
from inventory.database import unit_of_work
from tests.controller.county import County
from tests.targets import demand


def test_a_standard_holds_from_midnight_in_beijing(
    app: FastAPI,
    client: TestClient,
    county: County,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with unit_of_work(app.state.sessions) as session:
        demand(session, 100, since=date(2027, 1, 1))
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    found = []
    for hour in (15, 16):
        at = datetime(2026, 12, 31, hour, 30, tzinfo=UTC)
        monkeypatch.setattr(target_standards, "utc_now", lambda at=at: at)
        told = client.get("/api/v1/schools/SCH-A/targets", headers=headers).json()
        found.append(len(told["items"]))
    assert found == [0, 1]
