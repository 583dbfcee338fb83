"""Devices beside each other: nobody waits for anybody, and the plan may change at any time."""

import asyncio
import time

from apscheduler.events import EVENT_JOB_SUBMITTED

from agent.schedule import Schedule
from agent.uplink.batcher import Batcher
from agent.watch.brokers import OneVoice
from agent.watch.device import Want
from agent.watch.slots import Slots
from agent.watch.timelines import Timelines
from drivers.plan import Cadence, LineTest, Plan, PlannedMoments, SnmpAccess, Target
from drivers.readings import Outcome, Poll
from tests.agent.virtual_time import virtually


class Device:
    """Stands in for a device: counts its polls and may hang in one."""

    def __init__(self, target, polls, *, hangs=False, alive=True):
        self.target = target
        self.alive = alive
        self._polls = polls
        self._hangs = hangs

    def due(self, _now, _most=Want.inventory):
        return Want.tables

    def interval(self, cadence):
        return cadence.reachability

    def done(self, want, now, cadence):
        pass

    async def poll(self, _want):
        self._polls.append(self.target.id)
        if self._hangs:
            await asyncio.sleep(3600)
        return Poll(self.target.id, self.target.school, 0, Outcome.ok)


def target(name, **changes):
    return Target(name, "S1", "127.0.0.1", snmp=SnmpAccess(), **changes)


def plan_of(*targets, revision="r"):
    return Plan(revision, "a1", ("S1",), targets=targets, cadence=Cadence(0.02, 0.02, 1.0))


def test_one_that_hangs_delays_no_other(spool, disk):
    polls = []

    async def scenario():
        timelines = Timelines(
            lambda t: Device(t, polls, hangs=t.id == "slow"),
            Batcher(spool, disk, agent="a1"),
            jitter=lambda: 0.0,
        )
        await timelines.follow(plan_of(target("slow"), target("quick")))
        await asyncio.sleep(0.3)
        await timelines.close()

    virtually(scenario())
    assert polls.count("slow") == 2, "the poll that hangs, and the beat beside it"
    assert polls.count("quick") > 3


def test_a_changed_plan_is_followed_without_a_restart(spool, disk):
    polls, made = [], []

    def make(t):
        made.append(t.id)
        return Device(t, polls)

    async def scenario():
        timelines = Timelines(make, Batcher(spool, disk, agent="a1"), jitter=lambda: 0.0)
        await timelines.follow(plan_of(target("stays"), target("goes"), target("changes")))
        await asyncio.sleep(0.1)
        gone = await timelines.follow(
            plan_of(target("stays"), target("changes", port=1161), target("comes"))
        )
        polls.clear()
        await asyncio.sleep(0.2)
        count = len(timelines)
        await timelines.close()
        return gone, count

    gone, count = virtually(scenario())
    assert gone == ["goes"]
    assert count == 3
    assert made == ["stays", "goes", "changes", "changes", "comes"]
    assert set(polls) == {"stays", "changes", "comes"}


def test_devices_on_mqtt_have_no_timeline(spool, disk):
    async def scenario():
        timelines = Timelines(lambda t: Device(t, []), Batcher(spool, disk, agent="a1"))
        await timelines.follow(plan_of(Target("m1", "S1")))
        return len(timelines)

    assert asyncio.run(scenario()) == 0


def test_slots_of_the_living_are_not_held_by_the_dead():
    async def scenario():
        slots = Slots(2)
        released = asyncio.Event()

        async def dead():
            async with slots.turn(alive=False):
                await released.wait()

        hanging = [asyncio.create_task(dead()) for _ in range(8)]
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            for _ in range(10):
                async with slots.turn(alive=True):
                    await asyncio.sleep(0)
        released.set()
        await asyncio.gather(*hanging)

    asyncio.run(scenario())


def test_one_that_waits_long_gives_its_slot_to_the_next_one():
    async def scenario():
        slots = Slots(1)
        released = asyncio.Event()

        async def unexpectedly_dead():
            async with slots.turn(alive=True):
                await released.wait()

        task = asyncio.create_task(unexpectedly_dead())
        await asyncio.sleep(0)
        async with asyncio.timeout(60), slots.turn(alive=True):
            pass
        assert not task.done()
        released.set()
        await task

    asyncio.run(scenario())


def test_no_more_polls_run_than_there_are_slots():
    running = most = 0

    async def scenario():
        nonlocal running, most
        slots = Slots(3)

        async def one():
            nonlocal running, most
            async with slots.turn(alive=True):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.001)
                running -= 1

        await asyncio.gather(*(one() for _ in range(50)))

    asyncio.run(scenario())
    assert most == 3


def test_only_the_broker_that_heard_a_device_may_call_it_silent():
    voice = OneVoice("first")
    silent = Poll("d1", "S1", 0, Outcome.timeout)
    assert voice.speaks("first", silent)
    assert not voice.speaks("second", silent)
    assert voice.speaks("second", Poll("d1", "S1", 0, Outcome.ok))
    assert voice.speaks("second", silent)
    assert not voice.speaks("first", silent)


def test_line_tests_run_one_at_a_time_and_again_in_the_next_period():
    ran, running, clashes = [], 0, 0

    async def nothing():
        pass

    async def test(one):
        nonlocal running, clashes
        running += 1
        clashes += running > 1
        await asyncio.sleep(0.05)
        running -= 1
        ran.append(one.line)

    async def scenario():
        schedule = Schedule(
            housekeeping=nothing,
            test=test,
            clock=asyncio.get_running_loop().time,
            draw=lambda: 0.01,
        )
        tests = tuple(LineTest(f"l{n}", "S1", "http://x", every_seconds=0.4) for n in range(2))
        schedule.start()
        plan = Plan("r", "a1", ("S1",), line_tests=tests)
        schedule.follow(plan)
        schedule.follow(plan)
        async with asyncio.timeout(60):
            while len(ran) < 6:  # noqa: ASYNC110 - the jobs have no event
                await asyncio.sleep(0.02)
        schedule.follow(Plan("r2", "a1", ("S1",)))
        await asyncio.sleep(0.2)
        count = len(ran)
        await asyncio.sleep(0.6)
        schedule.close()
        return count

    count = virtually(scenario())
    assert clashes == 0
    assert {"l0", "l1"} <= set(ran)
    assert len(ran) == count, "a test the plan no longer has went on"


def test_a_planned_line_test_is_made_once_at_its_moment_whatever_plans_come():
    ran = []

    async def nothing():
        pass

    async def test(one):
        ran.append(time.time())

    async def scenario():
        schedule = Schedule(housekeeping=nothing, test=test, clock=time.time)
        schedule.start()
        began = time.time()
        moments = [int((began + seconds) * 1000) for seconds in (0.2, 0.6)]
        async with asyncio.timeout(60):
            number = 0
            while len(ran) < len(moments):
                number += 1
                later = int((began + 3600) * 1000) + number
                line_test = LineTest(
                    "l1", "S1", "http://x", every_seconds=0.1,
                    planned=PlannedMoments(later, (*moments, later)),
                )  # fmt: skip
                schedule.follow(Plan(f"r{number}", "a1", ("S1",), line_tests=(line_test,)))
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        schedule.close()
        return [moment / 1000 for moment in moments]

    moments = asyncio.run(scenario())
    assert len(ran) == len(moments)
    assert all(at >= moment for at, moment in zip(ran, moments, strict=True))


def test_a_plan_that_comes_while_a_planned_test_sets_out_begins_it_no_second_time():
    ran = []

    async def nothing():
        pass

    async def test(one):
        ran.append(time.time())

    def plan(number, moment):
        later = int((moment + 3600) * 1000) + number
        planned = PlannedMoments(later, (int(moment * 1000), later))
        line_test = LineTest("l1", "S1", "http://x", every_seconds=0.1, planned=planned)
        return Plan(f"r{number}", "a1", ("S1",), line_tests=(line_test,))

    async def scenario():
        schedule = Schedule(housekeeping=nothing, test=test, clock=time.time)
        schedule.start()
        moment = time.time() + 0.1
        schedule.follow(plan(1, moment))
        # APScheduler tells of the beat before the task it made has had its first turn.
        schedule._jobs.add_listener(
            lambda event: schedule.follow(plan(2, moment)) if not ran else None,
            EVENT_JOB_SUBMITTED,
        )
        async with asyncio.timeout(60):
            while not ran:  # noqa: ASYNC110 - the jobs have no event
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        schedule.close()

    asyncio.run(scenario())
    assert len(ran) == 1
