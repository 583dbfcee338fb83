"""What the controller asks of a metric store.

DuckDB answers it in one process; a second engine, for more than one machine, must give the same
answers.

Times are milliseconds since the epoch, UTC. All calls block; async code runs them in a thread.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from drivers.readings import Block

Aggregation = Literal["count", "min", "mean", "max", "p05", "p95"]


@dataclass(frozen=True, slots=True)
class BatchKey:
    """The name of a batch for ever: a batch stored once is never stored again."""

    agent: str
    epoch: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings of one subject at one time."""

    subject: str
    at: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """One batch to store: its key and its rows."""

    key: BatchKey
    rows: tuple[Rows, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: ``values[i]`` at ``times[i]``; ``None`` where a step holds no sample."""

    metric: str
    part: str
    times: tuple[int, ...]
    values: tuple[float | None, ...]


class MetricStore(Protocol):
    """Readings in, curves and figures out."""

    def append(self, batches: Sequence[Append]) -> Sequence[bool]:
        """Store batches durably, readings and ledger in one transaction.

        Returns, a batch, whether it was stored now (``True``) or had been stored before.
        """
        ...

    def stored(self, key: BatchKey) -> bool:
        """Whether the ledger holds this batch."""
        ...

    def series(
        self,
        subject: str,
        metrics: Collection[str],
        *,
        start: int,
        end: int,
        step: int = 0,
        parts: Collection[str] | None = None,
        how: Aggregation = "mean",
    ) -> Sequence[Series]:
        """Curves of one subject in ``[start, end)``; with ``step`` (ms) one value a step."""
        ...

    def aggregate(
        self,
        metric: str,
        *,
        start: int,
        end: int,
        how: Aggregation,
        subjects: Collection[str] | None = None,
    ) -> Mapping[tuple[str, str], float]:
        """One figure for every (subject, part) that has samples in ``[start, end)``."""
        ...

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], *, since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]:
        """(subject, metric, part) to its newest (time, value), not older than ``since``."""
        ...

    def close(self) -> None: ...
