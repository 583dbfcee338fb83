"""What every answer carries, and the addresses for machines: health, figures, speed tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from controller.app import create_app
from controller.metrics.memory import MemoryStore
from tests.controller.county import County, make_settings


@pytest.fixture
def tight(tmp_path: Path, county: County) -> Iterator[TestClient]:
    """A controller with a metrics token, seen from another network, with few speed tests."""
    settings = make_settings(tmp_path, metrics_token="a scraper's token", speedtest_concurrent=1)
    app = create_app(settings, store=MemoryStore())
    with TestClient(app, client=("192.0.2.7", 50_000)) as client:
        yield client


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/api/v1/me", "/login"])
def test_every_answer_carries_the_headers_a_browser_obeys(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_over_https_browsers_are_told_to_stay_there(app: FastAPI) -> None:
    with TestClient(app, base_url="https://testserver") as client:
        assert "strict-transport-security" in client.get("/healthz").headers


def test_a_body_larger_than_its_address_takes_is_refused(client: TestClient) -> None:
    answer = client.post("/api/agent/v1/enrol", content=b"x" * (2 << 20))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_fault_of_ours_tells_nothing_of_the_inside(
    app: FastAPI, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("controller.api.places.SchoolRepository", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
        answer = client.get("/api/v1/schools", headers=headers)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/api/v1/schools", "/schools"])
def test_while_the_database_is_away_everybody_is_told_when_to_ask_again(
    app: FastAPI, county: County, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT a_secret", {}, Exception("connection refused"))

    monkeypatch.setattr("controller.deps.database.read_only", away)
    headers = {"Authorization": f"Bearer {county.tokens['admin']}", "Accept": "text/html"}
    with TestClient(app) as client:
        answer = client.get(path, headers=headers)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "secret" not in answer.text


def test_a_browser_gets_a_page_and_a_program_a_document(client: TestClient) -> None:
    page = client.get("/nowhere", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert client.get("/nowhere").headers["content-type"] == "application/problem+json"
    api = client.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert api.headers["content-type"] == "application/problem+json"


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "metrics": "ok"}


def test_a_database_without_tables_is_not_ready(tmp_path: Path) -> None:
    with TestClient(create_app(make_settings(tmp_path), store=MemoryStore())) as client:
        answer = client.get("/readyz")
        figures = client.get("/metrics")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "failed"
    assert figures.status_code in {200, 403}


def test_figures_are_for_neighbours_or_with_a_token(tight: TestClient) -> None:
    assert tight.get("/metrics").status_code == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert tight.get("/metrics", headers=wrong).status_code == 401
    right = {"Authorization": "Bearer a scraper's token"}
    text = tight.get("/metrics", headers=right).text
    assert 'fleet_devices{status="unknown"} 3.0' in text
    assert "fleet_schools 2.0" in text
    assert 'fleet_http_refusals_total{code="invalid_token"} 2.0' in text


def test_figures_need_no_token_from_this_machine(app: FastAPI) -> None:
    with TestClient(app, client=("127.0.0.1", 50_000)) as client:
        assert client.get("/metrics").status_code == 200
    with TestClient(app, client=("192.0.2.7", 50_000)) as client:
        assert client.get("/metrics").status_code == 403
