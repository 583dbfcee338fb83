"""From device to device: whom each knows by LLDP, CDP, ARP and neighbour discovery."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent.discovery.finds import Finds
from agent.discovery.knocking import Found, Host, Knocker, each
from agent.discovery.ranges import Ranges
from drivers.errors import DriverError
from drivers.plan import SnmpAccess
from drivers.readings import Kind
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.neighbour_addresses import read_neighbour_addresses
from drivers.snmp.resolution import read_resolution

#: Steps away from where it began.
DEEPEST: Final = 4
MOST_ASKED: Final = 500
MOST_CANDIDATES: Final = 4_000
#: Whoever knows neighbours; of the others nobody hangs behind.
_KNOWS_NEIGHBOURS = frozenset(
    {
        Kind.switch,
        Kind.router,
        Kind.firewall,
        Kind.wireless_controller,
        Kind.access_point,
        Kind.server,
        Kind.unknown,
    }
)
#: Whoever forwards packets knows hardware addresses worth reading.
_RESOLVES = _KNOWS_NEIGHBOURS - {Kind.access_point}


@dataclass(frozen=True, slots=True)
class Station:
    """A device whose neighbours are asked for."""

    address: str
    port: int
    access: SnmpAccess
    kind: Kind = Kind.unknown
    name: str | None = None
    depth: int = 0


def station_of(found: Found, depth: int) -> Station | None:
    """The station a found device is; None where it has no neighbours to tell of."""
    kind = found.identity.kind if found.identity is not None else Kind.unknown
    if found.access is None or kind not in _KNOWS_NEIGHBOURS:
        return None
    name = found.identity.name if found.identity is not None else None
    return Station(found.host.address, found.port, found.access.snmp, kind, name, depth)


class Crawl:
    """Follows neighbours within the ranges, a bounded number of steps and devices.

    Args:
        at_once: how many devices are asked at the same time.
    """

    def __init__(
        self,
        engine: SnmpEngine,
        knocker: Knocker,
        ranges: Ranges,
        finds: Finds,
        *,
        at_once: int,
    ) -> None:
        self._engine = engine
        self._knocker = knocker
        self._ranges = ranges
        self._finds = finds
        self._at_once = at_once
        self._asked: set[str] = set()
        self._visited: set[str] = set()

    async def follow(self, starts: Iterable[Station], hosts: Iterable[Host] = ()) -> None:
        """Ask, and ask whom those know, until nobody new turns up.

        ``hosts``: whom the box itself knows.
        """
        level = deque(starts)
        candidates = [(host, 0) for host in hosts if self._is_new(host.address)]
        while level or candidates:
            stations, level = list(level), deque()

            async def ask(
                station: Station, candidates: list[tuple[Host, int]] = candidates
            ) -> None:
                candidates += [(host, station.depth + 1) for host in await self._ask(station)]

            await each(stations, ask, at_once=self._at_once)

            async def visit(candidate: tuple[Host, int], level: deque[Station] = level) -> None:
                host, depth = candidate
                found = await self._knocker.insist(host, retries=1)
                if found is not None and self._finds.add(found):
                    station = station_of(found, depth)
                    if station is not None and depth < DEEPEST:
                        level.append(station)
                elif found is None and host.alive:
                    self._finds.add_host(host)

            await each(candidates, visit, at_once=self._at_once)
            candidates = []

    async def _ask(self, station: Station) -> list[Host]:
        """Whom a device knows that nobody has visited yet."""
        if station.address in self._asked or len(self._asked) >= MOST_ASKED:
            return []
        self._asked.add(station.address)
        session = self._engine.session(
            station.address, station.port, station.access, timeout=2.0, retries=1
        )
        told_by = station.name or station.address
        hosts = []
        try:
            neighbours, _ = await read_neighbour_addresses(session)
            hosts = [Host(one.address, one.protocol, told_by) for one in neighbours]
            if station.kind in _RESOLVES:
                resolved, _ = await read_resolution(session)
                for entry in resolved:
                    self._finds.note_mac(entry.address, entry.mac)
                hosts += [
                    Host(entry.address, "nd" if ":" in entry.address else "arp", told_by)
                    for entry in resolved
                    if not self._finds.is_another_address(entry.address, entry.mac)
                ]
        except DriverError:
            pass  # half of what it knows is better than nothing
        return [host for host in hosts if self._is_new(host.address)]

    def _is_new(self, address: str) -> bool:
        if (
            address in self._visited
            or address not in self._ranges
            or self._ranges.is_swept(address)  # and has been asked
            or self._finds.is_known(address)
            or len(self._visited) >= MOST_CANDIDATES
        ):
            return False
        self._visited.add(address)
        return True
