"""Polls are gathered into batches and put into the spool, off the event loop.

Writing waits for the disk (one fsync a batch, a second on a worn SD card), so it happens on one
thread of its own; SNMP answers keep being read meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from agent.uplink.spool import Encoder, Spool, SpoolFull
from drivers.readings import (
    MAX_READINGS_A_BATCH,
    WIRE_VERSION,
    AgentStatus,
    Batch,
    Block,
    CommandResult,
    Configuration,
    Poll,
    Report,
    encode_batch,
)

log = logging.getLogger(__name__)

#: Polls wait for the disk rather than fill the memory beyond this many batches' worth.
_MAX_BATCHES_IN_MEMORY = 4
#: About what a reading takes before compression.
_BYTES_A_READING = 20


def weight(poll: Poll) -> int:
    """Readings in a poll; a row of its facts counts as one, so that facts are bounded, too."""
    facts = poll.facts
    rows = len(facts.ports) + len(facts.components) + len(facts.neighbours) if facts else 0
    return sum(map(len, poll.blocks)) + rows


def weight_of_report(report: Report) -> int:
    """Readings that would take about as many bytes as a report."""
    match report:
        case Configuration():
            size = len(report.text)
        case CommandResult():
            size = len(report.attachment)
        case _:
            size = 0
    return 1 + size // _BYTES_A_READING


def split_poll(poll: Poll, limit: int) -> list[Poll]:
    """Cut a poll into polls of the same moment with at most ``limit`` readings each.

    Facts are not cut; they travel with the first part.
    """
    groups: list[list[Block]] = [[]]
    room = limit
    for block in poll.blocks:
        for piece in _cut(block, limit):
            if len(piece) > room and groups[-1]:
                groups.append([])
                room = limit
            groups[-1].append(piece)
            room -= len(piece)
    first = msgspec.structs.replace(poll, blocks=tuple(groups[0]))
    return [first] + [
        msgspec.structs.replace(poll, blocks=tuple(group), facts=None) for group in groups[1:]
    ]


def _cut(block: Block, limit: int) -> list[Block]:
    rows = max(1, limit // max(1, len(block.columns)))
    if len(block.parts) <= rows:
        return [block]
    return [
        Block(
            block.parts[start : start + rows],
            {metric: values[start : start + rows] for metric, values in block.columns.items()},
        )
        for start in range(0, len(block.parts), rows)
    ]


def encoder(
    agent: str,
    polls: tuple[Poll, ...],
    *,
    now_ms: int,
    status: AgentStatus | None,
    reports: tuple[Report, ...] = (),
) -> Encoder:
    """Bytes of these polls and reports, once the spool has given them a name."""

    def encode(epoch: str, sequence: int) -> bytes:
        return encode_batch(
            Batch(WIRE_VERSION, agent, epoch, sequence, now_ms, polls, status, reports), level=1
        )

    return encode


class Batcher:
    """Takes polls from the event loop and keeps them.

    Args:
        agent: id under which batches are sent.
        status: how the box is, asked for each batch.
        stored: called on the event loop after each batch that went into the spool.
    """

    def __init__(
        self,
        spool: Spool,
        disk: ThreadPoolExecutor,
        *,
        agent: str,
        status: Callable[[], AgentStatus | None] = lambda: None,
        stored: Callable[[], None] = lambda: None,
        max_seconds: float = 10.0,
        max_readings: int = MAX_READINGS_A_BATCH,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._spool = spool
        self._disk = disk
        self._agent = agent
        self._status = status
        self._stored = stored
        self._max_seconds = max_seconds
        self._max_readings = max_readings
        self._clock = clock
        self._polls: list[Poll] = []
        self._reports: list[Report] = []
        self._weight = 0
        self._writing: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._failing = False

    def keep(self, poll: Poll) -> None:
        """Take a poll; it is in the spool at most ``max_seconds`` later."""
        size = weight(poll)
        parts = [poll] if size <= self._max_readings else split_poll(poll, self._max_readings)
        for part in parts:
            self._make_room(weight(part))
            self._polls.append(part)
        self._schedule()

    def report(self, report: Report) -> None:
        """Take what travels beside the readings; it goes through the spool as they do."""
        self._make_room(weight_of_report(report))
        self._reports.append(report)
        self._schedule()

    def _make_room(self, size: int) -> None:
        if self._weight and self._weight + size > self._max_readings:
            self._flush()
        self._weight += size

    def _schedule(self) -> None:
        if self._weight >= self._max_readings:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._max_seconds, self._flush)

    async def room(self) -> None:
        """Wait while the disk is far behind; at once otherwise."""
        while len(self._writing) >= _MAX_BATCHES_IN_MEMORY:
            await asyncio.wait(self._writing, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Put the rest into the spool; returns when it is there."""
        self._flush()
        while self._writing:
            await asyncio.wait(self._writing)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._polls and not self._reports:
            return
        polls, reports, size = tuple(self._polls), tuple(self._reports), self._weight
        self._polls, self._reports, self._weight = [], [], 0
        task = asyncio.get_running_loop().create_task(self._write(polls, reports, size))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, polls: tuple[Poll, ...], reports: tuple[Report, ...], size: int) -> None:
        now_ms = int(self._clock() * 1000)
        encode = encoder(self._agent, polls, now_ms=now_ms, status=self._status(), reports=reports)
        put = partial(self._spool.put, encode, readings=size, now_ms=now_ms)
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, put)
        except SpoolFull as error:
            self._spool.count_dropped(1)
            if not self._failing:
                log.error("readings cannot be kept: %s", error)
            self._failing = True
            return
        if self._failing:
            log.info("readings are being kept again")
        self._failing = False
        self._stored()
