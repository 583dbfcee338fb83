"""``/metrics``: what an operator relies on."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from controller.app import create_app
from controller.errors import Unavailable
from controller.metrics.memory import MemoryStore
from controller.prometheus.remembered import Remembered
from controller.prometheus.requests import area_of
from tests.controller.county import County, make_settings

#: Suffixes that say what unit a value has (Prometheus's naming conventions), and ours for counts.
_CONVENTION = re.compile(r"^(?:fleet|process|python)_[a-z0-9_]+$")


@pytest.fixture
def scraper(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, client=("127.0.0.1", 50_000)) as client:
        yield client


def test_names_and_help_follow_the_conventions(scraper: TestClient) -> None:
    text = scraper.get("/metrics").text
    for family in text_string_to_metric_families(text):
        assert _CONVENTION.match(family.name), family.name
        assert family.documentation.strip(), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
        if family.type == "gauge":
            assert not family.name.endswith(("_total", "_count")), family.name
        labels = {name for sample in family.samples for name in sample.labels}
        assert not labels & {"job", "instance"}, family.name
    assert "_created" not in text


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}])
def test_an_empty_token_is_nobodys(tmp_path: Path, county: County, sent: dict[str, str]) -> None:
    settings = make_settings(tmp_path, metrics_token="", metrics_networks="")
    with TestClient(create_app(settings, store=MemoryStore())) as client:
        assert client.get("/metrics", headers=sent).status_code == 403


def test_histograms_resolve_the_budgets(scraper: TestClient) -> None:
    text = scraper.get("/metrics").text
    for edge in ("0.15", "0.5", "1.0"):
        assert f'fleet_ingest_duration_seconds_bucket{{le="{edge}"}}' in text


def test_addresses_make_no_series(scraper: TestClient, county: County) -> None:
    for number in range(20):
        scraper.get(f"/nowhere/{number}")
        scraper.get(f"/api/v1/devices/d-{number}", headers={"Authorization": "Bearer x"})
    text = scraper.get("/metrics").text
    areas = set(re.findall(r'fleet_http_requests_total\{area="(\w+)"', text))
    assert areas <= {"console", "api", "probes"}
    assert len(text.splitlines()) < 600


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/", "console"),
        ("/devices/d-1", "console"),
        ("/api/agent/v1/batches", "batches"),
        ("/api/agent/v1/plan", "waits"),
        ("/api/agent/v1/enrol", "agents"),
        ("/api/v1/devices", "api"),
        ("/static/app.css", "static"),
        ("/speedtest/garbage", "speedtest"),
        ("/readyz", "probes"),
    ],
)
def test_requests_are_counted_by_part_of_the_service(path: str, area: str) -> None:
    assert area_of(path) == area


def test_an_answer_that_fails_is_counted_as_one(
    app: FastAPI, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("controller.api.places.SchoolRepository", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
        assert client.get("/api/v1/schools", headers=headers).status_code == 500
    value = app.state.telemetry.registry.get_sample_value(
        "fleet_http_requests_total", {"area": "api", "status": "5xx"}
    )
    assert value == 1


def test_both_forms_are_offered(scraper: TestClient) -> None:
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = scraper.get("/metrics", headers=wanted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


def test_the_fleet_is_counted_now_and_then(
    scraper: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scraper.get("/metrics").text
    second = scraper.get("/metrics").text
    moments = [re.search(r"fleet_counted_timestamp_seconds (\S+)", t) for t in (first, second)]
    assert moments[0] is not None
    assert moments[1] is not None
    assert moments[0].group(1) == moments[1].group(1)


def test_a_database_that_hangs_does_not_hold_the_other_figures_back(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.gauges._PATIENCE_SECONDS", 0.05)
    release = threading.Event()

    def hanging(*_: object) -> int:
        release.wait(60)
        return 7

    monkeypatch.setattr("controller.gauges.SchoolRepository.count", hanging)
    with TestClient(app, client=("127.0.0.1", 50_000)) as client:
        text = client.get("/metrics").text
        assert "fleet_database_up 0.0" in text
        assert "fleet_logins_total" in text
        assert "fleet_schools" not in text
        release.set()
        monkeypatch.setattr("controller.gauges._PATIENCE_SECONDS", 60.0)
        text = client.get("/metrics").text
    assert "fleet_database_up 1.0" in text
    assert "fleet_schools 7.0" in text


def test_what_takes_long_is_counted_less_often() -> None:
    now = [0.0]
    remembered = Remembered[str, float](15.0, room=2, clock=lambda: now[0])

    def slow() -> float:
        now[0] += 3.0
        return now[0]

    assert remembered.get("a", slow) == 3.0
    now[0] += 59.0
    assert remembered.get("a", slow) == 3.0
    now[0] += 2.0
    assert remembered.get("a", slow) == 67.0


def test_only_some_figures_are_kept() -> None:
    made: list[str] = []
    remembered = Remembered[str, None](60.0, room=2, clock=lambda: 0.0)
    for key in ("a", "b", "a", "c", "a", "b"):
        remembered.get(key, lambda key=key: made.append(key))  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]


def test_a_count_that_fails_is_tried_again() -> None:
    remembered = Remembered[str, int](60.0, room=2)
    with pytest.raises(ZeroDivisionError):
        remembered.get("a", lambda: 1 // 0)
    assert remembered.get("a", lambda: 2) == 2


def test_few_may_wait_for_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.prometheus.remembered._WAITING", 1)
    remembered = Remembered[str, int](60.0, room=2)

    def count() -> int:
        with pytest.raises(Unavailable):
            remembered.get("b", lambda: 1)
        return 5

    assert remembered.get("a", count) == 5
