"""Objects every simulated agent has: system group (RFC 3418) and entPhysicalTable (RFC 6933)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from drivers.base import Oid
from drivers.simulate.mib import Cell, oid
from drivers.simulate.power import Power
from drivers.snmp.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, TIME_TICKS

_SYSTEM: Final = oid("1.3.6.1.2.1.1")
_ENTITY: Final = oid("1.3.6.1.2.1.47.1.1.1.1")

#: PhysicalClass of RFC 6933.
CHASSIS, POWER_SUPPLY, FAN, MODULE = 3, 6, 7, 9


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed on a device and typed into it.

    Args:
        name: sysName.
        object_id: sysObjectID, dotted.
        description: sysDescr.
        location: sysLocation.
        vendor: manufacturer, for entPhysicalMfgName.
        model: model, for entPhysicalModelName.
        serial: serial number.
        version: software version.
        mac: base address, 12 hex digits; ports count up from it.
    """

    name: str
    object_id: str
    description: str
    location: str
    vendor: str
    model: str
    serial: str
    version: str
    mac: str


def system(label: Label, power: Power, *, services: int) -> Iterator[tuple[Oid, Cell]]:
    """The system group, sysDescr to sysServices."""
    yield (*_SYSTEM, 1, 0), (OCTET_STRING, label.description.encode())
    yield (*_SYSTEM, 2, 0), (OBJECT_IDENTIFIER, oid(label.object_id))
    yield (*_SYSTEM, 3, 0), (TIME_TICKS, power.ticks)
    yield (*_SYSTEM, 4, 0), (OCTET_STRING, b"network@campus.example")
    yield (*_SYSTEM, 5, 0), (OCTET_STRING, label.name.encode())
    yield (*_SYSTEM, 6, 0), (OCTET_STRING, label.location.encode())
    yield (*_SYSTEM, 7, 0), (INTEGER, services)


@dataclass(frozen=True, slots=True)
class Part:
    """One row of entPhysicalTable."""

    index: int
    physical_class: int
    name: str
    model: str = ""
    serial: str = ""
    version: str = ""
    contained_in: int = 0


def entities(label: Label, parts: Iterable[Part]) -> Iterator[tuple[Oid, Cell]]:
    """entPhysicalTable: the chassis and what is in it."""
    for position, part in enumerate(parts, start=1):
        for number, cell in (
            (2, (OCTET_STRING, part.name.encode())),
            (4, (INTEGER, part.contained_in)),
            (5, (INTEGER, part.physical_class)),
            (6, (INTEGER, position)),
            (7, (OCTET_STRING, part.name.encode())),
            (8, (OCTET_STRING, b"")),
            (9, (OCTET_STRING, b"")),
            (10, (OCTET_STRING, part.version.encode())),
            (11, (OCTET_STRING, part.serial.encode())),
            (12, (OCTET_STRING, label.vendor.encode())),
            (13, (OCTET_STRING, part.model.encode())),
            (16, (INTEGER, 1)),
        ):
            yield (*_ENTITY, number, part.index), cell


def chassis(label: Label, index: int) -> Part:
    """The device itself as a part."""
    return Part(index, CHASSIS, label.model, label.model, label.serial, label.version)
