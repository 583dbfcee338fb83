"""Reading a device whole: a table that fails is named and costs nothing else."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from drivers.base import Column, Oid, Value
from drivers.definitions import builtin_definitions
from drivers.errors import DriverError, NoAnswer
from drivers.readings import Component, Kind, Neighbour, Outcome
from drivers.recording import Recording, read_recording
from drivers.snmp.identify import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID
from drivers.snmp.neighbours import read_neighbours
from drivers.snmp.ports import read_ports
from drivers.snmp.read import outcome_of, read_facts, read_gauges, recognise

LAB = Path(__file__).parent / "recordings/huawei_vrp/lab.snmprec"
ENTITY: Oid = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1)
HUAWEI_BOARDS: Oid = (1, 3, 6, 1, 4, 1, 2011, 5, 25, 31, 1, 1, 1, 1)
LLDP: Oid = (1, 0, 8802, 1, 1, 2, 1, 4, 1, 1)
LLDP_LOCAL: Oid = (1, 0, 8802, 1, 1, 2, 1, 3, 7, 1)
CDP: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 2, 1, 1)
IF_DESCR: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)
IF_NAME: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1)


class Faulty:
    """A device that falls silent, or breaks off, under some objects."""

    def __init__(
        self, session: Recording, *, silent: tuple[Oid, ...] = (), torn: tuple[Oid, ...] = ()
    ) -> None:
        self._session, self._silent, self._torn = session, silent, torn
        self.walks = 0

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        if any(_under(oid, self._silent) for oid in oids):
            raise NoAnswer("no answer")
        return await self._session.get(oids)

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        self.walks += 1
        if any(_under(oid, self._silent) for oid in columns):
            raise NoAnswer("no answer")
        walked, found = await self._session.walk(columns, scalars=scalars)
        for column in walked:
            if _under(column.oid, self._torn):
                column.fault = "genErr"
        return walked, found


def _under(oid: Oid, prefixes: tuple[Oid, ...]) -> bool:
    return any(oid[: len(prefix)] == prefix for prefix in prefixes)


def test_a_whole_device_is_ok() -> None:
    read = asyncio.run(read_facts(read_recording(LAB)))
    assert outcome_of(read.faults) == (Outcome.ok, "")
    assert read.definition == "huawei_vrp"
    assert read.blocks[0].columns == {"uptime_seconds": [86_400.0]}


@pytest.mark.parametrize("how", ["silent", "torn"])
def test_one_broken_table_leaves_the_rest(how: str) -> None:
    whole = asyncio.run(read_facts(read_recording(LAB)))
    session = Faulty(read_recording(LAB), **{how: (ENTITY,)})
    read = asyncio.run(read_facts(session))
    outcome, detail = outcome_of(read.faults)
    assert outcome is Outcome.partial
    assert "entPhysicalTable" in detail
    assert read.facts.ports == whole.facts.ports
    assert read.facts.identity.version == whole.facts.identity.version


def test_broken_gauges_leave_the_identity() -> None:
    read = asyncio.run(read_facts(Faulty(read_recording(LAB), silent=(HUAWEI_BOARDS,))))
    assert read.faults == ("gauges: timeout",)
    assert read.facts.identity.model == "S5735-L24P4X-A1"


def test_a_device_that_dies_meanwhile_is_not_asked_for_ever() -> None:
    session = Faulty(read_recording(LAB), silent=((1, 3, 6, 1, 2, 1, 47), (1, 3, 6, 1, 4, 1)))
    read = asyncio.run(read_facts(session))
    assert "ifTable: not asked" in read.faults
    assert session.walks <= 2


def test_a_device_that_never_answers_raises() -> None:
    with pytest.raises(DriverError):
        asyncio.run(read_facts(Faulty(Recording({}), silent=((1,),))))


def test_a_device_that_says_nothing_stays_unknown() -> None:
    identity = asyncio.run(read_facts(Recording({}))).facts.identity
    assert identity.kind is Kind.unknown
    assert (identity.vendor, identity.model, identity.serial, identity.name) == (None,) * 4


def test_placeholders_are_not_serial_numbers() -> None:
    for junk in (b"", b"N/A", b"0", b"000000", b"To Be Filled By O.E.M.", b"...", b"null"):
        values = {(*ENTITY, 5, 1): (2, 3), (*ENTITY, 11, 1): (4, junk), (*ENTITY, 13, 1): (4, junk)}
        identity = asyncio.run(read_facts(Recording(values))).facts.identity
        assert (identity.model, identity.serial) == (None, None)


def test_components_are_what_has_a_life_of_its_own() -> None:
    rows: dict[Oid, tuple[int, Value]] = {}
    for index, (class_, serial) in enumerate([(3, b"C1"), (5, b"S1"), (6, b"P1"), (10, b"")], 1):
        rows[(*ENTITY, 5, index)] = (2, class_)
        rows[(*ENTITY, 7, index)] = (4, f"part {index}".encode())
        rows[(*ENTITY, 11, index)] = (4, serial)
    facts = asyncio.run(read_facts(Recording(rows))).facts
    assert facts.components == (
        Component(class_="chassis", name="part 1", serial="C1"),
        Component(class_="power_supply", name="part 3", serial="P1"),
    )


def test_text_in_the_encodings_of_chinese_firmware() -> None:
    for raw in ("教学楼".encode(), "教学楼".encode("gb18030"), "教学楼\0\0".encode()):
        assert asyncio.run(read_facts(Recording({SYS_NAME: (4, raw)}))).facts.identity.name == (
            "教学楼"
        )


def test_recognising_is_the_same_as_reading() -> None:
    values: dict[Oid, tuple[int, Value]] = {
        SYS_OBJECT_ID: (6, (1, 3, 6, 1, 4, 1, 8072, 3, 2, 10)),
        SYS_DESCR: (4, b"Linux archive 4.4"),
        (1, 3, 6, 1, 4, 1, 6574, 1, 5, 1, 0): (4, b"DS1"),
    }
    assert asyncio.run(recognise(Recording(values))).name == "synology"
    assert asyncio.run(read_facts(Recording(values))).definition == "synology"
    assert asyncio.run(recognise(Recording(values), driver="linux")).name == "linux"


def test_gauges_alone_are_the_gauges_of_the_facts() -> None:
    facts = asyncio.run(read_facts(read_recording(LAB)))
    gauges = asyncio.run(read_gauges(read_recording(LAB), "huawei_vrp", builtin_definitions()))
    assert gauges.blocks == facts.blocks[1:]


def test_neighbours_of_both_protocols_under_our_port_names() -> None:
    values: dict[Oid, tuple[int, Value]] = {
        (*IF_DESCR, 101): (4, b"GigabitEthernet0/0/1"),
        (*IF_NAME, 101): (4, b"GE0/0/1"),
        (*IF_DESCR, 102): (4, b"GigabitEthernet0/0/2"),
        # LLDP numbers its ports in its own way: 7 is the port described as GigabitEthernet0/0/2.
        (*LLDP_LOCAL, 2, 7): (2, 7),
        (*LLDP_LOCAL, 3, 7): (4, b"7"),
        (*LLDP_LOCAL, 4, 7): (4, b"GigabitEthernet0/0/2"),
        (*LLDP, 4, 0, 7, 1): (2, 4),
        (*LLDP, 5, 0, 7, 1): (4, bytes.fromhex("020000000009")),
        (*LLDP, 6, 0, 7, 1): (2, 3),
        (*LLDP, 7, 0, 7, 1): (4, bytes.fromhex("02000000000a")),
        (*LLDP, 4, 0, 101, 2): (2, 4),
        (*LLDP, 5, 0, 101, 2): (4, bytes.fromhex("020000000008")),
        (*LLDP, 6, 0, 101, 2): (2, 5),
        (*LLDP, 7, 0, 101, 2): (4, b"eth0"),
        (*LLDP, 9, 0, 101, 2): (4, b"library-ap"),
        (*CDP, 6, 101, 1): (4, b"SEP01"),
        (*CDP, 7, 101, 1): (4, b"Port 1"),
    }
    session = Recording(values)
    ports, _ = asyncio.run(read_ports(session))
    found, faults = asyncio.run(read_neighbours(session, ports))
    assert faults == []
    assert found == (
        Neighbour("GigabitEthernet0/0/2", "020000000009", "02000000000a", "lldp"),
        Neighbour("GE0/0/1", "library-ap", "eth0", "lldp"),
        Neighbour("GE0/0/1", "SEP01", "Port 1", "cdp"),
    )
