"""How many polls run at once, such that the dead never hold what the living need.

The SNMP engine paces its datagrams itself; these slots bound the memory of polls under way. A
poll that takes much longer than polls usually do gives its slot to the next one and goes on
without: it waits for a datagram, and costs next to nothing until that comes. Devices that did not
answer last time have slots of their own, and give them back sooner. Who waits is served by
importance, and beats have slots of their own: they never queue behind inventories.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush

from agent.watch.want import Want

#: A poll without an answer gives its slot back after this, or after so many usual polls.
_LEAST_PATIENCE_SECONDS = 0.5
_USUAL_POLLS = 4.0
#: What a poll is taken to need before there was any.
_FIRST_USUAL_SECONDS = 0.25
_SILENT_PATIENCE_SECONDS = 0.25


class _Queue:
    """A semaphore whose waiters are served by importance, then in turn."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._number = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    async def acquire(self, want: Want) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._number += 1
        heappush(self._waiting, (want, self._number, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        while self._waiting:
            turn = heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)  # the slot is handed on
                return
        self._free += 1


class Slots:
    """Slots for polls.

    Args:
        most: polls of living devices at the same moment, and as many of silent ones.
    """

    def __init__(self, most: int) -> None:
        self._living = _Queue(most)
        self._silent = _Queue(most)
        self._beats = _Queue(most)
        # On a busy box everything takes longer; patience grows with it, or the slots were none.
        self._usual = _FIRST_USUAL_SECONDS

    @asynccontextmanager
    async def turn(self, *, alive: bool, want: Want = Want.tables) -> AsyncIterator[None]:
        """Wait for a slot and hold it for the body, or as long as patience lasts."""
        slots = self._living if alive else self._silent
        beat = want is Want.reachability
        if alive and beat:
            slots = self._beats
        await slots.acquire(want)
        held = True

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                slots.release()

        loop = asyncio.get_running_loop()
        began = loop.time()
        patience = _SILENT_PATIENCE_SECONDS
        if alive:
            # A beat is one datagram: it keeps no other waiting for longer than the least.
            usual = 0.0 if beat else _USUAL_POLLS * self._usual
            patience = max(_LEAST_PATIENCE_SECONDS, usual)
        timer = loop.call_later(patience, give_back)
        try:
            yield
        finally:
            timer.cancel()
            if alive and not beat:
                # One that hangs says little; when all take longer, patience has to follow.
                seconds = min(loop.time() - began, _USUAL_POLLS * self._usual)
                self._usual += (seconds - self._usual) / 32
            give_back()
