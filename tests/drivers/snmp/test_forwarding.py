"""Who hangs on which port, by both forms of the forwarding table."""

import asyncio

from drivers.base import Oid, Value
from drivers.readings import Port
from drivers.recording import Recording
from drivers.snmp.forwarding import Station, attached_to, port_of, read_forwarding

BRIDGE: Oid = (1, 3, 6, 1, 2, 1, 17)
PORTS = (Port(101, name="GE1"), Port(102, name="GE2"), Port(103, description="uplink"))
Values = dict[Oid, tuple[int, Value]]


def bridge() -> Values:
    """Bridge ports 1 to 3 are the interfaces 101 to 103; 4 is none."""
    return {(*BRIDGE, 1, 4, 1, 2, n): (2, 100 + n) for n in (1, 2, 3)} | {
        (*BRIDGE, 1, 4, 1, 2, 4): (2, 999)
    }


def learned(*index: int, port: int, status: int = 3, by_vlan: bool = True) -> Values:
    table = (7, 1, 2, 2, 1) if by_vlan else (4, 3, 1)
    return {
        (*BRIDGE, *table, 2, *index): (2, port),
        (*BRIDGE, *table, 3, *index): (2, status),
    }


def read(values: Values) -> tuple[tuple[Station, ...], list[str]]:
    return asyncio.run(read_forwarding(Recording(values), PORTS))


def test_stations_come_with_port_and_vlan() -> None:
    values = bridge() | learned(7, 2, 0, 0, 0, 0, 1, port=1) | learned(8, 2, 0, 0, 0, 0, 2, port=3)
    values[(*BRIDGE, 7, 1, 4, 2, 1, 3, 0, 100)] = (0x42, 7)
    stations, faults = read(values)
    assert stations == (Station("GE1", "020000000001", 100), Station("uplink", "020000000002", 8))
    assert faults == []


def test_without_vlans_the_plain_table_serves() -> None:
    stations, _ = read(bridge() | learned(2, 0, 0, 0, 0, 9, port=2, by_vlan=False))
    assert stations == (Station("GE2", "020000000009", None),)


def test_the_bridges_own_addresses_and_unknown_ports_are_left_out() -> None:
    values = bridge() | learned(1, 2, 0, 0, 0, 0, 1, port=1, status=4)
    values |= learned(1, 2, 0, 0, 0, 0, 2, port=4) | learned(1, 2, 0, 0, 0, 0, 3, port=0)
    assert read(values) == ((), [])


def test_a_device_that_is_no_bridge_has_nobody() -> None:
    assert read({}) == ((), [])


def test_a_device_hangs_on_the_port_with_the_fewest_others() -> None:
    stations = (Station("uplink", "a"), Station("uplink", "b"), Station("GE1", "a", 5))
    assert attached_to(stations) == {"uplink": 2, "GE1": 1}
    assert port_of(stations, "a") == "GE1"
    assert port_of(stations, "c") is None


def test_addresses_do_not_reach_the_log() -> None:
    assert "020000000001" not in repr(Station("GE1", "020000000001", 1))
