"""One SNMP device: what is due, what is known of it, and how it has been.

A poll never raises for the device's fault: whatever happens becomes a ``Poll`` with an outcome.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial

from agent.watch.learned import Learned
from agent.watch.reading import DeviceReader, Gathered
from agent.watch.want import Want
from drivers.base import SnmpSession
from drivers.definitions import Definitions
from drivers.errors import DriverError
from drivers.plan import Cadence, Target
from drivers.readings import ALIVE, Outcome, Poll
from drivers.snmp.counters import RateKeeper
from drivers.snmp.read import outcome_of

__all__ = ["Learned", "SnmpDevice", "Want"]

log = logging.getLogger(__name__)

#: A dead device is asked for its clock a little more often than the beat, so that one that comes
#: back is noticed within one, whatever the jitter. One datagram, and one more if it is lost.
_PROBE_SHARE = 0.9
#: One that is back is read in full this many seconds after the probe that found it.
_BACK_SECONDS = 1.0
#: A poll ends after this and delivers what has come; an inventory walks ten times as much.
LONGEST_POLL_SECONDS = 120.0
_LONGEST_INVENTORY_SECONDS = 600.0


class SnmpDevice:
    """One device of the plan.

    Args:
        target: what the plan says of it.
        connect: makes the session with it; refused access is an outcome of the first poll.
        rates: the keeper all devices share.
        definitions: the device families known.
        clock: seconds since the epoch, for ``taken_at``.
        learned: what an earlier run knew of it; taken up where the address is the same.
        elapsed: ``time.monotonic``, to measure walks with, and silence.
    """

    __slots__ = (
        "_clock",
        "_elapsed",
        "_failures",
        "_hurried",
        "_is_back",
        "_next_inventory",
        "_next_tables",
        "_noted_at",
        "_outcome",
        "_reader",
        "target",
    )

    def __init__(
        self,
        target: Target,
        connect: Callable[[], SnmpSession],
        rates: RateKeeper,
        *,
        definitions: Definitions,
        clock: Callable[[], float],
        learned: Learned | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.target = target
        self._clock = clock
        self._elapsed = elapsed
        self._reader = DeviceReader(
            target,
            connect,
            rates,
            definitions=definitions,
            clock=clock,
            learned=learned,
            elapsed=elapsed,
        )
        self._outcome: Outcome | None = None
        self._failures = 0
        self._is_back = False
        self._hurried: Want | None = None
        self._next_tables = self._next_inventory = self._noted_at = 0.0

    @property
    def alive(self) -> bool:
        """Whether the last poll found it alive; a device never polled is given the chance."""
        return self._failures == 0

    @property
    def learned(self) -> Learned | None:
        """What the next run should know of it; None when it never answered."""
        return self._reader.learned

    @property
    def varbinds(self) -> int:
        """Cells and scalars read in table polls so far."""
        return self._reader.varbinds

    def due(self, now: float, most: Want = Want.inventory) -> Want:
        """What a poll at ``now`` (seconds, any clock that only grows) has to read.

        A device that is down is only asked whether it is back.

        Args:
            now: the moment.
            most: how far a poll may go while the box cannot keep up; what somebody asked for
                (:meth:`hurry`) is read all the same.
        """
        if self._outcome is not None and not self.alive:
            return Want.reachability
        regular = Want.reachability
        if now >= self._next_inventory or not self._reader.definition:
            regular = Want.inventory
        if regular > most or regular < Want.inventory:
            regular = min(most, Want.tables) if now >= self._next_tables else Want.reachability
        return max(regular, self._hurried or regular)

    def hurry(self, want: Want) -> None:
        """Have the next poll read at least this much, whatever is due."""
        self._hurried = max(want, self._hurried or want)

    def interval(self, cadence: Cadence) -> float:
        """Seconds until the next poll; what has just come back is read at once."""
        if self._is_back:
            return min(_BACK_SECONDS, cadence.reachability)
        return cadence.reachability * (1.0 if self.alive else _PROBE_SHARE)

    def done(self, want: Want, now: float, cadence: Cadence) -> None:
        """Note what a finished poll has covered."""
        # A poll may come up to half a reachability beat early, for timelines have jitter.
        slack = cadence.reachability / 2
        if self.alive and want >= Want.ports:
            self._next_tables = now + cadence.tables - slack
        if self.alive and want >= Want.inventory:
            self._next_inventory = now + cadence.inventory - slack

    def slow_tables(self, now: float) -> list[str]:
        """Slow tables it is time for; each is read by a :meth:`poll_table` of its own."""
        return self._reader.slow.due(now) if self.alive and self._reader.definition else []

    def table_done(self, table: str, now: float, cadence: Cadence) -> None:
        """Note that a slow table was asked for."""
        self._reader.slow.done(table, now, cadence.tables)

    async def poll(self, want: Want) -> Poll:
        """Read the device once."""
        if self._hurried is not None and want >= self._hurried:
            self._hurried = None  # what is asked for from now on comes after this poll
        inventory = want is Want.inventory
        longest = _LONGEST_INVENTORY_SECONDS if inventory else LONGEST_POLL_SECONDS
        # Of one that is down only its clock is asked for, whatever anybody wants.
        read = partial(self._reader.read, want) if self.alive else self._reader.probe
        return await self._polled(read, longest)

    async def poll_table(self, table: str) -> Poll:
        """Read one slow table, and nothing else."""
        read = partial(self._reader.read_slow, table)
        return await self._polled(read, LONGEST_POLL_SECONDS, about=table)

    async def _polled(
        self, read: Callable[[Gathered], Awaitable[None]], longest_seconds: float, about: str = ""
    ) -> Poll:
        got = Gathered()
        began = self._elapsed()
        try:
            async with asyncio.timeout(longest_seconds):
                await read(got)
            outcome, detail = outcome_of(got.faults)
        except DriverError as error:
            outcome, detail = error.code, error.detail
        except TimeoutError:
            outcome, detail = Outcome.timeout, f"not read within {longest_seconds:.0f} s"
            if got.blocks or got.facts:
                outcome, detail = outcome_of((*got.faults, detail))
        except Exception:
            # A mistake of ours with one device must not end its timeline, nor pass unseen.
            log.exception("reading %s failed", self.target.id)
            outcome, detail = Outcome.malformed, "our reader failed; see the agent's log"
        now = self._elapsed()
        # It was alive when it answered last. What waited for more in vain says nothing later, or
        # a beat that failed meanwhile would be taken back.
        heard = self._reader.heard_at if outcome in ALIVE else now
        if heard < began:
            heard = now
        if about:
            # One table says nothing about the device; the beats do.
            if outcome is not Outcome.ok:
                outcome, detail = outcome_of((f"{about}: {detail or outcome.value}",))
        else:
            self._note(outcome, detail, heard)
        if self._reader.restarted:
            self._reader.restarted = False
            self._next_inventory = 0.0  # it may be another device by now
        return Poll(
            subject=self.target.id,
            school=self.target.school,
            taken_at=int((self._clock() - (now - heard)) * 1000),
            outcome=outcome,
            detail=detail,
            blocks=got.blocks,
            facts=got.facts,
        )

    def _note(self, outcome: Outcome, detail: str, at: float) -> None:
        if at < self._noted_at:
            return  # another poll knows better
        self._noted_at = at
        if outcome in ALIVE:
            self._is_back = self._failures > 0
            if self._is_back:
                self._next_inventory = 0.0  # what comes back may be a replacement
            self._failures = 0
        else:
            self._is_back = False
            self._failures += 1
        before, self._outcome = self._outcome, outcome
        if before is not outcome and (before is not None or outcome is not Outcome.ok):
            log.info("%s: %s %s", self.target.id, outcome.value, detail)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
