"""What a switch or a router knows of the devices we were told to look for, and of nobody else.

This is where personal devices end. A forwarding or ARP table is full of pupils' telephones; it is
read into a local variable, compared with the plan's addresses, counted, and gone when the function
returns. What leaves this module names registered devices only, and ports by how many addresses
are behind them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from drivers.base import SnmpSession
from drivers.readings import Port
from drivers.snmp.forwarding import Station, attached_to, read_forwarding, still_there
from drivers.snmp.ports import IF_DESCR, IF_NAME
from drivers.snmp.resolution import read_resolution
from drivers.snmp.text import decode_text


@dataclass(frozen=True, slots=True)
class Sighting:
    """One registered device behind one port.

    Args:
        switch: id of the switch's own target.
        station: what the switch's table says.
        crowd: addresses behind that port, this one included: one on an access port, many
            on a port to another switch.
    """

    switch: str
    station: Station
    crowd: int

    @property
    def place(self) -> tuple[str, str]:
        """Switch and port."""
        return self.switch, self.station.port


@dataclass(frozen=True, slots=True)
class SwitchLook:
    """What one look at a switch brought.

    Args:
        sightings: of the wanted addresses.
        stations: how many addresses its table holds in all; none on what is no bridge.
        complete: whether all of the table came.
    """

    sightings: tuple[Sighting, ...]
    stations: int
    complete: bool


async def look_at_switch(switch: str, session: SnmpSession, wanted: Collection[str]) -> SwitchLook:
    """Read a switch's forwarding table and keep the wanted addresses of it.

    Costs a walk of the ports' names and of the table: about one packet for ten addresses.

    Raises:
        DriverError: it did not answer.
    """
    stations, faults = await read_forwarding(session, await _ports(session))
    crowds = attached_to(stations)
    sightings = tuple(
        Sighting(switch, station, crowds[station.port])
        for station in stations
        if station.mac in wanted
    )
    return SwitchLook(sightings, len(stations), not faults)


async def look_again(session: SnmpSession, sightings: Collection[Sighting]) -> Collection[Sighting]:
    """Which of the sightings at one switch still hold: a packet for sixteen of them.

    Raises:
        DriverError: it did not answer.
    """
    held = {id(station) for station in await still_there(session, [s.station for s in sightings])}
    return [sighting for sighting in sightings if id(sighting.station) in held]


async def look_at_router(
    session: SnmpSession, addresses: Mapping[str, str], macs: Mapping[str, str]
) -> tuple[Mapping[str, str], int]:
    """Which wanted devices a router has a hardware address of, and how many neighbours it has.

    Args:
        session: with the router.
        addresses: IP address to the id of the device that has it.
        macs: hardware address to the id of the device that has it.

    Returns:
        Device ids with the hardware address found, and the size of the table.

    Raises:
        DriverError: it did not answer.
    """
    neighbours, _ = await read_resolution(session)
    found: dict[str, str] = {}
    for neighbour in neighbours:
        id_ = macs.get(neighbour.mac) or addresses.get(neighbour.address)
        if id_ is not None:
            found[id_] = neighbour.mac
    return found, len(neighbours)


def best_of(sightings: Collection[Sighting]) -> Sighting | None:
    """Where a device hangs: of all ports that see it, the one with the fewest others."""
    return min(sightings, key=lambda s: (s.crowd, s.place), default=None)


async def _ports(session: SnmpSession) -> tuple[Port, ...]:
    (names, descriptions), _ = await session.walk([IF_NAME, IF_DESCR])
    indexes = dict.fromkeys((*names.cells, *descriptions.cells))
    return tuple(
        Port(
            index=index,
            name=_text(names.cells.get(index)),
            description=_text(descriptions.cells.get(index)),
        )
        for index in indexes
        if isinstance(index, int)
    )


def _text(value: object) -> str | None:
    return decode_text(value) if isinstance(value, bytes) else None
