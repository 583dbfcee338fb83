"""Who a device is, in a handful of packets: for finding devices, not for watching them.

The same definitions and the same rules as the inventory reads by. Of ENTITY-MIB only the rows are
read that may stand for the device as a whole, and only where the family's own objects are silent.
"""

from dataclasses import dataclass

from drivers.base import SnmpSession
from drivers.definitions import Definition, Definitions, builtin_definitions
from drivers.errors import DriverError
from drivers.readings import Identity
from drivers.snmp.entity import Entities, read_whole
from drivers.snmp.identify import SYSTEM_OIDS, System, identify
from drivers.snmp.resolution import read_own_addresses


@dataclass(frozen=True, slots=True)
class Glance:
    """What a handful of packets tell of a device.

    Args:
        identity: as far as it is known; what could not be read stays None.
        definition: the definition that fits.
        addresses: the device's own IP addresses, as it tells them.
        uptime: hundredths of a second since it started.
    """

    identity: Identity
    definition: str
    addresses: frozenset[str]
    uptime: int | None = None


async def glance_at(session: SnmpSession, definitions: Definitions | None = None) -> Glance:
    """Look a device up and read who it is.

    Raises:
        DriverError: the device did not answer at all.
    """
    system = System.from_values(await session.get(SYSTEM_OIDS))
    known = definitions or builtin_definitions()
    try:
        probes = known.probes(system.object_id, system.description)
        answered = await session.get(probes) if probes else {}
        definition = known.find(system.object_id, system.description, answered=answered)
    except DriverError:
        return Glance(system.bare_identity(), "generic", frozenset(), system.uptime)
    identity = await _identity(session, system, definition)
    try:
        addresses = await read_own_addresses(session)
    except DriverError:
        addresses = frozenset()
    return Glance(identity, definition.name, addresses, system.uptime)


async def _identity(session: SnmpSession, system: System, definition: Definition) -> Identity:
    try:
        identity, _ = await identify(session, system, definition, Entities())
        if identity.serial is None or identity.model is None:
            entities = await read_whole(session)
            if entities.rows:
                identity, _ = await identify(session, system, definition, entities)
    except DriverError:
        return system.bare_identity()
    return identity
