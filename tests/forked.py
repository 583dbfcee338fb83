"""Controllers in processes of their own, each forked from one that has loaded its modules already.

To load them takes seconds of processor time at every start, and tests that kill a controller start
many. How it begins from nothing is seen where a person begins it: ``fleet demo`` and
``fleet serve --workers`` are run as commands by tests of their own.

The one that has loaded them is Python's fork server; where tests are spread over processes it is a
stem of each, forked before its first test.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from threading import Lock
from typing import Any

from benchmarks.citywide.processes import Server

_FORK = get_context("fork")
_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.loaded"])
_LOOK_SECONDS = 0.02
Run = Callable[[list[str]], None]


def fleet(arguments: list[str]) -> None:
    """The command."""
    from controller.cli import app  # noqa: PLC0415 - loaded before the fork

    app(arguments, prog_name="fleet")


def plain(arguments: list[str]) -> None:
    """A controller without a certificate on this port; its settings are in the environment."""
    import uvicorn  # noqa: PLC0415 - loaded before the fork

    from controller.app import create_app  # noqa: PLC0415
    from controller.server import Server as Answering  # noqa: PLC0415
    from controller.settings import Settings  # noqa: PLC0415

    app = create_app(Settings())
    config = uvicorn.Config(app, host="127.0.0.1", port=int(arguments[0]), log_level="warning")
    Answering(config, app.state.lookout).run()


class Forked:
    """``fleet`` with these arguments, in a session of its own; used like a ``subprocess.Popen``.

    Args:
        environment: all of it.
        log: where its words are added.
        run: what runs instead of ``fleet``; importable by name.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        run: Run = fleet,
    ) -> None:
        given = (run, list(arguments), dict(environment), str(log))
        self._process = _Grown(given) if _stems else _SERVER.Process(target=_run, args=given)
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
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("fleet", timeout or 0.0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkedServer(Server):
    """A ``fleet`` among the servers of a city."""

    def launch(self, arguments: Sequence[str], environment: dict[str, str]) -> Forked:
        return Forked(arguments[2:], environment, self.log)  # without Python's own: -c and a text


def stand_ready(*not_theirs: Connection) -> None:
    """From now on controllers are forked from what this process is at this moment.

    To be called once, before there are threads; ``stand_down`` is to follow.

    Args:
        not_theirs: what nobody who is forked is to hold open.
    """
    _stems.append(_Stem(not_theirs))


def stand_down() -> None:
    """The stem ends; what grew of it does not."""
    while _stems:
        _stems.pop().end()


class _Stem:
    """A process that forks others when it is told to, and knows what became of them."""

    def __init__(self, not_theirs: Sequence[Connection]) -> None:
        self._asking, answering = _FORK.Pipe()
        self._lock = Lock()
        closed = (*not_theirs, self._asking)
        self._process = _FORK.Process(target=_stand, args=(answering, closed))
        self._process.start()
        answering.close()

    def ask(self, *question: Any) -> Any:
        with self._lock:
            self._asking.send(question)
            return self._asking.recv()

    def end(self) -> None:
        self._asking.close()
        self._process.join()


_stems: list[_Stem] = []


class _Grown:
    """A process of the stem, used like those of ``multiprocessing``."""

    def __init__(self, given: tuple[Run, list[str], dict[str, str], str]) -> None:
        self._given = given
        self.pid = 0

    def start(self) -> None:
        self.pid = _stems[0].ask("start", *self._given)

    @property
    def exitcode(self) -> int | None:
        code: int | None = _stems[0].ask("look", self.pid)
        return code

    def join(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while self.exitcode is None and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)


def _stand(answering: Connection, closed: Sequence[Connection]) -> None:
    """Run as the stem until whoever asks is gone."""
    for connection in closed:
        connection.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    grown: dict[int, ForkProcess] = {}
    while True:
        try:
            word, *rest = answering.recv()
        except (EOFError, OSError):
            os._exit(0)
        if word == "start":
            import_module("tests.loaded")  # of which most is there already
            process = _FORK.Process(target=_run, args=rest)
            process.start()
            assert process.pid is not None
            grown[process.pid] = process
            answering.send(process.pid)
        else:
            answering.send(grown[rest[0]].exitcode)


def _run(run: Run, arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in (1, 2):
        os.dup2(written, number)
    os.close(written)
    # Not those that keep what tests print.
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    run(arguments)
