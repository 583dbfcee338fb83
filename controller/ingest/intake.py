"""One batch from its last byte to its answer.

Decode, check, look into the ledger, write the register, then readings and ledger in one commit,
and only then answer. The register takes the same polls twice without a change, and the ledger
takes a batch once: so a kill anywhere loses nothing that was acknowledged, and a replay of what
was not changes nothing twice.

Each step but the first two is taken for all batches that wait, and each batch is judged on its own.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar
from weakref import WeakValueDictionary

import msgspec

from controller.errors import AlreadyStored, FleetError, RejectedBatch, Unavailable
from controller.ingest.admission import Admission, Place, Weigh
from controller.ingest.checks import check_shape
from controller.ingest.lanes import Lanes, Outcome
from controller.ingest.quarantine import Quarantine
from controller.ingest.register import RETRY_SECONDS, Brought, Register, Registered
from controller.metrics.store import Append, BatchKey, MetricStore, Rows
from controller.telemetry import Telemetry
from drivers.readings import (
    Batch,
    MalformedBatch,
    Poll,
    decode_batch,
    encode_batch,
    unpacked_size,
)
from inventory.database import SessionFactory
from inventory.intake.quarantine import SetAside
from inventory.status import CADENCE

logger = logging.getLogger(__name__)
T = TypeVar("T")
#: Memory a byte of MessagePack takes once it is numbers and texts of Python.
_GROWS = 4
#: Batches written together. More share little more, and each waits for the last one.
_MOST_TOGETHER = 64
#: Seconds between two groups: a statement and a commit cost less a batch the more there are.
_PACE = 0.15
#: Polls after which no further batch is added: a statement of SQLite names 32,766 things at most,
#: one of PostgreSQL 65,535.
_ENOUGH_POLLS = 10_000


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A batch that has passed all checks that need no database."""

    brought: Brought
    key: BatchKey
    readings: int


#: What the register made of a group: each batch with what came of it so far.
_Half = list[tuple[_Arrived, Registered | Exception]]


class Intake:
    """Takes batches from many agents at once, from each in its order.

    ``quarantine`` holds what was refused.

    Args:
        in_flight: batches being taken in at once; more are told to come later.
        in_flight_bytes: memory they take together; more are told to come later.
        cadence: of reachability; polls further apart than some of it do not follow each other.
        one_writer: whether the database takes one writing transaction at a time.
        lanes: groups of batches being written at once.
        workers: threads that verify proofs and decode.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        store: MetricStore,
        quarantine: Quarantine,
        telemetry: Telemetry,
        *,
        in_flight: int,
        in_flight_bytes: int = 128 << 20,
        cadence: timedelta = CADENCE,
        one_writer: bool = True,
        lanes: int = 3,
        workers: int = 4,
    ) -> None:
        self._store = store
        self.quarantine = quarantine
        self._telemetry = telemetry
        self._register = Register(sessions, telemetry, cadence)
        self._admission = Admission(telemetry, most=in_flight, most_bytes=in_flight_bytes)
        self._order: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="ingest")
        self._lanes: Lanes[_Arrived, _Half] = Lanes(
            self._write,
            self._append,
            threads=lanes,
            one_at_a_time=one_writer,
            most=_MOST_TOGETHER,
            weigh=lambda arrived: len(arrived.brought.batch.polls),
            enough=_ENOUGH_POLLS,
            pace=_PACE,
        )

    def close(self) -> None:
        """Finish what has begun."""
        self._threads.shutdown(wait=True)
        self._lanes.close()

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do blocking work in one of the ingest threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def admit(self, size: int = 0) -> AbstractContextManager[Place]:
        """A place among the batches in flight, to be held while one is read and stored.

        Args:
            size: bytes it has as it travels, or may have.

        Raises:
            TooManyRequests: there is none.
        """
        return self._admission.place(size)

    async def take(self, agent_id: str, body: bytes, weigh: Weigh = lambda _: None) -> None:
        """Store a batch; returns when it is on disk.

        Raises:
            AlreadyStored: the ledger has it; nothing was changed.
            RejectedBatch: it will never fit; it was quarantined.
            TooManyReadings: it has to be split.
            TooManyRequests: unpacked it takes more memory than is to be had now.
            Unavailable: a store does not answer; it may be sent again.
        """
        with self._telemetry.batch_seconds.time():
            try:
                await self._take(agent_id, body, weigh, by_agent=True)
            except RejectedBatch as error:
                self._telemetry.quarantined.labels(error.code).inc()
                logger.warning(
                    "batch of agent %s refused: %s %s", agent_id, error.code, error.detail
                )
                one = SetAside(agent_id, body, error.code, error.detail)
                await self.run(self.quarantine.keep, one)
                raise

    async def take_again(self, agent_id: str, body: bytes, weigh: Weigh) -> None:
        """Store a batch that was set aside before; raises as :meth:`take`, sets nothing aside."""
        await self._take(agent_id, body, weigh, by_agent=False)

    async def _take(self, agent_id: str, body: bytes, weigh: Weigh, *, by_agent: bool) -> None:
        order = self._order.setdefault(agent_id, asyncio.Lock())
        try:
            async with order:
                try:
                    weigh(len(body) + _GROWS * unpacked_size(body))
                except MalformedBatch as error:
                    raise RejectedBatch("batch_malformed", str(error)) from None
                arrived = await self.run(self._decode, agent_id, body, by_agent)
                readings = await self._lanes.submit(arrived)
        except FleetError as error:
            self._telemetry.batches.labels(error.code).inc()
            raise
        self._telemetry.batches.labels("stored").inc()
        self._telemetry.readings.inc(readings)
        self._telemetry.batch_bytes.inc(len(body))

    def _decode(self, agent_id: str, body: bytes, by_agent: bool) -> _Arrived:
        try:
            batch = decode_batch(body)
        except MalformedBatch as error:
            raise RejectedBatch("batch_malformed", str(error)) from None
        readings = check_shape(batch, agent_id, int(datetime.now(UTC).timestamp() * 1000))
        key = BatchKey(batch.agent, batch.epoch, batch.sequence)
        if self._is_stored(key):
            raise AlreadyStored(epoch=batch.epoch, sequence=batch.sequence)
        return _Arrived(Brought(batch, by_agent), key, readings)

    def _is_stored(self, key: BatchKey) -> bool:
        try:
            return self._store.stored(key)
        except Exception as error:
            logger.exception("the ledger does not answer")
            raise Unavailable(after=RETRY_SECONDS) from error

    def _write(self, group: Sequence[_Arrived]) -> _Half:
        written = self._register.write([arrived.brought for arrived in group])
        return list(zip(group, written, strict=True))

    def _append(self, half: _Half) -> Sequence[Outcome]:
        """Readings and ledger of a group in one commit, of what the register has taken."""
        appends = [
            Append(
                arrived.key,
                tuple(Rows(poll.subject, poll.taken_at, poll.blocks) for poll in one.polls),
            )
            for arrived, one in half
            if isinstance(one, Registered)
        ]
        stored = iter(self._stored(appends))
        return [
            one if isinstance(one, Exception) else self._outcome(arrived, one, next(stored))
            for arrived, one in half
        ]

    def _stored(self, appends: Sequence[Append]) -> Sequence[bool | Exception]:
        if not appends:
            return ()
        try:
            with self._telemetry.commit_seconds.time():
                return self._store.append(appends)
        except ValueError as error:
            if len(appends) > 1:
                return [one for append in appends for one in self._stored([append])]
            logger.exception("the metric store cannot hold a batch of %s", appends[0].key.agent)
            return [RejectedBatch("batch_unstorable", type(error).__name__)]
        except Unavailable as error:
            # It knows by itself when it makes sense to come again.
            logger.warning("the metric store does not take %d batches: %s", len(appends), error)
            return [error for _ in appends]
        except Exception:
            logger.exception("the metric store does not take %d batches", len(appends))
            return [Unavailable(after=RETRY_SECONDS) for _ in appends]

    def _outcome(
        self, arrived: _Arrived, registered: Registered, stored: bool | Exception
    ) -> Outcome:
        if isinstance(stored, Exception):
            return stored
        if not stored:
            return AlreadyStored(epoch=arrived.key.epoch, sequence=arrived.key.sequence)
        if not registered.refusals:
            return arrived.readings
        self._left_out(arrived.brought.batch, registered)
        return sum(len(block) for poll in registered.polls for block in poll.blocks)

    def _left_out(self, batch: Batch, registered: Registered) -> None:
        """Count what the agent may not write, and set it aside as a batch of its own."""
        for refusal in registered.refusals:
            self._telemetry.polls_left_out.labels(refusal.code).inc()
        first = registered.refusals[0]
        logger.warning(
            "%d polls of agent %s left out, the first: %s",
            len(registered.refusals),
            batch.agent,
            first.detail,
        )
        body = encode_batch(left_out_of(batch, registered.polls))
        self.quarantine.keep(SetAside(batch.agent, body, first.code, first.detail, is_part=True))


def left_out_of(batch: Batch, taken: Collection[Poll]) -> Batch:
    """The rest of a batch, under a name that only this rest can have.

    The ledger holds the batch itself, so that what was left out could never be stored under its
    name; and the same rest, left out twice, is stored once.
    """
    kept = set(map(id, taken))
    return msgspec.structs.replace(
        batch,
        epoch=f"left-out-{sha256(batch.epoch.encode()).hexdigest()[:32]}",
        polls=tuple(poll for poll in batch.polls if id(poll) not in kept),
        reports=(),
        status=None,
    )
