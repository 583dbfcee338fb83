"""Where neighbours can be asked, as LLDP and CDP tell it."""

import asyncio

from drivers.base import Oid, Value
from drivers.recording import Recording
from drivers.snmp.neighbour_addresses import NeighbourAddress, read_neighbour_addresses

LLDP: Oid = (1, 0, 8802, 1, 1, 2, 1, 4)
CDP: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 2, 1, 1)
Values = dict[Oid, tuple[int, Value]]


def managed(row: tuple[int, ...], *address: int, family: int = 1) -> Values:
    """A row of lldpRemManAddrTable: family, length and address are its index."""
    return {(*LLDP, 2, 1, 3, *row, family, len(address), *address): (2, 2)}


def named(row: tuple[int, ...], name: str) -> Values:
    return {(*LLDP, 1, 1, 9, *row): (4, name.encode())}


def read(values: Values) -> tuple[NeighbourAddress, ...]:
    found, faults = asyncio.run(read_neighbour_addresses(Recording(values)))
    assert faults == []
    return found


def test_lldp_tells_addresses_of_both_families_and_the_name() -> None:
    values = managed((0, 3, 1), 10, 0, 0, 9) | named((0, 3, 1), "core")
    values |= managed((0, 3, 1), *(0xFD, *(0,) * 14, 7), family=2)
    assert read(values) == (
        NeighbourAddress("10.0.0.9", "core", "lldp"),
        NeighbourAddress("fd00::7", "core", "lldp"),
    )


def test_cdp_tells_the_address_as_octets() -> None:
    values: Values = {
        (*CDP, 4, 7, 1): (4, bytes((10, 0, 0, 8))),
        (*CDP, 6, 7, 1): (4, b"access-2"),
        (*CDP, 4, 8, 1): (4, b"none"[:3]),
    }
    assert read(values) == (NeighbourAddress("10.0.0.8", "access-2", "cdp"),)


def test_an_address_both_tell_counts_once() -> None:
    values: Values = {(*CDP, 4, 7, 1): (4, bytes((10, 0, 0, 9)))}
    assert [one.protocol for one in read(managed((0, 3, 1), 10, 0, 0, 9) | values)] == ["lldp"]


def test_what_is_no_address_is_left_out() -> None:
    values = managed((0, 3, 1), 2, 0, 0, 0, 0, 1, family=6) | managed((0, 3, 2), 10, 0, 300, 1)
    values |= managed((0, 3, 3), 10, 0, 0) | managed((0, 3, 4), 0, 0, 0, 0)
    assert read(values) == ()
