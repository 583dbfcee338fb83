"""Under which addresses the neighbours of a device are managed.

Source: IEEE 802.1AB LLDP-MIB (lldpRemManAddrTable), CISCO-CDP-MIB (cdpCacheTable).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from drivers.base import Index, Oid, SnmpSession, Value
from drivers.snmp.ports import faults_of
from drivers.snmp.text import decode_text

_LLDP_NAME: Oid = (1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 9)
_LLDP_MANAGEMENT: Oid = (1, 0, 8802, 1, 1, 2, 1, 4, 2, 1, 3)
_CDP_CACHE: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 2, 1, 1)
#: Time mark, local port, number of the neighbour; then subtype, length and address.
_LLDP_ROW = 3
#: AddressFamilyNumbers: ipV4, ipV6.
_LENGTHS = {1: 4, 2: 16}
_OCTET = 255


@dataclass(frozen=True, slots=True)
class NeighbourAddress:
    """Where a neighbour can be asked.

    Args:
        address: IP address in its usual form.
        name: what the neighbour calls itself.
        protocol: ``lldp`` or ``cdp``.
    """

    address: str
    name: str | None
    protocol: str


async def read_neighbour_addresses(
    session: SnmpSession,
) -> tuple[tuple[NeighbourAddress, ...], list[str]]:
    """Neighbours that tell an IP address, each address once, and what was incomplete.

    Raises:
        DriverError: the device did not answer at all.
    """
    columns = (_LLDP_MANAGEMENT, _LLDP_NAME, (*_CDP_CACHE, 4), (*_CDP_CACHE, 6))
    walked, _ = await session.walk(columns)
    lldp, cdp = walked[:2], walked[2:]
    faults = faults_of("lldpRemManAddrTable", lldp) + faults_of("cdpCacheTable", cdp)
    found: dict[str, NeighbourAddress] = {}
    for entry in (*_lldp(lldp[0].cells, lldp[1].cells), *_cdp(cdp[0].cells, cdp[1].cells)):
        found.setdefault(entry.address, entry)
    return tuple(found.values()), faults


def _lldp(
    management: Mapping[Index, Value], names: Mapping[Index, Value]
) -> Iterator[NeighbourAddress]:
    for index in management:
        if not isinstance(index, tuple) or len(index) <= _LLDP_ROW + 1:
            continue
        row, family = index[:_LLDP_ROW], index[_LLDP_ROW]
        length = _LENGTHS.get(family)
        if length is None or max(index[-length:]) > _OCTET:
            continue
        address = _text_of(bytes(index[_LLDP_ROW + 2 :]), length)
        if address is not None:
            yield NeighbourAddress(address, _name(names.get(row)), "lldp")


def _cdp(
    addresses: Mapping[Index, Value], names: Mapping[Index, Value]
) -> Iterator[NeighbourAddress]:
    for index, value in addresses.items():
        if isinstance(value, bytes) and len(value) in _LENGTHS.values():
            address = _text_of(value, len(value))
            if address is not None:
                yield NeighbourAddress(address, _name(names.get(index)), "cdp")


def _text_of(octets: bytes, length: int) -> str | None:
    if len(octets) != length:
        return None
    address = (IPv4Address if length == _LENGTHS[1] else IPv6Address)(octets)
    if address.is_multicast or address.is_unspecified:
        return None
    return str(address)


def _name(value: Value | None) -> str | None:
    return None if value is None else decode_text(value)
