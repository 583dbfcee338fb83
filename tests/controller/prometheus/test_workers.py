"""One scrape reads all workers of a controller, whichever of them it reaches."""

import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import Metric
from starlette.testclient import TestClient

from controller.app import create_app
from controller.metrics.memory import MemoryStore
from controller.prometheus.workers import Worker
from tests.controller.county import County, make_settings


def counted(number: float) -> CollectorRegistry:
    registry = CollectorRegistry()
    Counter("things", "Things.", registry=registry).inc(number)
    return registry


def things(metrics: Iterable[Metric]) -> dict[str, float]:
    return {
        sample.labels["worker"]: sample.value
        for metric in metrics
        for sample in metric.samples
        if sample.name == "things_total"
    }


def answered(metrics: Iterable[Metric]) -> float:
    [workers] = [metric for metric in metrics if metric.name == "fleet_workers"]
    return workers.samples[0].value


#: A process of its own, quick to start: it says its number and waits.
_WORKER = """
import sys
from pathlib import Path
from prometheus_client import CollectorRegistry, Counter
from controller.prometheus.workers import Worker
registry = CollectorRegistry()
Counter("things", "Things.", registry=registry).inc(40)
print(Worker(Path(sys.argv[1]), registry).number, flush=True)
sys.stdin.read()
"""


def test_every_worker_tells_what_all_of_them_counted(tmp_path: Path) -> None:
    first, second = Worker(tmp_path, counted(1)), Worker(tmp_path, counted(2))
    try:
        assert things(first.collect()) == things(second.collect()) == {"0": 1, "1": 2}
        assert answered(first.collect()) == 2
    finally:
        first.close()
        second.close()


def test_a_worker_that_is_started_anew_takes_the_number_of_the_one_that_died(
    tmp_path: Path,
) -> None:
    survivor = Worker(tmp_path, counted(1))
    try:
        for _ in range(2):
            with subprocess.Popen(
                [sys.executable, "-c", _WORKER, str(tmp_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as process:
                assert process.stdout is not None
                assert process.stdout.readline().strip() == "1"
                assert things(survivor.collect()) == {"0": 1, "1": 40}
                process.kill()
            assert things(survivor.collect()) == {"0": 1}
            assert answered(survivor.collect()) == 1
    finally:
        survivor.close()


def test_a_worker_that_hangs_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.prometheus.workers.PATIENCE_SECONDS", 0.05)
    release = threading.Event()

    class Stuck(CollectorRegistry):
        def collect(self) -> Iterable[Metric]:
            release.wait(30)
            return super().collect()

    well, stuck = Worker(tmp_path, counted(1)), Worker(tmp_path, Stuck())
    try:
        assert things(well.collect()) == {"0": 1}
        assert answered(well.collect()) == 1
    finally:
        release.set()
        well.close()
        stuck.close()


def test_the_folder_is_left_as_it_was_found(tmp_path: Path) -> None:
    Worker(tmp_path, counted(1)).close()
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_the_page_of_the_service_names_the_worker(tmp_path: Path, county: County) -> None:
    folder = tmp_path / "workers"
    folder.mkdir(mode=0o700)
    app: FastAPI = create_app(make_settings(tmp_path, workers_dir=folder), store=MemoryStore())
    with TestClient(app, client=("127.0.0.1", 50_000)) as client:
        page = client.get("/metrics").text
    assert 'fleet_logins_total{result="ok",worker="0"} 0.0' in page
    assert "fleet_workers 1.0" in page
    # What every worker would count alike is told once.
    assert "fleet_agents 1.0" in page
