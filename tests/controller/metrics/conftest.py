"""A clock that the test moves, every engine, and short ways to say what is stored."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.memory import MemoryStore
from controller.metrics.store import Append, BatchKey, MetricStore, Rows
from controller.metrics.victoria.client import Access, MetricServer
from controller.metrics.victoria.store import VictoriaStore
from drivers.readings import Block
from inventory.database import make_engine
from tests.victoria import VictoriaMetrics

#: 2026-03-10 08:00 UTC, in milliseconds.
MORNING = 1_773_129_600_000
DAY = 86_400_000
#: One server serves all tests: each store has a name there of its own.
_labels = count(1)


@dataclass
class Clock:
    now: int = MORNING

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def batch() -> Callable[..., Append]:
    """``batch(sequence, (subject, at, {metric: {part: value}}), ...)``."""

    def make(sequence: int, *polls: tuple[str, int, dict[str, dict[str, float | None]]]) -> Append:
        rows = tuple(
            Rows(
                subject,
                at,
                tuple(
                    Block(tuple(parts), {metric: list(parts.values())})
                    for metric, parts in metrics.items()
                ),
            )
            for subject, at, metrics in polls
        )
        return Append(BatchKey("a1", "e1", sequence), rows)

    return make


class SettledStore(VictoriaStore):
    """Answers only when what it took can be asked for: tests ask at once."""

    def append(self, batches: Sequence[Append]) -> Sequence[bool]:
        stored = super().append(batches)
        self.settle()
        return stored

    def load(self, *arguments: Any) -> None:
        super().load(*arguments)
        self.settle()


@pytest.fixture(scope="session")
def metric_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    """VictoriaMetrics as the documentation tells to start it."""
    server = VictoriaMetrics(tmp_path_factory.mktemp("victoria"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def raw_metric_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    """VictoriaMetrics that counts a sample twice which was sent twice."""
    server = VictoriaMetrics(tmp_path_factory.mktemp("victoria-raw"), ("-retentionPeriod=100y",))
    yield server
    server.stop()


@pytest.fixture
def journal_engine(postgres_shared: Engine) -> Iterator[Engine]:
    """An empty ledger and journal."""
    with postgres_shared.begin() as connection:
        connection.execute(text("TRUNCATE metric_run, metric_journal"))
    engine = make_engine(postgres_shared.url.render_as_string(hide_password=False))
    yield engine
    engine.dispose()


def settled_store(server: VictoriaMetrics, engine: Engine, **changes: Any) -> SettledStore:
    """A store with a name of its own on a server."""
    settings = {"label": f"t{next(_labels)}", "keep": 60.0, "most_bytes": 1 << 30} | changes
    return SettledStore(engine, MetricServer(server.url, Access()), **settings)


@pytest.fixture(params=["memory", "duckdb", "victoria", "victoria-raw"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Callable[[], int]
) -> Iterator[MetricStore]:
    """Every engine, one after the other."""
    made: MetricStore
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "duckdb":
        made = DuckDbStore(tmp_path / "metrics", clock=clock)
    else:
        name = "metric_server" if request.param == "victoria" else "raw_metric_server"
        made = settled_store(
            request.getfixturevalue(name), request.getfixturevalue("journal_engine")
        )
    yield made
    made.close()
