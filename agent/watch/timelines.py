"""Each device has its own timeline: polled, waited, polled again; none waits for another.

A plain task a device. APScheduler costs 0.1 ms a run, which a thousand devices a minute would
notice, and it knows nothing of slots (``agent.watch.slots``).
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from agent.uplink.batcher import Batcher
from agent.watch.device import Want
from agent.watch.slots import Slots
from drivers.plan import Cadence, Plan, Target
from drivers.readings import Poll

#: The first polls after a start are spread over so many seconds a device, inventory and all.
_SPREAD_SECONDS = 0.02
_LONGEST_SPREAD = 30.0
#: A beat comes up to this share early, or late.
_JITTER = 0.05


class Device(Protocol):
    """What a timeline needs of a device, whatever it speaks."""

    @property
    def alive(self) -> bool:
        """Whether the last poll found it alive."""
        ...

    def due(self, now: float) -> Want:
        """What a poll at ``now`` has to read."""
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


#: How a device is made of a target.
MakeDevice = Callable[[Target], Device]


class Timelines:
    """The running tasks, one a device of the plan.

    Args:
        make: makes a device of a target.
        batcher: takes the polls.
        polled: told of every poll, for the metrics.
        concurrency: polls of living devices at the same moment.
        jitter: random numbers in [0, 1).
    """

    def __init__(
        self,
        make: MakeDevice,
        batcher: Batcher,
        *,
        polled: Callable[[Poll], None] = lambda _: None,
        concurrency: int = 200,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._make = make
        self._batcher = batcher
        self._polled = polled
        self._jitter = jitter
        self._slots = Slots(concurrency)
        self._cadence = Cadence()
        self._running: dict[str, tuple[Target, asyncio.Task[None]]] = {}
        self._alarms: dict[str, tuple[Device, asyncio.Event]] = {}

    def __len__(self) -> int:
        return len(self._running)

    async def follow(self, plan: Plan) -> list[str]:
        """Begin, end and restart timelines as the plan says; returns the ids no longer polled.

        A device whose target did not change keeps its timeline, and with it all it has learned.
        """
        self._cadence = plan.cadence
        wanted = {t.id: t for t in plan.targets if (t.snmp or t.pjlink) and t.address}
        ended = [
            (id_, task)
            for id_, (target, task) in self._running.items()
            if wanted.get(id_) != target
        ]
        for id_, task in ended:
            task.cancel()
            del self._running[id_], self._alarms[id_]
        await asyncio.gather(*(task for _, task in ended), return_exceptions=True)
        fresh = [target for id_, target in wanted.items() if id_ not in self._running]
        spread = min(len(fresh) * _SPREAD_SECONDS, _LONGEST_SPREAD)
        for target in fresh:
            device = self._make(target)
            alarm = asyncio.Event()
            task = asyncio.create_task(self._timeline(device, alarm, self._jitter() * spread))
            self._running[target.id] = (target, task)
            self._alarms[target.id] = (device, alarm)
        return [id_ for id_, _ in ended if id_ not in wanted]

    def hurry(self, id_: str, want: Want) -> bool:
        """Poll a device now, at least this much of it; whether it is polled at all."""
        if id_ not in self._alarms:
            return False
        device, alarm = self._alarms[id_]
        device.hurry(want)
        alarm.set()
        return True

    async def close(self) -> None:
        """End all timelines; polls under way are given up."""
        tasks = [task for _, task in self._running.values()]
        self._running.clear()
        self._alarms.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _timeline(self, device: Device, alarm: asyncio.Event, delay: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(delay)
        while True:
            began = loop.time()
            alarm.clear()
            async with self._slots.turn(alive=device.alive):
                want = device.due(loop.time())
                poll = await device.poll(want)
            device.done(want, loop.time(), self._cadence)
            self._polled(poll)
            self._batcher.keep(poll)
            await self._batcher.room()
            # Beats count from the beginning of a poll: a slow device keeps its cadence.
            interval = device.interval(self._cadence)
            pause = interval * (1 + _JITTER * (2 * self._jitter() - 1)) - (loop.time() - began)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(pause, min(1.0, interval / 2))):
                    await alarm.wait()
