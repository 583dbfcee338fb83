"""What the controller asks of a metric store.

DuckDB answers it in one process; a second engine, for more than one machine, must give the same
answers.

Times are milliseconds since the epoch, UTC. All calls block; async code runs them in a thread.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from controller.metrics.within import Chosen, Figures
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


#: Times (milliseconds) and values, rising in time.
Samples: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]


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

    def load(
        self,
        series: Sequence[tuple[str, str, str]],
        times: NDArray[np.int64],
        index: NDArray[np.int32],
        values: NDArray[np.float64],
    ) -> None:
        """Store many samples durably that no agent sent: a synthetic city, an import.

        Sample ``i`` is ``values[i]`` of ``series[index[i]]`` at ``times[i]``, in any order; blocks
        of a million samples or more, rising in time from one call to the next, are fastest.
        Values that are not finite are left out. The ledger knows nothing of it: what is loaded
        twice may be there twice.

        Args:
            series: (subject, metric, part).
            times: milliseconds since the epoch, one a sample.
            index: places in ``series``, one a sample.
            values: one a sample.

        Raises:
            ValueError: arrays of unequal length, or an index outside ``series``.
        """
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
        only: Collection[tuple[str, str]] | None = None,
        windows: Collection[tuple[int, int]] | None = None,
    ) -> Mapping[tuple[str, str], float]:
        """One figure for every (subject, part) that has samples in ``[start, end)``.

        Args:
            metric: the one asked for.
            start: of the range, included.
            end: of the range, not included.
            how: what the figure is. Quantiles lie between samples, as ``numpy.quantile`` does.
            subjects: none but these.
            only: none but these (subject, part), such as the uplink ports of schools.
            windows: only samples inside one of these ``[start, end)`` count, such as the school
                hours of the days on which school is held. They may come in any order and overlap;
                a sample counts once. None at all leave nothing.
        """
        ...

    def within(
        self,
        metrics: Collection[str],
        chosen: Sequence[Chosen],
        *,
        step: int = 0,
        p95: bool = True,
    ) -> Mapping[tuple[str, str, str], Figures]:
        """Number and 95th percentile of many series at once, each within hours of its own.

        Args:
            metrics: those asked for.
            chosen: series and their windows; a series is in one of them at most.
            step: milliseconds; samples are averaged over whole steps (from 1970 on) that lie in
                the windows, and the figures are of these means. 0: of samples as they are.
            p95: whether the percentile is wanted; without it, it is 0, and much is saved.

        By (subject, metric, part); what has nothing in its windows is left out. Quantiles lie
        between samples, as ``numpy.quantile`` does.
        """
        ...

    def samples(
        self,
        metric: str,
        subjects: Collection[str],
        *,
        start: int,
        end: int,
        without: Collection[str] = (),
    ) -> Mapping[tuple[str, str], Samples]:
        """Every sample in ``[start, end)`` by (subject, part), rising in time.

        For what is judged one by one, such as speed tests; a month of everything would not fit
        into memory. What has been rolled up is left out, and so are the parts ``without``.
        """
        ...

    def samples_of(
        self,
        metrics: Collection[str],
        subjects: Collection[str],
        *,
        start: int,
        end: int,
        without: Collection[str] = (),
    ) -> Mapping[tuple[str, str, str], Samples]:
        """The same of several metrics at once, by (subject, metric, part)."""
        ...

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], *, since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]:
        """(subject, metric, part) to its newest (time, value), not older than ``since``."""
        ...

    def beyond(
        self, metric: str, level: float, *, above: bool, since: int
    ) -> Mapping[tuple[str, str], tuple[int, float]]:
        """Newest (time, value) of the (subject, part) at which it is past a level, on one side.

        Looks at one value a series; those not newer than ``since`` are left out.
        """
        ...

    def tidy(self, now: int) -> None:
        """Housekeeping, to be called every few minutes by one thread; others go on meanwhile.

        Sorts, rolls up and drops what the engine keeps by itself; an engine that needs nothing of
        the kind returns at once. It may take minutes, may be killed, and goes on at the next call.
        """
        ...

    def stop_tidying(self) -> None:
        """Have a ``tidy`` of another thread end soon, before the store is closed."""
        ...

    def close(self) -> None: ...
