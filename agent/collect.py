"""Polls a list of devices round by round, without a controller: rates, spool, summary.

The same devices, rates, batches and spool as the running agent, so what this costs is what the
agent costs; ``benchmarks/collect.py`` measures it here.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO

import msgspec

from agent.centre.private_files import private_directory
from agent.memory import settle
from agent.uplink.batcher import Batcher
from agent.uplink.spool import SPOOL_FILE, Spool
from agent.watch.device import SnmpDevice, Want
from agent.watch.slots import Slots
from drivers.definitions import builtin_definitions
from drivers.plan import Target
from drivers.readings import ALIVE, Poll
from drivers.snmp.counters import RateKeeper
from drivers.snmp.engine import SnmpEngine

_SPOOL_BYTES = 1 << 30
_SPOOL_DAYS = 14.0
_AGENT = "collect"


class RunSummary(msgspec.Struct):
    """What a run did. ``cpu_seconds`` counts the rounds, not the start-up."""

    devices: int
    rounds: int
    polls: int = 0
    ok: int = 0
    failed: int = 0
    varbinds: int = 0
    readings: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    max_rss_bytes: int = 0


async def collect(
    targets: Iterable[Target],
    *,
    rounds: int,
    interval: float,
    out: Path | None = None,
    spool_dir: Path | None = None,
    timeout: float = 2.0,  # noqa: ASYNC109 - of one datagram, not of the run
    retries: int = 2,
    concurrency: int = 48,
    round_done: Callable[[int, RunSummary], None] = lambda _number, _summary: None,
) -> RunSummary:
    """Poll every target ``rounds`` times, beginning a round every ``interval`` seconds.

    Args:
        targets: devices to poll.
        rounds: how often.
        interval: seconds from the beginning of a round to that of the next; a round that takes
            longer is followed at once.
        out: file to which every poll is written as a line of JSON.
        spool_dir: folder of a durable spool; batches stay in it.
        timeout: seconds to wait for one datagram.
        retries: how often to ask again for a lost one.
        concurrency: polls of living devices under way at once.
        round_done: told of each round.

    Raises:
        OSError: a file cannot be written.
    """
    rates = RateKeeper()
    definitions = builtin_definitions()
    with ExitStack() as files:
        lines = files.enter_context(out.open("w", encoding="utf-8")) if out else None
        batcher = _batcher(spool_dir, files) if spool_dir else None
        async with SnmpEngine() as engine:
            devices = [
                SnmpDevice(
                    target,
                    partial(
                        engine.session,
                        target.address or "",
                        target.port,
                        target.snmp,
                        timeout=timeout,
                        retries=retries,
                    ),
                    rates,
                    definitions=definitions,
                    clock=time.time,
                )
                for target in targets
            ]
            summary = RunSummary(len(devices), rounds)
            sink = _Sink(summary, batcher, lines)
            slots = Slots(concurrency)
            settle()
            began, cpu = time.monotonic(), time.process_time()
            for number in range(rounds):
                await asyncio.sleep(began + number * interval - time.monotonic())
                await _round(devices, slots, sink)
                round_done(number + 1, summary)
            if batcher is not None:
                await batcher.close()
            summary.varbinds = sum(device.varbinds for device in devices)
            summary.seconds = round(time.monotonic() - began, 3)
            summary.cpu_seconds = round(time.process_time() - cpu, 3)
    summary.max_rss_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
    return summary


#: ru_maxrss is in kilobytes on Linux and in bytes on macOS.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class _Sink:
    """Takes every poll: counts it, writes it down, keeps it."""

    def __init__(self, summary: RunSummary, batcher: Batcher | None, lines: TextIO | None) -> None:
        self._summary = summary
        self._batcher = batcher
        self._lines = lines

    async def take(self, device: SnmpDevice, poll: Poll) -> None:
        summary = self._summary
        summary.polls += 1
        if poll.outcome in ALIVE:
            summary.ok += 1
        else:
            summary.failed += 1
        summary.readings += sum(map(len, poll.blocks))
        if self._lines is not None:
            self._lines.write(_line(device.target, poll))
        if self._batcher is not None:
            self._batcher.keep(poll)
            await self._batcher.room()


async def _round(devices: list[SnmpDevice], slots: Slots, sink: _Sink) -> None:
    """Every device once, each waiting for its own answers only."""

    async def one(device: SnmpDevice) -> None:
        async with slots.turn(alive=device.alive):
            poll = await device.poll(Want.tables)
        await sink.take(device, poll)

    async with asyncio.TaskGroup() as tasks:
        for device in devices:
            tasks.create_task(one(device))


def _batcher(folder: Path, files: ExitStack) -> Batcher:
    private_directory(folder)
    spool = Spool(folder / SPOOL_FILE, max_bytes=_SPOOL_BYTES, max_days=_SPOOL_DAYS)
    files.callback(spool.close)
    disk = files.enter_context(ThreadPoolExecutor(1, "disk"))
    return Batcher(spool, disk, agent=_AGENT)


def _line(target: Target, poll: Poll) -> str:
    moment = datetime.fromtimestamp(poll.taken_at / 1000, UTC)
    document = {
        "id": target.id,
        "address": target.address,
        "taken_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": poll.outcome,
        "detail": poll.detail,
        "readings": [
            {"metric": r.metric, "part": r.part, "value": r.value} for r in poll.readings()
        ],
    }
    return msgspec.json.encode(document).decode() + "\n"
