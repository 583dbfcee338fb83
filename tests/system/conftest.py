"""The real processes together: simulated campus, controller, agent, each of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from controller.demo.county import Places, register_county
from drivers.simulate.campus import POINT
from drivers.simulate.orders import Command, Orders, Ready
from inventory import migrations
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.enrolment import create_token
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.forked import Forked
from tests.ports import free_port
from tests.tls import TLS

SCHOOLS = [POINT.code]


class Processes:
    """Processes of one test, each with its own log; killed and started again at will.

    Args:
        folder: of everything they keep.
        way: under which address the agent finds a controller with this one.
        settings: ``FLEET_...`` of both, over those of every test.
    """

    def __init__(self, folder: Path, *, way: Callable[[str], str] = str, **settings: str) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self._way = way(self.url)
        self._settings = settings
        self._running: dict[str, Forked | subprocess.Popen[bytes]] = {}

    def start_controller(self) -> None:
        """``fleet serve``; returns when it answers."""
        arguments = ["serve", "--port", self.url.rpartition(":")[2]]
        log = self.folder / "controller.log"
        self._running["controller"] = Forked(arguments, self._environment(), log)
        for _ in range(900):
            try:
                url = f"{self.url}/healthz"
                if httpx.get(url, verify=TLS, timeout=1, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError((self.folder / "controller.log").read_text()[-3000:])

    def start_agent(self) -> None:
        """``fleet-agent run``."""
        with (self.folder / "agent.log").open("ab") as log:
            self._running["agent"] = subprocess.Popen(
                [sys.executable, "-c", "from agent.cli import app; app()", "run"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """As a power cut would."""
        self._running[name].kill()
        self._running.pop(name).wait()

    def stop(self, name: str) -> int:
        """As an administrator would; returns the exit code."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(60)

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()

    def _environment(self) -> dict[str, str]:
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("FLEET_") and "proxy" not in key.lower()
        }
        state = self.folder
        return (
            environment
            | {
                "FLEET_DATABASE_URL": f"sqlite:///{state}/fleet.db",
                "FLEET_METRICS_URL": f"duckdb:///{state}/metrics",
                "FLEET_SECRET_KEY_FILE": f"{state}/secret.key",
                "FLEET_POLL_SECONDS": "1",
                "FLEET_TABLES_SECONDS": "1",
                "FLEET_AGENT_CONTROLLER_URL": self._way,
                "FLEET_AGENT_ENROL_TOKEN": (state / "token").read_text(),
                "FLEET_AGENT_STATE_DIR": f"{state}/agent",
                "FLEET_AGENT_BATCH_SECONDS": "0.2",
                "FLEET_AGENT_METRICS_PORT": "0",
            }
            | self._settings
        )


class Campus:
    """Simulated devices that answer over SNMP and MQTT, and lose their power when told."""

    def __init__(self, process: subprocess.Popen[bytes], ready: Ready) -> None:
        self._process = process
        self.ready = ready

    def cut(self, device: str) -> None:
        self._command("cut", device)

    def restore(self, device: str) -> None:
        self._command("restore", device)

    def _command(self, action: str, device: str) -> None:
        self._process.stdin.write(msgspec.json.encode(Command(action, device)) + b"\n")
        self._process.stdin.flush()


@contextmanager
def running_campus(publish_every: float = 5.0) -> Iterator[Campus]:
    """The simulator as a process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "drivers.simulate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        orders = Orders(1.0, publish_every, "127.0.0.1", 9)
        process.stdin.write(msgspec.json.encode(orders) + b"\n")
        process.stdin.flush()
        yield Campus(process, msgspec.json.decode(process.stdout.readline(), type=Ready))
    finally:
        process.stdin.close()
        process.stdout.close()
        process.terminate()
        process.wait(60)


@pytest.fixture
def campus() -> Iterator[Ready]:
    """Where the simulated devices are."""
    with running_campus() as it:
        yield it.ready


@pytest.fixture
def processes(sqlite_template: Path, tmp_path: Path, campus: Ready) -> Iterator[Processes]:
    """A registered county, and the means to run its controller and its agent."""
    shutil.copy(sqlite_template, tmp_path / "fleet.db")
    register(tmp_path, campus)
    it = Processes(tmp_path)
    try:
        yield it
    finally:
        it.close()


def register(folder: Path, campus: Ready, schools: Sequence[str] = SCHOOLS) -> None:
    """A database with the county in it, and a token for an agent of these schools."""
    url = f"sqlite:///{folder}/fleet.db"
    migrations.upgrade(url)
    box = SecretBox.from_file(folder / "secret.key", create=True)
    engine = make_engine(url)
    places = Places(campus.snmp_port, f"mqtt://127.0.0.1:{campus.broker_port}", campus.pjlink_port)
    now = datetime.now(UTC)
    with unit_of_work(session_factory(engine)) as session:
        register_county(session, box, places, now.date())
        token = create_token(
            session, Scope.everything(), schools, now=now, lasts=timedelta(hours=1)
        )
    engine.dispose()
    (folder / "token").write_text(token)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait until a condition holds; fails with its name when it does not."""

    def wait(condition: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, what
            time.sleep(0.1)

    return wait
