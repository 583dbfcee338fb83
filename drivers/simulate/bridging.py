"""Forwarding tables of simulated switches and ARP tables of simulated gateways.

Source: RFC 4188 (dot1dBasePortTable), RFC 4363 (dot1qTpFdbTable, dot1qVlanCurrentTable),
RFC 1213 (ipNetToMediaTable). Port numbers of the bridge are ifIndexes here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from drivers.base import Oid
from drivers.simulate.interfaces import SimulatedPort
from drivers.simulate.mib import Cell, oid
from drivers.snmp.ber import GAUGE32, INTEGER, IP_ADDRESS, OCTET_STRING

_BASE_PORT: Final = oid("1.3.6.1.2.1.17.1.4.1.2")
_FDB: Final = oid("1.3.6.1.2.1.17.7.1.2.2.1")
_VLANS: Final = oid("1.3.6.1.2.1.17.7.1.4.2.1.3")
_ARP: Final = oid("1.3.6.1.2.1.4.22.1")
#: Of the whole school network; filtering database and VLAN are numbered alike.
VLAN: Final = 20
_LEARNED = _DYNAMIC = 3


@dataclass(frozen=True, slots=True)
class Learned:
    """One address behind one port.

    Args:
        port: ifIndex.
        mac: twelve hex digits.
        there: whether the device has sent something lately, at a real time.
    """

    port: int
    mac: str
    there: Callable[[float], bool]


def forwarding(
    ports: Sequence[SimulatedPort], learned: Iterable[Learned]
) -> Iterator[tuple[Oid, Cell]]:
    """Bridge ports, VLAN and forwarding table; rows come and go with their devices."""
    for port in ports:
        yield (*_BASE_PORT, port.index), (INTEGER, port.index)
    yield (*_VLANS, 0, VLAN), (GAUGE32, VLAN)
    for one in learned:
        row = (VLAN, *bytes.fromhex(one.mac))
        yield (*_FDB, 2, *row), (INTEGER, _while(one.there, one.port))
        yield (*_FDB, 3, *row), (INTEGER, _while(one.there, _LEARNED))


def neighbours(interface: int, addresses: Iterable[tuple[str, str]]) -> Iterator[tuple[Oid, Cell]]:
    """A gateway's ARP table: (IPv4 address, hardware address) behind one interface."""
    for address, mac in addresses:
        row = (interface, *ip_address(address).packed)
        yield (*_ARP, 1, *row), (INTEGER, interface)
        yield (*_ARP, 2, *row), (OCTET_STRING, bytes.fromhex(mac))
        yield (*_ARP, 3, *row), (IP_ADDRESS, ip_address(address).packed)
        yield (*_ARP, 4, *row), (INTEGER, _DYNAMIC)


def _while(there: Callable[[float], bool], value: int) -> Callable[[float], int | None]:
    return lambda now: value if there(now) else None
