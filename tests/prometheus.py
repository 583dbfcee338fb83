"""A real Prometheus on a free port."""

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import free_port


class Prometheus:
    """Started when made, with a configuration file that exists already."""

    def __init__(self, folder: Path, configuration: Path) -> None:
        program = shutil.which("prometheus")
        if program is None:
            pytest.skip("Prometheus is not installed (apt-get install prometheus)")
        self.url = f"http://127.0.0.1:{free_port()}"
        self._log = folder / "prometheus.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={folder / 'tsdb'}",
                    f"--web.listen-address={self.url.removeprefix('http://')}",
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        self.wait_for(self._is_ready)

    def get(self, path: str, **parameters: str) -> Any:
        """The ``data`` of an answer of the HTTP API."""
        answer = self.client.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def query(self, expression: str) -> list[Mapping[str, Any]]:
        """The series of an instant query."""
        found: list[Mapping[str, Any]] = self.get("query", query=expression)["result"]
        return found

    def series(self, expression: str) -> list[Mapping[str, Any]]:
        """The same, and there are some.

        On a busy machine a scrape may come too late, and what it would have told is missing until
        the next one.
        """
        found: list[Mapping[str, Any]] = []
        until = time.monotonic() + 60
        while not (found := self.query(expression)):
            assert time.monotonic() < until, expression
            time.sleep(0.5)
        return found

    def wait_for(self, holds: Callable[[], object], seconds: float = 60) -> None:
        """Until something holds."""
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until or self._process.poll() is not None:
                pytest.fail(self._log.read_text(errors="replace")[-3_000:])
            time.sleep(0.2)

    def stop(self) -> None:
        self.client.close()
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False
