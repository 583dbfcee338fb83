"""One device: what is due when, what becomes of its faults, what is kept over a restart."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.watch import kept_rates
from agent.watch.device import SnmpDevice, Want
from drivers.base import Column
from drivers.definitions import builtin_definitions
from drivers.errors import AuthRejected, Malformed, NoAnswer, Unreachable
from drivers.plan import Cadence, SnmpAccess, Target
from drivers.readings import Outcome
from drivers.snmp.counters import RateKeeper
from drivers.snmp.ports import IF_DESCR, IF_HC_IN_OCTETS, IF_OPER_STATUS
from drivers.snmp.tables import SYS_UP_TIME

TARGET = Target("d1", "S1", "127.0.0.1", snmp=SnmpAccess())
CADENCE = Cadence(60.0, 300.0, 21_600.0)


class Switch:
    """A session with a two-port switch that can fail as told."""

    def __init__(self):
        self.uptime = 10_000
        self.octets = 1_000
        self.error = None
        self.asked = 0

    async def get(self, oids):
        self._fail()
        return {oid: self.uptime for oid in oids if oid == SYS_UP_TIME}

    async def walk(self, columns, *, scalars=()):
        self._fail()
        known = {
            IF_DESCR: {1: b"GE1", 2: b"GE2"},
            IF_OPER_STATUS: {1: 1, 2: 2},
            IF_HC_IN_OCTETS: {1: self.octets, 2: self.octets},
        }
        tags = {IF_DESCR: 4, IF_OPER_STATUS: 2, IF_HC_IN_OCTETS: 0x46}
        walked = [Column(oid, dict(known.get(oid, {})), tags.get(oid, 0)) for oid in columns]
        return walked, {SYS_UP_TIME: self.uptime}

    def _fail(self):
        self.asked += 1
        if self.error is not None:
            raise self.error


class Clock:
    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


def device_of(switch, rates=None, clock=None):
    return SnmpDevice(
        TARGET,
        lambda: switch,
        rates or RateKeeper(),
        definitions=builtin_definitions(),
        clock=clock or Clock(),
    )


def polled(device, want):
    return asyncio.run(device.poll(want))


def polled_table(device, table):
    return asyncio.run(device.poll_table(table))


def readings(poll):
    return {(r.metric, r.part): r.value for r in poll.readings()}


def test_the_first_poll_reads_everything_and_later_ones_what_is_due():
    device, now = device_of(Switch()), 0.0
    wants = []
    for _ in range(12):
        want = device.due(now)
        assert polled(device, want).outcome is Outcome.ok
        device.done(want, now, CADENCE)
        wants.append(want)
        now += CADENCE.reachability
    assert wants[0] is Want.inventory
    assert [at for at, want in enumerate(wants) if want is Want.tables] == [5, 10]
    assert wants.count(Want.reachability) == 9


def test_facts_come_with_inventory_only():
    device = device_of(Switch())
    assert polled(device, Want.inventory).facts is not None
    assert polled(device, Want.tables).facts is None


def test_rates_come_with_the_second_poll():
    switch, clock = Switch(), Clock()
    device = device_of(switch, clock=clock)
    first = readings(polled(device, Want.tables))
    assert ("port_in_bits_per_second", "GE1") not in first
    switch.octets, switch.uptime, clock.now = 2_000, 20_000, clock.now + 100
    second = readings(polled(device, Want.tables))
    assert second[("port_in_bits_per_second", "GE1")] == pytest.approx(80.0)
    assert second[("port_up", "GE2")] == 0.0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NoAnswer("x"), Outcome.timeout),
        (Unreachable("no route"), Outcome.unreachable),
        (AuthRejected("wrong_digest"), Outcome.auth_rejected),
        (Malformed("x"), Outcome.malformed),
        (ZeroDivisionError("ours"), Outcome.malformed),
    ],
)
def test_a_poll_never_raises(error, outcome):
    switch = Switch()
    switch.error = error
    device = device_of(switch)
    for want in Want:
        poll = polled(device, want)
        assert (poll.outcome, poll.blocks, poll.facts) == (outcome, (), None)
    assert not device.alive


def test_access_that_cannot_work_is_an_outcome_too():
    def refuse():
        raise AuthRejected("unknown authentication protocol")

    device = SnmpDevice(
        TARGET, refuse, RateKeeper(), definitions=builtin_definitions(), clock=Clock()
    )
    assert polled(device, Want.inventory).outcome is Outcome.auth_rejected


def test_a_dead_device_is_only_asked_for_its_clock_at_every_beat():
    switch = Switch()
    device = device_of(switch)
    polled(device, Want.inventory)
    switch.error = NoAnswer()
    for _ in range(5):
        assert polled(device, device.due(1e9)).outcome is Outcome.timeout
        before = switch.asked
        device.hurry(Want.inventory)
        assert device.due(1e9) is Want.reachability
        polled(device, Want.inventory)
        assert switch.asked == before + 1, "more than one question to a dead device"
        # With the jitter of the timelines still within one beat.
        assert device.interval(CADENCE) * 1.05 <= CADENCE.reachability
    switch.error = None
    back = polled(device, device.due(1e9))
    assert back.outcome is Outcome.ok
    assert readings(back) == {("uptime_seconds", ""): 100.0}
    assert device.interval(CADENCE) == 1.0, "what is back is read in full at once"
    assert device.due(0.0) is Want.inventory, "what comes back may be another device"
    polled(device, Want.inventory)
    assert device.interval(CADENCE) == CADENCE.reachability


def test_a_device_that_answers_but_not_its_tables_is_not_called_dead():
    switch = Switch()
    device = device_of(switch)
    polled(device, Want.inventory)

    async def walk(columns, *, scalars=()):
        raise NoAnswer

    switch.walk = walk
    poll = polled(device, Want.tables)
    assert poll.outcome is Outcome.partial
    assert "ifTable: timeout" in poll.detail
    assert readings(poll)["uptime_seconds", ""] == 100.0
    assert device.alive
    table = polled_table(device, "1.3.6.1.2.1.2.2.1")
    assert table.outcome is Outcome.partial
    assert device.alive, "one slow table says nothing about the device"


def test_a_poll_that_ends_late_takes_no_failed_beat_back():
    switch, clock = Switch(), Clock()
    switch.heard_at, ticks = 0.0, [100.0]
    device = SnmpDevice(
        TARGET,
        lambda: switch,
        RateKeeper(),
        definitions=builtin_definitions(),
        clock=lambda: clock.now + ticks[0],
        elapsed=lambda: ticks[0],
    )

    def answered(at):
        ticks[0] = switch.heard_at = at

    async def scenario():
        await device.poll(Want.inventory)
        whole, broken_off = switch.walk, asyncio.Event()

        async def walk(columns, *, scalars=()):
            walked = await whole(columns, scalars=scalars)
            answered(101.0)
            await broken_off.wait()
            return walked

        switch.walk = walk
        tables = asyncio.create_task(device.poll(Want.tables))
        await asyncio.sleep(0)
        switch.error, ticks[0] = NoAnswer(), 104.0
        beat = await device.poll(Want.reachability)
        switch.error, ticks[0] = None, 109.0
        broken_off.set()
        return beat, await tables

    beat, tables = asyncio.run(scenario())
    assert beat.outcome is Outcome.timeout
    assert tables.outcome in (Outcome.ok, Outcome.partial)
    assert beat.taken_at - tables.taken_at == 3_000, "it was alive when it answered last"
    assert not device.alive, "what it said before it was gone is no sign of life after"


def test_a_device_that_never_answered_is_asked_for_its_clock_alone():
    switch = Switch()
    switch.error = NoAnswer()
    device = device_of(switch)
    polled(device, Want.inventory)
    asked = []

    async def get(oids):
        asked.append(tuple(oids))
        raise NoAnswer

    switch.get = get
    polled(device, device.due(60.0))
    assert asked == [(SYS_UP_TIME,)]


def test_a_restart_of_the_device_calls_for_its_inventory():
    switch = Switch()
    device = device_of(switch)
    polled(device, Want.inventory)
    device.done(Want.inventory, 0.0, CADENCE)
    assert device.due(60.0) is Want.reachability
    switch.uptime = 50
    polled(device, Want.reachability)
    assert device.due(120.0) is Want.inventory


def test_transitions_are_said_once(caplog):
    switch = Switch()
    device = device_of(switch)
    with caplog.at_level(logging.INFO, logger="agent.watch.device"):
        for error in (None, None, NoAnswer(), NoAnswer(), NoAnswer(), None, None):
            switch.error = error
            polled(device, Want.tables)
    assert [r.getMessage().split()[1] for r in caplog.records] == ["timeout", "ok"]


def test_counters_survive_a_restart_of_the_agent(tmp_path):
    switch, clock, rates = Switch(), Clock(), RateKeeper()
    polled(device_of(switch, rates, clock), Want.tables)
    with ThreadPoolExecutor(1) as disk:
        kept_rates.keep(tmp_path, rates, disk)
    again = RateKeeper()
    assert kept_rates.restore(tmp_path, again) == 1
    switch.octets, switch.uptime, clock.now = 2_000, 20_000, clock.now + 100
    first = readings(polled(device_of(switch, again, clock), Want.tables))
    assert first[("port_in_bits_per_second", "GE1")] == pytest.approx(80.0)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x92\x63\x80"])
def test_unreadable_counters_are_as_good_as_none(tmp_path, content):
    (tmp_path / "counters.msgpack").write_bytes(content)
    assert kept_rates.restore(tmp_path, RateKeeper()) == 0


def test_the_uplink_port_is_polled_with_reachability():
    switch, clock = Switch(), Clock()
    device = SnmpDevice(
        Target("d1", "S1", "127.0.0.1", snmp=SnmpAccess(), uplink="GE2"),
        lambda: switch,
        RateKeeper(),
        definitions=builtin_definitions(),
        clock=clock,
    )
    polled(device, Want.tables)
    asked = []
    real_get = switch.get

    async def get(oids):
        asked.extend(oids)
        return await real_get(oids)

    switch.get = get
    polled(device, Want.reachability)
    assert (*IF_HC_IN_OCTETS, 2) in asked
    assert (*IF_HC_IN_OCTETS, 1) not in asked
