"""What simulated switches know of devices that say nothing, and projectors that say a little."""

import asyncio
import time

from drivers.pjlink import read_projector
from drivers.plan import SnmpAccess
from drivers.readings import Kind
from drivers.simulate.attendance import is_on
from drivers.simulate.build import build
from drivers.simulate.campus import COMMUNITY, STORY_SWITCH, Speech, devices
from drivers.simulate.projectors import ProjectorServer
from drivers.simulate.responder import AgentServer
from drivers.simulate.schoolday import SchoolDay
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.forwarding import read_forwarding
from drivers.snmp.ports import read_ports
from drivers.snmp.resolution import read_resolution

HOUR = 3_600.0
SILENT = [d for d in devices() if d.speech is Speech.nothing and d.upstream == STORY_SWITCH]


def test_a_silent_device_comes_and_goes_with_the_school_day() -> None:
    day = SchoolDay(0.0, speed=1.0, begins_at=0.0)
    for device in SILENT:
        hours = [hour for hour in range(24) if is_on(device.id, day, hour * HOUR)]
        assert hours, device.id
        assert 7 <= hours[0] <= 8
        assert 15 <= hours[-1] <= 17


def test_its_switch_has_its_address_while_it_is_on_and_the_core_sees_the_uplink() -> None:
    async def read(at: float) -> tuple[dict[str, set[str]], dict[str, str], int]:
        started = time.time()
        day = SchoolDay(started, speed=1.0, begins_at=at * HOUR)
        campus = build(devices(), day)
        known = {device.id: device for device in devices()}
        server = AgentServer(campus.agents, clock=time.time)
        port = server.open()
        access = SnmpAccess(community=COMMUNITY)
        try:
            async with SnmpEngine() as engine:
                found = {}
                for switch in (STORY_SWITCH, "lh-core"):
                    session = engine.session(known[switch].address or "", port, access)
                    ports, _ = await read_ports(session)
                    stations, faults = await read_forwarding(session, ports)
                    assert faults == []
                    wanted = {device.mac for device in SILENT}
                    found[switch] = {s.port for s in stations if s.mac in wanted}
                    if switch == STORY_SWITCH:
                        opers = {p.alias or "": p.oper or "" for p in ports}
                gateway = engine.session(known["lh-gw"].address or "", port, access)
                neighbours, _ = await read_resolution(gateway)
                return found, opers, len(neighbours)
        finally:
            server.close()

    found, opers, neighbours = asyncio.run(read(10.0))
    assert len(found[STORY_SWITCH]) == len(SILENT)
    assert len(found["lh-core"]) == 1
    assert {opers[device.id] for device in SILENT} == {"up"}
    assert neighbours > 5
    at_night, opers, _ = asyncio.run(read(22.0))
    assert at_night == {STORY_SWITCH: set(), "lh-core": set()}
    assert {opers[device.id] for device in SILENT} == {"down"}


def test_a_projector_tells_who_it_is_and_whether_it_is_lit() -> None:
    async def read(at: float) -> tuple[float, str | None, Kind]:
        day = SchoolDay(time.time(), speed=1.0, begins_at=at * HOUR)
        projectors = build(devices(), day).projectors
        server = ProjectorServer(projectors, clock=time.time)
        port = await server.open()
        try:
            found = await read_projector(projectors[0].address, port)
        finally:
            await server.close()
        assert found.faults == ()
        lit = {r.metric: r.value for block in found.blocks for r in block}["display_on"]
        assert found.facts is not None
        return lit, found.facts.identity.serial, found.facts.identity.kind

    expected = next(d for d in devices() if d.speech is Speech.pjlink)
    assert asyncio.run(read(10.0)) == (1.0, expected.serial, Kind.projector)
    assert asyncio.run(read(22.0))[0] == 0.0
