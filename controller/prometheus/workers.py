"""One ``/metrics`` for all worker processes of a controller.

A scrape reaches whichever worker the kernel picks. That one asks the others over Unix sockets in
a folder they share, and every sample says in the label ``worker`` whose it is. Workers take the
lowest free number, so one that is started anew continues the series of the one that died.
"""

import fcntl
import logging
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)
#: More processes than this do not share one controller.
MOST_WORKERS: Final = 64
#: A worker that does not answer within this time is left out of the page.
PATIENCE_SECONDS: Final = 1.0
_CHUNK: Final = 1 << 16
_LABEL: Final = "worker"


class SentFamily(msgspec.Struct, array_like=True, frozen=True):
    """A metric with its samples, as one worker tells another."""

    name: str
    documentation: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]


class Alone(Collector):
    """The only process of its controller: its figures without a label."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        """This process's own figures."""
        return self._registry.collect()

    def close(self) -> None:
        """Nothing is held."""


class Worker(Collector):
    """This process among the workers of its controller.

    Args:
        folder: where they meet; closed to other users.
        registry: this process's own figures.

    Raises:
        OSError: the folder cannot be used, or has no number free.
    """

    def __init__(self, folder: Path, registry: CollectorRegistry) -> None:
        self._folder = folder
        self._registry = registry
        self._claim, self.number = _claim(folder)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = folder / f"{self.number}.sock"
        path.unlink(missing_ok=True)
        self._server.bind(str(path))
        self._server.listen(MOST_WORKERS)
        self._thread = Thread(target=self._serve, name="worker figures", daemon=True)
        self._thread.start()

    def collect(self) -> Sequence[Metric]:
        """The figures of every worker that answers, each sample with its worker's number."""
        found: dict[str, Metric] = {}
        answered = 1
        _add(found, _told(self._registry), self.number)
        for number, path in _sockets(self._folder):
            if number == self.number:
                continue
            try:
                families = _ask(path)
            except (OSError, msgspec.DecodeError) as error:
                # One that has just ended leaves its socket behind.
                logger.debug("worker %d told no figures: %s", number, error)
                continue
            answered += 1
            _add(found, families, number)
        workers = Metric("fleet_workers", "Worker processes that told their figures.", "gauge")
        workers.add_sample("fleet_workers", {}, answered)
        return [*found.values(), workers]

    def close(self) -> None:
        """Answer no more, and let another one have the number."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()
        (self._folder / f"{self.number}.sock").unlink(missing_ok=True)
        os.close(self._claim)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            try:
                with connection:
                    connection.settimeout(PATIENCE_SECONDS)
                    connection.sendall(msgspec.msgpack.encode(_told(self._registry)))
            except Exception:
                # This thread must go on, whatever a gauge's function raises.
                logger.exception("figures could not be told")


def join_workers(folder: Path | None, registry: CollectorRegistry) -> Worker | Alone:
    """The figures of all workers that meet in a folder; without one, of this process alone.

    Raises:
        OSError: the folder cannot be used, or has no number free.
    """
    return Alone(registry) if folder is None else Worker(folder, registry)


def _claim(folder: Path) -> tuple[int, int]:
    """The lowest number nobody holds, and the file whose lock holds it."""
    for number in range(MOST_WORKERS):
        lock = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return lock, number
    raise OSError(f"{folder}: {MOST_WORKERS} workers are here already")


def _sockets(folder: Path) -> Iterator[tuple[int, Path]]:
    for number in range(MOST_WORKERS):
        path = folder / f"{number}.sock"
        if path.exists():
            yield number, path


def _told(registry: CollectorRegistry) -> list[SentFamily]:
    return [
        SentFamily(
            family.name,
            family.documentation,
            family.type,
            [(sample.name, dict(sample.labels), sample.value) for sample in family.samples],
        )
        for family in registry.collect()
    ]


def _ask(path: Path) -> list[SentFamily]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(path))
        parts = []
        while part := connection.recv(_CHUNK):
            parts.append(part)
    return msgspec.msgpack.decode(b"".join(parts), type=list[SentFamily])


def _add(found: dict[str, Metric], families: Iterable[SentFamily], number: int) -> None:
    label: Mapping[str, str] = {_LABEL: str(number)}
    for family in families:
        metric = found.get(family.name)
        if metric is None:
            metric = Metric(family.name, family.documentation, family.type)
            found[family.name] = metric
        for name, labels, value in family.samples:
            metric.add_sample(name, {**labels, **label}, value)
