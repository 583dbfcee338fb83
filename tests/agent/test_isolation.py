"""Slow, dead and too many devices, on a clock that jumps: hours take milliseconds, and repeat."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from agent.watch.load import Load
from agent.watch.slots import Slots
from agent.watch.timelines import Timelines
from agent.watch.want import Want
from drivers.plan import Cadence, Plan, SnmpAccess, Target
from drivers.readings import Outcome, Poll
from tests.agent.virtual_time import virtually

BEAT = 60.0
SLICE = 0.5
CADENCE = Cadence(BEAT, 300.0, 21_600.0)


class Nowhere:
    """Takes polls as the batcher does."""

    def __init__(self):
        self.polls = []

    def keep(self, poll):
        self.polls.append((asyncio.get_running_loop().time(), poll))

    async def room(self):
        pass

    def times(self, id_, outcome=None):
        return [at for at, p in self.polls if p.subject == id_ and outcome in {None, p.outcome}]


class Device:
    """A device that needs so many seconds for each kind of poll, of the box's own time if told."""

    def __init__(self, target, *, seconds=None, box=None, slow=(), up=lambda _: True):
        self.target = target
        self.seconds = {Want.reachability: 0.01} | (seconds or {})
        self.alive = True
        self.wants = []
        self.tables = []
        self._box = box
        self._slow = dict(slow)
        self._up = up
        self._next = {Want.ports: 0.0, Want.inventory: 0.0}
        self._next_slow = dict.fromkeys(self._slow, 0.0)

    def due(self, now, most=Want.inventory):
        if not self.alive:
            return Want.reachability
        if most >= Want.inventory and now >= self._next[Want.inventory]:
            return Want.inventory
        return min(most, Want.tables) if now >= self._next[Want.ports] else Want.reachability

    def hurry(self, want):
        pass

    def interval(self, cadence):
        return cadence.reachability * (1.0 if self.alive else 0.9)

    def done(self, want, now, cadence):
        if want >= Want.ports:
            self._next[Want.ports] = now + cadence.tables - cadence.reachability / 2
        if want >= Want.inventory:
            self._next[Want.inventory] = now + cadence.inventory

    async def poll(self, want):
        now = asyncio.get_running_loop().time()
        self.wants.append((now, want))
        if not self._up(now):
            await asyncio.sleep(7.5)
            self.alive = False
            return Poll(self.target.id, "S1", 0, Outcome.timeout)
        await self._work(self.seconds.get(want, 0.02))
        self.alive = True
        return Poll(self.target.id, "S1", 0, Outcome.ok)

    async def _work(self, seconds):
        if self._box is None:
            await asyncio.sleep(seconds)
        else:
            while seconds > 0:  # slices of the one processor of the box, in turn
                async with self._box:
                    await asyncio.sleep(min(seconds, SLICE))
                seconds -= SLICE

    def slow_tables(self, now):
        return [table for table, at in self._next_slow.items() if now >= at]

    async def poll_table(self, table):
        self.tables.append((asyncio.get_running_loop().time(), table))
        await asyncio.sleep(self._slow[table])
        return Poll(self.target.id, "S1", 0, Outcome.partial)

    def table_done(self, table, now, cadence):
        self._next_slow[table] = now + max(cadence.tables, 10 * self._slow[table])


def ran(make, count, hours=1.0, *, load=None, slots=200, cadence=CADENCE):
    """What became of so many devices in so many hours: where polls went, and the devices."""

    async def scenario():
        nowhere, made = Nowhere(), {}

        def make_one(target):
            device = made[target.id] = make(target)
            return device

        timelines = Timelines(
            make_one, nowhere, concurrency=slots, jitter=lambda: 0.5, load=load or Load()
        )
        targets = tuple(Target(f"d{n}", "S1", "127.0.0.1", snmp=SnmpAccess()) for n in range(count))
        await timelines.follow(Plan("r", "a1", ("S1",), targets=targets, cadence=cadence))
        await asyncio.sleep(hours * 3600)
        await timelines.close()
        return nowhere, made

    return virtually(scenario())


def longest_gap(times):
    return max(b - a for a, b in pairwise(times))


def test_a_table_of_minutes_delays_neither_its_own_device_nor_others():
    def make(target):
        slow = {"forwarding": 100.0} if target.id == "d0" else {}
        return Device(target, slow=slow)

    where, devices = ran(make, 3, slots=1)
    for id_, device in devices.items():
        assert longest_gap([at for at, _ in device.wants]) <= BEAT + 1, id_
        tables = [at for at, want in device.wants if want is Want.tables]
        assert longest_gap(tables) <= 361, id_
    asked = [at for at, _ in devices["d0"].tables]
    assert longest_gap(asked) >= 1000.0, "a tenth of the time, not a third"
    assert len(asked) >= 3
    assert where.times("d0", Outcome.partial), "what came of the slow table is delivered"


def test_an_inventory_of_ten_minutes_leaves_no_gap_in_the_beats():
    where, devices = ran(lambda t: Device(t, seconds={Want.inventory: 600.0}), 2)
    for id_ in devices:
        # The first beat ends before the device is left to itself.
        assert longest_gap(where.times(id_)) <= 1.25 * BEAT + 1


def test_the_dead_are_noticed_within_one_beat_and_cost_the_living_nothing():
    back_at = 1_800.0

    def make(target):
        dead = int(target.id[1:]) % 2 == 0
        return Device(target, up=lambda now: not dead or now >= back_at)

    where, devices = ran(make, 40, slots=2)
    for id_, device in devices.items():
        answered = where.times(id_, Outcome.ok)
        if device.wants[0][0] < back_at and where.times(id_, Outcome.timeout):
            assert answered[0] - back_at <= BEAT
            asked = [at for at, _ in device.wants if 600 < at < back_at]
            assert len(asked) <= 1200 / (0.9 * BEAT) + 1, "more than one probe a beat"
        else:
            assert longest_gap(answered) <= BEAT + 1


def overloaded(seconds):
    """Forty devices, one processor, two hours; inventories every ten minutes."""
    box, load = asyncio.Semaphore(1), Load()
    where, devices = ran(
        lambda t: Device(t, seconds=seconds, box=box),
        40,
        2.0,
        load=load,
        slots=4,
        cadence=Cadence(BEAT, 300.0, 600.0),
    )
    wants = Counter(want for device in devices.values() for at, want in device.wants if at > 1_800)
    gaps = [longest_gap([at for at in where.times(id_) if at > 1_800]) for id_ in devices]
    return load, wants, max(gaps)


def test_a_box_with_time_leaves_nothing_out():
    load, wants, gap = overloaded({Want.tables: 0.05, Want.inventory: 0.1})
    assert set(load.shed.values()) == {0}
    assert wants[Want.tables] > 0
    assert gap <= BEAT + 5


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        # How much of the processor each kind wants: inventories, tables with gauges, ports.
        ({Want.ports: 0.2, Want.tables: 0.5, Want.inventory: 20.0}, Want.tables),  # 133 %
        ({Want.ports: 0.5, Want.tables: 12.0, Want.inventory: 12.0}, Want.ports),  # 160 %
        ({Want.ports: 12.0, Want.tables: 12.0, Want.inventory: 12.0}, Want.reachability),  # 160 %
    ],
)
def test_too_much_work_sheds_the_least_important_and_leaves_no_gap(seconds, kept):
    load, wants, gap = overloaded(seconds)
    shed = list(load.shed.values())
    assert shed[0] > 0
    assert list(load.shed) == ["inventory", "gauges", "ports"]
    assert shed == sorted(shed, reverse=True), "the least important most often"
    assert wants[kept] > 0
    assert gap <= 2 * BEAT


def test_when_the_load_is_gone_everything_is_read_again():
    load = Load()

    def beats(late):
        for _ in range(500):
            load.ended(Want.reachability, late)
            load.most(CADENCE)

    beats(30.0)
    assert load.most(CADENCE) is Want.reachability
    assert load.lag == 30.0
    beats(0.1)
    assert load.most(CADENCE) is Want.inventory


def test_a_few_slow_devices_are_no_overload():
    load = Load()
    for number in range(500):
        load.ended(Want.reachability, 50.0 if number % 4 == 0 else 0.1)
        load.ended(Want.tables, 250.0 if number % 4 == 0 else 1.0)
        assert load.most(CADENCE) is Want.inventory


def test_tables_that_end_late_are_a_sign_though_beats_do_not():
    load = Load()
    for _ in range(100):
        load.ended(Want.reachability, 0.1)
        load.ended(Want.tables, 60.0)
    assert load.most(CADENCE) is Want.tables


def test_a_beat_does_not_queue_behind_inventories():
    order = []

    async def scenario():
        slots = Slots(1)

        async def one(want):
            async with slots.turn(alive=True, want=want):
                order.append(want)
                await asyncio.sleep(0.1)

        wants = [Want.tables, Want.inventory, Want.inventory, Want.reachability, Want.ports]
        await asyncio.gather(*map(one, wants))

    virtually(scenario())
    assert order == [
        Want.tables,
        Want.reachability,
        Want.ports,
        Want.inventory,
        Want.inventory,
    ]
