"""Several controllers on one PostgreSQL, as real processes: jobs once, workers that come back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx2
import psycopg
import pytest
from click.testing import Result

from tests.controller.together import run_jobs
from tests.forked import Forked

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


@contextmanager
def jobs_of(url: str, log: Path) -> Iterator[Forked]:
    """Jobs that run, in a process of their own."""
    process = Forked([url], os.environ, log, run=run_jobs)
    try:
        wait_for(lambda: log.exists() and log.read_text() == "started\n")
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.controller.together", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert process.stdout is not None
        process.stdout.close()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def wait_for(what: Callable[[], object], patience: float = PATIENCE) -> float:
    """Seconds until it was so."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < patience
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.fixture
def database(postgres_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_database.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def pids(database: psycopg.Connection, after: int = 0) -> list[str]:
    """Who ran the job, in the order of the runs."""
    query = "SELECT name FROM agent ORDER BY enrolled_at OFFSET %s"
    return [row[0] for row in database.execute(query, (after,)).fetchall()]  # type: ignore[arg-type]


def test_jobs_run_once_and_go_on_whatever_becomes_of_the_controller_that_runs_them(
    postgres_database: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    with (
        jobs_of(postgres_database, tmp_path / "one") as one,
        jobs_of(postgres_database, tmp_path / "two") as two,
    ):
        wait_for(lambda: len(pids(database)) >= 2)
        assert len(set(pids(database))) == 1
        # It loses its connection, and the lock with it.
        database.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
        before = len(pids(database))
        wait_for(lambda: len(pids(database, before)) >= 4)
        # One after the other, never in turns: it changed hands once at most.
        assert sum(a != b for a, b in pairwise(pids(database))) <= 1
        leader = int(pids(database)[-1])
        killed, other = (one, two) if leader == one.pid else (two, one)
        killed.kill()
        before = len(pids(database))
        wait_for(lambda: str(other.pid) in pids(database, before))


def test_a_worker_that_dies_is_replaced_and_all_end_with_the_supervisor(
    postgres_database: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    with running(postgres_database, str(tmp_path), "2") as supervisor:
        url = f"http://127.0.0.1:{int(first_line(supervisor))}"
        assert httpx2.get(f"{url}/readyz", timeout=PATIENCE).status_code == 200
        first = workers_of(supervisor.pid)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len(set(workers_of(supervisor.pid)) - set(first)) == 1)
        wait_for(lambda: all(answers(url) for _ in range(6)))
        supervisor.terminate()
        assert supervisor.wait(PATIENCE) == 0
        left = [*first, *workers_of(supervisor.pid)]
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def test_workers_do_not_outlive_a_supervisor_that_was_killed(
    postgres_database: str, tmp_path: Path
) -> None:
    with running(postgres_database, str(tmp_path), "1") as supervisor:
        first_line(supervisor)
        [worker] = workers_of(supervisor.pid)
        supervisor.kill()
        wait_for(lambda: not Path(f"/proc/{worker}").exists())


def test_several_processes_need_databases_that_can_be_shared(run: Callable[..., Result]) -> None:
    result = run("serve", "--workers", "2")
    assert result.exit_code == 2
    assert "PostgreSQL and VictoriaMetrics" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", timeout=PATIENCE).status_code == 200
    except httpx2.TransportError:
        return False


def workers_of(supervisor: int) -> list[int]:
    """Processes that it started and that work; multiprocessing's own tracker is none."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            words = (path / "cmdline").read_text()
        except (OSError, IndexError):
            continue
        if parent == supervisor and "spawn_main" in words:
            found.append(int(path.name))
    return sorted(found)
