"""``fleet demo`` as a person runs it: everything comes up, the story is told, nothing is left."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest

from controller.demo.people import PASSWORD, PEOPLE
from controller.demo.story import Story
from controller.demo.tempo import TEMPOS, Speed
from drivers.simulate.campus import STORY_SWITCH, devices
from tests.ports import free_port

Found = TypeVar("Found")
COMMAND = [sys.executable, "-u", "-c", "from controller.cli import app; app()", "demo"]


class RunningDemo:
    """A demo process, its output, and a browser's session with its console."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = free_port()
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self._output = folder / "output"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FLEET_")},
            "FLEET_LANG": "en",
            "TMPDIR": str(self.scratch),
            "COLUMNS": "200",
        }
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "--no-browser", "--port", str(self.port), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def until(self, question: Callable[[], Found], seconds: float = 120.0) -> Found:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = question()
            if answer:
                return answer
            assert self.process.poll() is None, self.output
            time.sleep(0.2)
        raise AssertionError(self.output)

    def log_in(self) -> httpx.Client:
        self.until(lambda: "Ctrl-C" in self.output)
        client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=60)
        form = {"login": "county", "password": PASSWORD}
        assert client.post("/login", data=form).status_code == 303
        return client

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., RunningDemo]]:
    running: list[RunningDemo] = []

    def start(*arguments: str) -> RunningDemo:
        one = RunningDemo(tmp_path, *arguments)
        running.append(one)
        return one

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(60)


def items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{path}", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_a_switch_dies_and_comes_back_and_nothing_is_left(demo) -> None:
    running = demo("--speed", "fast")
    dead = next(one.serial for one in devices() if one.id == STORY_SWITCH)
    with closing(running.log_in()) as client:

        def tickets(*states: str) -> list[dict[str, Any]]:
            return [
                one
                for one in items(client, "tickets")
                if one["rule"] == "device_down" and one["state"] in states
            ]

        running.until(lambda: "first healthy device" in running.output)
        # On a busy machine it may be over before we look.
        states = ("new", "assigned", "in_progress", "resolved")
        (ticket,) = running.until(lambda: tickets(*states))
        found = client.get(f"/api/v1/devices/{ticket['device_id']}").json()
        assert found["serial"] == dead
        running.until(lambda: [one["id"] for one in tickets("resolved")] == [ticket["id"]])
        kinds = {one["kind"] for one in items(client, "devices")}
        assert kinds == {one.kind.value for one in devices()}
    running.until(lambda: re.search(r"ticket \d+ resolved by itself", running.output))
    children = running.until(lambda: family if len(family := running.family()) == 2 else None)
    assert running.stop() == 0, running.output
    assert not [child for child in children if child.is_running()]
    assert list(running.scratch.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.port), timeout=1)


def test_a_killed_demo_leaves_no_orphans_and_a_kept_one_its_data(demo, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    running = demo("--keep", str(kept), "--speed", "slow")
    running.until(lambda: "Ctrl-C" in running.output)
    children = running.until(lambda: family if len(family := running.family()) == 2 else None)
    running.stop(signal.SIGKILL)
    gone, alive = psutil.wait_procs(children, timeout=60)
    assert len(gone) == 2
    assert alive == []
    assert (kept / "fleet.db").is_file()
    assert (kept / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_in_use_is_left_alone(demo, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "something").touch()
    running = demo("--keep", str(full))
    assert running.process.wait(60) == 3
    assert "is not empty" in running.output
    assert (full / "something").is_file()


def test_every_role_has_somebody_to_log_in_as() -> None:
    assert {person.role.value for person in PEOPLE} == {
        "admin",
        "city_it",
        "county_it",
        "school_admin",
        "technician",
        "procurement",
        "auditor",
        "viewer",
    }


def test_the_story_cuts_and_restores_once() -> None:
    tempo = TEMPOS[Speed.normal]
    story = Story(tempo)
    assert story.due(1e6) is None
    story.healthy(100.0)
    told = [(second, due) for second in range(100, 400) if (due := story.due(float(second)))]
    cut = 100 + round(tempo.quiet)
    assert told == [(cut, "cut"), (cut + round(tempo.outage), "restore")]
