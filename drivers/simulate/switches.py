"""Simulated switches and gateways: Huawei-like, H3C-like and Ruijie-like objects.

Which private objects tell CPU, memory and temperature is public in the vendors' MIBs
(HUAWEI-ENTITY-EXTENT-MIB, HH3C-ENTITY-EXT-MIB, RUIJIE-PROCESS-MIB, RUIJIE-MEMORY-MIB); every
value here is our own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.base import Oid
from drivers.simulate.interfaces import Link, SimulatedPort, interfaces, lldp
from drivers.simulate.mib import Cell, MibTree, oid
from drivers.simulate.power import Power
from drivers.simulate.system import FAN, POWER_SUPPLY, Label, Part, chassis, entities, system
from drivers.snmp.ber import GAUGE32, INTEGER

GIGABIT: Final = 1_000_000_000
#: Every this many ports: one with nothing plugged in, one with a bad cable.
_EMPTY_EVERY, _BAD_EVERY, _BAD_FIRST = 5, 24, 11


@dataclass(frozen=True, slots=True)
class Make:
    """What a vendor does its own way.

    Args:
        vendor: as the vendor writes itself.
        port_name: name of the n-th access port.
        uplink_name: name of the n-th uplink port.
        gauges: the private objects for CPU, memory and temperature.
    """

    vendor: str
    port_name: str
    uplink_name: str
    gauges: Callable[[Power, int], Iterator[tuple[Oid, Cell]]]


def _huawei_gauges(power: Power, seed: int) -> Iterator[tuple[Oid, Cell]]:
    table = oid("1.3.6.1.4.1.2011.5.25.31.1.1.1.1")
    board = 67108867
    yield (*table, 5, board), (INTEGER, power.gauge(6, 38, seed=seed))  # hwEntityCpuUsage
    yield (*table, 7, board), (INTEGER, power.gauge(41, 47, seed=seed + 1))  # hwEntityMemUsage
    yield (*table, 11, board), (INTEGER, power.gauge(36, 47, seed=seed + 2))  # hwEntityTemperature


def _h3c_gauges(power: Power, seed: int) -> Iterator[tuple[Oid, Cell]]:
    table = oid("1.3.6.1.4.1.25506.2.6.1.1.1.1")
    board = 212
    yield (*table, 6, board), (INTEGER, power.gauge(5, 33, seed=seed))  # hh3cEntityExtCpuUsage
    yield (*table, 8, board), (INTEGER, power.gauge(52, 58, seed=seed + 1))  # ...MemUsage
    yield (*table, 12, board), (INTEGER, power.gauge(38, 49, seed=seed + 2))  # ...Temperature


def _ruijie_gauges(power: Power, seed: int) -> Iterator[tuple[Oid, Cell]]:
    cpu = oid("1.3.6.1.4.1.4881.1.1.10.2.36.1.1")
    for number in (1, 2, 3):  # the last 5 seconds, 1 minute, 5 minutes
        yield (*cpu, number, 0), (GAUGE32, power.gauge(4, 41, seed=seed))
    pool = oid("1.3.6.1.4.1.4881.1.1.10.2.35.1.1.1")
    yield (*pool, 1, 1), (INTEGER, 1)
    yield (*pool, 3, 1), (GAUGE32, power.gauge(44, 52, seed=seed + 1))


HUAWEI: Final = Make("Huawei", "GigabitEthernet0/0/{n}", "XGigabitEthernet0/0/{n}", _huawei_gauges)
H3C: Final = Make("H3C", "GigabitEthernet1/0/{n}", "Ten-GigabitEthernet1/0/{n}", _h3c_gauges)
RUIJIE: Final = Make("Ruijie", "GigabitEthernet 0/{n}", "TenGigabitEthernet 0/{n}", _ruijie_gauges)


def switch_ports(
    make: Make,
    *,
    access: int,
    uplinks: int,
    peak: float,
    aliases: dict[int, str] | None = None,
    linked: Mapping[int, Callable[[float], bool]] | None = None,
) -> tuple[SimulatedPort, ...]:
    """Access ports that share ``peak`` bit/s unevenly, and uplinks that carry the sum.

    One port in five has nothing plugged in; one in 24 has a bad cable.
    """
    names = aliases or {}
    ports = []
    for n in range(1, access + 1):
        up = n % _EMPTY_EVERY != 0 or n in names
        share = peak / access * (0.4 + (n * 7 % 13) / 10) if up else 0.0
        bad = 0.4 if n % _BAD_EVERY == _BAD_FIRST else 0.0
        name = make.port_name.format(n=n)
        alias = names.get(n, "")
        link = (linked or {}).get(n)
        ports.append(
            SimulatedPort(n, name, GIGABIT, share * 0.2, share, alias, bad, up=up, linked=link)
        )
    for n in range(1, uplinks + 1):
        up = n == 1 or -n in names
        load = peak if up else 0.0
        name = make.uplink_name.format(n=n + (access if make is not HUAWEI else 0))
        index = access + n
        alias = names.get(-n, "uplink" if n == 1 else "")
        ports.append(SimulatedPort(index, name, 10 * GIGABIT, load, load * 0.2, alias, up=up))
    return tuple(ports)


def switch(
    make: Make,
    label: Label,
    ports: Sequence[SimulatedPort],
    links: Sequence[Link],
    power: Power,
) -> MibTree:
    """A managed switch: system, ports, parts, neighbours, CPU, memory and temperature."""
    board = {"Huawei": 67108867, "H3C": 212}.get(make.vendor, 1)
    parts = (
        chassis(label, board),
        Part(board + 1, POWER_SUPPLY, "PWR1", "built-in", contained_in=board),
        Part(board + 2, FAN, "FAN1", "built-in", contained_in=board),
    )
    return MibTree(
        [
            *system(label, power, services=6),
            *interfaces(label, ports, power),
            *entities(label, parts),
            *lldp(label, ports, links),
            *make.gauges(power, sum(label.serial.encode())),
        ]
    )


def gateway(
    make: Make,
    label: Label,
    ports: Sequence[SimulatedPort],
    links: Sequence[Link],
    power: Power,
) -> MibTree:
    """A router at the school's Internet line: as a switch, with routing in sysServices."""
    tree = switch(make, label, ports, links, power)
    return tree.extended([*system(label, power, services=78)])
