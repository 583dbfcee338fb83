"""A controller on files in a temporary directory, a small county, and a real test client."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from typer.testing import CliRunner

from controller.app import create_app
from controller.cli import app as fleet
from controller.metrics.memory import MemoryStore
from controller.metrics.store import MetricStore
from controller.settings import Settings
from drivers.readings import BATCH_CONTENT_TYPE
from tests.agents import signed
from tests.controller.county import County, make_county, make_settings

BATCHES = "/api/agent/v1/batches"
Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


@pytest.fixture(scope="session")
def made_county(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, County]:
    """Made once: migrations and password hashes take their time."""
    path = tmp_path_factory.mktemp("county") / "fleet.db"
    shutil.copy(sqlite_template, path)
    return path, make_county(f"sqlite:///{path}")


@pytest.fixture
def county(settings: Settings, made_county: tuple[Path, County]) -> County:
    path, county = made_county
    shutil.copy(path, settings.database_url.removeprefix("sqlite:///"))
    return county


@pytest.fixture
def metric_store() -> MetricStore | None:
    """Where the application keeps measurements; ``None``: in files, as its settings say."""
    return MemoryStore()


@pytest.fixture
def app(settings: Settings, county: County, metric_store: MetricStore | None) -> FastAPI:
    return create_app(settings, store=metric_store)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def send(app: FastAPI, client: TestClient, county: County) -> Callable[..., Response]:
    """Send a batch as the agent of SCH-A."""

    def post(body: bytes, *, key: Ed25519PrivateKey | None = None, **headers: str) -> Response:
        sent = signed(app, key or county.key, "POST", BATCHES, body)
        sent["Content-Type"] = BATCH_CONTENT_TYPE
        return client.post(BATCHES, content=body, headers=sent | headers)

    return post


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Run:
    for name in ("database_url", "metrics_url", "secret_key_file"):
        monkeypatch.setenv(f"FLEET_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("FLEET_LANG", "en")
    monkeypatch.delenv("FLEET_URL", raising=False)
    monkeypatch.delenv("FLEET_TOKEN", raising=False)

    def invoke(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(fleet, list(arguments), input=stdin)

    return invoke
