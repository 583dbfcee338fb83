"""Which batch goes next, and when.

Normally the oldest. After an outage thousands wait: then the newest go first, until the controller
knows how everything is now, and the rest follows oldest first at a measured pace, giving way to
every new batch. The controller takes batches in any order: a batch has a name of its own, and
readings carry their time (``docs/decisions/0022-catching-up.md``).
"""

from collections.abc import Callable
from dataclasses import dataclass

from agent.uplink.spool import Spool, Spooled

#: So many newest batches tell how everything is now: five minutes at one every ten seconds.
LIVE_BATCHES = 30


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast history may be sent, beside what is new."""

    batches_per_second: float = 10.0
    bytes_per_second: float = 256_000.0

    def seconds(self, size: int) -> float:
        """What a batch of so many bytes takes."""
        return max(1 / self.batches_per_second, size / self.bytes_per_second)


@dataclass(frozen=True, slots=True)
class Turn:
    """A batch, where it waits, and whether it is history that is being caught up with."""

    home: Spool
    batch: Spooled
    history: bool


class Turns:
    """Picks batches from the spool on disk and from the one in memory.

    Args:
        clock: seconds, growing.
    """

    def __init__(
        self, spool: Spool, refuge: Spool, pace: Pace, *, clock: Callable[[], float]
    ) -> None:
        self._spool = spool
        self._refuge = refuge
        self._pace = pace
        self._clock = clock
        self._not_before = 0.0

    def next(self) -> Turn | float:
        """The next batch; or the seconds until history may go on, endless when nothing waits.

        Raises:
            SpoolFull: the spool cannot be read just now.
        """
        held = self._refuge.oldest()
        if held is not None:
            return Turn(self._refuge, held, history=False)
        if self._spool.depth[0] > LIVE_BATCHES:
            newest = self._spool.newest(LIVE_BATCHES)
            if newest is not None:
                return Turn(self._spool, newest, history=False)
            wait = self._not_before - self._clock()
            if wait > 0:
                return wait
        oldest = self._spool.oldest()
        if oldest is None:
            return float("inf")
        return Turn(self._spool, oldest, history=self._spool.depth[0] > LIVE_BATCHES)

    def sent(self, turn: Turn, began: float) -> None:
        """Note that a batch was sent, begun at ``began``."""
        if turn.history:
            self._not_before = began + self._pace.seconds(len(turn.batch.body))
