"""What is read of one SNMP device: the facts, the ports, the gauges.

Four reads for three cadences. All take a session that may be live or a recording, and raise
``DriverError`` only when the device gave nothing at all; a table that fails later is named in
``faults`` and costs nothing else.

* ``read_facts``: who it is, its ports, components and neighbours (inventory cadence).
* ``read_tables``: port states and raw counters (table cadence; the hot path).
* ``read_gauges``: CPU, memory, temperature, ... as its definition tells (table cadence).
* ``recognise``: which definition fits it.
* ``read_reachability``: its clock and its uplink port (reachability cadence).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from drivers.base import SnmpSession
from drivers.definitions import Definition, Definitions, builtin_definitions
from drivers.errors import DriverError
from drivers.readings import Block, Component, Facts, Neighbour, Outcome, Port
from drivers.snmp.entity import Entities, components_of, read_entities
from drivers.snmp.gauges import read_definition_gauges
from drivers.snmp.identify import SYSTEM_OIDS, System, identify
from drivers.snmp.neighbours import read_neighbours
from drivers.snmp.ports import read_ports
from drivers.snmp.tables import (
    Known,
    TablesRead,
    learn_ports,
    read_reachability,
    read_tables,
)

__all__ = [
    "FactsRead",
    "GaugesRead",
    "Known",
    "TablesRead",
    "learn_ports",
    "outcome_of",
    "read_facts",
    "read_gauges",
    "read_reachability",
    "read_tables",
    "recognise",
]

T = TypeVar("T")
#: After so many tables in a row without any answer the device is taken to be gone.
_GIVE_UP_AFTER = 2
#: Longest ``detail`` of a poll.
MAX_DETAIL = 500


def outcome_of(faults: tuple[str, ...]) -> tuple[Outcome, str]:
    """``ok``, or ``partial`` with the faulty tables named."""
    if not faults:
        return Outcome.ok, ""
    return Outcome.partial, "; ".join(faults)[:MAX_DETAIL]


@dataclass(frozen=True, slots=True)
class FactsRead:
    """All that changes seldom, and the gauges read on the way.

    Args:
        facts: identity, ports, components, neighbours.
        blocks: uptime and the definition's gauges.
        definition: name of the definition that fits; pass it to :func:`read_gauges`.
        faults: tables that broke off, with the reason.
    """

    facts: Facts
    blocks: tuple[Block, ...]
    definition: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GaugesRead:
    """CPU, memory, temperature, ... of one device."""

    blocks: tuple[Block, ...]
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tables:
    """Reads table after table; one that fails is noted, the rest goes on."""

    faults: list[str] = field(default_factory=list)
    _silent: int = 0

    async def read(
        self, table: str, read: Callable[[], Awaitable[tuple[T, list[str]]]], none: T
    ) -> T:
        if self._silent >= _GIVE_UP_AFTER:
            self.faults.append(f"{table}: not asked")
            return none
        try:
            result, faults = await read()
        except DriverError as error:
            self._silent += 1
            self.faults.append(f"{table}: {error.code.value}")
            return none
        self._silent = 0
        self.faults += faults
        return result


async def read_facts(
    session: SnmpSession, definitions: Definitions | None = None, *, driver: str = "auto"
) -> FactsRead:
    """Read who the device is and what it consists of.

    Args:
        session: a live device or a recording.
        definitions: where to look the device up; the built-in ones by default.
        driver: the name of a definition to use whatever the device says; ``auto`` to look it up.

    Raises:
        DriverError: the device did not answer who it is.
    """
    found = await session.get(SYSTEM_OIDS)
    system = System.from_values(found)
    known = definitions or builtin_definitions()
    tables = _Tables()
    definition = await _find(session, known, system, driver)
    entities = await tables.read("entPhysicalTable", lambda: read_entities(session), Entities())
    identity = await tables.read(
        "identity",
        lambda: identify(session, system, definition, entities),
        system.bare_identity(),
    )
    no_ports: tuple[Port, ...] = ()
    ports = await tables.read("ifTable", lambda: read_ports(session), no_ports)
    no_neighbours: tuple[Neighbour, ...] = ()
    neighbours = await tables.read(
        "lldpRemTable", lambda: read_neighbours(session, ports), no_neighbours
    )
    no_blocks: tuple[Block, ...] = ()
    gauges = await tables.read(
        "gauges",
        lambda: read_definition_gauges(session, known.gauges_of(definition)),
        no_blocks,
    )
    blocks = gauges
    if system.uptime is not None:
        blocks = (Block(("",), {"uptime_seconds": [system.uptime / 100]}), *gauges)
    components: tuple[Component, ...] = components_of(entities)
    facts = Facts(identity=identity, ports=ports, components=components, neighbours=neighbours)
    return FactsRead(facts, blocks, definition.name, tuple(tables.faults))


async def recognise(
    session: SnmpSession, definitions: Definitions | None = None, *, driver: str = "auto"
) -> Definition:
    """The definition that fits a device, without reading the rest of it.

    Raises:
        DriverError: the device did not answer.
    """
    system = System.from_values(await session.get(SYSTEM_OIDS))
    return await _find(session, definitions or builtin_definitions(), system, driver)


async def _find(
    session: SnmpSession, known: Definitions, system: System, driver: str
) -> Definition:
    probes = known.probes(system.object_id, system.description)
    answered = await session.get(probes) if probes and driver == "auto" else {}
    return known.find(system.object_id, system.description, answered=answered, driver=driver)


async def read_gauges(
    session: SnmpSession, definition: str, definitions: Definitions | None = None
) -> GaugesRead:
    """Read the gauges a definition names.

    Raises:
        DriverError: the device did not answer at all.
    """
    known = definitions or builtin_definitions()
    gauges = known.gauges_of(known.named(definition))
    blocks, faults = await read_definition_gauges(session, gauges)
    return GaugesRead(blocks, tuple(faults))
