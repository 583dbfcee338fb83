"""Many boxes in one process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from benchmarks.citywide.box import Box
from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.http import Lost
from benchmarks.citywide.register import Place
from benchmarks.citywide.tally import Tally

#: Neighbours in the register are far from each other in time.
_GOLDEN = 0.6180339887498949
_TRIES = 4


class Load:
    """Boxes that begin one after the other within ``every`` seconds.

    Args:
        where: host and port of the controller, or of what stands in front of several.
        every: seconds between two batches of a box.
        long_polls: whether boxes wait for plans and commands, two connections each.
        journal: whether the names of all batches that were taken are kept.
    """

    def __init__(
        self,
        places: Sequence[Place],
        estate: Estate,
        where: tuple[str, int],
        *,
        every: float,
        long_polls: bool = True,
        journal: bool = False,
    ) -> None:
        self.tally = Tally(acknowledged=[] if journal else None)
        self.boxes = [Box(place, estate, where, self.tally, every=every) for place in places]
        self._every = every
        self._long_polls = long_polls

    async def enrol(self) -> None:
        """Have every box trade its token, a few at a time; without an answer it tries again.

        Raises:
            NotEnrolled: the controller refuses one.
            Lost: it does not answer.
        """
        room = asyncio.Semaphore(4)

        async def one(box: Box) -> None:
            async with room:
                for _ in range(_TRIES):
                    with suppress(Lost):
                        await box.enrol()
                        return
                await box.enrol()

        await asyncio.gather(*(one(box) for box in self.boxes))

    async def join(self) -> None:
        """Have every box fetch its plan and say that it works by it, a few at a time.

        Real boxes keep their plan through restarts of both sides: a day on which all of them come
        at once with none does not exist.

        Raises:
            Lost: the controller has none for one of them.
        """
        room = asyncio.Semaphore(4)

        async def one(box: Box) -> None:
            async with room:
                await box.join()

        await asyncio.gather(*(one(box) for box in self.boxes))

    async def run(self, meanwhile: Awaitable[object], *, drain: float = 30.0) -> bool:
        """Let all boxes work for as long as that takes, then send what still waits.

        Every box has read something before, so that each posts within the first ``every`` seconds.
        Returns whether everything was taken within ``drain`` seconds more.
        """
        begin = time.time()
        starts = [begin + (n * _GOLDEN % 1 - 1) * self._every for n in range(len(self.boxes))]
        pairs = list(zip(self.boxes, starts, strict=True))
        gathering = [asyncio.create_task(box.gather(start)) for box, start in pairs]
        sending = [
            asyncio.create_task(work) for box, start in pairs for work in self._work(box, start)
        ]
        try:
            await meanwhile
            await _ended(gathering)
            with suppress(TimeoutError):
                async with asyncio.timeout(drain):
                    await asyncio.gather(*(box.emptied() for box in self.boxes))
        finally:
            await _ended(gathering)
            await _ended(sending)
            for box in self.boxes:
                box.close()
            # Let connections that were just given up go.
            await asyncio.sleep(0)
        return not any(box.waiting for box in self.boxes)

    def _work(self, box: Box, start: float) -> list[Coroutine[Any, Any, None]]:
        work = [box.send()]
        if self._long_polls:
            first = start + self._every
            work += [_from(first, box.ask_for_plans), _from(first, box.ask_for_commands)]
        return work


async def _from(start: float, ask: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(max(0.0, start - time.time()))
    await ask()


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks; raises what one of them ended with before."""
    for task in tasks:
        task.cancel()
    for one in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(one, Exception):
            raise one
