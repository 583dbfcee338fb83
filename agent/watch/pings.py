"""Echo requests to devices of the plan: one burst each a beat, spread over the beat.

They go their own way beside the timelines. For a device that is watched by a protocol they are
readings and no more; only for one that is watched by nothing else they say how it is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from drivers.ping import Pinger
from drivers.plan import Plan, Target
from drivers.readings import ALIVE, Outcome, Poll

log = logging.getLogger(__name__)

#: Bursts begin within this share of a beat, so that the last ones end with it.
_SPREAD = 0.8


class Pings:
    """The running bursts.

    Args:
        keep: takes each poll, at once.
        pinger: sends the requests; where the box may not, nothing is kept and nothing claimed.
        clock: seconds since the epoch, for ``taken_at``.
    """

    def __init__(
        self, keep: Callable[[Poll], None], pinger: Pinger, *, clock: Callable[[], float]
    ) -> None:
        self._keep = keep
        self._pinger = pinger
        self._clock = clock
        self._following: tuple[Sequence[Target], float] = ((), 0.0)
        self._task: asyncio.Task[None] | None = None
        self._outcomes: dict[str, Outcome] = {}

    async def follow(self, plan: Plan) -> None:
        """Begin anew when the devices to ping changed; else leave all as it is."""
        targets = tuple(t for t in plan.targets if t.ping and t.address)
        wanted = (targets, plan.cadence.reachability)
        if wanted == self._following:
            return
        await self.close()
        self._following = wanted
        self._outcomes = {t.id: o for t in targets if (o := self._outcomes.get(t.id))}
        if targets:
            self._task = asyncio.create_task(self._run(targets, plan.cadence.reachability))

    async def close(self) -> None:
        """Stop; bursts under way are given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self, targets: Sequence[Target], beat: float) -> None:
        loop = asyncio.get_running_loop()
        gap = beat * _SPREAD / len(targets)
        while True:
            began = loop.time()
            async with asyncio.TaskGroup() as bursts:
                for number, target in enumerate(targets):
                    await asyncio.sleep(max(0.0, began + number * gap - loop.time()))
                    bursts.create_task(self._burst(target))
            await asyncio.sleep(max(beat - (loop.time() - began), min(1.0, beat / 2)))

    async def _burst(self, target: Target) -> None:
        try:
            read = await self._pinger.ping(target.address or "")
        except Exception:
            # One address's surprise must not end the pinging of the others.
            log.exception("pinging %s failed", target.id)
            return
        if read is None:
            return
        alone = is_alone(target)
        if alone:
            self._tell(target, read.outcome, read.detail)
        self._keep(
            Poll(
                subject=target.id,
                school=target.school,
                taken_at=int(self._clock() * 1000),
                outcome=read.outcome,
                detail=read.detail if alone else "",
                blocks=(read.block,),
                beside=not alone,
            )
        )

    def _tell(self, target: Target, outcome: Outcome, detail: str) -> None:
        before = self._outcomes.get(target.id)
        self._outcomes[target.id] = outcome
        if before is not outcome and (before is not None or outcome not in ALIVE):
            log.info("%s: %s %s", target.id, outcome.value, detail)


def answers_with(pinger: Pinger) -> Callable[[str], Awaitable[bool | None]]:
    """Whether an address answers; ``None`` where the box may not ask."""

    async def answers(address: str) -> bool | None:
        read = await pinger.ping(address)
        return None if read is None else read.outcome in ALIVE

    return answers


def is_alone(target: Target) -> bool:
    """Whether echo requests are all that tells how a device is."""
    return not (target.speaks or target.presence)
