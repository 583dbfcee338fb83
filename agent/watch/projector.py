"""One projector or display: what is due, and how it has been. It speaks PJLink."""

import logging
from collections.abc import Callable

from agent.watch.want import Want
from drivers.errors import DriverError
from drivers.pjlink import read_projector
from drivers.plan import Cadence, PjlinkAccess, Target
from drivers.readings import ALIVE, Block, Facts, Outcome, Poll
from drivers.snmp.read import outcome_of

log = logging.getLogger(__name__)

#: One that is silent is asked a little more often than the beat, so that it is noticed within one
#: when it comes back, whatever the jitter; a connection that is not answered costs nothing.
_PROBE_SHARE = 0.9


class ProjectorDevice:
    """One PJLink device of the plan.

    Args:
        target: what the plan says of it.
        clock: seconds since the epoch, for ``taken_at``.
        timeout: seconds one answer is waited for.
    """

    def __init__(self, target: Target, *, clock: Callable[[], float], timeout: float = 5.0) -> None:
        self.target = target
        self._clock = clock
        self._timeout = timeout
        self._failures = 0
        self._outcome: Outcome | None = None
        self._hurried: Want | None = None
        self._identified = False
        self._next_inventory = 0.0

    @property
    def alive(self) -> bool:
        """Whether the last poll found it alive; one never polled is given the chance."""
        return self._failures == 0

    def due(self, now: float, most: Want = Want.inventory) -> Want:
        """Identity at the inventory's cadence; all the rest, a handful of lines, at every beat."""
        regular = Want.tables
        if now >= self._next_inventory and most >= Want.inventory:
            regular = Want.inventory
        return max(regular, self._hurried or regular)

    def hurry(self, want: Want) -> None:
        """Have the next poll read at least this much."""
        self._hurried = max(want, self._hurried or want)

    def interval(self, cadence: Cadence) -> float:
        """Seconds until the next poll."""
        return cadence.reachability * (1.0 if self.alive else _PROBE_SHARE)

    def done(self, want: Want, now: float, cadence: Cadence) -> None:
        """Note what a finished poll has covered."""
        if self._identified and want >= Want.inventory:
            self._next_inventory = now + cadence.inventory - cadence.reachability / 2

    async def poll(self, want: Want) -> Poll:
        """Read the device once; never raises for its fault."""
        self._hurried = None
        facts: Facts | None = None
        blocks: tuple[Block, ...] = ()
        access = self.target.pjlink or PjlinkAccess()
        try:
            read = await read_projector(
                self.target.address or "",
                self.target.port,
                access.password,
                timeout=self._timeout,
                identity=want >= Want.inventory,
            )
        except DriverError as error:
            outcome, detail = error.code, error.detail
        else:
            facts, blocks = read.facts, read.blocks
            outcome, detail = outcome_of(read.faults)
        self._identified = facts is not None
        self._note(outcome, detail)
        return Poll(
            subject=self.target.id,
            school=self.target.school,
            taken_at=int(self._clock() * 1000),
            outcome=outcome,
            detail=detail,
            blocks=blocks,
            facts=facts,
        )

    def _note(self, outcome: Outcome, detail: str) -> None:
        if outcome in ALIVE:
            if self._failures:
                self._next_inventory = 0.0  # what comes back may be a replacement
            self._failures = 0
        else:
            self._failures += 1
        before, self._outcome = self._outcome, outcome
        if before is not outcome and (before is not None or outcome is not Outcome.ok):
            log.info("%s: %s %s", self.target.id, outcome.value, detail)
