"""Which hardware address answers for which IP address, and which addresses are a device's own.

Source: RFC 4293 (ipNetToPhysicalTable, ipAddressTable; ARP and IPv6 neighbour discovery alike),
RFC 1213 (ipNetToMediaTable, ipAddrTable), RFC 2465 (ipv6NetToMediaTable of older IPv6 devices).

The addresses are of personal devices, too. As with :mod:`drivers.snmp.forwarding`, what is read
here is for looking things up inside the agent: it has no place in ``Facts`` or in a batch, and is
kept no longer than one look. Hence :class:`Resolved` hides its addresses from logs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from drivers.base import Column, Index, Oid, SnmpSession
from drivers.snmp.ports import faults_of, mac_of

_IP: Oid = (1, 3, 6, 1, 2, 1, 4)
#: Physical address, type and state; physical address and type.
_PHYSICAL: tuple[Oid, ...] = tuple((*_IP, 35, 1, n) for n in (4, 6, 7))
_MEDIA: tuple[Oid, ...] = tuple((*_IP, 22, 1, n) for n in (2, 4))
_IPV6_MEDIA_MAC: Oid = (1, 3, 6, 1, 2, 1, 55, 1, 12, 1, 2)
_OWN_IPV4, _OWN_ADDRESS = (*_IP, 20, 1, 2), (*_IP, 34, 1, 3)
#: InetAddressType; the zoned forms have four octets of zone behind the address.
_IPV4, _IPV6, _IPV4Z, _IPV6Z = 1, 2, 3, 4
_LENGTHS = {_IPV4: 4, _IPV6: 16, _IPV4Z: 4, _IPV6Z: 16}
#: ipNetToPhysicalType and ipNetToMediaType: invalid, and local (the device's own address).
_NOT_A_NEIGHBOUR = frozenset({2, 5})
#: ipNetToPhysicalState: invalid, incomplete.
_UNRESOLVED = frozenset({5, 7})
_OCTET = 255
#: More neighbours than a school has devices; a table that says more is cut here.
MOST_RESOLVED = 20_000


@dataclass(frozen=True, slots=True)
class Resolved:
    """One neighbour of a device.

    Args:
        address: IP address in its usual form.
        mac: twelve hex digits.
        interface: ifIndex of the interface it was seen on.
    """

    address: str = field(repr=False)
    mac: str = field(repr=False)
    interface: int


async def read_resolution(session: SnmpSession) -> tuple[tuple[Resolved, ...], list[str]]:
    """ARP and neighbour discovery entries of a device, and what was incomplete.

    The tables are put together, since many devices keep IPv4 in one and IPv6 in another; each
    address counts once an interface. Entries that are invalid, incomplete, the device's own, or
    without an Ethernet address are left out.

    Raises:
        DriverError: the device did not answer at all.
    """
    walked, _ = await session.walk([*_PHYSICAL, *_MEDIA, _IPV6_MEDIA_MAC])
    physical, media, older = walked[:3], walked[3:5], walked[5:]
    faults = faults_of("ipNetToPhysicalTable", physical)
    faults += faults_of("ipNetToMediaTable", media) + faults_of("ipv6NetToMediaTable", older)
    found: dict[tuple[str, int], Resolved] = {}
    for entry in (*_physical(physical), *_media(media), *_older(older)):
        if len(found) >= MOST_RESOLVED:
            faults.append(f"ipNetToPhysicalTable: more than {MOST_RESOLVED} neighbours")
            break
        found.setdefault((entry.address, entry.interface), entry)
    return tuple(found.values()), faults


async def read_own_addresses(session: SnmpSession) -> frozenset[str]:
    """Every IP address of the device itself; none where it does not tell.

    Loopback and factory addresses are among them, which other devices have as well.

    Raises:
        DriverError: the device did not answer at all.
    """
    walked, _ = await session.walk([_OWN_IPV4, _OWN_ADDRESS])
    plain, typed = walked
    texts = [_text_of(_IPV4, index) for index in plain.cells if isinstance(index, tuple)]
    texts += [
        _text_of(index[0], _unprefixed(index[0], index[1:]))
        for index in typed.cells
        if isinstance(index, tuple)
    ]
    return frozenset(text for text in texts if text is not None)


def _physical(walked: Iterable[Column]) -> Iterator[Resolved]:
    macs, types, states = (column.cells for column in walked)
    for index, value in macs.items():
        if types.get(index) in _NOT_A_NEIGHBOUR or states.get(index) in _UNRESOLVED:
            continue
        if isinstance(index, tuple) and len(index) > _LENGTHS[_IPV4] + 1:
            yield from _resolved(
                index[0], _text_of(index[1], _unprefixed(index[1], index[2:])), mac_of(value)
            )


def _media(walked: Iterable[Column]) -> Iterator[Resolved]:
    macs, types = (column.cells for column in walked)
    for index, value in macs.items():
        if isinstance(index, tuple) and types.get(index) not in _NOT_A_NEIGHBOUR:
            yield from _resolved(index[0], _text_of(_IPV4, index[1:]), mac_of(value))


def _older(walked: Iterable[Column]) -> Iterator[Resolved]:
    (column,) = walked
    for index, value in column.cells.items():
        if isinstance(index, tuple):
            yield from _resolved(
                index[0], _text_of(_IPV6, _unprefixed(_IPV6, index[1:])), mac_of(value)
            )


def _resolved(interface: int, address: str | None, mac: str | None) -> Iterator[Resolved]:
    if address is not None and mac is not None and mac.strip("0"):
        yield Resolved(address, mac, interface)


def _unprefixed(kind: int, index: tuple[int, ...]) -> tuple[int, ...]:
    """An address without the length some put before it and others leave out."""
    length = _LENGTHS.get(kind, 0)
    return index[1:] if index and len(index) in (length + 1, length + 5) else index


def _text_of(kind: int, index: Index) -> str | None:
    """The usual form of an address; None for what is none, or no neighbour's."""
    length = _LENGTHS.get(kind, 0)
    octets = index[:length] if isinstance(index, tuple) else ()
    if not length or len(octets) != length or max(octets) > _OCTET:
        return None
    address = (IPv4Address if kind in (_IPV4, _IPV4Z) else IPv6Address)(bytes(octets))
    return None if address.is_multicast or address.is_unspecified else str(address)
