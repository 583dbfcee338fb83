"""Hours of use, counted for all devices by a job, and what plans make of them."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from controller.metrics.memory import MemoryStore
from controller.metrics.store import MetricStore
from controller.usage_counting import count_usage, hours_a_week
from drivers.readings import Kind
from inventory.database import read_only, unit_of_work
from inventory.models import Device, DeviceUsage, Lifecycle
from inventory.models.base import utc_now
from tests.controller.county import County
from tests.controller.test_packing import Turns

NOW = utc_now()
HOURS = 24 * 21


def read(store: MetricStore, device: str, metric: str, share: float) -> None:
    """Three weeks of one reading an hour, the first of each ten of them yes."""
    end = int(NOW.timestamp() * 1_000) - 1
    times = end - 3_600_000 * np.arange(HOURS, dtype=np.int64)[::-1]
    values = (np.arange(HOURS) % 10 < share * 10).astype(np.float64)
    store.load([(device, metric, "")], times, np.zeros(HOURS, dtype=np.int32), values)


@pytest.fixture
def store(app: FastAPI, county: County) -> MetricStore:
    with unit_of_work(app.state.sessions) as session:
        for device, state in (
            ("busy", Lifecycle.in_service),
            ("idle", Lifecycle.in_service),
            ("unheard", Lifecycle.in_service),
            ("sold", Lifecycle.disposed),
        ):
            session.add(
                Device(
                    id=device,
                    name=device,
                    school_code="SCH-A",
                    kind=Kind.whiteboard,
                    lifecycle=state,
                    purchased_on=date(NOW.year - 8, 1, 1),
                    price_cny=Decimal(1_000),
                )
            )
    store = MemoryStore()
    read(store, "busy", "online", 1.0)
    read(store, "busy", "display_on", 0.5)
    read(store, "idle", "online", 0.0)
    read(store, "sold", "online", 1.0)
    return store


def test_a_lit_screen_counts_before_mere_presence(store: MetricStore) -> None:
    found = hours_a_week(store, ["busy", "idle", "unheard"], NOW)
    assert found == {"busy": pytest.approx(84, abs=1), "idle": 0}
    assert hours_a_week(store, [], NOW) == {}


def test_hours_of_use_count_in_the_plan_of_a_whole_scope(
    app: FastAPI, client: TestClient, county: County, store: MetricStore
) -> None:
    for passed in range(2):
        count_usage(store)(Turns(app), NOW + timedelta(hours=passed))
    with read_only(app.state.sessions) as session:
        kept = {row.device_id: row.hours_a_week for row in session.exec(select(DeviceUsage))}
    assert kept.keys() == {"busy", "idle"}
    headers = {"Authorization": f"Bearer {county.tokens['shopper']}"}
    answer = client.get("/api/v1/renewal?years=1&lang=en", headers=headers).json()
    told = {
        one["device_id"]: {reason["code"]: reason for reason in one["reasons"]}
        for one in answer["items"]
    }
    assert "In use 8" in told["busy"]["busy"]["text"]
    assert told["idle"]["idle"]["points"] == -10
    assert not {"busy", "idle"} & told["unheard"].keys()
    scores = {one["device_id"]: one["score"] for one in answer["items"]}
    assert scores["busy"] - scores["unheard"] == 5
    assert scores["unheard"] - scores["idle"] == 10
