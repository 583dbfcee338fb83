"""``fleet``: on the files, through a running controller, for people and for machines."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
import uvicorn
from fastapi import FastAPI
from typer.testing import CliRunner

from controller.cli import app as fleet
from controller.settings import Settings
from tests.controller.conftest import Run
from tests.controller.county import County


@pytest.fixture
def controller_url(app: FastAPI) -> Iterator[str]:
    """A controller that really listens."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=60)


def test_a_new_database_is_made_checked_and_gets_its_first_user(run: Run) -> None:
    before = run("db", "check")
    assert before.exit_code == 1
    assert "fleet db upgrade" in before.stderr
    assert before.stderr.count("\n") == 1
    assert run("devices", "list").exit_code == 1
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "check").exit_code == 0
    added = run("user", "add", "chen", "--role", "admin", "--password-stdin", stdin="a long one!\n")
    assert added.exit_code == 0, added.output
    assert [
        user["login"] for user in json.loads(run("user", "list", "--format", "json").stdout)
    ] == ["chen"]


@pytest.mark.usefixtures("county")
def test_lists_are_for_people_and_for_machines(run: Run) -> None:
    rows = json.loads(run("devices", "list", "--format", "json").stdout)
    assert {row["id"] for row in rows} == {"d-a-1", "d-a-2", "d-b-1"}
    lines = run("devices", "list", "--school", "SCH-B", "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("id,school_code,name")
    assert lines[1].startswith("d-b-1,SCH-B,")
    assert "d-a-1" in run("devices", "list").stdout
    assert json.loads(run("tickets", "list", "--format", "json").stdout) == []
    [agent] = json.loads(run("agents", "list", "--format", "json").stdout)
    assert agent["schools"] == ["SCH-A"]


@pytest.mark.usefixtures("county")
def test_a_token_is_made_for_a_school_that_exists(run: Run) -> None:
    made = run("agents", "token", "--school", "SCH-B")
    assert made.exit_code == 0
    assert len(made.stdout.strip()) > 30
    refused = run("agents", "token", "--school", "NOWHERE")
    assert refused.exit_code == 1
    assert "NOWHERE" in refused.stderr
    assert refused.stdout == ""


def test_through_a_running_controller(
    run: Run,
    controller_url: str,
    county: County,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLEET_URL", controller_url)
    without = run("devices", "list")
    assert without.exit_code == 2
    assert "FLEET_TOKEN" in without.stderr
    monkeypatch.setenv("FLEET_TOKEN", county.tokens["mei"])
    rows = json.loads(run("devices", "list", "--format", "json").stdout)
    assert {row["id"] for row in rows} == {"d-a-1", "d-a-2"}
    # Written there in the background, and fetched when it is done.
    book = tmp_path / "devices.xlsx"
    assert run("export", "devices", "--out", str(book)).exit_code == 0
    assert len(list(openpyxl.load_workbook(book).active.iter_rows())) == 1 + len(rows)
    assert run("user", "list").exit_code == 1
    monkeypatch.setenv("FLEET_TOKEN", county.tokens["admin"])
    assert run("user", "token", "mei").stdout.startswith("fleet_")
    doctor = run("doctor")
    assert doctor.exit_code == 1
    assert "box at A" in doctor.stdout


def test_a_controller_that_is_away_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("FLEET_TOKEN", "x")
    answer = run("devices", "list")
    assert answer.exit_code == 3
    assert answer.stderr.count("\n") == 1
    assert "http://127.0.0.1:9" in answer.stderr


@pytest.mark.usefixtures("county")
def test_the_doctor_finds_a_key_that_others_may_read(run: Run, settings: Settings) -> None:
    run("agents", "list")
    settings.secret_key_file.chmod(0o644)
    answer = run("doctor")
    assert answer.exit_code != 0
    assert "chmod 600" in answer.output


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("FLEET_PORT", "many", 2),
        ("FLEET_DATABASE_URL", "mysql://x/y", 2),
        ("FLEET_DATABASE_URL", "nonsense", 2),
        ("FLEET_DATABASE_URL", "sqlite:////nowhere/at/all/fleet.db", 3),
    ],
)
def test_wrong_settings_are_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: int
) -> None:
    monkeypatch.setenv(name, value)
    answer = run("db", "check")
    assert answer.exit_code == code
    assert answer.stderr.count("\n") == 1


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from controller.cli import app; from typer.testing import CliRunner; "
        "result = CliRunner().invoke(app, ['--help']); assert result.exit_code == 0; "
        "heavy = {'fastapi', 'sqlalchemy', 'duckdb', 'alembic', 'uvicorn', 'httpx', 'pydantic'}; "
        "print(','.join(sorted(heavy & set(sys.modules))))"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == ""


def test_every_command_has_an_example() -> None:
    for arguments in (
        ["serve"],
        ["db", "upgrade"],
        ["db", "check"],
        ["user", "add"],
        ["user", "list"],
        ["user", "token"],
        ["devices", "list"],
        ["tickets", "list"],
        ["agents", "list"],
        ["agents", "token"],
        ["agents", "revoke"],
        ["doctor"],
    ):
        answer = CliRunner().invoke(fleet, [*arguments, "--help"])
        assert answer.exit_code == 0
        assert "fleet " + arguments[0] in answer.stdout.replace("\n", " ")
