"""What was learned of a device is there after a restart, and gone with the device."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import msgspec
import pytest

from agent.watch.device import SnmpDevice, Want
from agent.watch.kept_experience import KeptExperience
from agent.watch.learned import Learned
from agent.watch.slow_tables import PORTS, SLOW_SECONDS, SlowTables
from drivers.definitions import builtin_definitions
from drivers.plan import Cadence, SnmpAccess, Target
from drivers.readings import Outcome
from drivers.simulate.farm import switch_cells
from drivers.simulate.mib import MibTree
from drivers.simulate.power import Power
from drivers.simulate.responder import AgentServer, SnmpAgent
from drivers.simulate.schoolday import SchoolDay
from drivers.snmp.counters import RateKeeper
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.peer import Experience

#: What the picky switch answers at most; larger replies are lost on their way.
MOST_BYTES = 600


class Picky(SnmpAgent):
    """A switch whose large replies never arrive."""

    def answer(self, datagram, now):
        answer = super().answer(datagram, now)
        return answer if answer is None or len(answer) <= MOST_BYTES else None


@asynccontextmanager
async def switch():
    power = Power(SchoolDay(time.time()), time.time())
    tree = MibTree(switch_cells(24, time.time() - 1000))
    server = AgentServer([Picky("sw", "127.0.0.1", "public", tree, power)], clock=time.time)
    port = server.open()
    try:
        yield port
    finally:
        server.close()


def device_at(port, engine, learned=None, timeout=0.1):
    return SnmpDevice(
        Target("sw", "S", "127.0.0.1", port, snmp=SnmpAccess()),
        lambda: engine.session("127.0.0.1", port, timeout=timeout, retries=2),
        RateKeeper(),
        definitions=builtin_definitions(),
        clock=time.time,
        learned=learned,
    )


def kept(tmp_path, devices):
    with ThreadPoolExecutor(1) as disk:
        KeptExperience(tmp_path).keep(devices, disk)
    again = KeptExperience(tmp_path)
    again.restore()
    return again


def test_the_size_of_replies_is_not_learned_again_after_a_restart(tmp_path):
    async def first(port):
        async with SnmpEngine() as engine:
            device = device_at(port, engine)
            for _ in range(4):
                await device.poll(Want.ports)
            return kept(tmp_path, {"sw": device}), engine.tally.retries

    async def second(port, learned):
        async with SnmpEngine() as engine:
            device = device_at(port, engine, learned, timeout=30.0)
            poll = await device.poll(Want.ports)
            return poll.outcome, engine.tally.retries

    async def scenario():
        async with switch() as port:
            experience, before = await first(port)
            learned = experience.of("sw")
            return learned, before, await second(port, learned)

    learned, before, after = asyncio.run(scenario())
    assert before > 0
    assert learned.experience.reply_limit < MOST_BYTES + 150
    assert after == (Outcome.ok, 0)


def test_a_device_that_was_not_heard_of_in_this_run_is_still_remembered(tmp_path):
    learned = Learned("127.0.0.1", 161, Experience(700, 256, 0.02, 0.01), {PORTS: 8.0})

    async def scenario():
        async with SnmpEngine() as engine:
            return kept(tmp_path, {"sw": device_at(161, engine, learned)})

    assert asyncio.run(scenario()).of("sw") == learned


def test_another_address_is_another_device(tmp_path):
    learned = Learned("127.0.0.2", 161, Experience(700, 256, 0.02, 0.01), {PORTS: 8.0})

    async def scenario():
        async with SnmpEngine() as engine:
            return device_at(161, engine, learned).learned

    assert asyncio.run(scenario()) is None


def test_a_device_that_left_the_plan_is_forgotten(tmp_path):
    learned = Learned("127.0.0.1", 161, Experience(700, 256, 0.02, 0.01))

    async def scenario():
        async with SnmpEngine() as engine:
            kept(tmp_path, {"sw": device_at(161, engine, learned)})
            return kept(tmp_path, {})

    assert asyncio.run(scenario()).of("sw") is None


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x92\x63\x80", b"\x92\x01\x90"])
def test_a_damaged_file_is_as_good_as_none(tmp_path, content):
    (tmp_path / "learned.msgpack").write_bytes(content)
    assert KeptExperience(tmp_path).restore() == 0


def test_one_damaged_entry_costs_no_other(tmp_path):
    good = msgspec.msgpack.encode(Learned("a", 1, None, {PORTS: 6.0}))
    content = msgspec.msgpack.encode((1, {"bad": b"\xc1", "good": good}))
    (tmp_path / "learned.msgpack").write_bytes(content)
    experience = KeptExperience(tmp_path)
    assert experience.restore() == 2
    assert experience.of("bad") is None
    assert experience.of("good").durations == {PORTS: 6.0}


def test_nonsense_durations_are_not_taken_up():
    tables = SlowTables()
    tables.resume({"1.2": float("nan"), "1.3": -5.0, "1.4": 1e12, "1.5": 9.0})
    assert tables.slow == {"1.5"}


def test_a_slow_table_is_asked_a_tenth_of_the_time_and_a_quick_one_is_not_slow_any_more():
    tables, entry = SlowTables(), (1, 3, 6)
    tables.took(entry, 40.0)
    assert tables.slow == {"1.3.6"}
    assert tables.due(0.0) == ["1.3.6"]
    tables.done("1.3.6", 0.0, Cadence().tables)
    assert tables.due(399.0) == []
    assert tables.due(400.0) == ["1.3.6"]
    for _ in range(10):
        tables.took(entry, 0.01)
    assert tables.slow == frozenset()
    assert tables.durations == {}


def test_a_slow_port_table_is_read_by_itself_and_the_rest_goes_on():
    """The clock stands in for a device that takes its time; its uptime goes with it."""
    began = time.time()
    now = 0.0

    class Slow(SnmpAgent):
        def answer(self, datagram, moment):
            nonlocal now
            if b"\x2b\x06\x01\x02\x01\x02\x02" in datagram:  # anything of ifTable
                now += SLOW_SECONDS
            return super().answer(datagram, moment)

    async def scenario():
        power = Power(SchoolDay(began), began)
        tree = MibTree(switch_cells(4, began - 1000))
        slow = Slow("sw", "127.0.0.1", "public", tree, power)
        server = AgentServer([slow], clock=lambda: began + now)
        port = server.open()
        async with SnmpEngine() as engine:
            device = SnmpDevice(
                Target("sw", "S", "127.0.0.1", port, snmp=SnmpAccess()),
                lambda: engine.session("127.0.0.1", port),
                RateKeeper(),
                definitions=builtin_definitions(),
                clock=lambda: began + now,
                elapsed=lambda: now,
            )
            first = await device.poll(Want.tables)
            second = await device.poll(Want.tables)
            due = device.slow_tables(0.0)
            third = await device.poll_table(PORTS)
            device.table_done(PORTS, 0.0, Cadence())
            later = device.slow_tables(299.0)
        server.close()
        return first, second, due, third, later

    first, second, due, third, later = asyncio.run(scenario())
    assert "port_up" in {r.metric for r in first.readings()}
    assert {r.metric for r in second.readings()} == {"uptime_seconds"}
    assert due == [PORTS]
    assert {"port_up", "port_in_bits_per_second"} <= {r.metric for r in third.readings()}
    assert later == []
