"""A few threads that work off what has gathered: the more waits, the more is done at once.

A commit costs one write to disk, and a statement costs the more a row the fewer rows it has. So
batches that came while others were being written are written together.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)
Item = TypeVar("Item")
Half = TypeVar("Half")
Result = TypeVar("Result")
#: Readings stored, or why none were.
Outcome = int | Exception


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item]):
    item: Item
    loop: asyncio.AbstractEventLoop
    outcome: asyncio.Future[int]


class Lanes(Generic[Item, Half]):
    """Takes items from coroutines and gives each what came of it, a group of them at a time.

    Args:
        first: what is done with a group first.
        second: what is done with what ``first`` made of it, while another thread may be at
            ``first`` with the next group; returns an outcome an item, in their order.
        threads: groups under way at the same moment.
        one_at_a_time: whether only one group may be at ``first``.
        most: items in a group.
        weigh: what an item weighs.
        enough: a group that weighs so much takes no further item.
        pace: seconds between the beginnings of two groups, at least: an item that comes alone is
            done at once, those that follow closely gather meanwhile.
    """

    def __init__(
        self,
        first: Callable[[Sequence[Item]], Half],
        second: Callable[[Half], Sequence[Outcome]],
        *,
        threads: int,
        one_at_a_time: bool,
        most: int,
        weigh: Callable[[Item], int] = lambda _: 0,
        enough: int = 1,
        pace: float = 0.0,
    ) -> None:
        self._first = first
        self._second = second
        self._most = most
        self._weigh = weigh
        self._enough = enough
        self._pace = pace
        self._next_at = 0.0
        self._queue: SimpleQueue[_Waiting[Item] | None] = SimpleQueue()
        # Whoever has the turn gathers last, so that a group is as large as can be.
        self._turn: AbstractContextManager[object] = Lock() if one_at_a_time else nullcontext()
        self._threads = [Thread(target=self._run, name=f"lane-{n}") for n in range(threads)]
        for thread in self._threads:
            thread.start()

    async def submit(self, item: Item) -> int:
        """Have an item done; returns or raises what came of it."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(item, loop, loop.create_future())
        self._queue.put(waiting)
        return await waiting.outcome

    def close(self) -> None:
        """Finish what was submitted."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._turn:
                group = self._gather()
                if not group:
                    return
                half = self._guarded(self._first, [waiting.item for waiting in group])
            outcomes = half if isinstance(half, Exception) else self._guarded(self._second, half)
            if isinstance(outcomes, Exception):
                outcomes = [outcomes] * len(group)
            _tell(list(zip(group, outcomes, strict=True)))

    def _gather(self) -> list[_Waiting[Item]]:
        """What waits, once something does; nothing when it is time to end."""
        group: list[_Waiting[Item]] = []
        weight = 0
        found = self._queue.get()
        if found is not None:
            self._let_gather()
        with suppress(Empty):
            while found is not None:
                group.append(found)
                weight += self._weigh(found.item)
                if len(group) == self._most or weight >= self._enough:
                    return group
                found = self._queue.get_nowait()
            if group:
                self._queue.put(None)  # the end is for the next round
        return group

    def _let_gather(self) -> None:
        now = time.monotonic()
        begins = max(now, self._next_at)
        self._next_at = begins + self._pace
        if begins > now:
            time.sleep(begins - now)

    def _guarded(self, work: Callable[..., Result], what: object) -> Result | Exception:
        try:
            return work(what)
        except Exception as error:
            logger.exception("a group of batches failed")
            return error


def _tell(outcomes: Sequence[tuple[_Waiting[Item], Outcome]]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[int], Outcome]]] = {}
    for waiting, outcome in outcomes:
        by_loop.setdefault(waiting.loop, []).append((waiting.outcome, outcome))
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            loop.call_soon_threadsafe(_settle, told)


def _settle(told: Sequence[tuple[asyncio.Future[int], Outcome]]) -> None:
    for future, outcome in told:
        if future.done():
            continue  # whoever asked has gone; what was begun is done all the same
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
