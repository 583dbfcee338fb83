"""Controllers in processes of their own, each forked from one that has loaded its modules already.

To load them takes seconds of processor time at every start, and tests that kill a controller start
many. How it begins from nothing is seen where a person begins it: ``fleet demo`` and
``fleet serve --workers`` are run as commands by tests of their own.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

from benchmarks.citywide.processes import Server

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.loaded"])


class Forked:
    """``fleet`` with these arguments, in a session of its own; used like a ``subprocess.Popen``.

    Args:
        environment: all of it.
        log: where its words are added.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        given = (list(arguments), dict(environment), str(log))
        self._process = _CONTEXT.Process(target=_run, args=given)
        self._process.start()
        self.pid: int = self._process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code.

        Raises:
            subprocess.TimeoutExpired: it has none after so many seconds.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("fleet", timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        if self._process.is_alive():
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkedServer(Server):
    """A ``fleet`` among the servers of a city."""

    def launch(self, arguments: Sequence[str], environment: dict[str, str]) -> Forked:
        return Forked(arguments[2:], environment, self.log)  # without Python's own: -c and a text


def _run(arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in (1, 2):
        os.dup2(written, number)
    os.close(written)
    from controller.cli import app  # noqa: PLC0415 - loaded before the fork

    app(arguments, prog_name="fleet")
