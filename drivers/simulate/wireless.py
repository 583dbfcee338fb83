"""Simulated wireless access points: one cable and two radios."""

from drivers.simulate.interfaces import Link, SimulatedPort, interfaces, lldp
from drivers.simulate.mib import MibTree
from drivers.simulate.power import Power
from drivers.simulate.switches import GIGABIT, Make
from drivers.simulate.system import Label, chassis, entities, system


def access_point(make: Make, label: Label, uplink: Link, power: Power, *, peak: float) -> MibTree:
    """An access point that carries ``peak`` bit/s to its clients in the busiest lesson."""
    ports = (
        SimulatedPort(1, "GigabitEthernet 0/1", GIGABIT, peak, peak * 0.25, "uplink"),
        SimulatedPort(2, "Dot11radio 1/0", 574_000_000, peak * 0.05, peak * 0.2),
        SimulatedPort(3, "Dot11radio 2/0", 1_201_000_000, peak * 0.2, peak * 0.8),
    )
    return MibTree(
        [
            *system(label, power, services=2),
            *interfaces(label, ports, power),
            *entities(label, [chassis(label, 1)]),
            *lldp(label, ports, [uplink]),
            *make.gauges(power, sum(label.serial.encode())),
        ]
    )
