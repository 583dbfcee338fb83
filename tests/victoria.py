"""A real VictoriaMetrics on a free port, which tests may kill and start again."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.tls import TLS

#: What the documentation tells to start it with.
FLAGS = ("-retentionPeriod=100y", "-dedup.minScrapeInterval=1ms")


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until something is true; machines that run tests may be slow."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.1)


class VictoriaMetrics:
    """Started when made; on the same port and the same files after each :meth:`start`.

    Args:
        folder: where it keeps its data.
        flags: beside address and folder.
    """

    def __init__(self, folder: Path, flags: tuple[str, ...] = FLAGS) -> None:
        self._program = shutil.which("victoria-metrics")
        if self._program is None:
            pytest.skip("VictoriaMetrics is not installed (apt-get install victoria-metrics)")
        self._folder = folder
        self._flags = flags
        for _ in range(3):
            # Somebody else may take the port in the meantime.
            self._port = free_port()
            if self._answers():
                return
        self._give_up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def metrics_url(self) -> str:
        """For ``FLEET_METRICS_URL``."""
        return f"victoriametrics+{self.url}"

    def start(self) -> None:
        """Start it again, and wait until it answers."""
        if not self._answers():
            self._give_up()

    def _answers(self) -> bool:
        with (self._folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    str(self._program),
                    f"-httpListenAddr=127.0.0.1:{self._port}",
                    f"-storageDataPath={self._folder / 'data'}",
                    "-memory.allowedBytes=256MB",
                    *self._flags,
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        for _ in range(600):
            if self.process.poll() is not None:
                return False
            try:
                httpx.get(f"{self.url}/health", verify=TLS, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _give_up(self) -> None:
        pytest.fail((self._folder / "server.log").read_text(errors="replace")[-2_000:])

    def kill(self) -> None:
        """End it as a power cut would: what it has only in memory is gone."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> None:
        """End it for good; what it holds is nobody's any more."""
        if self.process.poll() is None:
            self.kill()
