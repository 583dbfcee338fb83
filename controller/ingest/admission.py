"""Who may send now: places among the batches in flight, counted and weighed."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from controller.errors import TooManyRequests
from controller.telemetry import Telemetry

#: An agent sends one batch after the other; more at once is a mistake or an attack.
AT_ONCE_FROM_ONE = 4
_RETRY_SECONDS = 1
#: Gives a batch in flight another weight, in bytes; raises ``TooManyRequests``.
Weigh = Callable[[int], None]


class Admission:
    """Bounds the batches in flight, by number and by the memory they take; on the event loop.

    Args:
        most: batches at once.
        most_bytes: of memory they take together; one that takes more by itself may go alone.
    """

    def __init__(self, telemetry: Telemetry, *, most: int, most_bytes: int) -> None:
        self._telemetry = telemetry
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._taking: Counter[str] = Counter()

    @contextmanager
    def place(self, agent_id: str, size: int) -> Iterator[Weigh]:
        """A place for a batch of so many bytes; inside, it can be weighed anew.

        Raises:
            TooManyRequests: no place, for anybody or for this agent.
        """
        if self._taking.total() >= self._most or self._taking[agent_id] >= AT_ONCE_FROM_ONE:
            raise TooManyRequests(after=_RETRY_SECONDS)
        weight = 0

        def weigh(size: int) -> None:
            nonlocal weight
            others = self._bytes - weight
            if others and others + size > self._most_bytes:
                raise TooManyRequests(after=_RETRY_SECONDS)
            self._bytes, weight = others + size, size
            self._telemetry.in_flight_bytes.set(self._bytes)

        weigh(size)
        self._taking[agent_id] += 1
        self._telemetry.in_flight.inc()
        try:
            yield weigh
        finally:
            weigh(0)
            self._taking[agent_id] -= 1
            if not self._taking[agent_id]:
                del self._taking[agent_id]
            self._telemetry.in_flight.dec()
