"""Ports of a simulated device: ifTable and ifXTable (RFC 2863), and LLDP (IEEE 802.1AB)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.base import Oid
from drivers.simulate.mib import Cell, Live, oid
from drivers.simulate.power import Power
from drivers.simulate.system import Label
from drivers.snmp.ber import COUNTER32, COUNTER64, GAUGE32, INTEGER, OCTET_STRING, TIME_TICKS

_IF: Final = oid("1.3.6.1.2.1.2.2.1")
_IFX: Final = oid("1.3.6.1.2.1.31.1.1.1")
_LLDP: Final = oid("1.0.8802.1.1.2.1")
_ETHERNET = 6
_AVERAGE_PACKET_BYTES = 700


@dataclass(frozen=True, slots=True)
class SimulatedPort:
    """One port.

    Args:
        index: ifIndex.
        name: ifName and ifDescr.
        speed: bit/s.
        peak_in: bit/s into the device while the school is at its busiest; down where negative.
        peak_out: bit/s out of the device.
        alias: ifAlias.
        errors: input errors a second at the busiest.
        up: ifOperStatus.
        linked: whether there is a link at a real time; ``None``: as ``up`` says.
    """

    index: int
    name: str
    speed: int
    peak_in: float = 0.0
    peak_out: float = 0.0
    alias: str = ""
    errors: float = 0.0
    up: bool = True
    linked: Callable[[float], bool] | None = None

    @property
    def oper(self) -> Live:
        """ifOperStatus: 1 is up, 2 down."""
        linked = self.linked
        if linked is None:
            return 1 if self.up else 2
        return lambda now: 1 if linked(now) else 2


@dataclass(frozen=True, slots=True)
class Link:
    """What LLDP sees behind a port."""

    local: SimulatedPort
    remote_name: str
    remote_port: str
    remote_mac: str


def interfaces(
    label: Label, ports: Sequence[SimulatedPort], power: Power
) -> Iterator[tuple[Oid, Cell]]:
    """ifNumber, ifTable and ifXTable; 32-bit counters are the low half of the 64-bit ones."""
    yield oid("1.3.6.1.2.1.2.1.0"), (INTEGER, len(ports))
    base = int(label.mac, 16)
    for port in ports:
        mac = (base + port.index).to_bytes(6, "big")
        for number, cell in _low(port, mac).items():
            yield (*_IF, number, port.index), cell
        for number, cell in _high(port).items():
            yield (*_IFX, number, port.index), cell
        for number, x_number, wide, live in _counters(port, power):
            if number:
                yield (*_IF, number, port.index), (COUNTER32, live)
            if x_number:
                yield (*_IFX, x_number, port.index), (COUNTER64 if wide else COUNTER32, live)


def _low(port: SimulatedPort, mac: bytes) -> Mapping[int, Cell]:
    return {
        1: (INTEGER, port.index),
        2: (OCTET_STRING, port.name.encode()),
        3: (INTEGER, _ETHERNET),
        4: (INTEGER, 1500),
        5: (GAUGE32, min(port.speed, 0xFFFFFFFF)),
        6: (OCTET_STRING, mac),
        7: (INTEGER, 1),
        8: (INTEGER, port.oper),
        9: (TIME_TICKS, 0),
    }


def _high(port: SimulatedPort) -> Mapping[int, Cell]:
    return {
        1: (OCTET_STRING, port.name.encode()),
        15: (GAUGE32, port.speed // 1_000_000),
        17: (INTEGER, 1),
        18: (OCTET_STRING, port.alias.encode()),
        19: (TIME_TICKS, 0),
    }


def _counters(port: SimulatedPort, power: Power) -> Iterator[tuple[int, int, bool, Live]]:
    """(column of ifTable, column of ifXTable, 64 bits there, value); 0 where there is none."""
    seed = port.index
    flows = (
        ((10, 6), (11, 7), 3, (13, 14), port.peak_in),
        ((16, 10), (17, 11), 5, (19, 20), port.peak_out),
    )
    for (low, high), (packets, wide_packets), broadcasts, (discards, errors), peak in flows:
        before = 1_000_003 * (seed + low) if port.up else 0
        octets = power.counter(peak / 8, seed=seed + low, before=before * 977)
        yield low, high, True, octets
        each = power.counter(peak / 8 / _AVERAGE_PACKET_BYTES, seed=seed + packets, before=before)
        yield packets, wide_packets, True, each
        yield 0, broadcasts, False, power.counter(2.0 if port.up else 0.0, seed=seed + broadcasts)
        yield discards, 0, False, power.counter(peak / 4e10, seed=seed + discards)
        yield errors, 0, False, power.counter(port.errors, seed=seed + errors)


def lldp(
    label: Label, ports: Sequence[SimulatedPort], links: Sequence[Link]
) -> Iterator[tuple[Oid, Cell]]:
    """LLDP's lldpLocPortTable and lldpRemTable; port numbers are ifIndexes here."""
    yield (*_LLDP, 3, 1, 0), (INTEGER, 4)
    yield (*_LLDP, 3, 2, 0), (OCTET_STRING, bytes.fromhex(label.mac))
    yield (*_LLDP, 3, 3, 0), (OCTET_STRING, label.name.encode())
    for port in ports:
        yield (*_LLDP, 3, 7, 1, 2, port.index), (INTEGER, 5)
        yield (*_LLDP, 3, 7, 1, 3, port.index), (OCTET_STRING, port.name.encode())
        yield (*_LLDP, 3, 7, 1, 4, port.index), (OCTET_STRING, port.name.encode())
    for link in links:
        row = (0, link.local.index, 1)
        for number, cell in (
            (4, (INTEGER, 4)),
            (5, (OCTET_STRING, bytes.fromhex(link.remote_mac))),
            (6, (INTEGER, 5)),
            (7, (OCTET_STRING, link.remote_port.encode())),
            (8, (OCTET_STRING, link.remote_port.encode())),
            (9, (OCTET_STRING, link.remote_name.encode())),
        ):
            yield (*_LLDP, 4, 1, 1, number, *row), cell
