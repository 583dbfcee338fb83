"""How many packets a second leave this box for one purpose, whoever sends them."""

import asyncio

#: Packets that may leave at once after a rest, in seconds' worth.
_BURST_SECONDS = 0.05


class PacketRate:
    """One budget for many senders, handed out first come, first served.

    Args:
        per_second: packets; over any longer time no more than this leave.
    """

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        #: Packets counted so far.
        self.sent = 0
        self._step = 1.0 / per_second
        self._free_at = 0.0

    async def take(self, packets: int = 1) -> None:
        """Wait until so many packets may be sent."""
        delay = self._reserve(packets)
        if delay > 0:
            await asyncio.sleep(delay)

    def owe(self, packets: int = 1) -> None:
        """Count packets that could not wait; those after them wait the longer."""
        self._reserve(packets)

    def _reserve(self, packets: int) -> float:
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now - _BURST_SECONDS) + packets * self._step
        self.sent += packets
        return self._free_at - now
