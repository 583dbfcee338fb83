"""Several processes behind one port: ``fleet serve --workers N``.

Each worker is a whole controller with a listening socket of its own; the kernel spreads connections
over them (``SO_REUSEPORT``). What they share is in PostgreSQL and in the metric store. A worker
that dies is started anew; workers whose supervisor is gone end by themselves.
"""

import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from fastapi import FastAPI

from controller.memory import all_of_it_stays
from controller.settings import Settings

logger = logging.getLogger(__name__)
#: A worker that lived shorter than this is started again only after a pause, longer each time.
_LIVED_SECONDS = 10.0
_LONGEST_PAUSE = 30.0
#: Longest way to the end: requests under way, jobs, batches.
_END_SECONDS = 30.0
_SPAWN = get_context("spawn")
MakeApp = Callable[[Settings], FastAPI]


def obstacle(settings: Settings) -> str | None:
    """Why these settings do not do for several processes; ``None``: they do."""
    if not settings.database_url.startswith("postgresql"):
        return "FLEET_DATABASE_URL"
    if not settings.metrics_url.startswith("victoriametrics+"):
        return "FLEET_METRICS_URL"
    return None


def make_app(settings: Settings) -> FastAPI:
    """The application of one process, its metric store open."""
    with all_of_it_stays():
        from controller.app import create_app  # noqa: PLC0415 - the supervisor needs none of it
        from controller.stores import open_store  # noqa: PLC0415

        return create_app(settings, store=open_store(settings.metrics_url, settings))


@dataclass(slots=True)
class _Worker:
    """One place of the supervisor: a process, or none until its pause is over."""

    process: SpawnProcess | None = None
    began: float = 0.0
    pause: float = 0.0
    starts_at: float = 0.0


class Supervisor:
    """Keeps so many workers running, from :meth:`run` to SIGINT or SIGTERM.

    Args:
        settings: of every worker; ``port`` may be 0.
        count: workers.
        make: makes the application of a worker, in its process; importable by name.
    """

    def __init__(self, settings: Settings, count: int, make: MakeApp = make_app) -> None:
        self._count = count
        self._make = make
        self._settings = settings
        self._ending = False
        self._ready, self._tells = _SPAWN.Pipe(duplex=False)
        self._wakes, self._waker = os.pipe()

    def run(self, told: Callable[[int], None] = lambda port: None) -> bool:
        """Run until told to end; whether every worker could be started at all.

        ``told`` is called with the port when all of them listen.

        Raises:
            OSError: the port is taken, or not ours to take.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        # Bound but not listening: it holds the port while workers come and go.
        with bound(self._settings, alone=True) as place, tempfile.TemporaryDirectory() as folder:
            port: int = place.getsockname()[1]
            self._settings = self._settings.model_copy(
                update={"port": port, "workers_dir": Path(folder)}
            )
            workers = [_Worker() for _ in range(self._count)]
            try:
                for worker in workers:
                    self._start(worker)
                if not self._all_ready(workers):
                    return self._ending
                told(port)
                self._watch(workers)
            finally:
                self._stop(workers)
        return True

    def _end(self, *_: object) -> None:
        self._ending = True
        os.write(self._waker, b"x")

    def _start(self, worker: _Worker) -> None:
        worker.process = _SPAWN.Process(
            target=_work, args=(self._settings, self._make, self._tells), name="fleet-worker"
        )
        worker.process.start()
        worker.began = time.monotonic()

    def _all_ready(self, workers: list[_Worker]) -> bool:
        """Wait until all listen; not when one ends before, or all are told to end."""
        ready = 0
        processes = [worker.process for worker in workers if worker.process is not None]
        while ready < len(workers):
            events = connection.wait([self._ready, self._wakes, *(p.sentinel for p in processes)])
            if self._ready in events:
                self._ready.recv()
                ready += 1
            elif self._ending or any(not process.is_alive() for process in processes):
                return False
        return True

    def _watch(self, workers: list[_Worker]) -> None:
        while not self._ending:
            now = time.monotonic()
            for worker in workers:
                if worker.process is not None and not worker.process.is_alive():
                    self._bury(worker, worker.process, now)
                if worker.process is None and now >= worker.starts_at:
                    self._start(worker)
            due = [worker.starts_at - now for worker in workers if worker.process is None]
            alive = [worker.process.sentinel for worker in workers if worker.process is not None]
            events = connection.wait([self._ready, self._wakes, *alive], min(due, default=None))
            if self._ready in events:
                self._ready.recv()

    def _bury(self, worker: _Worker, process: SpawnProcess, now: float) -> None:
        lived = now - worker.began
        soon = lived < _LIVED_SECONDS
        worker.pause = min(max(1.0, 2 * worker.pause), _LONGEST_PAUSE) if soon else 0.0
        worker.starts_at = now + worker.pause
        logger.error(
            "worker %s ended by itself (%s) after %.0f s; another one starts in %.0f s",
            process.pid,
            process.exitcode,
            lived,
            worker.pause,
        )
        process.close()
        worker.process = None

    def _stop(self, workers: list[_Worker]) -> None:
        running = [worker.process for worker in workers if worker.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + _END_SECONDS
        for process in running:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                logger.error("worker %s does not end; it is killed", process.pid)
                process.kill()
                process.join()
            process.close()


def bound(settings: Settings, *, alone: bool = False) -> socket.socket:
    """A socket bound to the settings' address, which others may be bound to as well.

    Args:
        settings: host and port.
        alone: refuse when somebody else is bound to it already.

    Raises:
        OSError: the address is taken, or not ours to take.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    if alone and settings.port:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    own = socket.socket(family, kind, protocol)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        own.bind(address)
    except OSError:
        own.close()
        raise
    return own


def start_logging(settings: Settings) -> None:
    """Log to standard error as the settings say."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("apscheduler", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _work(settings: Settings, make: MakeApp, tells: Connection) -> None:
    """One worker, in its own process."""
    from controller.server import serve  # noqa: PLC0415 - the supervisor needs none of it

    start_logging(settings)
    threading.Thread(target=_end_with_the_supervisor, daemon=True).start()
    app = make(settings)
    if not serve(settings, app, sockets=[bound(settings)], told=lambda: tells.send(os.getpid())):
        raise SystemExit(1)


def _end_with_the_supervisor() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
