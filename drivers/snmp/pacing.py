"""How much is in flight at once: slots for the living that the dead cannot hold.

The limit grows while replies come and requests wait, and shrinks when this process cannot
keep up (a drain finds its socket still full), when replies come after they were given up, or
when more of the living need a second attempt than a bad line explains: more in flight would
then only make the queues longer. After losses it grows by one a round trip, as TCP does
(RFC 5681: slow start up to a threshold, then additive increase, multiplicative decrease). It
never exceeds what the receive buffer holds, so a burst of replies is not lost in our own kernel.
"""

import asyncio
from collections import deque

_SMALLEST = 32
_FIRST = 64
_LARGEST = 2048
#: Of so many requests answered at least, a share above this needed a second attempt: congestion.
#: A radio link that loses one datagram in twenty stays below it, whatever is in flight.
_FEWEST_JUDGED = 64
_CONGESTED = 0.15
_BACK_OFF = 0.7


class Gate:
    """Slots, handed out first come, first served."""

    def __init__(self, limit: int) -> None:
        self.limit = float(limit)
        self.held = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    async def acquire(self) -> None:
        if self.held < self.limit and not self._queue:
            self.held += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def take(self) -> None:
        """Take a slot without waiting, over the limit if need be."""
        self.held += 1

    def release(self) -> None:
        self.held -= 1
        self.admit()

    def admit(self) -> None:
        """Let in who waits, as far as the limit allows."""
        while self._queue and self.held < self.limit:
            turn = self._queue.popleft()
            if not turn.done():
                self.held += 1
                turn.set_result(None)


class AdaptiveGate(Gate):
    """A gate whose limit follows what the process and the network can take."""

    def __init__(self, capacity: int, *, first: int | None = None) -> None:
        self._most = max(_SMALLEST, min(_LARGEST, capacity))
        super().__init__(min(first or _FIRST, self._most))
        self._threshold = float(self._most)
        self._answered = self._retried = 0

    def drained(self, count: int, *, full: bool) -> None:
        """``count`` datagrams were read at once; ``full``: and more were left."""
        if full:
            self.limit = max(_SMALLEST, self.limit * 0.97)
        elif self._queue:
            more = count if self.limit < self._threshold else count / self.limit
            self.limit = min(self._most, self.limit + more)
            self.admit()

    def answered(self, *, retried: bool) -> None:
        """A living device answered; ``retried``: not to the first attempt."""
        self._answered += 1
        self._retried += retried
        if self._answered >= max(_FEWEST_JUDGED, self.limit):
            if self._retried > _CONGESTED * self._answered:
                self._shrink(_BACK_OFF)
            self._answered = self._retried = 0

    def overrun(self) -> None:
        """A reply came after its request had been given up."""
        self._shrink(0.8)

    def _shrink(self, factor: float) -> None:
        self.limit = self._threshold = max(_SMALLEST, self.limit * factor)


class Turn:
    """One device's stay in flight, from the first request of a get or walk to its last.

    A device that did not answer last time waits at the ``doubtful`` gate; one that lets us
    wait now gives its slot back until it answers.
    """

    __slots__ = ("_gate", "_living")

    def __init__(self, living: AdaptiveGate) -> None:
        self._living = living
        self._gate: Gate | None = None

    async def begin(self, gate: Gate) -> None:
        await gate.acquire()
        self._gate = gate

    def waits_long(self) -> None:
        """No answer in good time: the slot is for others. A doubtful one keeps its own."""
        if self._gate is self._living:
            self._living.release()
            self._gate = None

    def answered(self) -> None:
        """Alive: back among the living, without queueing again in the middle of a walk."""
        if self._gate is not self._living:
            self._living.take()
            if self._gate is not None:
                self._gate.release()
            self._gate = self._living

    def end(self) -> None:
        if self._gate is not None:
            self._gate.release()
            self._gate = None
