"""``fleet seed`` as it is typed: the same twice, one clear line on what cannot be."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from controller.settings import Settings
from controller.stores import open_store
from drivers.dictionary import METRICS
from tests.controller.conftest import Run

CITY = ["--schools", "6", "--devices", "150", "--days", "30", "--recent-days", "1"]
UNTIL = ["--until", "2026-09-24T15:00+08:00"]
#: What is secret is another one each time.
SECRETS = {"app_user": "password_hash", "credential": "secret"}


def fleet(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "FLEET_LANG": "en",
        "FLEET_DATABASE_URL": f"sqlite:///{folder / 'fleet.db'}",
        "FLEET_METRICS_URL": f"duckdb:///{folder / 'metrics'}",
        "FLEET_SECRET_KEY_FILE": str(folder / "secret.key"),
    }
    return subprocess.Popen(
        [sys.executable, "-c", "from controller.cli import app; app()", *arguments],
        env=environment,
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def fingerprint(folder: Path) -> str:
    """A hash of every row and every sample."""
    digest = hashlib.sha256()
    subjects = []
    with closing(sqlite3.connect(folder / "fleet.db")) as database:
        names = [name for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]  # fmt: skip
        for name in names:
            cursor = database.execute(f"SELECT * FROM {name}")  # noqa: S608
            columns = [one[0] for one in cursor.description]
            kept = [n for n, column in enumerate(columns) if SECRETS.get(name) != column]
            rows = sorted(repr([row[n] for n in kept]) for row in cursor)
            digest.update(f"{name} {rows}".encode())
        for name in ("device", "line"):
            subjects += [key for (key,) in database.execute(f"SELECT id FROM {name} ORDER BY id")]  # noqa: S608
    with closing(open_store(f"duckdb:///{folder / 'metrics'}")) as store:
        for subject in subjects:
            for curve in store.series(subject, list(METRICS), start=0, end=1 << 42):
                digest.update(repr((subject, curve)).encode())
    return digest.hexdigest()


def test_two_processes_make_the_same_city(tmp_path: Path, sqlite_template: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        (folder / "fleet.db").write_bytes(sqlite_template.read_bytes())
    running = [fleet(one, "seed", *CITY, *UNTIL, "--format", "json") for one in folders]
    answers = []
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    one, two = answers
    assert one["samples"] == two["samples"] > 10_000
    assert one["password"] != two["password"]
    assert one["logins"] == two["logins"]
    assert fingerprint(folders[0]) == fingerprint(folders[1])


def test_ctrl_c_keeps_nothing_half_done(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "fleet.db").write_bytes(sqlite_template.read_bytes())
    process = fleet(tmp_path, "seed", "--schools", "600", "--devices", "60000", "--days", "300")
    deadline = time.monotonic() + 60
    while not (tmp_path / "secret.key").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert out == ""
    assert err == "Interrupted: nothing was kept. Run the same command again.\n"
    with closing(sqlite3.connect(tmp_path / "fleet.db")) as database:
        assert database.execute("SELECT count(*) FROM school").fetchone() == (0,)


@pytest.fixture
def empty(settings: Settings, sqlite_template: Path) -> Settings:
    shutil.copy(sqlite_template, settings.database_url.removeprefix("sqlite:///"))
    return settings


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--history", "most"], "--history most: one of tests uplinks sample all"),
        (["--until", "tomorrow"], "--until tomorrow: a time such as 2026-09-01T10:00+08:00"),
        (["--until", "2026-09-01"], "--until 2026-09-01: say the zone, too"),
        (["--devices", "17"], "--devices 17: 18 - 1200 (what is possible)"),
        (["--format", "csv"], "--format csv: there is no list to print"),
    ],
)
def test_bad_input_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    result = run("seed", *CITY, *UNTIL, *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert result.stderr.count("\n") == 1


def test_a_running_controller_is_not_gone_round(
    run: Run, empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert empty
    monkeypatch.setenv("FLEET_URL", "http://127.0.0.1:1")
    result = run("seed", *CITY, *UNTIL)
    assert result.exit_code == 2
    assert "FLEET_URL is set" in result.stderr


def test_who_may_log_in_is_printed_once(run: Run, empty: Settings) -> None:
    assert empty
    short = run("seed", *CITY, *UNTIL, "--password-stdin", stdin="short\n")
    assert short.exit_code == 2
    result = run("seed", *CITY, *UNTIL, "--password-stdin", stdin="long enough for all\n")
    assert result.exit_code == 0, result.stderr
    assert "long enough for all" in result.stdout
    assert "technician1" in result.stdout
    assert "FLEET_POLL_SECONDS" in result.stderr
    again = run("seed", *CITY, *UNTIL)
    assert again.exit_code == 1
    assert again.stderr.startswith("The database holds 6 schools; --add")
    done = run("seed", *CITY, *UNTIL, "--resume", "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["samples"] == 0
    assert json.loads(done.stdout)["password"] is None


def test_who_may_log_in_is_known_though_the_disk_was_full(
    run: Run, empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError("no space left")

    assert empty
    with monkeypatch.context() as full:
        full.setattr("controller.stores.DuckDbStore.load", fail)
        result = run("seed", *CITY, *UNTIL, "--password-stdin", stdin="long enough for all\n")
    assert result.exit_code == 3
    assert "long enough for all" in result.stdout
    assert "no space left" in result.stderr
    again = result.stderr.split("fleet seed")[1].split()
    done = run("seed", *again, "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["samples"] > 10_000
