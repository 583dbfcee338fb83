"""Devices that no definition covers: an honest vendor, kind, version, and nothing more."""

import asyncio

import pytest

from drivers.base import Oid, Value
from drivers.definitions import builtin_definitions
from drivers.definitions.vendors import vendor_of
from drivers.readings import Identity, Kind
from drivers.recording import Recording
from drivers.snmp.kinds import BRIDGE_PORTS, LLDP_CAPABILITIES
from drivers.snmp.read import read_facts

ENTITY: Oid = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1)
#: Enterprise number of nobody.
NOBODY: Oid = (1, 3, 6, 1, 4, 1, 1_999_999, 1)


def identity(description: str, object_id: Oid | None = NOBODY, **more: Value) -> Identity:
    cells: dict[Oid, tuple[int, Value]] = {
        (1, 3, 6, 1, 2, 1, 1, 1, 0): (4, description.encode()),
        (1, 3, 6, 1, 2, 1, 1, 3, 0): (67, 100),
    }
    if object_id:
        cells[(1, 3, 6, 1, 2, 1, 1, 2, 0)] = (6, object_id)
    named = {"capabilities": LLDP_CAPABILITIES, "bridge_ports": BRIDGE_PORTS}
    for name, value in more.items():
        cells[named[name]] = (4 if isinstance(value, bytes) else 2, value)
    return asyncio.run(read_facts(Recording(cells))).facts.identity


@pytest.mark.parametrize(
    ("number", "vendor"),
    [(9, "Cisco"), (2011, "Huawei"), (31648, "DPtech"), (20974, "AMI"), (8072, None)],
)
def test_the_enterprise_number_names_the_vendor(number: int, vendor: str | None) -> None:
    assert vendor_of((1, 3, 6, 1, 4, 1, number, 7)) == vendor


@pytest.mark.parametrize("oid", [None, (), (1, 3, 6, 1, 4, 1), (1, 3, 6, 1, 2, 1, 33, 9)])
def test_what_is_no_enterprise_number_names_nobody(oid: Oid | None) -> None:
    assert vendor_of(oid) is None


def test_no_definition_s_vendor_contradicts_the_numbers() -> None:
    for definition in builtin_definitions():
        for match in definition.match:
            number = (match.object_id or "").split(".")[6:7]
            fixed = definition.identity.vendor
            known = vendor_of((1, 3, 6, 1, 4, 1, int(number[0]), 1)) if number else None
            if fixed and known and definition.name not in ("hpe_server", "lenovo_server"):
                assert known == fixed or match.description or match.answers, definition.name


def test_a_stranger_s_maker_is_taken_from_its_chassis() -> None:
    cells: dict[Oid, tuple[int, Value]] = {
        (1, 3, 6, 1, 2, 1, 1, 1, 0): (4, b"box"),
        (*ENTITY, 5, 1): (2, 3),
        (*ENTITY, 12, 1): (4, b"Acme"),
        (*ENTITY, 10, 1): (4, b"4.2"),
    }
    found = asyncio.run(read_facts(Recording(cells))).facts.identity
    assert (found.vendor, found.version, found.kind) == ("Acme", "4.2", Kind.unknown)


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("8-Port Gigabit PoE Switch", Kind.switch),
        ("Acme NGFW", Kind.firewall),
        ("UPS Web/SNMP Agent", Kind.ups),
        ("Acme Wireless Controller WC100", Kind.wireless_controller),
        ("Outdoor Access Point", Kind.access_point),
        ("Acme IP Camera 3", Kind.camera),
        ("32ch Network Video Recorder", Kind.recorder),
        ("Laser projector", Kind.projector),
        ("Color MFP", Kind.printer),
        ("switchboard and cupboards", Kind.unknown),
        ("Generic device", Kind.unknown),
        ("", Kind.unknown),
    ],
)
def test_the_kind_is_what_the_device_calls_itself(description: str, kind: Kind) -> None:
    assert identity(description).kind is kind


@pytest.mark.parametrize(
    ("capabilities", "kind"),
    [
        (b"\x28\x00", Kind.switch),
        (b"\x08", Kind.router),
        (b"\x30", Kind.access_point),
        (b"\x01\x00", Kind.unknown),
        (b"", Kind.unknown),
    ],
)
def test_a_silent_device_is_what_lldp_says_it_does(capabilities: bytes, kind: Kind) -> None:
    assert identity("box", capabilities=capabilities).kind is kind


@pytest.mark.parametrize(("ports", "kind"), [(24, Kind.switch), (2, Kind.unknown)])
def test_a_silent_device_that_bridges_many_ports_is_a_switch(ports: int, kind: Kind) -> None:
    assert identity("box", bridge_ports=ports).kind is kind


@pytest.mark.parametrize(
    ("description", "version"),
    [
        ("Acme OS, Software Version 5.20.1, Release 7", "5.20.1"),
        ("Acme box fw:60.7050 (C) 2019", "60.7050"),
        ("Acme V2.1.4B3", "2.1.4B3"),
        ("Firmware: v1.0.3-r2 built 2020", "1.0.3-r2"),
        ("Copyright 2004-2013, 10/100 ports, 192.168.1.1", None),
        ("Version", None),
    ],
)
def test_a_version_is_a_number_behind_the_word(description: str, version: str | None) -> None:
    assert identity(description).version == version


@pytest.mark.parametrize(
    ("description", "serial"),
    [
        ("Acme card (SN 11120051132123)", "11120051132123"),
        ("Device serial number GOSWE120F327000001", "GOSWE120F327000001"),
        ("S/N: ABCDEF", None),
        ("SNMP agent", None),
        ("serial console server", None),
    ],
)
def test_a_serial_number_stands_behind_its_word(description: str, serial: str | None) -> None:
    assert identity(description).serial == serial
