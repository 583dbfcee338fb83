"""Simulated printers (Printer-MIB, RFC 3805) and UPSs (UPS-MIB, RFC 1628)."""

from collections.abc import Iterator
from typing import Final

from drivers.base import Oid
from drivers.simulate.interfaces import SimulatedPort, interfaces
from drivers.simulate.mib import Cell, MibTree, oid
from drivers.simulate.power import Power
from drivers.simulate.system import Label, system
from drivers.snmp.ber import (
    COUNTER32,
    GAUGE32,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    TIME_TICKS,
)

_PRINTER: Final = oid("1.3.6.1.2.1.43")
_HOST: Final = oid("1.3.6.1.2.1.25")
_UPS: Final = oid("1.3.6.1.2.1.33.1")


def printer(label: Label, power: Power, *, pages: int, toner_percent: int) -> MibTree:
    """A laser printer whose life counter begins at ``pages``, with some black toner left."""
    ports = (SimulatedPort(1, "eth0", 100_000_000, 40_000.0, 6_000.0),)
    return MibTree(
        [
            *system(label, power, services=72),
            *interfaces(label, ports, power),
            *_host(label),
            *_printer(label, power, pages, toner_percent),
        ]
    )


def _host(label: Label) -> Iterator[tuple[Oid, Cell]]:
    row = (1,)
    yield (*_HOST, 3, 2, 1, 1, *row), (INTEGER, 1)
    yield (*_HOST, 3, 2, 1, 2, *row), (OBJECT_IDENTIFIER, oid("1.3.6.1.2.1.25.3.1.5"))  # a printer
    yield (*_HOST, 3, 2, 1, 3, *row), (OCTET_STRING, label.model.encode())
    yield (*_HOST, 3, 2, 1, 5, *row), (INTEGER, 2)  # running
    yield (*_HOST, 3, 5, 1, 1, *row), (INTEGER, 3)  # idle
    yield (*_HOST, 3, 5, 1, 2, *row), (OCTET_STRING, b"\x00")


def _printer(label: Label, power: Power, pages: int, toner: int) -> Iterator[tuple[Oid, Cell]]:
    yield (*_PRINTER, 5, 1, 1, 16, 1), (OCTET_STRING, label.name.encode())
    yield (*_PRINTER, 5, 1, 1, 17, 1), (OCTET_STRING, label.serial.encode())
    yield (*_PRINTER, 10, 2, 1, 3, 1, 1), (INTEGER, 7)  # the life count is in impressions
    printed = power.counter(0.15, seed=pages, before=pages)
    # A printer keeps its life count through a restart, so it never starts anew.
    yield (*_PRINTER, 10, 2, 1, 4, 1, 1), (COUNTER32, lambda now: max(pages, printed(now)))
    for index, (kind, name, capacity, level) in enumerate(
        (
            (3, "Black toner", 3000, 30 * toner),
            (9, "Drum", 12000, 9400),
        ),
        start=1,
    ):
        yield (*_PRINTER, 11, 1, 1, 2, 1, index), (INTEGER, 1)
        yield (*_PRINTER, 11, 1, 1, 4, 1, index), (INTEGER, 3)
        yield (*_PRINTER, 11, 1, 1, 5, 1, index), (INTEGER, kind)
        yield (*_PRINTER, 11, 1, 1, 6, 1, index), (OCTET_STRING, name.encode())
        yield (*_PRINTER, 11, 1, 1, 7, 1, index), (INTEGER, 7)
        yield (*_PRINTER, 11, 1, 1, 8, 1, index), (INTEGER, capacity)
        yield (*_PRINTER, 11, 1, 1, 9, 1, index), (INTEGER, level)


def ups(label: Label, power: Power, *, watts: int) -> MibTree:
    """A single-phase UPS on mains; ``watts`` is what hangs on it at the busiest."""
    ports = (SimulatedPort(1, "eth0", 100_000_000, 4_000.0, 3_000.0),)
    seed = watts
    load = power.gauge(18, 46, seed=seed)
    cells: list[tuple[Oid, Cell]] = [
        ((1, 1, 0), (OCTET_STRING, label.vendor.encode())),
        ((1, 2, 0), (OCTET_STRING, label.model.encode())),
        ((1, 3, 0), (OCTET_STRING, label.version.encode())),
        ((1, 4, 0), (OCTET_STRING, label.version.encode())),
        ((1, 5, 0), (OCTET_STRING, label.name.encode())),
        ((2, 1, 0), (INTEGER, 2)),  # battery normal
        ((2, 2, 0), (INTEGER, 0)),  # seconds on battery
        ((2, 3, 0), (INTEGER, power.gauge(64, 38, seed=seed))),  # minutes left
        ((2, 4, 0), (INTEGER, 100)),  # per cent
        ((2, 5, 0), (INTEGER, 545)),  # tenths of a volt
        ((2, 7, 0), (INTEGER, power.gauge(26, 31, seed=seed + 1))),  # degrees Celsius
        ((3, 2, 0), (INTEGER, 1)),
        ((3, 3, 1, 2, 1), (INTEGER, 500)),  # tenths of a hertz
        ((3, 3, 1, 3, 1), (INTEGER, power.gauge(224, 231, seed=seed + 2))),  # volts
        ((4, 1, 0), (INTEGER, 3)),  # output from mains
        ((4, 2, 0), (INTEGER, 500)),
        ((4, 3, 0), (INTEGER, 1)),
        ((4, 4, 1, 2, 1), (INTEGER, 230)),
        ((4, 4, 1, 3, 1), (INTEGER, power.gauge(8, 26, seed=seed))),  # tenths of an ampere
        ((4, 4, 1, 4, 1), (INTEGER, lambda now: watts * load(now) // 100)),
        ((4, 4, 1, 5, 1), (INTEGER, load)),  # per cent of the rated load
        ((6, 1, 0), (GAUGE32, 0)),  # alarms
    ]
    return MibTree(
        [
            *system(label, power, services=72),
            *interfaces(label, ports, power),
            *(((*_UPS, *rest), cell) for rest, cell in cells),
            (oid("1.3.6.1.2.1.25.1.1.0"), (TIME_TICKS, power.ticks)),
        ]
    )
