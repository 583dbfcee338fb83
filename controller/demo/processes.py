"""The demonstration's two other processes: the simulated campus and the agent."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from controller.demo.county import LINES, THROUGH_OUTLET
from controller.demo.tempo import Tempo
from drivers.simulate.orders import Command, LineOrder, Orders, Ready

#: What an orderly end may take before it is made to happen.
_GRACE_SECONDS = 8.0


class ChildFailed(RuntimeError):
    """A process of the demonstration did not come up; the message names its log."""


def _start(
    arguments: list[str], log: IO[bytes], environment: Mapping[str, str], *, piped: bool
) -> subprocess.Popen[bytes]:
    """A process of our own Python that dies with us and hears no Ctrl-C of the terminal."""
    leash = [sys.executable, "-m", "controller.demo.leash", str(os.getpid()), sys.executable]
    return subprocess.Popen(  # noqa: S603 - our own modules
        [*leash, *arguments],
        stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
        stdout=subprocess.PIPE if piped else log,
        stderr=log,
        env=dict(environment),
        start_new_session=True,
    )


class _Child:
    """A process with a log file, ended when left."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._log = log.open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def died(self) -> bool:
        """Whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """End it, and wait until it has."""
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self._log.close()


class Simulator(_Child):
    """The simulated campus; ready when it has said where it listens."""

    def start(self, tempo: Tempo, server_port: int) -> Ready:
        """Bring the campus to life.

        Args:
            tempo: how fast its day passes.
            server_port: TCP port of the controller, where the lines lead.

        Raises:
            ChildFailed: it ended instead.
        """
        self._process = _start(["-m", "drivers.simulate"], self._log, dict(os.environ), piped=True)
        orders = Orders(
            speed=tempo.day,
            publish_every=tempo.publish,
            server_host="127.0.0.1",
            server_port=server_port,
            lines=(
                *(LineOrder(one.real_down * 1e6, one.real_up * 1e6) for one in LINES),
                LineOrder(THROUGH_OUTLET * 1e6, THROUGH_OUTLET * 1e6),
            ),
        )
        self._send(orders)
        answer = self._process.stdout.readline() if self._process.stdout else b""
        try:
            return msgspec.json.decode(answer, type=Ready)
        except msgspec.MsgspecError:
            raise ChildFailed(str(self.log)) from None

    def cut(self, device: str) -> None:
        """Take a device's power away."""
        self._send(Command("cut", device))

    def restore(self, device: str) -> None:
        """Give it back."""
        self._send(Command("restore", device))

    def _send(self, order: msgspec.Struct) -> None:
        pipe = self._process.stdin if self._process else None
        try:
            if pipe is not None:
                pipe.write(msgspec.json.encode(order) + b"\n")
                pipe.flush()
        except BrokenPipeError:
            raise ChildFailed(str(self.log)) from None


class AgentProcess(_Child):
    """``fleet-agent run``, which enrols with a token and then works."""

    def start(self, tempo: Tempo, url: str, token: str, state_dir: Path) -> None:
        """Start the agent with a state directory of its own."""
        # Whatever the shell says of another agent is none of this one's business.
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FLEET_", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"))
        }
        environment |= {
            "FLEET_AGENT_CONTROLLER_URL": url,
            "FLEET_AGENT_ENROL_TOKEN": token,
            "FLEET_AGENT_NAME": "demo-agent",
            "FLEET_AGENT_STATE_DIR": str(state_dir),
            "FLEET_AGENT_BATCH_SECONDS": str(tempo.batch),
            "FLEET_AGENT_SNMP_TIMEOUT_SECONDS": "1",
            "FLEET_AGENT_SNMP_RETRIES": "1",
            "FLEET_AGENT_PLAN_REFRESH_SECONDS": "30",
            "FLEET_AGENT_METRICS_PORT": "0",
        }
        self._process = _start(["-m", "agent", "run"], self._log, environment, piped=False)
