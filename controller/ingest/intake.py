"""One batch from its last byte to its answer.

Decode, check, look into the ledger, write the register, then readings and ledger in one commit,
and only then answer. The register takes the same polls twice without a change, and the ledger
takes a batch once: so a kill anywhere loses nothing that was acknowledged, and a replay of what
was not changes nothing twice.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from weakref import WeakValueDictionary

from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlmodel import Session

from controller.errors import (
    AlreadyStored,
    FleetError,
    RejectedBatch,
    TooManyRequests,
    Unavailable,
)
from controller.ingest.checks import check_shape, part_foreign
from controller.ingest.quarantine import Quarantine
from controller.metrics.store import Append, BatchKey, MetricStore, Rows
from controller.telemetry import Telemetry
from drivers.readings import Batch, MalformedBatch, Poll, decode_batch
from inventory.database import SessionFactory, unit_of_work
from inventory.enrolment import heard_from
from inventory.ingest import owners_of, record_polls
from inventory.parts import record_parts
from inventory.reports import Source, record_reports
from inventory.repositories.agents import AgentRepository
from inventory.scope import Scope
from inventory.status import CADENCE

logger = logging.getLogger(__name__)
T = TypeVar("T")
_RETRY_SECONDS = 5
#: An agent sends one batch after the other; more at once is a mistake or an attack.
_AT_ONCE_FROM_ONE = 4


class Intake:
    """Takes batches from many agents at once, from each in its order.

    Args:
        in_flight: batches being taken in at once; more are told to come later.
        cadence: of reachability; polls further apart than some of it do not follow each other.
        workers: threads; waiting batches share commits, so more threads mean larger commits.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        store: MetricStore,
        quarantine: Quarantine,
        telemetry: Telemetry,
        *,
        in_flight: int,
        cadence: timedelta = CADENCE,
        workers: int = 16,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._quarantine = quarantine
        self._telemetry = telemetry
        self._in_flight = in_flight
        self._cadence = cadence
        self._taking: Counter[str] = Counter()
        self._order: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="ingest")

    def close(self) -> None:
        """Finish what has begun."""
        self._threads.shutdown(wait=True)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do blocking work in one of the ingest threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def admit(self, agent_id: str) -> "_Admission":
        """A place among the batches in flight, to be held while one is read and stored.

        Raises:
            TooManyRequests: no place, for anybody or for this agent.
        """
        if self._taking.total() >= self._in_flight or self._taking[agent_id] >= _AT_ONCE_FROM_ONE:
            raise TooManyRequests(after=1)
        return _Admission(self._taking, agent_id, self._telemetry)

    async def take(self, agent_id: str, body: bytes) -> None:
        """Store a batch; returns when it is on disk.

        Raises:
            AlreadyStored: the ledger has it; nothing was changed.
            RejectedBatch: it will never fit; it was quarantined.
            TooManyReadings: it has to be split.
            Unavailable: a store does not answer; it may be sent again.
        """
        order = self._order.setdefault(agent_id, asyncio.Lock())
        with self._telemetry.batch_seconds.time():
            try:
                async with order:
                    readings = await self.run(self._take, agent_id, body)
            except FleetError as error:
                self._telemetry.batches.labels(error.code).inc()
                raise
        self._telemetry.batches.labels("stored").inc()
        self._telemetry.readings.inc(readings)
        self._telemetry.batch_bytes.inc(len(body))

    def _take(self, agent_id: str, body: bytes) -> int:
        try:
            return self._decode_and_store(agent_id, body)
        except RejectedBatch as error:
            logger.warning("batch of agent %s refused: %s %s", agent_id, error.code, error.detail)
            self._telemetry.quarantined.labels(error.code).inc()
            self._quarantine.keep(body, agent=agent_id, reason=error.code, detail=error.detail)
            raise

    def _decode_and_store(self, agent_id: str, body: bytes) -> int:
        now = datetime.now(UTC)
        try:
            batch = decode_batch(body)
        except MalformedBatch as error:
            raise RejectedBatch("batch_malformed", str(error)) from None
        readings = check_shape(batch, agent_id, int(now.timestamp() * 1000))
        key = BatchKey(batch.agent, batch.epoch, batch.sequence)
        if self._store.stored(key):
            raise AlreadyStored(epoch=batch.epoch, sequence=batch.sequence)
        polls, refusals = self._register(agent_id, batch, now)
        if not self._append(key, polls):
            raise AlreadyStored(epoch=batch.epoch, sequence=batch.sequence)
        if refusals:
            self._left_out(agent_id, body, refusals)
            readings = sum(len(block) for poll in polls for block in poll.blocks)
        return readings

    def _left_out(self, agent_id: str, body: bytes, refusals: tuple[RejectedBatch, ...]) -> None:
        """Count what the agent may not write, and keep the batch for a look."""
        for refusal in refusals:
            self._telemetry.polls_left_out.labels(refusal.code).inc()
        first = refusals[0]
        logger.warning(
            "%d polls of agent %s left out, the first: %s", len(refusals), agent_id, first.detail
        )
        self._quarantine.keep(body, agent=agent_id, reason=first.code, detail=first.detail)

    def _register(
        self, agent_id: str, batch: Batch, now: datetime
    ) -> tuple[tuple[Poll, ...], tuple[RejectedBatch, ...]]:
        """Bring the register up to date with what the agent may write, in one transaction.

        Returns those polls, and why others are left out.
        """
        try:
            with unit_of_work(self._sessions) as session:
                agents = AgentRepository(session, Scope.everything())
                authorised = agents.authorised_schools(agent_id)
                owners = owners_of(session, {poll.subject for poll in batch.polls})
                ours, refusals = part_foreign(batch.polls, authorised, owners)
                record_polls(session, ours, now, agent_id=agent_id, cadence=self._cadence)
                record_parts(session, ours)
                self._report(session, batch, authorised, now)
                heard_from(
                    session, agent_id, now=now, status=batch.status, created_at=batch.created_at
                )
        except DataError as error:
            logger.exception("the database cannot hold a value of agent %s", agent_id)
            raise RejectedBatch("batch_unstorable", type(error.orig).__name__) from None
        except SQLAlchemyError as error:
            logger.exception("the database does not take a batch")
            raise Unavailable(after=_RETRY_SECONDS) from error
        return ours, refusals

    def _report(
        self, session: Session, batch: Batch, authorised: Collection[str], now: datetime
    ) -> None:
        """Store what came beside the readings."""
        if not batch.reports:
            return
        source = Source(batch.agent, batch.epoch, batch.sequence, frozenset(authorised), now)
        left_out = record_reports(session, source, batch.reports)
        self._telemetry.reports.inc(len(batch.reports) - left_out)
        if left_out:
            self._telemetry.reports_left_out.inc(left_out)
            logger.warning("%d reports of agent %s left out", left_out, batch.agent)

    def _append(self, key: BatchKey, polls: tuple[Poll, ...]) -> bool:
        rows = tuple(Rows(poll.subject, poll.taken_at, poll.blocks) for poll in polls)
        try:
            with self._telemetry.commit_seconds.time():
                return self._store.append([Append(key, rows)])[0]
        except Exception as error:
            logger.exception("the metric store does not take a batch")
            raise Unavailable(after=_RETRY_SECONDS) from error


class _Admission:
    """Context manager: counted while inside."""

    def __init__(self, taking: Counter[str], agent_id: str, telemetry: Telemetry) -> None:
        self._taking = taking
        self._agent_id = agent_id
        self._telemetry = telemetry

    def __enter__(self) -> None:
        self._taking[self._agent_id] += 1
        self._telemetry.in_flight.inc()

    def __exit__(self, *_: object) -> None:
        self._taking[self._agent_id] -= 1
        if not self._taking[self._agent_id]:
            del self._taking[self._agent_id]
        self._telemetry.in_flight.dec()
