"""Neighbours by every table that names them; the addresses of the device itself."""

import asyncio

from drivers.base import Oid, Value
from drivers.recording import Recording
from drivers.snmp.resolution import Resolved, read_own_addresses, read_resolution

IP: Oid = (1, 3, 6, 1, 2, 1, 4)
MAC = bytes.fromhex("020000000001")
ULA = (0xFD, *(0,) * 14, 7)
Values = dict[Oid, tuple[int, Value]]


def physical(*index: int, mac: bytes = MAC, type_: int = 3, state: int = 1) -> Values:
    """One row of ipNetToPhysicalTable, indexed from ifIndex to the last octet."""
    return {
        (*IP, 35, 1, 4, *index): (4, mac),
        (*IP, 35, 1, 6, *index): (2, type_),
        (*IP, 35, 1, 7, *index): (2, state),
    }


def media(*index: int, mac: bytes = MAC, type_: int = 3) -> Values:
    return {(*IP, 22, 1, 2, *index): (4, mac), (*IP, 22, 1, 4, *index): (2, type_)}


def read(values: Values) -> tuple[tuple[Resolved, ...], list[str]]:
    return asyncio.run(read_resolution(Recording(values)))


def test_arp_and_neighbour_discovery_come_from_one_table() -> None:
    values = physical(7, 1, 4, 10, 0, 0, 9) | physical(7, 2, 16, *ULA)
    assert read(values) == (
        (Resolved("10.0.0.9", MAC.hex(), 7), Resolved("fd00::7", MAC.hex(), 7)),
        [],
    )


def test_an_index_without_length_is_read_as_well() -> None:
    values = physical(7, 1, 10, 0, 0, 9) | physical(8, 2, *ULA)
    assert [r.address for r in read(values)[0]] == ["10.0.0.9", "fd00::7"]


def test_the_zone_of_a_link_local_address_is_dropped() -> None:
    link_local = (0xFE, 0x80, *(0,) * 13, 1)
    assert [r.address for r in read(physical(7, 4, 20, *link_local, 0, 0, 0, 7))[0]] == ["fe80::1"]


def test_older_tables_add_what_the_new_one_lacks() -> None:
    values = physical(7, 1, 4, 10, 0, 0, 9) | media(7, 10, 0, 0, 9) | media(7, 10, 0, 0, 8)
    values[1, 3, 6, 1, 2, 1, 55, 1, 12, 1, 2, 7, *ULA] = (4, MAC)
    assert [r.address for r in read(values)[0]] == ["10.0.0.9", "10.0.0.8", "fd00::7"]


def test_what_is_no_neighbour_is_left_out() -> None:
    values = physical(7, 1, 4, 10, 0, 0, 1, type_=2) | physical(7, 1, 4, 10, 0, 0, 2, type_=5)
    values |= physical(7, 1, 4, 10, 0, 0, 3, state=7) | physical(7, 1, 4, 224, 0, 0, 1)
    values |= physical(7, 1, 4, 10, 0, 0, 4, mac=b"") | physical(7, 1, 4, 10, 0, 0, 5, mac=bytes(6))
    values |= physical(7, 16, 4, 10, 0, 0, 6) | physical(7, 1, 4, 300, 0, 0, 6)
    values |= (
        physical(7, 2, 3, 1, 2, 3) | media(7, 10, 0, 1, type_=3) | media(7, 10, 0, 0, 7, type_=2)
    )
    assert read(values) == ((), [])


def test_a_device_tells_its_own_addresses() -> None:
    values: Values = {
        (*IP, 20, 1, 2, 10, 0, 0, 1): (2, 7),
        (*IP, 20, 1, 2, 127, 0, 0, 1): (2, 1),
        (*IP, 34, 1, 3, 1, 4, 10, 0, 1, 1): (2, 8),
        (*IP, 34, 1, 3, 2, 16, *ULA): (2, 8),
    }
    own = asyncio.run(read_own_addresses(Recording(values)))
    assert own == {"10.0.0.1", "127.0.0.1", "10.0.1.1", "fd00::7"}


def test_a_device_that_knows_nobody_says_so() -> None:
    assert read({}) == ((), [])
    assert asyncio.run(read_own_addresses(Recording({}))) == frozenset()


def test_addresses_do_not_reach_the_log() -> None:
    shown = repr(Resolved("10.0.0.9", MAC.hex(), 7))
    assert "10.0.0.9" not in shown
    assert MAC.hex() not in shown
