"""Who is on the other end of each port: LLDP (IEEE 802.1AB MIB) and Cisco's CDP."""

from collections.abc import Mapping, Sequence

from drivers.base import Index, Oid, SnmpSession, Value
from drivers.readings import Neighbour, Port
from drivers.snmp.ports import faults_of, part_names
from drivers.snmp.text import decode_text

_LLDP_REMOTE: Oid = (1, 0, 8802, 1, 1, 2, 1, 4, 1, 1)
_LLDP_LOCAL_PORT: Oid = (1, 0, 8802, 1, 1, 2, 1, 3, 7, 1)
_CDP_CACHE: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 2, 1, 1)
#: lldpRemTable is indexed by time mark, local port number, neighbour number.
_LLDP_INDEX_LENGTH = 3
#: LldpChassisIdSubtype macAddress and LldpPortIdSubtype macAddress.
_CHASSIS_MAC, _PORT_MAC, _PORT_LOCAL = 4, 3, 7
_MAC_LENGTH = 6


async def read_neighbours(
    session: SnmpSession, ports: Sequence[Port]
) -> tuple[tuple[Neighbour, ...], list[str]]:
    """Neighbours of both protocols, in the order of the device, and what was incomplete."""
    names = _PortNames(ports)
    lldp, faults = await _read_lldp(session, names)
    cdp, more = await _read_cdp(session, names)
    return (*lldp, *cdp), faults + more


class _PortNames:
    """Finds the name that readings use for a port."""

    def __init__(self, ports: Sequence[Port]) -> None:
        indexes = [port.index for port in ports]
        by_name: dict[Index, str] = {port.index: port.name or "" for port in ports}
        by_description: dict[Index, str] = {port.index: port.description or "" for port in ports}
        self.of_index = dict(
            zip(indexes, part_names(indexes, by_name, by_description), strict=True)
        )
        self._of_text: dict[str, str] = {}
        for port in ports:
            for text in (port.name, port.description, port.mac):
                if text:
                    self._of_text.setdefault(text, self.of_index[port.index])

    def of_text(self, *texts: str | None) -> str | None:
        """The port one of the texts names."""
        return next((self._of_text[text] for text in texts if text in self._of_text), None)


async def _read_lldp(session: SnmpSession, names: _PortNames) -> tuple[list[Neighbour], list[str]]:
    walked, _ = await session.walk([(*_LLDP_REMOTE, n) for n in (4, 5, 6, 7, 8, 9)])
    chassis_type, chassis, port_type, port, port_description, system_name = (
        column.cells for column in walked
    )
    rows = [i for i in chassis if isinstance(i, tuple) and len(i) == _LLDP_INDEX_LENGTH]
    faults = faults_of("lldpRemTable", walked)
    if not rows:
        return [], faults
    local, _ = await session.walk([(*_LLDP_LOCAL_PORT, n) for n in (2, 3, 4)])
    faults += faults_of("lldpLocPortTable", local)
    found = []
    for row in rows:
        remote_port = _identifier(port.get(row), port_type.get(row) == _PORT_MAC)
        description = _text(port_description.get(row))
        if port_type.get(row) in (_PORT_MAC, _PORT_LOCAL) and description:
            remote_port = description
        found.append(
            Neighbour(
                local_port=_local_port(row[1], [column.cells for column in local], names),
                remote_name=_text(system_name.get(row))
                or _identifier(chassis.get(row), chassis_type.get(row) == _CHASSIS_MAC),
                remote_port=remote_port,
                protocol="lldp",
            )
        )
    return found, faults


def _local_port(number: int, local: Sequence[Mapping[Index, Value]], names: _PortNames) -> str:
    """A local port number as a port's name.

    The number is the ifIndex on most devices but need not be: what lldpLocPortTable says of it
    comes first.
    """
    subtype, identifier, description = (cells.get(number) for cells in local)
    own = _identifier(identifier, subtype == _PORT_MAC)
    told = _text(description)
    known = names.of_text(own if subtype != _PORT_MAC else None, told)
    return known or names.of_index.get(number) or told or own or str(number)


async def _read_cdp(session: SnmpSession, names: _PortNames) -> tuple[list[Neighbour], list[str]]:
    walked, _ = await session.walk([(*_CDP_CACHE, n) for n in (6, 7)])
    device, port = (column.cells for column in walked)
    found = []
    for row, identifier in device.items():
        if not isinstance(row, tuple):
            continue
        found.append(
            Neighbour(
                local_port=names.of_index.get(row[0]) or str(row[0]),
                remote_name=_identifier(identifier, binary=False),
                remote_port=_text(port.get(row)),
                protocol="cdp",
            )
        )
    return found, faults_of("cdpCacheTable", walked)


def _identifier(value: Value | None, binary: bool) -> str | None:
    """A chassis or port id: hex digits when it is a MAC address, text otherwise."""
    if isinstance(value, bytes):
        unprintable = len(value) == _MAC_LENGTH and not value.isascii()
        if (binary and len(value) == _MAC_LENGTH) or unprintable:
            return value.hex()
    return _text(value)


def _text(value: Value | None) -> str | None:
    return None if value is None else decode_text(value)
