"""Polls are gathered into batches and put into the spool, off the event loop.

Writing waits for the disk (one fsync a batch, a second on a worn SD card), so it happens on one
thread of its own; SNMP answers keep being read meanwhile. A disk that takes nothing costs the
readings their durability, not their way to the controller: they wait in a little memory instead.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from agent.uplink.cutting import (
    encoder,
    readings_in,
    split_poll,
    weight,
    weight_of_report,
    with_outcome,
)
from agent.uplink.draft import Draft
from agent.uplink.spool import Spool, SpoolFull
from drivers.readings import MAX_READINGS_A_BATCH, AgentStatus, Poll, Report

log = logging.getLogger(__name__)
#: At DEBUG a line a poll, before anything else is done with it: what was read, to be held against
#: what arrived.
journal = logging.getLogger("agent.polls")

#: Polls wait for the disk rather than fill the memory beyond this many batches' worth.
_MAX_BATCHES_IN_MEMORY = 4
#: What a disk that takes nothing may cost of the memory: half an hour of a large school.
_MAX_BYTES_IN_MEMORY = 4 << 20
_MAX_DAYS_IN_MEMORY = 1.0
#: Polls of one subject closer than this were made at the same moment.
_SAME_MOMENT_MS = 10


def memory_spool(boot: str = "") -> Spool:
    """A small spool without a disk: newest readings first, and what is too much is counted."""
    return Spool(None, max_bytes=_MAX_BYTES_IN_MEMORY, max_days=_MAX_DAYS_IN_MEMORY, boot=boot)


class Batcher:
    """Takes polls from the event loop and keeps them.

    Args:
        agent: id under which batches are sent.
        refuge: a spool in memory, for what the disk does not take.
        draft: where polls are written down until their batch is in the spool.
        status: how the box is, asked for each batch.
        stored: called on the event loop after each batch that went into the spool.
    """

    def __init__(
        self,
        spool: Spool,
        disk: ThreadPoolExecutor,
        *,
        agent: str,
        refuge: Spool | None = None,
        draft: Draft | None = None,
        status: Callable[[], AgentStatus | None] = lambda: None,
        stored: Callable[[], None] = lambda: None,
        max_seconds: float = 10.0,
        max_readings: int = MAX_READINGS_A_BATCH,
        clock: Callable[[], float] = time.time,
        since_boot_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        self._spool = spool
        self._refuge = refuge or memory_spool()
        self._draft = draft
        self._disk = disk
        self._agent = agent
        self._status = status
        self._stored = stored
        self._max_seconds = max_seconds
        self._max_readings = max_readings
        self._clock = clock
        self._since_boot_ms = since_boot_ms
        self._polls: list[Poll] = []
        self._reports: list[Report] = []
        self._last_at: dict[str, int] = {}
        self._weight = 0
        self._writing: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._failing = False

    def keep(self, poll: Poll, *, of_device: bool = True) -> None:
        """Take a poll; it is in the spool at most ``max_seconds`` later.

        Args:
            poll: as it came; that of a device gets its outcome as a reading.
            of_device: ``False`` for one of a line.
        """
        poll = self._one_a_millisecond(poll)
        if of_device and not poll.beside:
            poll = with_outcome(poll)
        size = weight(poll)
        parts = [poll] if size <= self._max_readings else split_poll(poll, self._max_readings)
        for part in parts:
            self._make_room(weight(part))
            self._polls.append(part)
            if self._draft is not None:
                self._draft.add(poll=part)
        if journal.isEnabledFor(logging.DEBUG):
            journal.debug("%s at %d: %d", poll.subject, poll.taken_at, sum(map(len, poll.blocks)))
        self._schedule()

    def _one_a_millisecond(self, poll: Poll) -> Poll:
        """The poll, a little later if its subject had one at that very time.

        A subject, a metric, a part and a time name one reading. Two parts of a device may be read
        at once, and one on a broker may say two things within a millisecond.
        """
        last = self._last_at.get(poll.subject, 0)
        if last - _SAME_MOMENT_MS < poll.taken_at <= last:
            poll = msgspec.structs.replace(poll, taken_at=last + 1)
        self._last_at[poll.subject] = poll.taken_at
        return poll

    def report(self, report: Report) -> None:
        """Take what travels beside the readings; it goes through the spool as they do."""
        self._make_room(weight_of_report(report))
        self._reports.append(report)
        if self._draft is not None:
            self._draft.add(report=report)
        self._schedule()

    async def recover(self) -> int:
        """Put into the spool what an earlier process gathered; returns how many polls.

        To be called before the first poll. What the disk does not take waits in memory.
        """
        if self._draft is None:
            return 0
        polls = 0
        for left in self._draft.left_over():
            if left.polls or left.reports:
                made = int(self._clock() * 1000), self._since_boot_ms()
                await self._write(left.polls, left.reports, left.number, *made)
                polls += len(left.polls)
        return polls

    def flush(self) -> None:
        """End the batch now: what comes next is stamped by another clock."""
        self._flush()

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
        polls, reports = tuple(self._polls), tuple(self._reports)
        self._polls, self._reports, self._weight = [], [], 0
        # Named here and not in the task: the clock may be put right in between.
        made = int(self._clock() * 1000), self._since_boot_ms()
        draft = self._draft.cut() if self._draft is not None else None
        task = asyncio.get_running_loop().create_task(self._write(polls, reports, draft, *made))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(
        self,
        polls: tuple[Poll, ...],
        reports: tuple[Report, ...],
        draft: int | None,
        now_ms: int,
        boot_ms: int,
    ) -> None:
        encode = encoder(self._agent, polls, now_ms=now_ms, status=self._status(), reports=reports)
        readings = readings_in(polls)

        def put(spool: Spool) -> None:
            spool.put(encode, readings=readings, now_ms=now_ms, boot_ms=boot_ms, draft=draft)
            if self._draft is not None and draft is not None:
                self._draft.forget(draft)

        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, put, self._spool)
        except SpoolFull as error:
            if not self._failing:
                log.error("the disk takes no readings, they stay in memory: %s", error)
            self._failing = True
            put(self._refuge)
        else:
            await self._recover(now_ms, boot_ms)
        self._stored()

    async def _recover(self, now_ms: int, boot_ms: int) -> None:
        """The disk takes readings: bring it those that were in memory."""
        if not self._failing:
            return
        move = partial(self._refuge.move_to, self._spool, now_ms=now_ms, boot_ms=boot_ms)
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, move)
        except SpoolFull:
            return  # said before; the next batch tries again
        self._failing = False
        log.info("the disk takes readings again")
