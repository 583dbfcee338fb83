"""Each device has its own timeline: polled, waited, polled again; none waits for another.

What takes longer than a beat (an inventory, a slow table) goes on beside the beats, so that even of
one device the slow part delays nothing but itself.

A device that rests is one entry of an agenda: a task of its own would take 2 kB, most of what a
box holds of a device beside its counters. APScheduler costs 0.1 ms a run, which a thousand devices
a minute would notice, and it knows nothing of slots (``agent.watch.slots``).
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Protocol, runtime_checkable

from agent.uplink.batcher import Batcher
from agent.watch.load import Load
from agent.watch.slots import Slots
from agent.watch.want import Want
from drivers.plan import Cadence, Plan, Target
from drivers.readings import Poll

log = logging.getLogger(__name__)

#: The first polls after a start are spread over so many seconds a device, inventory and all.
_SPREAD_SECONDS = 0.02
_LONGEST_SPREAD = 30.0
#: A beat comes up to this share early, or late.
_JITTER = 0.05
#: A poll that takes a longer share of the beat goes on beside the beats.
_A_WHILE = 0.25


class Device(Protocol):
    """What a timeline needs of a device, whatever it speaks."""

    @property
    def alive(self) -> bool:
        """Whether the last poll found it alive."""
        ...

    def due(self, now: float, most: Want = ...) -> Want:
        """What a poll at ``now`` has to read, going no further than ``most``."""
        ...

    def hurry(self, want: Want) -> None:
        """Have the next poll read at least this much."""
        ...

    def interval(self, cadence: Cadence) -> float:
        """Seconds until the next poll."""
        ...

    async def poll(self, want: Want) -> Poll:
        """Read the device once; never raises for its fault."""
        ...

    def done(self, want: Want, now: float, cadence: Cadence) -> None:
        """Note what a finished poll has covered."""
        ...


@runtime_checkable
class HasSlowTables(Protocol):
    """A device some of whose tables may have a cadence of their own."""

    def slow_tables(self, now: float) -> Sequence[str]:
        """Slow tables it is time for."""
        ...

    async def poll_table(self, table: str) -> Poll:
        """Read one of them; never raises for the device's fault."""
        ...

    def table_done(self, table: str, now: float, cadence: Cadence) -> None:
        """Note that it was read."""
        ...


#: How a device is made of a target.
MakeDevice = Callable[[Target], Device]


@dataclass(eq=False, slots=True)
class _Line:
    """One device's timeline: the beat under way, and the poll that has outlasted a beat.

    Args:
        entry: number of its entry in the agenda; 0 while a beat is under way.
        rung: somebody wants the next beat now.
    """

    target: Target
    device: Device
    entry: int = 0
    rung: bool = False
    beat: asyncio.Task[None] | None = None
    long: asyncio.Task[None] | None = None

    def cancel(self) -> list[asyncio.Task[None]]:
        """End it; the tasks to wait for."""
        self.entry = 0
        tasks = [task for task in (self.beat, self.long) if task is not None]
        for task in tasks:
            task.cancel()
        return tasks


class _Agenda:
    """Whose beat comes when; calls ``begin`` with each line and the moment it was due.

    One timer for all; an entry that was given up, or replaced by an earlier one, is passed over.
    """

    def __init__(self, begin: Callable[[_Line, float], None]) -> None:
        self._begin = begin
        self._entries: list[tuple[float, int, _Line]] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    def put(self, line: _Line, due: float) -> None:
        """The line's next beat is at ``due`` (the loop's clock), and at no other time."""
        self._number += 1
        line.entry = self._number
        heappush(self._entries, (due, self._number, line))
        if self._entries[0][1] == self._number:
            self._arm()

    def close(self) -> None:
        self._entries.clear()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._entries:
            self._timer = asyncio.get_running_loop().call_at(self._entries[0][0], self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._entries and self._entries[0][0] <= now:
            due, number, line = heappop(self._entries)
            if line.entry == number:
                line.entry = 0
                self._begin(line, due)
        self._arm()


class Timelines:
    """The timelines of the devices of the plan.

    Args:
        make: makes a device of a target.
        batcher: takes the polls.
        polled: told of every poll, for the metrics.
        concurrency: polls of living devices at the same moment.
        jitter: random numbers in [0, 1).
        load: says how far polls may go while the box cannot keep up.
    """

    def __init__(
        self,
        make: MakeDevice,
        batcher: Batcher,
        *,
        polled: Callable[[Poll], None] = lambda _: None,
        concurrency: int = 200,
        jitter: Callable[[], float] = random.random,
        load: Load | None = None,
    ) -> None:
        self._make = make
        self._batcher = batcher
        self._polled = polled
        self._jitter = jitter
        self._slots = Slots(concurrency)
        self._load = load or Load()
        self._cadence = Cadence()
        self._lines: dict[str, _Line] = {}
        self._agenda = _Agenda(self._begin)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def devices(self) -> Mapping[str, Device]:
        """The devices polled, by id."""
        return {id_: line.device for id_, line in self._lines.items()}

    def is_alive(self, id_: str) -> bool:
        """Whether a device of the plan answered its last poll."""
        line = self._lines.get(id_)
        return line is not None and line.device.alive

    async def follow(self, plan: Plan) -> list[str]:
        """Begin, end and restart timelines as the plan says; returns the ids no longer polled.

        A device whose target did not change keeps its timeline, and with it all it has learned.
        """
        self._cadence = plan.cadence
        wanted = {t.id: t for t in plan.targets if t.polled}
        ended = {id_: line for id_, line in self._lines.items() if wanted.get(id_) != line.target}
        tasks: list[asyncio.Task[None]] = []
        for id_, line in ended.items():
            tasks += line.cancel()
            del self._lines[id_]
        await asyncio.gather(*tasks, return_exceptions=True)
        fresh = [target for id_, target in wanted.items() if id_ not in self._lines]
        spread = min(len(fresh) * _SPREAD_SECONDS, _LONGEST_SPREAD)
        now = asyncio.get_running_loop().time()
        for target in fresh:
            line = self._lines[target.id] = _Line(target, self._make(target))
            self._agenda.put(line, now + self._jitter() * spread)
        return [id_ for id_ in ended if id_ not in wanted]

    def hurry(self, id_: str, want: Want) -> bool:
        """Poll a device now, at least this much of it; whether it is polled at all."""
        line = self._lines.get(id_)
        if line is None:
            return False
        line.device.hurry(want)
        line.rung = True
        if line.entry:
            self._agenda.put(line, asyncio.get_running_loop().time())
        return True

    async def close(self) -> None:
        """End all timelines; polls under way are given up."""
        tasks = [task for line in self._lines.values() for task in line.cancel()]
        self._lines.clear()
        self._agenda.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, line: _Line, due: float) -> None:
        line.beat = asyncio.create_task(self._beat(line, due))

    async def _beat(self, line: _Line, planned: float) -> None:
        """Poll once, and put the next beat on the agenda."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        line.rung = False  # what was asked for until now is read by this beat
        try:
            want = self._due(line, began)
            if want > Want.reachability:
                await self._read_beside(line, want, planned)
            else:
                await self._poll(line, Want.reachability, planned)
        except Exception:
            # A mistake of ours with one beat must neither pass unseen nor be the last one.
            log.exception("a beat of %s failed", line.target.id)
        # Beats count from the beginning of a poll: a slow device keeps its cadence.
        interval = line.device.interval(self._cadence)
        pause = interval * (1 + _JITTER * (2 * self._jitter() - 1)) - (loop.time() - began)
        pause = 0.0 if line.rung else max(pause, min(1.0, interval / 2))
        line.beat = None
        self._agenda.put(line, loop.time() + pause)

    async def _read_beside(self, line: _Line, want: Want, planned: float) -> None:
        """Read more than reachability; what takes long goes on beside the beats."""
        long = line.long = asyncio.create_task(self._read(line, want, planned))
        await asyncio.wait({long}, timeout=line.device.interval(self._cadence) * _A_WHILE)
        if long.done():
            line.long = None
            long.result()  # a mistake of ours is not to be swallowed
        else:
            await self._poll(line, Want.reachability, asyncio.get_running_loop().time())

    def _due(self, line: _Line, now: float) -> Want:
        """What the next poll reads, and what it leaves out because the box cannot keep up."""
        if line.long is not None and line.long.done():
            line.long = None
        if line.long is not None:
            return Want.reachability
        most = self._load.most(self._cadence)
        due = line.device.due(now)
        if due <= most:
            return due
        want = line.device.due(now, most)
        self._load.left_out(due, most)
        return want

    async def _read(self, line: _Line, want: Want, planned: float) -> None:
        """A poll of more than reachability, and behind it what is slow, each by itself."""
        loop = asyncio.get_running_loop()
        await self._poll(line, want, planned)
        device = line.device
        if not isinstance(device, HasSlowTables):
            return
        for table in device.slow_tables(loop.time()):
            async with self._slots.turn(alive=device.alive, want=Want.inventory):
                poll = await device.poll_table(table)
            device.table_done(table, loop.time(), self._cadence)
            await self._keep(poll)

    async def _poll(self, line: _Line, want: Want, planned: float) -> None:
        loop = asyncio.get_running_loop()
        device = line.device
        async with self._slots.turn(alive=device.alive, want=want):
            poll = await device.poll(want)
        device.done(want, loop.time(), self._cadence)
        await self._keep(poll)
        if device.alive:
            self._load.ended(want, loop.time() - planned)

    async def _keep(self, poll: Poll) -> None:
        self._polled(poll)
        self._batcher.keep(poll)
        await self._batcher.room()
