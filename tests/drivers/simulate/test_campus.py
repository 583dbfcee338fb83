"""The simulated campus is read by our own drivers, and by net-snmp, as what it claims to be."""

import asyncio
import shutil
import subprocess
import time
from collections import Counter

import pytest

from drivers.errors import NoAnswer
from drivers.plan import SnmpAccess
from drivers.readings import Kind
from drivers.simulate.build import build
from drivers.simulate.campus import (
    COMMUNITY,
    LINE_PORT,
    SCHOOLS,
    STORY_SWITCH,
    CampusDevice,
    Speech,
    devices,
    gateway_id,
)
from drivers.simulate.responder import AgentServer
from drivers.simulate.schoolday import SchoolDay
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.read import FactsRead, read_facts, read_tables

SNMP = [device for device in devices() if device.speech is Speech.snmp]
ONE_OF_EACH = {(device.vendor, device.kind): device for device in SNMP}


async def read_all(wanted: list[CampusDevice]) -> dict[str, FactsRead]:
    campus = build(devices(), SchoolDay(time.time()))
    server = AgentServer(campus.agents, clock=time.time)
    port = server.open()
    try:
        async with SnmpEngine() as engine:
            access = SnmpAccess(community=COMMUNITY)
            reads = [read_facts(engine.session(d.address or "", port, access)) for d in wanted]
            found = await asyncio.gather(*reads)
    finally:
        server.close()
    return {device.id: read for device, read in zip(wanted, found, strict=True)}


def test_about_eighty_devices_with_serials_of_their_own() -> None:
    known = devices()
    assert 70 <= len(known) <= 90
    assert len({device.serial for device in known}) == len(known)
    assert len({device.id for device in known}) == len(known)
    kinds = Counter(device.kind for device in known)
    assert set(kinds) == {
        Kind.router,
        Kind.switch,
        Kind.access_point,
        Kind.ups,
        Kind.printer,
        Kind.whiteboard,
        Kind.terminal,
        Kind.projector,
        Kind.camera,
        Kind.display,
    }


def test_every_family_is_recognised_for_what_it_is() -> None:
    wanted = list(ONE_OF_EACH.values())
    for device_id, read in asyncio.run(read_all(wanted)).items():
        device = next(one for one in wanted if one.id == device_id)
        identity = read.facts.identity
        assert read.faults == ()
        assert (identity.vendor, identity.kind, identity.model) == (
            device.vendor,
            device.kind,
            device.model,
        )
        # UPS-MIB has no object for a serial number.
        assert identity.serial == (None if device.kind is Kind.ups else device.serial)
        assert identity.name == device.id
        assert identity.version
        metrics = {one.metric for block in read.blocks for one in block}
        assert metrics >= (
            {"cpu_ratio", "memory_used_ratio"}
            if device.kind in (Kind.switch, Kind.router, Kind.access_point)
            else {"uptime_seconds"}
        )


def test_neighbours_see_each_other() -> None:
    network = [d for d in SNMP if d.kind in (Kind.switch, Kind.router, Kind.access_point)]
    reads = asyncio.run(read_all(network))
    seen = {
        (device_id, one.local_port, one.remote_name, one.remote_port)
        for device_id, read in reads.items()
        for one in read.facts.neighbours
    }
    assert seen
    assert {(b, q, a, p) for a, p, b, q in seen} == seen
    for device in network:
        if device.upstream is not None:
            assert device.upstream in {b for a, _, b, _ in seen if a == device.id}


def test_every_gateway_has_the_port_its_line_arrives_on() -> None:
    gateways = [d for d in SNMP if d.id in {gateway_id(school) for school in SCHOOLS}]
    assert len(gateways) == len(SCHOOLS)
    for read in asyncio.run(read_all(gateways)).values():
        assert LINE_PORT in {port.name for port in read.facts.ports}


def test_counters_follow_the_school_day_and_a_cut_device_is_silent() -> None:
    now = 1_772_000_000.0
    day = SchoolDay(now, speed=240.0, begins_at=9.0 * 3600)
    campus = build(devices(), day)
    moment = [now]
    wanted = next(device for device in devices() if device.id == STORY_SWITCH)

    async def scenario() -> None:
        server = AgentServer(campus.agents, clock=lambda: moment[0])
        port = server.open()
        try:
            async with SnmpEngine() as engine:
                session = engine.session(
                    wanted.address or "",
                    port,
                    SnmpAccess(community=COMMUNITY),
                    timeout=30.0,
                    retries=0,
                )
                octets = []
                for _ in range(3):
                    await read_tables(session)
                    columns, _scalars = await session.walk([(1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6)])
                    octets.append(sum(map(int, columns[0].cells.values())))
                    moment[0] += 10.0
                assert octets[0] < octets[1] < octets[2]
                power = campus.power(STORY_SWITCH)
                assert power is not None
                power.cut()
                access = SnmpAccess(community=COMMUNITY)
                hasty = engine.session(wanted.address or "", port, access, timeout=0.2, retries=0)
                with pytest.raises(NoAnswer):
                    await hasty.get([(1, 3, 6, 1, 2, 1, 1, 3, 0)])
                power.restore(moment[0])
                moment[0] += 3.0
                uptime = await session.get([(1, 3, 6, 1, 2, 1, 1, 3, 0)])
                assert list(uptime.values()) == [300]
        finally:
            server.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("version", ["1", "2c"])
def test_net_snmp_walks_a_switch_to_the_end(version: str) -> None:
    walk = shutil.which("snmpbulkwalk" if version == "2c" else "snmpwalk")
    if walk is None:
        pytest.skip("net-snmp's tools are not installed")
    core = next(device for device in SNMP if device.id.endswith("-core"))

    async def scenario() -> list[str]:
        campus = build(devices(), SchoolDay(time.time()))
        server = AgentServer(campus.agents, clock=time.time)
        port = server.open()
        try:
            process = await asyncio.create_subprocess_exec(
                walk,
                f"-v{version}",
                "-On",
                "-c",
                COMMUNITY,
                f"{core.address}:{port}",
                ".1",
                stdout=subprocess.PIPE,
                env={"MIBS": ""},
            )
            output, _ = await process.communicate()
            assert process.returncode == 0
            return output.decode(errors="replace").splitlines()
        finally:
            server.close()

    lines = [line for line in asyncio.run(scenario()) if line.startswith(".1")]
    wide = [line for line in lines if "Counter64" in line]
    assert len(lines) > 500
    # Version 1 has no Counter64 (RFC 3584 section 4.2.2.1): an agent passes over them.
    assert bool(wide) is (version == "2c")


def test_a_wrong_community_is_met_with_silence() -> None:
    campus = build(devices(), SchoolDay(time.time()))
    agent = campus.agents[0]

    async def scenario() -> None:
        server = AgentServer([agent], clock=time.time)
        port = server.open()
        try:
            async with SnmpEngine() as engine:
                session = engine.session(
                    agent.address, port, SnmpAccess(community="wrong"), timeout=0.1, retries=0
                )
                with pytest.raises(NoAnswer):
                    await session.get([(1, 3, 6, 1, 2, 1, 1, 3, 0)])
        finally:
            server.close()

    asyncio.run(scenario())


def test_garbage_and_writes_change_nothing() -> None:
    campus = build(devices(), SchoolDay(time.time()))
    agent = campus.agents[0]
    for datagram in (b"", b"\x30", b"\x00" * 100, b"\xff" * 2000):
        assert agent.answer(datagram, time.time()) is None
