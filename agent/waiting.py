"""Pauses that somebody may cut short."""

import asyncio
from collections.abc import Awaitable, Callable


class Rest:
    """A pause between two tries, over before its time when :meth:`end` is called.

    Args:
        sleep: waits.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._over = asyncio.Event()

    def end(self) -> None:
        """End the pause under way, if there is one."""
        self._over.set()

    async def take(self, seconds: float) -> None:
        """Wait so long, or until somebody ends it."""
        self._over.clear()
        parts = {
            asyncio.ensure_future(self._sleep(seconds)),
            asyncio.ensure_future(self._over.wait()),
        }
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
