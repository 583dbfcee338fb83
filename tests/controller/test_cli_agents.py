"""``fleet agents`` and what ``fleet devices`` tells of configurations and events."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select

from controller.settings import Settings
from drivers.readings import CommandResult, Event
from inventory.commands import record_results, take_commands
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.intake.sources import Source
from inventory.models import AgentCommand
from inventory.models.base import utc_now
from tests.controller.conftest import Run
from tests.controller.county import County, make_batch, now_ms
from tests.controller.test_run_from_the_centre import NEW, OLD, configuration


@pytest.fixture
def box_answers(
    settings: Settings, county: County, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Let the box do its commands whenever the command line waits for them."""

    def with_state(state: str) -> None:
        def answer(_seconds: float) -> None:
            engine = make_engine(settings.database_url)
            with unit_of_work(session_factory(engine)) as session:
                take_commands(session, county.agent_id, utc_now())
                source = Source(county.agent_id, "e", 1, frozenset({"SCH-A"}), utc_now())
                results = [
                    CommandResult(command.id, now_ms(), state, attachment=b"bundle")
                    for command in session.exec(select(AgentCommand)).all()
                ]
                record_results(session, source, list(enumerate(results)))
            engine.dispose()

        monkeypatch.setattr("controller.cli.agents.time.sleep", answer)

    return with_state


def test_agents_are_listed_with_their_health(run: Run, county: County) -> None:
    [agent] = json.loads(run("agents", "list", "--format", "json").stdout)
    assert (agent["health"], agent["commands_pending"]) == ("expected", 0)
    assert agent["id"] == county.agent_id
    rows = run("agents", "list", "--format", "csv").stdout.splitlines()
    assert rows[0].startswith("id,name,health,schools,version")
    assert run("agents", "list").exit_code == 0


def test_a_command_is_given_and_waited_for(
    run: Run, county: County, box_answers: Callable[[str], None]
) -> None:
    box_answers("done")
    told = run("agents", "command", "poll_now", "--subject", "d-a-1", "--format", "json")
    assert told.exit_code == 0, told.output
    [command] = json.loads(told.stdout)
    assert (command["state"], command["agent_id"]) == ("done", county.agent_id)
    assert command["created_by"] == "operator"
    listed = json.loads(run("agents", "commands", "--subject", "d-a-1", "--format", "json").stdout)
    assert [one["id"] for one in listed] == [command["id"]]


def test_a_command_that_was_not_done_is_a_no(
    run: Run, county: County, box_answers: Callable[[str], None]
) -> None:
    box_answers("refused")
    assert run("agents", "command", "restart", "--agent", county.agent_id).exit_code == 1
    assert run("agents", "command", "restart").exit_code == 2
    assert run("agents", "command", "dance", "--agent", county.agent_id).exit_code == 1
    order = run("agents", "command", "cycle_poe", "--subject", "d-a-1", "--port", "GE1")
    assert order.exit_code == 1
    assert "reason" in order.stderr


def test_a_log_bundle_becomes_a_file(
    run: Run, county: County, box_answers: Callable[[str], None], tmp_path: Path
) -> None:
    box_answers("done")
    out = tmp_path / "box.tar.zst"
    assert run("agents", "logs", county.agent_id, "--out", str(out)).exit_code == 0
    assert out.read_bytes() == b"bundle"
    box_answers("failed")
    assert run("agents", "logs", county.agent_id, "--out", str(out)).exit_code == 1


def test_configurations_and_events_of_a_device(
    run: Run, app: FastAPI, send: Callable[..., Response], county: County
) -> None:
    assert run("devices", "configurations", "d-a-1", "--diff").exit_code == 1
    now = now_ms()
    reports = (
        configuration(OLD, now - 7_200_000),
        configuration(NEW, now - 3_600_000),
        Event("d-a-1", "SCH-A", now, "cold_start"),
    )
    assert send(make_batch(county.agent_id, 1, reports=reports)).status_code == 204
    newer, older = json.loads(run("devices", "configurations", "d-a-1", "--format", "json").stdout)
    assert run("devices", "configurations", "d-a-1", "--text").stdout == NEW
    assert "+sysname <east>" in run("devices", "configurations", "d-a-1", "--diff").stdout
    back = ("--version", older["id"], "--since", newer["id"])
    assert "+ shutdown" in run("devices", "configurations", "d-a-1", "--diff", *back).stdout
    first = run("devices", "configurations", "d-a-1", "--diff", "--version", older["id"])
    assert first.stdout == ""
    kinds = [
        e["kind"] for e in json.loads(run("devices", "events", "d-a-1", "--format", "json").stdout)
    ]
    assert kinds == ["cold_start", "configuration_changed"]
    assert run("devices", "events", "nobody").exit_code == 1
