"""The controller of the demonstration: the real application, in a thread of this process."""

import errno
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from controller.app import create_app
from controller.demo.tempo import Tempo
from controller.server import Server
from controller.settings import Settings

#: Contradictions are to be seen soon after the equipment is.
_RECONCILE_SECONDS = 20.0
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


def listening_socket(port: int) -> socket.socket:
    """A loopback socket on ``port``, or on a free one where that is taken."""
    for wanted in (port, 0):
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", wanted))
        except OSError as error:
            one.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES) or not wanted:
                raise
        else:
            return one
    raise OSError(errno.EADDRINUSE, "no free port")


def demo_settings(
    folder: Path, tempo: Tempo, port: int, speedtest_servers: dict[str, str]
) -> Settings:
    """Embedded defaults in one folder, at the demonstration's tempo."""
    return Settings(
        database_url=f"sqlite:///{folder / 'fleet.db'}",
        metrics_url=f"duckdb:///{folder / 'metrics'}",
        secret_key_file=folder / "secret.key",
        host="127.0.0.1",
        port=port,
        public_url="",
        poll_seconds=tempo.reachability,
        tables_seconds=tempo.tables,
        speedtest_servers=speedtest_servers,
        speedtest_every_seconds=tempo.test,
        speedtest_length_seconds=2.0,
        evaluate_seconds=tempo.judge,
        reconcile_seconds=_RECONCILE_SECONDS,
        # The demonstration takes its own messages.
        notice_networks="127.0.0.1/32",
    )


class ControllerThread:
    """The application under uvicorn, from start to stop."""

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._listening = listening
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            timeout_keep_alive=75,
        )
        self._server = Server(config, app.state.lookout)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="controller", daemon=True
        )

    def __enter__(self) -> Self:
        """Start, and return when requests are answered.

        Raises:
            RuntimeError: it does not come up.
        """
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self._server.should_exit = True
                raise RuntimeError("the controller does not start")
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(_STOP_SECONDS)
        self._listening.close()
