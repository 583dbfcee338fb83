"""How many polls run at once, such that the dead never hold what the living need.

The SNMP engine paces its datagrams itself; these slots bound the memory of polls under way. A
poll that is still waiting after a moment gives its slot to the next one and goes on without: it
waits for a datagram, and costs nothing until that comes. Devices that did not answer last time
queue for a few slots of their own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: A living device on a school network answers everything well within this.
_PATIENCE_SECONDS = 0.5
#: Share of the slots that devices known to be silent have between them.
_SILENT_SHARE = 0.1


class Slots:
    """Slots for polls.

    Args:
        most: polls of living devices at the same moment.
        patience: seconds after which a poll goes on without its slot.
    """

    def __init__(self, most: int, *, patience: float = _PATIENCE_SECONDS) -> None:
        self._living = asyncio.Semaphore(most)
        self._silent = asyncio.Semaphore(max(4, int(most * _SILENT_SHARE)))
        self._patience = patience

    @asynccontextmanager
    async def turn(self, *, alive: bool) -> AsyncIterator[None]:
        """Wait for a slot and hold it for the body, or as long as patience lasts."""
        slots = self._living if alive else self._silent
        await slots.acquire()
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            if not given_back:
                given_back = True
                slots.release()

        timer = asyncio.get_running_loop().call_later(self._patience, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()
