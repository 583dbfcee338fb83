"""Who may send now: places among the batches in flight, counted and weighed."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from controller.errors import TooManyRequests
from controller.telemetry import Telemetry

#: An agent sends one batch after the other; more at once is a mistake or an attack.
AT_ONCE_FROM_ONE = 4
#: Nobody is sent away for longer, however many were before.
MOST_RETRY_SECONDS = 60
_LEAST_RETRY_SECONDS = 1
#: Weight of the newest stay in the mean of all.
_NEWEST = 0.05
#: Gives a batch in flight another weight, in bytes; raises ``TooManyRequests``.
Weigh = Callable[[int], None]


class Place:
    """A place for one batch, for whomever it turns out to be from."""

    def __init__(self, admission: "Admission") -> None:
        self._admission = admission
        self.agent: str | None = None
        self.weight = 0

    def given_to(self, agent_id: str) -> None:
        """Say whose batch it is.

        Raises:
            TooManyRequests: this agent has as many as it may.
        """
        self._admission.give(self, agent_id)

    def weigh(self, size: int) -> None:
        """Give the batch another weight, in bytes.

        Raises:
            TooManyRequests: with what the others weigh it is too much.
        """
        self._admission.weigh(self, size)


class Admission:
    """Bounds the batches in flight, by number and by the memory they take; on the event loop.

    Whoever finds no place is told when one will be free for him: as if those who were sent away
    stood in a line that moves as fast as places are given back. So they come back one after the
    other, not all together, and find a place.

    Args:
        most: batches at once.
        most_bytes: of memory they take together; one that takes more by itself may go alone.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        *,
        most: int,
        most_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._telemetry = telemetry
        self._most = most
        self._most_bytes = most_bytes
        self._clock = clock
        self._bytes = 0
        self._places = 0
        self._taking: Counter[str] = Counter()
        #: Mean seconds for which a place is taken, and when the line of those sent away ends.
        self._stay = 0.0
        self._line_ends = 0.0

    @contextmanager
    def place(self, size: int) -> Iterator[Place]:
        """A place for a batch of so many bytes.

        Raises:
            TooManyRequests: there is none.
        """
        if self._places >= self._most:
            raise self._come_later()
        place = Place(self)
        place.weigh(size)
        began = self._clock()
        self._places += 1
        self._telemetry.in_flight.inc()
        try:
            yield place
        finally:
            self._leave(place)
            self._stay += _NEWEST * (self._clock() - began - self._stay)

    def give(self, place: Place, agent_id: str) -> None:
        """See :meth:`Place.given_to`."""
        if self._taking[agent_id] >= AT_ONCE_FROM_ONE:
            raise TooManyRequests(after=_LEAST_RETRY_SECONDS)
        self._taking[agent_id] += 1
        place.agent = agent_id

    def weigh(self, place: Place, size: int) -> None:
        """See :meth:`Place.weigh`."""
        others = self._bytes - place.weight
        if others and others + size > self._most_bytes:
            raise self._come_later()
        self._bytes, place.weight = others + size, size
        self._telemetry.in_flight_bytes.set(self._bytes)

    def _leave(self, place: Place) -> None:
        place.weigh(0)
        self._places -= 1
        self._telemetry.in_flight.dec()
        if place.agent is not None:
            self._taking[place.agent] -= 1
            if not self._taking[place.agent]:
                del self._taking[place.agent]

    def _come_later(self) -> TooManyRequests:
        # Little's law: so many places, each taken for so long, are given back at this pace.
        now = self._clock()
        self._line_ends = max(now, self._line_ends) + self._stay / self._most
        self._line_ends = min(self._line_ends, now + MOST_RETRY_SECONDS)
        wait = math.ceil(self._line_ends - now)
        return TooManyRequests(after=max(_LEAST_RETRY_SECONDS, wait))
