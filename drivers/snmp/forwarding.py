"""Who hangs on which port: the forwarding tables of a bridge.

Source: RFC 4188 (dot1dTpFdbTable, dot1dBasePortTable), RFC 4363 (dot1qTpFdbTable,
dot1qVlanCurrentTable).

The addresses are of personal devices, too. What is read here is for looking things up inside the
agent (which port a known device hangs on, whether a port is in use); it has no place in ``Facts``
or in a batch, and is kept no longer than one look. Hence :class:`Station` hides its address from
logs, and :func:`attached_to` answers with counts.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from drivers.base import Index, Oid, SnmpSession, Value
from drivers.readings import Port
from drivers.snmp.ports import faults_of, part_names

_BRIDGE: Oid = (1, 3, 6, 1, 2, 1, 17)
_BASE_PORT_IF_INDEX: Oid = (*_BRIDGE, 1, 4, 1, 2)
_FDB_PORT, _FDB_STATUS = (*_BRIDGE, 4, 3, 1, 2), (*_BRIDGE, 4, 3, 1, 3)
_Q_FDB_PORT, _Q_FDB_STATUS = (*_BRIDGE, 7, 1, 2, 2, 1, 2), (*_BRIDGE, 7, 1, 2, 2, 1, 3)
_Q_VLAN_FDB_ID: Oid = (*_BRIDGE, 7, 1, 4, 2, 1, 3)
#: Of the status of an entry: learned. Others are the bridge's own or set by hand.
_LEARNED = 3
_MAC_LENGTH = 6
_OCTET = 255
#: More stations than a school has devices; a table that says more is cut here.
MOST_STATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Station:
    """One address behind one port.

    Args:
        port: the port's name as readings have it.
        mac: twelve hex digits.
        vlan: VLAN id, None where the bridge does not say.
        row: the object that tells the port of this address; see :func:`still_there`.
        number: what it told, the bridge's own number of the port.
    """

    port: str
    mac: str = field(repr=False)
    vlan: int | None = None
    row: Oid = field(default=(), repr=False, compare=False)
    number: int = field(default=0, repr=False, compare=False)


async def read_forwarding(
    session: SnmpSession, ports: Iterable[Port]
) -> tuple[tuple[Station, ...], list[str]]:
    """Learned stations of a bridge, and what was incomplete.

    The table by VLAN is taken where there is one, else the plain one. Entries on ports that IF-MIB
    does not know are left out.

    Raises:
        DriverError: the device did not answer at all.
    """
    base, _ = await session.walk([_BASE_PORT_IF_INDEX])
    faults = faults_of("dot1dBasePortTable", base)
    names = _names(base[0].cells, tuple(ports))
    if not names:
        return (), faults
    walked, _ = await session.walk([_Q_FDB_PORT, _Q_FDB_STATUS, _Q_VLAN_FDB_ID])
    port, status, vlans = (column.cells for column in walked)
    faults += faults_of("dot1qTpFdbTable", walked)
    table = _Q_FDB_PORT
    if not port:
        table = _FDB_PORT
        walked, _ = await session.walk([_FDB_PORT, _FDB_STATUS])
        port, status = (column.cells for column in walked)
        vlans = {}
        faults += faults_of("dot1dTpFdbTable", walked)
    vlan_of = _vlan_of_database(vlans)
    found = []
    for index, number in port.items():
        if not isinstance(index, tuple) or status.get(index, _LEARNED) != _LEARNED:
            continue
        name = names.get(number) if isinstance(number, int) else None
        octets = index[-_MAC_LENGTH:]
        if (
            name is None
            or not isinstance(number, int)
            or len(octets) < _MAC_LENGTH
            or max(octets) > _OCTET
        ):
            continue
        database = index[0] if len(index) > _MAC_LENGTH else None
        vlan = None if database is None else vlan_of.get(database, database)
        row = (*table, *index)
        found.append(Station(name, bytes(octets).hex(), vlan, row, number))
        if len(found) >= MOST_STATIONS:
            faults.append(f"dot1qTpFdbTable: more than {MOST_STATIONS} stations")
            break
    return tuple(found), faults


async def still_there(session: SnmpSession, stations: Collection[Station]) -> Collection[Station]:
    """Which of these known stations the bridge still has on the same port, by GET.

    Sixteen of them fit a packet, and of nobody else's address anything is read.

    Raises:
        DriverError: the device did not answer.
    """
    told = await session.get([station.row for station in stations])
    return [station for station in stations if told.get(station.row) == station.number]


def attached_to(stations: Iterable[Station]) -> Mapping[str, int]:
    """How many addresses each port has behind it: one is a device, many are another switch."""
    return Counter(port for port, _ in {(station.port, station.mac) for station in stations})


def port_of(stations: Iterable[Station], mac: str) -> str | None:
    """The port a known device hangs on: of all that see it, the one with the fewest others."""
    everyone = tuple(stations)
    crowd = attached_to(everyone)
    seen = {station.port for station in everyone if station.mac == mac}
    return min(seen, key=lambda port: (crowd[port], port), default=None)


def _names(base: Mapping[Index, Value], ports: tuple[Port, ...]) -> dict[int, str]:
    """Bridge port number to the name of the port."""
    indexes = [port.index for port in ports]
    by_name: dict[Index, str] = {port.index: port.name or "" for port in ports}
    by_description: dict[Index, str] = {port.index: port.description or "" for port in ports}
    parts = part_names(indexes, by_name, by_description)
    part_of = dict(zip(indexes, parts, strict=True))
    return {
        number: part_of[index]
        for number, index in base.items()
        if isinstance(number, int) and isinstance(index, int) and index in part_of
    }


def _vlan_of_database(vlans: Mapping[Index, Value]) -> dict[int, int]:
    """Filtering database to VLAN (dot1qVlanCurrentTable: time mark and VLAN to database).

    Where VLANs share a database nothing tells them apart; the first is named.
    """
    found: dict[int, int] = {}
    for index, database in vlans.items():
        if isinstance(index, tuple) and isinstance(database, int):
            found.setdefault(database, index[-1])
    return found
