"""Asks for pages one at a time: how long each takes by the clock, of processor, in queries.

Queries are caught and asked again by themselves, so that reading their rows counts, and making
objects of them does not.
"""

import http.client
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, event

#: Where the framework answers; statements of other threads belong to nobody who looks.
_ANSWERS = "AnyIO worker thread"
#: Seconds; the server closes what is not used for five.
_KEPT = 2.0


@dataclass(slots=True)
class Times:
    """Milliseconds of one page's answers."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    #: What the last answer asked of the database, with the values it was sent with.
    queries: list[tuple[str, Any]] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def p50(self) -> float:
        return statistics.median(self.wall)

    @property
    def p95(self) -> float:
        return quantile(self.wall)

    @property
    def processor(self) -> float:
        """The median: what else the process does now and then is in a few answers."""
        return statistics.median(self.cpu)


def quantile(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


class Browser:
    """One connection that is kept; what the server does is in this process too."""

    def __init__(self, base: str, engine: Engine, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
        self._engine = engine
        self._asked = 0.0

    def ask(self, path: str, times: Times | None = None) -> None:
        """Read one page to its end; ``times`` of ``None``: to warm up.

        Raises:
            SystemExit: the answer is no page.
        """
        kept = times or Times()
        if time.monotonic() - self._asked > _KEPT:
            self._connection.close()
            self._connection.connect()
        with _caught(self._engine) as kept.queries:
            cpu, began = time.process_time(), time.perf_counter()
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
            kept.size = len(answer.read())
            kept.wall.append((time.perf_counter() - began) * 1_000)
            kept.cpu.append((time.process_time() - cpu) * 1_000)
        self._asked = time.monotonic()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{path}: {answer.status}")

    def close(self) -> None:
        self._connection.close()


def ask_again(engine: Engine, times: Times) -> None:
    """Time the queries of a page's last answer once more, without the page."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        spent = 0.0
        for statement, values in times.queries:
            began = time.perf_counter()
            cursor.execute(statement, values)
            cursor.fetchall()
            spent += time.perf_counter() - began
        times.database.append(spent * 1_000)
        connection.rollback()
    finally:
        connection.close()


@contextmanager
def _caught(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every query by which a page is answered."""
    queries: list[tuple[str, Any]] = []

    def before(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        here = threading.current_thread().name.startswith(_ANSWERS)
        if here and statement.startswith(("SELECT", "WITH")):
            queries.append((statement, values))

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", before)
