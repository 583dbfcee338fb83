"""One SNMP device: what is due, what is known of it, and how it has been.

A poll never raises for the device's fault: whatever happens becomes a ``Poll`` with an outcome.
"""

import asyncio
import logging
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import TypeVar

import msgspec

from drivers.base import SnmpSession
from drivers.definitions import Definitions
from drivers.errors import DriverError
from drivers.plan import Cadence, Target
from drivers.readings import ALIVE, Block, Facts, Outcome, Poll
from drivers.snmp.counters import RateKeeper
from drivers.snmp.read import (
    FactsRead,
    GaugePlan,
    Known,
    TablesRead,
    outcome_of,
    read_facts,
    read_gauges,
    read_reachability,
    read_tables,
    recognise,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

#: After so many failures in a row a device is asked at half its cadence, and not hurried.
_BACK_OFF_AFTER = 3
_BACK_OFF_FACTOR = 2.0
#: How often gauges that move slowly are read, in seconds.
_HOUR = 3_600.0
#: One poll of everything a large switch has; beyond it the answer is worth nothing any more.
LONGEST_POLL_SECONDS = 120.0


class Want(IntEnum):
    """How much of a device a poll reads; each includes the ones before."""

    reachability = 1
    tables = 2
    inventory = 3


class SnmpDevice:
    """One device of the plan.

    Args:
        target: what the plan says of it.
        connect: makes the session with it; refused access is an outcome of the first poll.
        rates: the keeper all devices share.
        definitions: the device families known.
        clock: seconds since the epoch, for ``taken_at``.
    """

    def __init__(
        self,
        target: Target,
        connect: Callable[[], SnmpSession],
        rates: RateKeeper,
        *,
        definitions: Definitions,
        clock: Callable[[], float],
    ) -> None:
        self.target = target
        #: Cells and scalars read in table polls so far.
        self.varbinds = 0
        self._connect = connect
        self._connected: SnmpSession | None = None
        self._rates = rates
        self._definitions = definitions
        self._clock = clock
        self._known: Known | None = None
        self._definition = ""
        self._gauges: GaugePlan | None = None
        self._gaugeless = False
        self._next_hour = 0.0
        self._uptime: float | None = None
        self._outcome: Outcome | None = None
        self._failures = 0
        self._hurried: Want | None = None
        self._next_tables = self._next_inventory = 0.0

    @property
    def alive(self) -> bool:
        """Whether the last poll found it alive; a device never polled is given the chance."""
        return self._failures == 0

    def due(self, now: float) -> Want:
        """What a poll at ``now`` (seconds, any clock that only grows) has to read.

        A device that is down is only asked whether it is back.
        """
        if self._outcome is not None and not self.alive:
            return Want.reachability
        regular = Want.reachability
        if now >= self._next_inventory or not self._definition:
            regular = Want.inventory
        elif now >= self._next_tables:
            regular = Want.tables
        return max(regular, self._hurried or regular)

    def hurry(self, want: Want) -> None:
        """Have the next poll read at least this much, whatever is due."""
        self._hurried = max(want, self._hurried or want)

    def interval(self, cadence: Cadence) -> float:
        """Seconds until the next poll; a dead device is given twice as long."""
        back_off = _BACK_OFF_FACTOR if self._failures >= _BACK_OFF_AFTER else 1.0
        return cadence.reachability * back_off

    def done(self, want: Want, now: float, cadence: Cadence) -> None:
        """Note what a finished poll has covered."""
        # A poll may come up to half a reachability beat early, for timelines have jitter.
        slack = cadence.reachability / 2
        if self.alive and want >= Want.tables:
            self._next_tables = now + cadence.tables - slack
        if self.alive and want >= Want.inventory:
            self._next_inventory = now + cadence.inventory - slack

    @property
    def _session(self) -> SnmpSession:
        if self._connected is None:
            self._connected = self._connect()
        return self._connected

    async def poll(self, want: Want) -> Poll:
        """Read the device once."""
        if self._hurried is not None and want >= self._hurried:
            self._hurried = None  # what is asked for from now on comes after this poll
        facts: Facts | None = None
        blocks: tuple[Block, ...] = ()
        try:
            async with asyncio.timeout(LONGEST_POLL_SECONDS):
                facts, blocks, faults = await self._read(want)
            outcome, detail = outcome_of(faults)
        except DriverError as error:
            outcome, detail = error.code, error.detail
        except TimeoutError:
            outcome, detail = Outcome.timeout, f"not read within {LONGEST_POLL_SECONDS:.0f} s"
        except Exception:
            # A mistake of ours with one device must not end its timeline, nor pass unseen.
            log.exception("reading %s failed", self.target.id)
            outcome, detail = Outcome.malformed, "our reader failed; see the agent's log"
        self._note(outcome, detail)
        return Poll(
            subject=self.target.id,
            school=self.target.school,
            taken_at=self._now_ms(),
            outcome=outcome,
            detail=detail,
            blocks=blocks,
            facts=facts,
        )

    async def _read(self, want: Want) -> tuple[Facts | None, tuple[Block, ...], tuple[str, ...]]:
        if want is Want.reachability and self._known is None:
            want = Want.tables
        if want is Want.reachability and self._known is not None:
            uplink = self.target.uplink
            tables = await read_reachability(self._session, self._known, uplink)
            # Its own key: the interval is another than that of the table polls.
            return None, self._rated(tables, f"{self.target.id}/uplink"), tables.faults
        if want is Want.tables:
            return await self._read_tables()
        found = await read_facts(self._session, self._definitions, driver=self.target.driver)
        self._definition = found.definition
        self._gauges = None if found.plan is None else _shared(found.plan)
        self._next_hour = self._clock() + _HOUR
        self._gaugeless = not any(map(_is_gauge, found.blocks))
        return await self._with_tables(found)

    async def _read_tables(self) -> tuple[None, tuple[Block, ...], tuple[str, ...]]:
        if not self._definition:
            await self._recognise()
        tables = await read_tables(self._session, self._known)
        self._remember(tables.known)
        blocks, faults = self._rated(tables, self.target.id), tables.faults
        if not self._gaugeless:
            hour = self._clock() >= self._next_hour
            plan = self._gauges or self._definition
            try:
                gauges = await read_gauges(self._session, plan, self._definitions, hour=hour)
            except DriverError as error:
                faults = (*faults, f"gauges: {error.code.value}")
            else:
                # What a device has not got today is asked for again with its inventory.
                self._gaugeless = hour and not gauges.blocks and not gauges.faults
                if hour:
                    self._next_hour = self._clock() + _HOUR
                blocks, faults = blocks + gauges.blocks, faults + gauges.faults
        return None, blocks, faults

    async def _recognise(self) -> None:
        """Find the definition that fits, without the whole inventory."""
        found = await recognise(self._session, self._definitions, driver=self.target.driver)
        self._definition = found.name

    async def _with_tables(
        self, found: FactsRead
    ) -> tuple[Facts, tuple[Block, ...], tuple[str, ...]]:
        try:
            tables = await read_tables(self._session, self._known)
        except DriverError as error:
            return found.facts, found.blocks, (*found.faults, f"ifTable: {error.code.value}")
        self._remember(tables.known)
        gauges = tuple(filter(_is_gauge, found.blocks))
        rated = self._rated(tables, self.target.id)
        return found.facts, rated + gauges, found.faults + tables.faults

    def _remember(self, known: Known) -> None:
        """Keep what the next poll needs; switches of a model have one set of names between them."""
        if self._known is None or known.parts is not self._known.parts:
            known = msgspec.structs.replace(
                known,
                indexes=_shared(known.indexes),
                parts=_shared(known.parts),
                speeds=_shared(known.speeds),
                columns=_shared(known.columns),
            )
        self._known = known

    def _rated(self, tables: TablesRead, key: str) -> tuple[Block, ...]:
        uptime = tables.counters.uptime
        if uptime is not None:
            if self._uptime is not None and uptime < self._uptime:
                self._next_inventory = 0.0  # it restarted, perhaps as another device
            self._uptime = uptime
        self.varbinds += _cells(tables)
        rates = self._rates.rates(key, tables.counters, self._now_ms())
        return tables.blocks if rates is None else (*tables.blocks, rates)

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

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


@lru_cache(maxsize=2_000)
def _shared(value: T) -> T:
    """The first of all equal values."""
    return value


def _cells(tables: TablesRead) -> int:
    """Cells and scalars a table poll brought."""
    counters = tables.counters
    states = sum(len(b.parts) * len(b.columns) for b in tables.blocks)  # the clock is one of them
    return states + len(counters.discontinuities) + sum(len(c.values) for c in counters.columns)


def _is_gauge(block: Block) -> bool:
    """Whether a block of the facts is more than the clock, which comes with the tables, too."""
    return "uptime_seconds" not in block.columns
