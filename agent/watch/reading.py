"""What is read of one SNMP device, table after table, and what is known of it for the next time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import msgspec

from agent.watch.learned import Learned
from agent.watch.slow_tables import (
    PORTS,
    MeasuredSession,
    SlowTables,
    gauges_of_table,
    quick_gauges,
)
from agent.watch.want import Want
from drivers.base import SnmpSession
from drivers.definitions import Definitions, Gauge
from drivers.errors import DriverError
from drivers.plan import Target
from drivers.readings import Block, Facts
from drivers.snmp.counters import RateKeeper
from drivers.snmp.ether_like import DOT3_STATS_ENTRY, read_ether_like
from drivers.snmp.peer import Experience
from drivers.snmp.read import (
    GaugePlan,
    GaugesRead,
    Known,
    TablesRead,
    read_facts,
    read_gauges,
    read_reachability,
    read_tables,
    recognise,
)
from drivers.snmp.session import Session
from drivers.snmp.tables import SYS_UP_TIME

T = TypeVar("T")
#: The table of cable and duplex faults, as the durations name it.
ETHER_LIKE = ".".join(map(str, DOT3_STATS_ENTRY))
#: How often gauges that move slowly are read, in seconds.
_HOUR = 3_600.0


@dataclass(slots=True)
class Gathered:
    """What a poll has brought so far."""

    facts: Facts | None = None
    blocks: tuple[Block, ...] = ()
    faults: tuple[str, ...] = ()


class DeviceReader:
    """Reads one device; what a read brings is gathered as it comes, so that none of it is lost.

    Args:
        target: what the plan says of it.
        connect: makes the session with it.
        rates: the keeper all devices share.
        definitions: the device families known.
        clock: seconds since the epoch.
        learned: what an earlier run knew of it; taken up where the address is the same.
        elapsed: seconds that only grow, to measure walks with.
    """

    __slots__ = (
        "_clock",
        "_connect",
        "_connected",
        "_definitions",
        "_elapsed",
        "_etherless",
        "_experience",
        "_gaugeless",
        "_gauges",
        "_known",
        "_next_hour",
        "_rates",
        "_uptime",
        "definition",
        "restarted",
        "slow",
        "target",
        "varbinds",
    )

    def __init__(
        self,
        target: Target,
        connect: Callable[[], SnmpSession],
        rates: RateKeeper,
        *,
        definitions: Definitions,
        clock: Callable[[], float],
        learned: Learned | None,
        elapsed: Callable[[], float],
    ) -> None:
        self.target = target
        #: Cells and scalars read in table polls so far.
        self.varbinds = 0
        #: The definition that fits; empty until it was recognised.
        self.definition = ""
        #: Set when its clock went back: it was restarted, perhaps as another device.
        self.restarted = False
        self.slow = SlowTables()
        self._connect = connect
        self._connected: SnmpSession | None = None
        self._rates = rates
        self._definitions = definitions
        self._clock = clock
        self._elapsed = elapsed
        self._experience: Experience | None = None
        if learned is not None and (learned.address, learned.port) == (target.address, target.port):
            self._experience = learned.experience
            self.slow.resume(learned.durations)
        self._known: Known | None = None
        self._gauges: GaugePlan | None = None
        self._gaugeless = self._etherless = False
        self._next_hour = 0.0
        self._uptime: float | None = None

    @property
    def learned(self) -> Learned | None:
        """What the next run should know of it; None when it never answered."""
        known = self._experience
        if isinstance(self._connected, Session):
            known = self._connected.experience or known
        if known is None and not self.slow.durations:
            return None
        address, port = self.target.address or "", self.target.port
        return Learned(address, port, known, dict(self.slow.durations))

    @property
    def heard_at(self) -> float:
        """When its last answer came, by the clock that only grows; 0 where that is not known."""
        return float(getattr(self._connected, "heard_at", 0.0))

    @property
    def _session(self) -> SnmpSession:
        if self._connected is None:
            self._connected = self._connect()
            if isinstance(self._connected, Session) and self._experience is not None:
                self._connected.resume(self._experience)
        return self._connected

    async def read(self, want: Want, got: Gathered) -> None:
        if want is Want.reachability:
            if self._known is None and not self.target.uplink:
                await self.probe(got)
                return
            if self._known is None:
                want = Want.ports  # where its uplink is has to be found out first
        if want is Want.reachability and self._known is not None:
            uplink = self.target.uplink
            tables = await read_reachability(self._session, self._known, uplink)
            # Its own key: the interval is another than that of the table polls.
            got.blocks, got.faults = self._rated(tables, f"{self.target.id}/uplink"), tables.faults
        elif want is Want.inventory:
            await self._read_inventory(got)
        else:
            await self._read_tables(got, gauges=want > Want.ports)

    async def probe(self, got: Gathered) -> None:
        """One small datagram: is anybody there?"""
        found = await self._session.get((SYS_UP_TIME,))
        uptime = found.get(SYS_UP_TIME)
        if isinstance(uptime, int):
            got.blocks = (Block(("",), {"uptime_seconds": [uptime / 100]}),)

    async def _read_tables(self, got: Gathered, *, gauges: bool = True) -> None:
        if not self.definition:
            await self._recognise()
        session = MeasuredSession(self._session, self.slow.took, self._elapsed)
        if PORTS in self.slow.slow:
            await self.probe(got)
        else:
            await self._read_ports_or_ask(session, got)
        if not gauges:
            return
        slow = self.slow.slow
        hour = self._clock() >= self._next_hour
        if hour:
            self._next_hour = self._clock() + _HOUR
            if ETHER_LIKE not in slow:
                await self._read_ether_like(session, got)
        if not self._gaugeless:
            found = await self._read_gauges(
                session, got, lambda all_: quick_gauges(all_, slow), hour=hour
            )
            if found is not None and hour:
                # What a device has not got today is asked for again with its inventory.
                self._gaugeless = not (found.blocks or found.faults or slow)

    async def read_slow(self, table: str, got: Gathered) -> None:
        session = MeasuredSession(self._session, self.slow.took, self._elapsed)
        if table == PORTS:
            await self._read_ports(session, got)
            return
        if table == ETHER_LIKE:
            await self._read_ether_like(session, got)
            return
        slow = self.slow.slow | {table}
        await self._read_gauges(
            session, got, lambda all_: gauges_of_table(all_, table, slow), hour=True
        )

    async def _read_ports_or_ask(self, session: SnmpSession, got: Gathered) -> None:
        """Before a device is called dead for a table it does not answer, it is asked simply.

        Raises:
            DriverError: it does not answer that, either.
        """
        try:
            await self._read_ports(session, got)
        except DriverError as error:
            await self.probe(got)
            got.faults += (f"ifTable: {error.code.value}",)

    async def _read_ports(self, session: SnmpSession, got: Gathered) -> None:
        doubted = self._rates.doubts(self.target.id)
        tables = await read_tables(session, self._known, doubted=doubted)
        self._remember(tables.known)
        got.blocks += self._rated(tables, self.target.id)
        got.faults += tables.faults

    async def _read_ether_like(self, session: SnmpSession, got: Gathered) -> None:
        """Faults of cables and duplex; a device without them is asked again with its inventory."""
        if self._etherless or self._known is None or not self._known.parts:
            return
        try:
            counters, faults = await read_ether_like(session, self._known)
        except DriverError as error:
            got.faults += (f"dot3StatsTable: {error.code.value}",)
            return
        got.faults += faults
        self._etherless = counters is None and not faults
        if counters is not None:
            rates = self._rates.rates(f"{self.target.id}/ether", counters, self._now_ms())
            got.blocks += () if rates is None else (rates,)

    async def _read_gauges(
        self,
        session: SnmpSession,
        got: Gathered,
        choose: Callable[[Sequence[Gauge]], Sequence[Gauge]],
        *,
        hour: bool,
    ) -> GaugesRead | None:
        plan = self._gauges or self.definition
        try:
            found = await read_gauges(session, plan, self._definitions, hour=hour, choose=choose)
        except DriverError as error:
            got.faults += (f"gauges: {error.code.value}",)
            return None
        got.blocks += found.blocks
        got.faults += found.faults
        return found

    async def _read_inventory(self, got: Gathered) -> None:
        found = await read_facts(self._session, self._definitions, driver=self.target.driver)
        got.facts, got.faults = found.facts, found.faults
        got.blocks = tuple(filter(_is_gauge, found.blocks))
        self.definition = found.definition
        self._gauges = None if found.plan is None else _shared(found.plan)
        self._next_hour = self._clock() + _HOUR
        self._gaugeless = not got.blocks
        try:
            await self._read_ports(self._session, got)
        except DriverError as error:
            got.faults += (f"ifTable: {error.code.value}",)
            got.blocks = found.blocks
            return
        self._etherless = False
        await self._read_ether_like(self._session, got)

    async def _recognise(self) -> None:
        """Find the definition that fits, without the whole inventory."""
        found = await recognise(self._session, self._definitions, driver=self.target.driver)
        self.definition = found.name

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
                self.restarted = True
            self._uptime = uptime
        self.varbinds += _cells(tables)
        rates = self._rates.rates(key, tables.counters, self._now_ms())
        return tables.blocks if rates is None else (*tables.blocks, rates)

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
