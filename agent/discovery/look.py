"""One look at the ranges of one school: everybody once, the living again, then their neighbours."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.discovery.crawling import Crawl, Station, station_of
from agent.discovery.finds import Finds
from agent.discovery.kernel_neighbours import kernel_neighbours
from agent.discovery.knocking import PATIENCE, Found, Host, Knocker, each
from agent.discovery.memory import Memory
from agent.discovery.ranges import Ranges
from drivers.definitions import Definitions, builtin_definitions
from drivers.packet_rate import PacketRate
from drivers.ping import Pinger
from drivers.plan import Discovery, Target
from drivers.readings import Finding
from drivers.snmp.engine import SnmpEngine

_FEWEST_AT_ONCE: Final = 8
_MOST_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a look.

    Args:
        addresses: how many were asked in the ranges.
        alive: how many of them gave any sign.
        found: devices told of.
        packets: sent.
        problems: what stood in the way, in English.
    """

    school: str
    addresses: int
    alive: int
    found: int
    packets: int
    seconds: float
    problems: tuple[str, ...] = ()

    def fields(self) -> dict[str, str]:
        """The same as texts, for the answer to a command."""
        return {
            "school": self.school,
            "addresses": str(self.addresses),
            "alive": str(self.alive),
            "found": str(self.found),
            "packets": str(self.packets),
            "seconds": f"{self.seconds:.1f}",
            "problems": "; ".join(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Manner:
    """How to look, the same for every look of a box.

    Args:
        ping: whether hosts are pinged.
        pjlink: whether projectors are asked.
        progress: told how many of how many steps are done.
    """

    definitions: Definitions = field(default_factory=builtin_definitions)
    ping: bool = True
    pjlink: bool = True
    rng: random.Random = field(default_factory=random.Random)
    clock: Callable[[], float] = time.time
    progress: Callable[[int, int], None] = lambda _done, _total: None


class Look:
    """One look; made for it and done with after it.

    Args:
        wanted: where, with which accesses, how fast.
        targets: devices of the plan: left alone, but asked for their neighbours.
        memory: what looks before this one learned.
        tell: takes each finding as soon as there is one.

    Raises:
        BadRange: a range is no network.
    """

    def __init__(
        self,
        wanted: Discovery,
        targets: Iterable[Target],
        *,
        memory: Memory,
        tell: Callable[[Finding], None],
        manner: Manner,
    ) -> None:
        self._wanted = wanted
        self._targets = tuple(t for t in targets if t.school == wanted.school)
        self._memory = memory
        self._manner = manner
        self._ranges = Ranges(wanted.ranges, wanted.hosts, wanted.exclude)
        self._rate = PacketRate(wanted.packets_per_second)
        self._finds = Finds(
            wanted.school,
            self._ranges,
            self._targets,
            memory=memory,
            tell=tell,
            clock=manner.clock,
        )
        # What waits for an answer at this rate; more would only queue up for packets.
        most = int(wanted.packets_per_second * PATIENCE)
        self._at_once = min(max(most, _FEWEST_AT_ONCE), _MOST_AT_ONCE)
        self._alive = 0
        self._asked = 0
        self._done = 0
        self._found: list[Found] = []
        self._problems: list[str] = []

    @property
    def findings(self) -> Sequence[Finding]:
        """What has been found so far."""
        return self._finds.findings

    async def run(self) -> Summary:
        """Look through everything; what was found has been told by then."""
        began = time.monotonic()
        async with SnmpEngine(self._rate) as engine:
            pinger = Pinger(probes=1, timeout=1.0, concurrency=self._at_once)
            knocker = Knocker(
                engine,
                self._rate,
                self._wanted.credentials,
                self._wanted.ports,
                memory=self._memory,
                definitions=self._manner.definitions,
                pinger=pinger if self._manner.ping else None,
                pjlink=self._manner.pjlink,
            )
            await self._sweep(knocker)
            if self._wanted.crawl:
                await self._crawl(engine, knocker)
        if pinger.problem:
            self._problems.append(pinger.problem)
        self._own_neighbours()
        self._finds.tell_late()
        return Summary(
            self._wanted.school,
            self._asked,
            self._alive,
            len(self.findings),
            self._rate.sent,
            time.monotonic() - began,
            tuple(self._problems),
        )

    # --- the ranges ----------------------------------------------------------------------

    async def _sweep(self, knocker: Knocker) -> None:
        """Everybody once; then the living with every access; then the silent ones again."""
        living: list[Host] = []
        silent: list[Host] = []

        async def greet(address: str) -> None:
            host = Host(address)
            self._asked += 1
            found = await knocker.greet(host)
            if found is not None:
                self._take(found)
            elif host.alive:
                living.append(host)
            else:
                silent.append(host)
            self._step(found is not None or host.alive)

        async def insist(host: Host) -> None:
            found = await knocker.insist(host, retries=1)
            if found is not None:
                self._take(found)
            else:
                self._finds.add_host(host)

        async def knock_again(host: Host) -> None:
            found = await knocker.insist(host, retries=0)
            if found is not None:
                self._take(found)
            elif host.alive:
                living.append(host)
            self._step(host.alive)

        known = self._finds.is_known
        addresses = (a for a in self._ranges.sweep(self._manner.rng) if not known(a))
        await each(addresses, greet, at_once=self._at_once)
        await each(_emptied(living), insist, at_once=self._at_once)
        await each(_emptied(silent), knock_again, at_once=self._at_once)
        await each(_emptied(living), insist, at_once=self._at_once)

    def _step(self, alive: bool) -> None:
        self._alive += alive
        self._done += 1
        # Every address once; the silent ones, most of them as a rule, once more.
        self._manner.progress(self._done, 2 * self._ranges.size)

    def _take(self, found: Found) -> None:
        if self._finds.add(found):
            self._found.append(found)

    # --- neighbours ----------------------------------------------------------------------

    async def _crawl(self, engine: SnmpEngine, knocker: Knocker) -> None:
        starts = await self._seeds(knocker)
        starts += [
            Station(target.address, target.port, target.snmp)
            for target in self._targets
            if target.address and target.snmp is not None
        ]
        starts += [station for one in self._found if (station := station_of(one, 0)) is not None]
        crawl = Crawl(engine, knocker, self._ranges, self._finds, at_once=self._at_once)
        await crawl.follow(starts, self._own_neighbours())

    def _own_neighbours(self) -> list[Host]:
        """Whom this box itself has resolved, most of them by asking just now."""
        neighbours = kernel_neighbours()
        for address, mac in neighbours:
            self._finds.note_mac(address, mac)
        return [
            Host(address, "nd" if ":" in address else "arp")
            for address, mac in neighbours
            if not self._finds.is_another_address(address, mac)
        ]

    async def _seeds(self, knocker: Knocker) -> list[Station]:
        stations = []
        for address in self._wanted.seeds:
            if self._finds.is_known(address):
                continue
            found = await knocker.insist(Host(address), retries=2)
            if found is None:
                self._problems.append(f"seed {address} does not answer")
                continue
            self._finds.add(found)
            station = station_of(found, 0)
            if station is not None:
                stations.append(station)
        return stations


def _emptied(hosts: list[Host]) -> list[Host]:
    taken = hosts.copy()
    hosts.clear()
    return taken
