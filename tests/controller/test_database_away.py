"""A database that restarts, is away, or takes too long: an answer that says when to come again."""

import socket
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.testclient import TestClient

from controller.app import create_app
from controller.metrics.memory import MemoryStore
from inventory.database import make_engine
from tests.controller.county import make_county, make_settings


def test_connections_that_a_restart_closed_are_replaced_unnoticed(
    postgres_database: str, tmp_path: Path
) -> None:
    county = make_county(postgres_database)
    app = create_app(make_settings(tmp_path, database_url=postgres_database), store=MemoryStore())
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    with TestClient(app) as client:
        assert client.get("/api/v1/schools", headers=headers).status_code == 200
        with closing(psycopg.connect(postgres_database.replace("+psycopg", ""))) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert client.get("/api/v1/schools", headers=headers).status_code == 200


def test_a_database_that_is_away_is_said_to_be_away_for_a_while(tmp_path: Path) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql+psycopg://fleet@127.0.0.1:{nobody.getsockname()[1]}/fleet"
        app = create_app(make_settings(tmp_path, database_url=url), store=MemoryStore())
        with TestClient(app) as client:
            for path, accepts in (("/api/v1/schools", "application/json"), ("/", "text/html")):
                answer = client.get(path, headers={"Authorization": "Bearer x", "Accept": accepts})
                assert answer.status_code == 503
                assert answer.headers["Retry-After"] == "5"
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").json()["checks"]["database"] == "failed"


def test_a_statement_ends_when_its_time_is_over(postgres_database: str) -> None:
    engine = make_engine(postgres_database, statement_seconds=0.2)
    with engine.connect() as connection, pytest.raises(OperationalError, match="timeout"):
        connection.execute(text("SELECT pg_sleep(30)"))
    engine.dispose()


def test_nobody_waits_for_a_connection_for_ever(postgres_database: str) -> None:
    engine = make_engine(postgres_database, pool_size=1, wait_seconds=0.1)
    with engine.connect(), engine.connect(), pytest.raises(NoConnectionFree):
        engine.connect()
    engine.dispose()
