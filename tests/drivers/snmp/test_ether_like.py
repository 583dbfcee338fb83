"""Faults of cables and duplex become rates, on the ports they belong to."""

import asyncio

from agent.watch.device import SnmpDevice, Want
from drivers.base import Oid, Value
from drivers.definitions import builtin_definitions
from drivers.plan import SnmpAccess, Target
from drivers.readings import Poll
from drivers.recording import Recording
from drivers.snmp.counters import RateKeeper
from drivers.snmp.ether_like import DOT3_STATS_ENTRY, read_ether_like
from drivers.snmp.ports import IF_ENTRY, IF_X_ENTRY
from drivers.snmp.tables import SYS_UP_TIME, read_tables

HOUR = 3_600


def switch(uptime: int, faults: dict[int, int]) -> dict[Oid, tuple[int, Value]]:
    """A switch with two ports whose names and indexes are in different order."""
    values: dict[Oid, tuple[int, Value]] = {
        SYS_UP_TIME: (0x43, uptime),
        (1, 3, 6, 1, 2, 1, 1, 1, 0): (4, b"switch"),
    }
    for index, name in ((3, b"b"), (7, b"a")):
        values[(*IF_ENTRY, 8, index)] = (2, 1)
        values[(*IF_X_ENTRY, 1, index)] = (4, name)
    for index, count in faults.items():
        values[(*DOT3_STATS_ENTRY, 3, index)] = (0x41, count)
    return values


def polled(moments: list[tuple[int, dict[int, int]]]) -> list[Poll]:
    now = 1_700_000_000.0
    session = Recording({})

    class Changing:
        async def get(self, oids):  # type: ignore[no-untyped-def]
            return await session.get(oids)

        async def walk(self, columns, *, scalars=()):  # type: ignore[no-untyped-def]
            return await session.walk(columns, scalars=scalars)

    device = SnmpDevice(
        Target("d", "S", "127.0.0.1", snmp=SnmpAccess()),
        Changing,
        RateKeeper(),
        definitions=builtin_definitions(),
        clock=lambda: now,
    )

    async def work() -> list[Poll]:
        nonlocal now, session
        polls = []
        for seconds, faults in moments:
            session = Recording(switch(100_000 + seconds * 100, faults))
            now = 1_700_000_000.0 + seconds
            polls.append(await device.poll(Want.tables))
        return polls

    return asyncio.run(work())


def faults_of(poll: Poll) -> dict[str, float]:
    metric = "port_frame_check_errors_per_second"
    return {r.part: r.value for r in poll.readings() if r.metric == metric}


def test_faults_are_rates_of_the_port_they_belong_to_once_an_hour() -> None:
    first, between, later = polled(
        [(0, {3: 10, 7: 0}), (300, {3: 99, 7: 0}), (HOUR, {3: 10 + 2 * HOUR, 7: 36})]
    )
    assert faults_of(first) == {}
    assert faults_of(between) == {}
    assert faults_of(later) == {"b": 2.0, "a": 0.01}


def test_cleared_faults_are_a_gap() -> None:
    polls = polled([(0, {3: 500, 7: 5}), (HOUR, {3: 1, 7: 3_605})])
    assert faults_of(polls[-1]) == {"a": 1.0}


def test_a_device_without_the_table_has_no_counters() -> None:
    async def work() -> object:
        session = Recording(switch(1_000, {}))
        known = (await read_tables(session)).known
        return await read_ether_like(session, known)

    assert asyncio.run(work()) == (None, ())
