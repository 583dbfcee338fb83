"""Simulated wireless access points: one cable, two radios, clients that come and go."""

from typing import Final

from drivers.simulate.interfaces import Link, SimulatedPort, interfaces, lldp
from drivers.simulate.mib import MibTree, oid
from drivers.simulate.power import Power
from drivers.simulate.switches import GIGABIT, Make
from drivers.simulate.system import Label, chassis, entities, system
from drivers.snmp.ber import GAUGE32

#: RUIJIE-WLAN ... ruijieApStaNum-like scalar: clients now associated.
_CLIENTS: Final = oid("1.3.6.1.4.1.4881.1.1.10.2.56.2.1.5.0")


def access_point(
    make: Make, label: Label, uplink: Link, power: Power, *, clients: int, peak: float
) -> MibTree:
    """An access point that serves ``clients`` at ``peak`` bit/s in the busiest lesson."""
    ports = (
        SimulatedPort(1, "GigabitEthernet 0/1", GIGABIT, peak, peak * 0.25, "uplink"),
        SimulatedPort(2, "Dot11radio 1/0", 574_000_000, peak * 0.05, peak * 0.2),
        SimulatedPort(3, "Dot11radio 2/0", 1_201_000_000, peak * 0.2, peak * 0.8),
    )
    seed = sum(label.serial.encode())
    return MibTree(
        [
            *system(label, power, services=2),
            *interfaces(label, ports, power),
            *entities(label, [chassis(label, 1)]),
            *lldp(label, ports, [uplink]),
            *make.gauges(power, seed),
            (_CLIENTS, (GAUGE32, power.gauge(0, clients, seed=seed + 5))),
        ]
    )
