"""A small simulated network for discovery: SNMP devices at loopback addresses, one UDP port."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from agent.discovery.look import Look, Manner, Summary
from agent.discovery.memory import Memory
from drivers.base import Oid
from drivers.plan import Discovery, NamedAccess, SnmpAccess, Target
from drivers.readings import Finding, Kind
from drivers.simulate.mib import Cell, MibTree
from drivers.simulate.power import Power
from drivers.simulate.responder import AgentServer, SnmpAgent
from drivers.simulate.schoolday import SchoolDay
from drivers.simulate.system import Label, Part, chassis, entities, system
from drivers.snmp.ber import OCTET_STRING

SCHOOL = "330483-01"
SWITCH = ("1.3.6.1.4.1.25506.11.1.231", "H3C Comware Platform Software, Version 7.1.070")
PRINTER = ("1.3.6.1.4.1.2435.2.3.9.1", "Brother HL-5590DN, Firmware Ver.1.26")

Cells = Sequence[tuple[Oid, Cell]]


def device(
    address: str,
    *,
    community: str = "public",
    make: tuple[str, str] = SWITCH,
    cells: Cells = (),
    serial: str | None = None,
) -> SnmpAgent:
    """One device; its serial number is made of its address unless told."""
    label = Label(
        name=f"dev-{address}",
        object_id=make[0],
        description=make[1],
        location="",
        vendor="H3C",
        model="S5130S-28S-EI",
        serial=serial or f"CF{address.replace('.', '')}",
        version="7.1.070",
        mac="020000000001",
    )
    power = Power(SchoolDay(time.time()), time.time() - 86_400)
    parts: list[Part] = [chassis(label, 2)]
    tree = MibTree([*system(label, power, services=78), *entities(label, parts), *cells])
    return SnmpAgent(label.name, address, community, tree, power)


def managed_at(local_port: int, address: str, name: str) -> Cells:
    """Cells of LLDP-MIB: a neighbour that is managed at an address."""
    remote: Oid = (1, 0, 8802, 1, 1, 2, 1, 4)
    octets = tuple(map(int, address.split(".")))
    return (
        ((*remote, 1, 1, 9, 0, local_port, 1), (OCTET_STRING, name.encode())),
        ((*remote, 2, 1, 3, 0, local_port, 1, 1, 4, *octets), (2, 2)),
    )


def resolves(address: str, mac: str, interface: int = 1) -> Cells:
    """A cell of ipNetToPhysicalTable."""
    octets = tuple(ip_address(address).packed)
    family = 1 if len(octets) == 4 else 2
    row: Oid = (1, 3, 6, 1, 2, 1, 4, 35, 1, 4, interface, family, len(octets), *octets)
    return ((row, (OCTET_STRING, bytes.fromhex(mac))),)


@contextmanager
def serving(*agents: SnmpAgent) -> Iterator[int]:
    """Answer at every address; the UDP port. Needs a running event loop."""
    server = AgentServer(agents, clock=time.time)
    try:
        yield server.open()
    finally:
        server.close()


def access(community: str, name: str = "") -> NamedAccess:
    return NamedAccess(name or f"c-{community}", SnmpAccess(community=community))


class Watched:
    """A look whose findings are kept, in the order told.

    Args:
        found: the newest finding of each address.
    """

    def __init__(self, memory: Memory | None = None, *, ping: bool = False) -> None:
        self.memory = memory or Memory()
        self.told: list[Finding] = []
        self._ping = ping

    @property
    def found(self) -> Mapping[str, Finding]:
        return {finding.address: finding for finding in self.told}

    async def look(
        self, wanted: Discovery, targets: Sequence[Target] = (), *, pjlink: bool = False
    ) -> Summary:
        manner = Manner(ping=self._ping, pjlink=pjlink, rng=random.Random())  # noqa: S311
        look = Look(wanted, targets, memory=self.memory, tell=self.told.append, manner=manner)
        return await look.run()


def kept(folder: Path) -> Memory:
    """A memory that outlives a look."""
    return Memory(folder)


def kinds(found: Mapping[str, Finding]) -> Mapping[str, Kind]:
    return {
        address: finding.identity.kind
        for address, finding in found.items()
        if finding.identity is not None
    }
