"""One device that has a command line and no SNMP: what is due, and how it has been.

Whether it is there, its SSH server's greeting tells at every beat. Who it is, its ports and its
neighbours take a log-in, which costs both sides seconds: that is done at the inventory's cadence.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from agent.watch.want import Want
from drivers.errors import DriverError, NoAnswer, Unreachable
from drivers.plan import Cadence, Target
from drivers.readings import ALIVE, Block, Facts, Outcome, Poll, Port
from drivers.snmp.read import outcome_of
from drivers.ssh.greeting import read_greeting

log = logging.getLogger(__name__)

#: One that is silent is asked a little more often than the beat, so that it is noticed within one
#: when it comes back, whatever the jitter.
_PROBE_SHARE: Final = 0.9
#: After a log-in that failed; devices lock users out who fail too often.
_RETRY_SECONDS: Final = 3_600.0
#: However often it goes away and comes back, it is not logged in to more often than this.
_LEAST_SECONDS: Final = 600.0


class TerminalDevice:
    """One device of the plan that is watched on its command line.

    Args:
        target: what the plan says of it.
        survey: logs in and reads facts; raises ``DriverError`` and nothing else.
        clock: seconds since the epoch, for ``taken_at``.
        timeout: seconds its greeting is waited for.
    """

    def __init__(
        self,
        target: Target,
        survey: Callable[[Target], Awaitable[Facts]],
        *,
        clock: Callable[[], float],
        timeout: float = 10.0,
    ) -> None:
        self.target = target
        self._survey = survey
        self._clock = clock
        self._timeout = timeout
        self._failures = 0
        self._outcome: Outcome | None = None
        self._hurried = False
        self._software: str | None = None
        #: Why the last log-in came to nothing; told at every beat until one comes to something.
        self._faults: tuple[str, ...] = ()
        self._next_inventory = 0.0
        self._surveyed_at: float | None = None

    @property
    def alive(self) -> bool:
        """Whether the last poll found it alive; one never polled is given the chance."""
        return self._failures == 0

    def due(self, now: float, most: Want = Want.inventory) -> Want:
        """A greeting, and a log-in at the inventory's cadence; never one while it is silent."""
        if not self.alive:
            return Want.reachability
        regular = now >= self._next_inventory and most >= Want.inventory
        return Want.inventory if regular or self._hurried else Want.reachability

    def hurry(self, want: Want) -> None:
        """Have the next poll read at least this much; less than all is the greeting."""
        self._hurried = self._hurried or want is Want.inventory

    def interval(self, cadence: Cadence) -> float:
        """Seconds until the next poll."""
        return cadence.reachability * (1.0 if self.alive else _PROBE_SHARE)

    def done(self, want: Want, now: float, cadence: Cadence) -> None:
        """Note what a finished poll has covered."""
        if want is Want.inventory and self.alive:
            every = cadence.inventory
            pause = min(_RETRY_SECONDS, every) if self._faults else every
            self._surveyed_at = now
            self._next_inventory = now + pause - cadence.reachability / 2

    async def poll(self, want: Want) -> Poll:
        """Read the device once; never raises for its fault."""
        facts: Facts | None = None
        if want is Want.inventory:
            self._hurried = False  # what is asked for from now on comes after this poll
        try:
            await self._greeted()
            if want is Want.inventory:
                facts = await self._read()
        except DriverError as error:
            outcome, detail = error.code, error.detail
        else:
            outcome, detail = outcome_of(self._faults)
        self._note(outcome, detail)
        return Poll(
            subject=self.target.id,
            school=self.target.school,
            taken_at=int(self._clock() * 1000),
            outcome=outcome,
            detail=detail,
            blocks=() if facts is None else _states(facts.ports),
            facts=facts,
        )

    async def _greeted(self) -> None:
        port = self.target.ssh.port if self.target.ssh is not None else 22
        software = await read_greeting(self.target.address or "", port, timeout=self._timeout)
        if self._software not in (None, software):
            self._read_soon()  # it runs another version, or is another device
        self._software = software

    async def _read(self) -> Facts | None:
        """Facts; without them the device is none the less there, unless it went meanwhile."""
        try:
            facts = await self._survey(self.target)
        except DriverError as error:
            self._faults = (f"command line: {error.code.value} {error.detail}".strip(),)
            if isinstance(error, NoAnswer | Unreachable):
                await self._greeted()
            return None
        self._faults = ()
        return facts

    def _read_soon(self) -> None:
        if self._surveyed_at is not None:
            self._next_inventory = min(self._next_inventory, self._surveyed_at + _LEAST_SECONDS)

    def _note(self, outcome: Outcome, detail: str) -> None:
        if outcome in ALIVE:
            if self._failures:
                self._read_soon()  # what comes back may be a replacement
            self._failures = 0
        else:
            self._failures += 1
        before, self._outcome = self._outcome, outcome
        if before is not outcome and (before is not None or outcome is not Outcome.ok):
            log.info("%s: %s %s", self.target.id, outcome.value, detail)


def _states(ports: tuple[Port, ...]) -> tuple[Block, ...]:
    """Which ports are up, as far as the command line tells."""
    found = {port.name: float(port.oper == "up") for port in ports if port.name and port.oper}
    return (Block(tuple(found), {"port_up": list(found.values())}),) if found else ()
