"""From a trap to a poll: whom it is about, how soon, and how often at most."""

import asyncio
import os
import subprocess
import sys
import time

import pytest

from agent.metrics import AgentMetrics
from agent.settings import AgentSettings
from agent.uplink.batcher import Batcher
from agent.watch.device import Want
from agent.watch.timelines import Timelines
from agent.watch.trap_events import TrapEvents
from agent.watch.traps import TrapDesk, Traps, engine_id_of
from drivers.plan import Cadence, Plan, SnmpAccess, Target
from drivers.readings import Outcome, Poll
from drivers.traps.listener import TrapEvent
from drivers.traps.messages import Notification
from drivers.traps.vocabulary import Depth, VocabularyError
from tests.agent.virtual_time import virtually
from tests.ports import free_port

V3 = SnmpAccess(version="3", user="u")


def target(id_, address, snmp=SnmpAccess()):  # noqa: B008
    return Target(id_, "S1", address, snmp=snmp)


def plan_of(*targets):
    return Plan("r", "a1", ("S1",), targets=targets, cadence=Cadence(3600.0, 3600.0, 3600.0))


def event(address="10.0.0.1", kind="link_down", poll=Depth.tables):
    return TrapEvent(kind, poll, Notification(address, "1.3.6.1", "2c"))


def asked(events, *, settle=0.02, quiet=0.1, wait=0.05, plan=None):
    asks = []

    async def scenario():
        desk = TrapDesk(lambda i, want: asks.append((i, want)) or True, settle=settle, quiet=quiet)
        desk.follow(plan or plan_of(target("a", "10.0.0.1"), target("b", "10.0.0.2")))
        for one in events:
            desk.heard(one)
        await asyncio.sleep(wait)
        desk.close()
        return desk

    return asks, virtually(scenario())


def test_many_traps_of_a_device_are_one_poll_of_the_deepest_kind():
    asks, desk = asked([event(), event(kind="cold_start", poll=Depth.inventory), event()] * 20)
    assert asks == [("a", Want.inventory)]
    assert desk.counts == {"link_down": 40, "cold_start": 20, "stranger": 0, "polls": 1}


def test_each_device_behind_an_address_is_polled():
    plan = plan_of(target("a", "10.0.0.1"), target("c", "10.0.0.1", V3), target("d", None))
    asks, desk = asked([event()], plan=plan)
    assert sorted(asks) == [("a", Want.tables), ("c", Want.tables)]
    assert desk.sources == {"10.0.0.1": V3}


def test_strangers_are_counted_and_nobody_is_polled():
    asks, desk = asked([event("10.9.9.9")] * 3)
    assert asks == []
    assert desk.strangers == 3


def test_vendors_traps_count_as_one_kind_so_that_metrics_stay_few():
    _, desk = asked([event(kind="vendor:h3c_cpu_high"), event(kind="vendor:apc_on_battery")])
    assert desk.counts["vendor"] == 2


def test_a_device_that_goes_on_complaining_is_polled_again_after_a_quiet_time_only():
    asks = []

    async def scenario():
        desk = TrapDesk(lambda i, want: asks.append(i) or True, settle=0.01, quiet=0.3)
        desk.follow(plan_of(target("a", "10.0.0.1")))
        for _ in range(20):
            desk.heard(event())
            await asyncio.sleep(0.01)
        early = len(asks)
        await asyncio.sleep(0.3)  # the trap that came in between is not forgotten
        desk.close()
        return early

    assert virtually(scenario()) == 1
    assert len(asks) == 2


def test_a_device_that_left_the_plan_is_not_asked_for():
    asks = []

    async def scenario():
        desk = TrapDesk(lambda i, want: asks.append(i) or True, settle=0.01)
        desk.follow(plan_of(target("a", "10.0.0.1")))
        desk.heard(event())
        desk.follow(plan_of())
        await asyncio.sleep(0.05)
        desk.heard(event())
        return desk.strangers

    assert virtually(scenario()) == 1
    assert asks == []


class Device:
    """Stands in for a device: notes what its polls had to read."""

    alive = True

    def __init__(self, polls):
        self._polls = polls
        self._hurried = Want.reachability

    def due(self, _now, _most=Want.inventory):
        return self._hurried

    def hurry(self, want):
        self._hurried = want

    def interval(self, cadence):
        return cadence.reachability

    def done(self, want, now, cadence):
        self._hurried = Want.reachability

    async def poll(self, want):
        self._polls.append(want)
        return Poll("a", "S1", 0, Outcome.ok)


def test_a_hurried_device_is_polled_though_its_beat_is_an_hour_away(spool, disk):
    polls = []

    async def scenario():
        timelines = Timelines(
            lambda _: Device(polls), Batcher(spool, disk, agent="a1"), jitter=lambda: 0.0
        )
        await timelines.follow(plan_of(target("a", "10.0.0.1")))
        await asyncio.sleep(0.05)
        assert timelines.hurry("a", Want.tables)
        assert not timelines.hurry("nobody", Want.tables)
        await asyncio.sleep(0.05)
        await timelines.close()
        assert not timelines.hurry("a", Want.tables)

    virtually(scenario())
    assert polls == [Want.reachability, Want.tables]


def traps_of(settings, hurry, metrics, events):
    told = TrapEvents(events.append, clock=time.time)
    return Traps(settings, "agent-1", hurry, metrics, events=told, changed=lambda _: None)


def test_a_real_trap_reaches_the_device_it_came_from(tmp_path):
    port = free_port()
    settings = AgentSettings(state_dir=tmp_path, traps_address="127.0.0.1", traps_port=port)
    asks, events = [], []
    metrics = AgentMetrics()

    async def scenario():
        traps = traps_of(settings, lambda i, want: asks.append((i, want)) or True, metrics, events)
        traps.start()
        traps.follow(plan_of(target("a", "127.0.0.1")))
        command = ["snmptrap", "-v2c", "-c", "x", f"127.0.0.1:{port}", "1", "1.3.6.1.6.3.1.1.5.1"]
        async with asyncio.timeout(60):
            while not asks:
                process = await asyncio.create_subprocess_exec(*command, env={"MIBS": ""})
                await process.wait()
                await asyncio.sleep(0.2)
        await traps.close()

    asyncio.run(scenario())
    assert asks[0] == ("a", Want.inventory)
    assert (events[0].subject, events[0].kind) == ("a", "cold_start")
    value = metrics.registry.get_sample_value("fleet_agent_traps_total", {"what": "cold_start"})
    assert value >= 1


def test_traps_are_off_unless_wanted(tmp_path):
    async def scenario():
        traps = traps_of(AgentSettings(), lambda i, want: True, AgentMetrics(), [])
        traps.start()
        traps.follow(plan_of(target("a", "127.0.0.1")))
        await traps.close()

    asyncio.run(scenario())


def test_a_folder_of_own_traps_that_cannot_be_read_stops_the_start(tmp_path):
    (tmp_path / "traps").mkdir()
    (tmp_path / "traps/x.yaml").write_text("vendor: X\nsource: s\ntraps: {}\n")
    settings = AgentSettings(traps_address="127.0.0.1", definitions=tmp_path)
    with pytest.raises(VocabularyError):
        traps_of(settings, lambda i, want: True, AgentMetrics(), [])


def test_the_engine_for_informs_is_an_agents_own_for_ever():
    assert engine_id_of("a") == engine_id_of("a") != engine_id_of("b")
    assert 5 <= len(engine_id_of("a")) <= 32


def test_hearing_traps_does_not_bring_pysnmp_into_the_agent():
    code = "import sys, agent.runner; sys.exit(any(m.startswith('pysnmp') for m in sys.modules))"
    assert subprocess.call([sys.executable, "-c", code], env=dict(os.environ)) == 0


@pytest.mark.parametrize("address", ["localhost", "10.0.0", "*"])
def test_the_address_for_traps_is_numeric(address):
    with pytest.raises(ValueError, match="address"):
        AgentSettings(traps_address=address)
