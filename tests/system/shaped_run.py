"""Controller and agents of a shaped network, each a process of its own, and what they are asked."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import httpx

from inventory import migrations
from inventory.database import SessionFactory, make_engine, session_factory, unit_of_work
from inventory.secrets import SecretBox
from tests.system.shaped_network import BUREAU, REFERENCE, Namespace
from tests.system.shaped_register import COUNTY, days_of_now, enter, enter_county
from tests.tls import TLS

_PORT = 8000
_URL = f"http://{BUREAU}:{_PORT}"
_PATIENCE_SECONDS = 180.0


class Bureau:
    """One county's register and files, and the processes that work on them.

    Args:
        folder: of everything they keep.
        place: where the controller runs.
        contracts: Mbit/s by name of each line.
    """

    def __init__(self, folder: Path, place: Namespace, contracts: Mapping[str, int]) -> None:
        self.folder = folder
        self.metrics = folder / "metrics"
        self._place = place
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs = ExitStack()
        database_url = f"sqlite:///{folder}/fleet.db"
        self._files = {
            "FLEET_DATABASE_URL": database_url,
            "FLEET_METRICS_URL": f"duckdb:///{self.metrics}",
            "FLEET_SECRET_KEY_FILE": f"{folder}/secret.key",
        }
        migrations.upgrade(database_url)
        SecretBox.from_file(folder / "secret.key", create=True)
        self._engine = make_engine(database_url)
        self.register: SessionFactory = session_factory(self._engine)
        with unit_of_work(self.register) as session:
            self._token = enter_county(session)
            self._invitations = {
                name: enter(session, name, contract) for name, contract in contracts.items()
            }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
        self._logs.close()
        self._engine.dispose()

    def start_controller(self, test_seconds: float) -> None:
        """``fleet serve``, against whose own endpoint lines are tested; returns when it answers."""
        settings = {
            "FLEET_PUBLIC_URL": _URL,
            "FLEET_LINE_REFERENCES": json.dumps([REFERENCE]),
            "FLEET_POLL_SECONDS": "1",
            # Two weeks' tests in minutes: by the agents' own clocks, not two or three a day.
            "FLEET_SPEEDTEST_PLANNED": "false",
            "FLEET_SPEEDTEST_EVERY_SECONDS": "1",
            # Its planner would spread tests over the hours of a month; here minutes stand for it.
            "FLEET_JOBS": "false",
            "FLEET_SPEEDTEST_LENGTH_SECONDS": str(test_seconds),
        }
        serve = ("serve", "--host", BUREAU, "--port", str(_PORT))
        self._start("controller", self._place, "controller", serve, self._files | settings)
        until(lambda: self._answers() or self._has_ended("controller"), "the controller")
        assert not self._has_ended("controller"), self.log("controller")

    def start_agent(self, name: str, box: Namespace) -> None:
        """``fleet-agent run`` at the end of that line."""
        settings = {
            "FLEET_AGENT_CONTROLLER_URL": _URL,
            "FLEET_AGENT_ALLOW_PLAIN_HTTP": "true",
            "FLEET_AGENT_ENROL_TOKEN": self._invitations[name],
            "FLEET_AGENT_STATE_DIR": f"{self.folder}/agent-{name}",
            "FLEET_AGENT_BATCH_SECONDS": "0.5",
            "FLEET_AGENT_METRICS_PORT": "0",
        }
        self._start(f"agent-{name}", box, "agent", ("run",), settings)

    def stop(self) -> None:
        """End agents and controller, as a power cut would; files are free afterwards."""
        for process in self._running.values():
            process.kill()
            process.wait()
        self._running.clear()

    def report(self, probe_seconds: int) -> dict[str, Any]:
        """What the running controller's report on bandwidth says of the days of this run."""
        first, last = days_of_now()
        asked = {"org": COUNTY, "from": str(first), "to": str(last), "probe_seconds": probe_seconds}
        found: dict[str, Any] = self._get("/api/v1/reports/bandwidth", asked).json()
        return found

    def fleet(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A ``fleet`` command on the files."""
        return subprocess.run(
            [sys.executable, "-c", _entry("controller"), *words],
            env=_plain_environment() | self._files,
            capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False,
        )  # fmt: skip

    def log(self, name: str) -> str:
        """The last words of a process."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3_000:]

    def _has_ended(self, name: str) -> bool:
        return self._running[name].poll() is not None

    def _answers(self) -> bool:
        try:
            return self._get("/healthz", {}).is_success
        except httpx.TransportError:
            return False

    def _get(self, path: str, query: Mapping[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._place.call(
            lambda: httpx.get(
                _URL + path, params=query, headers=headers, verify=TLS, timeout=60, trust_env=False
            )
        )

    def _start(
        self,
        name: str,
        place: Namespace,
        module: str,
        words: Sequence[str],
        settings: Mapping[str, str],
    ) -> None:
        log = self._logs.enter_context((self.folder / f"{name}.log").open("ab"))
        self._running[name] = subprocess.Popen(
            place.command(sys.executable, "-c", _entry(module), *words),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_plain_environment() | settings,
            start_new_session=True,
        )


def until(
    condition: Callable[[], bool], what: str, seconds: float = _PATIENCE_SECONDS, every: float = 0.3
) -> None:
    """Wait until something holds; fails with its name when it does not."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, what
        time.sleep(every)


def _entry(module: str) -> str:
    return f"from {module}.cli import app; app()"


def _plain_environment() -> dict[str, str]:
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("FLEET_") and "proxy" not in key.lower()
    }
