"""Hours of use, counted for all devices by a job, and what plans make of them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

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
#: At a beat of ten minutes, three weeks.
BEATS = 6 * 24 * 21
BEAT = 600_000
HOLD = timedelta(minutes=15)


def read(store: MetricStore, device: str, metric: str, share: float) -> None:
    """Three weeks of one reading every ten minutes, the first of each ten of them yes."""
    tell(store, device, metric, np.arange(BEATS), np.arange(BEATS) % 10 < share * 10)


def tell(store: MetricStore, device: str, metric: str, beats: Any, values: Any) -> None:
    """Readings at these beats of the three weeks."""
    times = int(NOW.timestamp() * 1_000) + 1 - BEAT * (BEATS - beats.astype(np.int64))
    series = np.zeros(len(times), dtype=np.int32)
    store.load([(device, metric, "")], times, series, values.astype(np.float64))


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
    found = hours_a_week(store, ["busy", "idle", "unheard"], NOW, hold=HOLD)
    assert found == {"busy": pytest.approx(84, abs=1), "idle": 0}
    assert hours_a_week(store, [], NOW, hold=HOLD) == {}


def test_silence_is_no_use(store: MetricStore) -> None:
    """One is heard at eight and at seventeen; one from eight to seventeen, and not at weekends."""
    of_day, day = np.arange(BEATS) % 144, np.arange(BEATS) // 144
    for name, on in (
        ("twice", (of_day == 48) | (of_day == 102)),
        ("lessons", (of_day >= 48) & (of_day < 102) & (day % 7 < 5)),
    ):
        beats = np.flatnonzero(on)
        tell(store, name, "online", beats, np.ones(len(beats)))
    # The school was read all the time: who is not heard there is off.
    found = hours_a_week(store, ["twice", "lessons", "idle"], NOW, hold=HOLD)
    assert found["twice"] == pytest.approx(7 * 2 * 0.25)
    assert found["lessons"] == pytest.approx(5 * 9, abs=1)


def test_days_of_which_nothing_is_known_do_not_count(store: MetricStore) -> None:
    day = np.arange(BEATS) // 144
    for name, since in (("old", 0), ("new", 14)):
        beats = np.flatnonzero((day >= since) & (day != 15))
        tell(store, name, "online", beats, (beats % 144 < 36))
    found = hours_a_week(store, ["old", "new"], NOW, hold=HOLD)
    # The last reading before the outage holds a little into it.
    assert found["old"] == pytest.approx(6 * 7, abs=0.3)
    assert found["new"] == pytest.approx(6 * 7, abs=0.3)


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


def test_one_device_is_told_the_hours_that_its_plan_counts_by(
    app: FastAPI, client: TestClient, county: County, store: MetricStore
) -> None:
    """Also one that is silent at weekends, and before the job has counted it."""
    of_day, day = np.arange(BEATS) % 144, np.arange(BEATS) // 144
    beats = np.flatnonzero((of_day >= 48) & (of_day < 102) & (day % 7 < 5))
    tell(store, "unheard", "online", beats, np.ones(len(beats)))
    app.state.store = store
    headers = {"Authorization": f"Bearer {county.tokens['shopper']}"}

    def told() -> dict[str, str]:
        answer = client.get("/api/v1/devices/unheard/renewal?lang=en", headers=headers)
        return {one["code"]: one["text"] for one in answer.json()["reasons"]}

    before = told()
    assert "In use 4" in before["busy"], "some nine hours on five days, not on seven"
    for passed in range(2):
        count_usage(store)(Turns(app), NOW + timedelta(hours=passed))
    assert told() == before
