"""PostgreSQL and VictoriaMetrics as a city runs them: killed, and started on what they kept."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx
import psutil
import psycopg
import pytest

from tests.system.conftest import free_port
from tests.tls import TLS

_START_SECONDS = 90.0


class Restartable:
    """A server in a process group of its own, which keeps port and folder over a kill.

    Args:
        command: what to run.
        log: where its words go.
        answers: whether it works; may raise ``OSError`` while it does not.
        user: who it runs as, if somebody else.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        answers: Callable[[], bool],
        *,
        user: str | None = None,
    ) -> None:
        self._command = command
        self._log = log
        self._answers = answers
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns when it works."""
        ends = time.monotonic() + _START_SECONDS
        while time.monotonic() < ends:
            if self._process is None or self._process.poll() is not None:
                # A child of the one before may still hold memory or port for a moment.
                self._begin()
            with suppress(OSError):
                if self._answers():
                    return
            time.sleep(0.1)
        raise AssertionError(self._log.read_text(errors="replace")[-3_000:])

    def kill(self) -> None:
        """As a power cut would: the process and all its children at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Kill it and take away what it leaves behind."""
        self.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pause(self) -> None:
        """Let it stand still with all its children; the kernel still answers for it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        # Those of PostgreSQL have process groups of their own; the first one makes no more.
        first.send_signal(number)
        for child in first.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.send_signal(number)

    def _begin(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._log.parent,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


class Postgres(Restartable):
    """A server of its own whose commits outlive a kill; ``url`` is that of an empty database."""

    def __init__(self) -> None:
        programs = sorted(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name)
        )
        if not programs:
            pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
        # PostgreSQL refuses to run as root, and pytest's own folders are closed to others.
        self._folder = Path(tempfile.mkdtemp(prefix="fleet-city-postgres-"))
        user = "postgres" if os.geteuid() == 0 else None
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        done = subprocess.run(
            [programs[-1] / "initdb", "-D", "data", "-U", "fleet", "-A", "trust", "--no-sync",
             "-E", "UTF8", "--locale=C.UTF-8", "--lc-collate=C"],
            check=False, cwd=self._folder, user=user, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            pytest.fail(done.stderr[-2_000:])
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "120",
            "shared_buffers": "64MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._address = f"postgresql://fleet@127.0.0.1:{port}/postgres"
        self.url = self._address.replace("postgresql:", "postgresql+psycopg:")
        super().__init__(
            [str(programs[-1] / "postgres"), "-D", "data", *options],
            self._folder / "server.log",
            self._takes_questions,
            user=user,
        )

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _takes_questions(self) -> bool:
        try:
            psycopg.connect(self._address, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


class Victoria(Restartable):
    """A single VictoriaMetrics; ``url`` is what ``FLEET_METRICS_URL`` takes."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("victoria-metrics")
        if program is None:
            pytest.skip("VictoriaMetrics is not installed (apt-get install victoria-metrics)")
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.url = f"victoriametrics+{self.address}"
        super().__init__(
            [
                program,
                f"-storageDataPath={folder / 'victoria'}",
                f"-httpListenAddr=127.0.0.1:{port}",
                "-retentionPeriod=100y",
                "-memory.allowedBytes=256MB",
            ],
            folder / "victoria.log",
            lambda: self._is_ready(port),
        )

    def _is_ready(self, port: int) -> bool:
        with socket.create_connection(("127.0.0.1", port), 1):
            pass
        try:
            found = httpx.get(f"{self.address}/health", verify=TLS, timeout=5, trust_env=False)
        except httpx.TransportError:
            return False
        return found.is_success
