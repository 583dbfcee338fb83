"""What the address of a metric store means, and which are refused in words."""

from pathlib import Path

import pytest

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.victoria.store import VictoriaStore
from controller.settings import Settings
from controller.stores import open_store
from tests.controller.conftest import Run
from tests.ports import free_port


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_LANG", "en")


def test_a_folder_of_duckdb_files(tmp_path: Path) -> None:
    store = open_store(f"duckdb:///{tmp_path}/metrics")
    assert isinstance(store, DuckDbStore)
    store.close()


def test_a_metric_server_that_is_away_keeps_no_controller_from_starting(
    postgres_database: str,
) -> None:
    url = f"victoriametrics+http://127.0.0.1:{free_port()}/prefix?fleet=north"
    store = open_store(url, Settings(database_url=postgres_database))
    assert isinstance(store, VictoriaStore)
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("influx://host/db", "the metric store is duckdb:///directory or victoriametrics"),
        ("duckdb://host", "the metric store is"),
        ("victoriametrics+http://", "the address of a metric server is"),
        ("victoriametrics+http://host?fleet=", "the address of a metric server is"),
        ("victoriametrics+http://host?flet=north", "the address of a metric server is"),
        ("victoriametrics+http://fleet:hush@host", "FLEET_METRICS_SERVER_PASSWORD"),
        ("victoriametrics+https://host:8428", "with SQLite, use DuckDB"),
    ],
)
def test_what_will_not_do_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        open_store(url, Settings(database_url="sqlite:///fleet.db"))
    assert "hush" not in str(refusal.value)


def test_the_doctor_says_that_the_metric_server_does_not_answer(
    run: Run, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_DATABASE_URL", postgres_database)
    monkeypatch.setenv("FLEET_METRICS_URL", f"victoriametrics+http://127.0.0.1:{free_port()}")

    answer = run("doctor")

    assert answer.exit_code == 1, answer.output
    assert "The metric store" in answer.stdout
    assert "Connection refused" in answer.stdout
