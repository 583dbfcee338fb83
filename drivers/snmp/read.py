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

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from drivers.base import Oid, SnmpSession
from drivers.definitions import Definition, Definitions, Gauge, builtin_definitions
from drivers.errors import DriverError
from drivers.readings import Block, Component, Facts, Neighbour, Outcome, Port
from drivers.snmp.entity import Entities, components_of, read_entities
from drivers.snmp.gauges import GaugesFound, read_definition_gauges
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
    "GaugePlan",
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


class GaugePlan(msgspec.Struct, frozen=True):
    """Which gauges of a device are worth asking for; equal for devices of a model.

    Args:
        definition: the definition that fits.
        object_id: its sysObjectID, under which some makers put their MIB.
        there: positions of the gauges it has, of all the definition names.
    """

    definition: str
    object_id: Oid | None = None
    there: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FactsRead:
    """All that changes seldom, and the gauges read on the way.

    Args:
        facts: identity, ports, components, neighbours.
        blocks: uptime and the definition's gauges.
        definition: name of the definition that fits.
        faults: tables that broke off, with the reason.
        plan: which gauges it has; pass it to :func:`read_gauges`.
    """

    facts: Facts
    blocks: tuple[Block, ...]
    definition: str
    faults: tuple[str, ...] = ()
    plan: GaugePlan | None = None


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
    wanted = known.gauges_of(definition, system.object_id)

    async def gauges_and_faults() -> tuple[GaugesFound, list[str]]:
        found = await read_definition_gauges(session, wanted)
        return found, list(found.faults)

    gauges = await tables.read("gauges", gauges_and_faults, None)
    blocks: tuple[Block, ...] = () if gauges is None else gauges.blocks
    # Gauges that were not read are asked for again.
    there = tuple(range(len(wanted))) if gauges is None else gauges.there
    plan = GaugePlan(definition.name, system.object_id, there)
    if system.uptime is not None:
        blocks = (Block(("",), {"uptime_seconds": [system.uptime / 100]}), *blocks)
    components: tuple[Component, ...] = components_of(entities)
    facts = Facts(identity=identity, ports=ports, components=components, neighbours=neighbours)
    return FactsRead(facts, blocks, definition.name, tuple(tables.faults), plan)


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
    session: SnmpSession,
    plan: GaugePlan | str,
    definitions: Definitions | None = None,
    *,
    hour: bool = False,
    choose: Callable[[Sequence[Gauge]], Sequence[Gauge]] = tuple,
) -> GaugesRead:
    """Read the gauges of the table cadence, and those of the hour when it is time.

    Args:
        session: a live device or a recording.
        plan: what the device has, from :class:`FactsRead`; or the name of a definition, to ask
            for all it names.
        definitions: where to look it up; the built-in ones by default.
        hour: whether to read what moves slowly, too.
        choose: leaves some of the gauges out.

    Raises:
        DriverError: the device did not answer at all.
    """
    known = definitions or builtin_definitions()
    name = plan if isinstance(plan, str) else plan.definition
    object_id = None if isinstance(plan, str) else plan.object_id
    gauges = known.gauges_of(known.named(name), object_id)
    chosen = range(len(gauges)) if isinstance(plan, str) else plan.there
    due = ("tables", "hour") if hour else ("tables",)
    wanted = choose([gauges[at] for at in chosen if at < len(gauges) and gauges[at].cadence in due])
    if not wanted:
        return GaugesRead(())
    found = await read_definition_gauges(session, wanted)
    return GaugesRead(found.blocks, found.faults)
