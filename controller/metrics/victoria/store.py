"""The metric store past one machine: VictoriaMetrics, with ledger and journal in PostgreSQL."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from controller.metrics.curves import checked_load
from controller.metrics.group import GroupCommit
from controller.metrics.store import Aggregation, Append, BatchKey, Samples, Series
from controller.metrics.victoria import journal, runs
from controller.metrics.victoria.bulk import bulk
from controller.metrics.victoria.client import MetricServer
from controller.metrics.victoria.delivery import Delivery
from controller.metrics.victoria.encode import Encoder
from controller.metrics.victoria.errors import JournalFull
from controller.metrics.victoria.journal import Backlog
from controller.metrics.victoria.reads import Reads
from controller.metrics.within import Chosen, Figures

#: Requests of one load on their way: the server works on some while the next are made.
_LOADS = 3


class VictoriaStore:
    """A :class:`~controller.metrics.store.MetricStore` that several controllers share.

    A batch is answered when PostgreSQL has it, readings and ledger in one transaction; the metric
    server gets it a moment later, and again should it lose it. Queries ask the metric server.
    Thread-safe; concurrent appends share transactions.

    Args:
        engine: of a migrated PostgreSQL database; closed with the store.
        server: the metric server; closed with the store.
        label: tells the series of this installation from others on the same server.
        keep: seconds for which a request stays in the journal after the server took it.
        most_bytes: of the journal, compressed, that may wait; beyond it batches are turned away.

    Raises:
        SQLAlchemyError: the database does not answer, or lacks the tables.
    """

    def __init__(
        self,
        engine: Engine,
        server: MetricServer,
        *,
        label: str,
        keep: float,
        most_bytes: int,
    ) -> None:
        self._engine = engine
        self._server = server
        self._labels = {"fleet": label}
        self._most_bytes = most_bytes
        self._encoder = Encoder(self._labels)
        self._delivery = Delivery(engine, server, keep=keep)
        self._reads = Reads(server, self._labels, self._delivery.deduplicates)
        self._group = GroupCommit(self._store)
        self._delivery.start()

    def append(self, batches: Sequence[Append]) -> Sequence[bool]:
        """Journal batches durably, readings and ledger in one transaction.

        Gaps, and numbers that are not finite, are left out.

        Raises:
            ValueError: a column of a block is not as long as its parts; nothing is stored.
            JournalFull: too much waits for the metric server; nothing is stored.
            SQLAlchemyError: the database does not take it; nothing is stored, or it is in doubt
                and the ledger knows.
        """
        return self._group.submit(batches)

    def stored(self, key: BatchKey) -> bool:
        with self._engine.connect() as connection:
            return runs.is_stored(connection, key)

    def load(
        self,
        series: Sequence[tuple[str, str, str]],
        times: NDArray[np.int64],
        index: NDArray[np.int32],
        values: NDArray[np.float64],
    ) -> None:
        """Send many samples straight to the server, without a journal.

        The server has them on disk some seconds after the last call. What is loaded twice with
        the same times and values is there once.

        Raises:
            ValueError: arrays of unequal length, or an index outside ``series``.
            ServerUnavailable: it does not take them all.
        """
        finite = checked_load(series, times, index, values)
        requests = bulk(self._labels, series, times[finite], index[finite], values[finite])
        sending: deque[Future[None]] = deque()
        with ThreadPoolExecutor(_LOADS, thread_name_prefix="metric load") as threads:
            for request in requests:
                if len(sending) == _LOADS:
                    sending.popleft().result()
                sending.append(threads.submit(self._server.write, request))
            for one in sending:
                one.result()

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
        """Curves of one subject in ``[start, end)`` that have samples there.

        Raises:
            ValueError: more than ``MAX_STEPS`` steps.
            ServerUnavailable: no answer.
        """
        return self._reads.series(
            subject, metrics, parts=parts, start=start, end=end, step=step, how=how
        )

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

        Raises:
            ServerUnavailable: no answer.
        """
        return self._reads.aggregate(
            metric,
            how=how,
            start=start,
            end=end,
            subjects=subjects,
            only=only,
            windows=windows,
        )

    def within(
        self,
        metrics: Collection[str],
        chosen: Sequence[Chosen],
        *,
        step: int = 0,
        p95: bool = True,
    ) -> Mapping[tuple[str, str, str], Figures]:
        """Number and 95th percentile of many series, each within hours of its own.

        Raises:
            ServerUnavailable: no answer.
        """
        return self._reads.within(metrics, chosen, step, p95=p95)

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

        Raises:
            ServerUnavailable: no answer.
        """
        found = self.samples_of([metric], subjects, start=start, end=end, without=without)
        return {(subject, part): some for (subject, _, part), some in found.items()}

    def samples_of(
        self,
        metrics: Collection[str],
        subjects: Collection[str],
        *,
        start: int,
        end: int,
        without: Collection[str] = (),
    ) -> Mapping[tuple[str, str, str], Samples]:
        """Samples of several metrics, by (subject, metric, part).

        Raises:
            ServerUnavailable: no answer.
        """
        found = self._reads.samples(metrics, subjects, start, end)
        return {key: some for key, some in found.items() if key[2] not in without}

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], *, since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]:
        """(subject, metric, part) to its newest (time, value), not older than ``since``.

        Raises:
            ServerUnavailable: no answer.
        """
        return self._reads.latest(subjects, metrics, since)

    def beyond(
        self, metric: str, level: float, *, above: bool, since: int
    ) -> Mapping[tuple[str, str], tuple[int, float]]:
        """Newest (time, value) of the (subject, part) at which it is past a level, on one side.

        Raises:
            ServerUnavailable: no answer.
        """
        return self._reads.beyond(metric, level, above=above, since=since)

    def tidy(self, now: int) -> None:
        """Nothing to put in order: the server merges and drops by itself."""

    def stop_tidying(self) -> None:
        """Nothing to stop."""

    def settle(self) -> None:
        """Deliver what waits and make it visible to queries, instead of a second or two later.

        Raises:
            ServerUnavailable: the server does not take it.
        """
        self._delivery.settle()

    def backlog(self) -> Backlog:
        """What waited for the metric server when it was last looked at, some seconds ago."""
        return self._delivery.backlog

    def close(self) -> None:
        """Let go of server and database; what waits is delivered after the next start."""
        self._delivery.stop()
        self._reads.close()
        self._server.close()
        self._engine.dispose()

    def _store(self, batches: Sequence[Append]) -> list[bool]:
        if self._delivery.waiting_bytes() > self._most_bytes:
            raise JournalFull(self._most_bytes)
        first = {batch.key: place for place, batch in reversed(list(enumerate(batches)))}
        noted = []
        with self._engine.begin() as connection:
            journal.begin(connection)
            places = {first[key] for key in runs.enter(connection, first.keys())}
            rows = (row for place in sorted(places) for row in batches[place].rows)
            for request in self._encoder.blocks(rows):
                body = journal.packed(request)
                noted.append((journal.put(connection, body, request.samples), body))
        self._delivery.note(noted)
        return [place in places for place in range(len(batches))]
