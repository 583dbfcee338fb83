"""A server as a process of its own: started, watched, measured, ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import psutil

_START_SECONDS = 120.0
_FLEET = ("-c", "from controller.cli import app; app()")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Launched(Protocol):
    """What is needed of a ``subprocess.Popen``."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def terminate(self) -> None: ...


class Server:
    """A process that listens, and everything it has started.

    Args:
        arguments: of this Python.
        folder: where its log is kept.
        settings: environment over that of this process.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], port: int, folder: Path, settings: dict[str, str]
    ) -> None:
        self.port = port
        self.log = folder / f"{name}.log"
        self._arguments = arguments
        self._settings = settings
        self._process: Launched | None = None

    def start(self) -> None:
        """Start it; returns when it listens.

        Raises:
            RuntimeError: it does not.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("FLEET_") and "proxy" not in name.lower()
        }
        self._process = self.launch(self._arguments, inherited | self._settings)
        ends = time.monotonic() + _START_SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise RuntimeError(self.log.read_text(errors="replace")[-3_000:])

    def launch(self, arguments: Sequence[str], environment: dict[str, str]) -> Launched:
        """This Python with these arguments, in a session of its own."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    def kill(self) -> None:
        """As a power cut would, with everything it has started."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self, seconds: float = 60.0) -> int | None:
        """As an administrator would; a kill for what does not end.

        Returns the exit status; ``None`` when it had to be killed, or did not run.
        """
        if self._process is None:
            return None
        self._process.terminate()
        status: int | None = None
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(seconds)
        self.kill()
        return status

    def pids(self) -> list[int]:
        """Its processes, the first one first."""
        return [one.pid for one in self._family()]

    def resident(self) -> int:
        """Bytes of memory of all its processes; what they share counts in each."""
        return sum(one.memory_info().rss for one in self._family())

    def processor_seconds(self) -> float:
        """User and system time of all its living processes."""
        times = [one.cpu_times() for one in self._family()]
        return sum(one.user + one.system for one in times)

    def _family(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self._process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def controller(
    folder: Path,
    *,
    database_url: str,
    metrics_url: str,
    workers: int = 1,
    name: str = "controller",
    port: int | None = None,
    make: type[Server] = Server,
    **settings: str,
) -> Server:
    """``fleet serve`` on a free port of 127.0.0.1; not started yet."""
    port = port or free_port()
    more = ("--workers", str(workers)) if workers > 1 else ()
    given = {
        "FLEET_DATABASE_URL": database_url,
        "FLEET_METRICS_URL": metrics_url,
        "FLEET_SECRET_KEY_FILE": str(folder / "secret.key"),
        "FLEET_LOG_LEVEL": "warning",
    }
    return make(
        name, (*_FLEET, "serve", "--port", str(port), *more), port, folder, given | settings
    )


def peer(folder: Path) -> Server:
    """The least a server can do; not started yet."""
    port = free_port()
    return Server("peer", ("-m", "benchmarks.citywide.peer", str(port)), port, folder, {})
