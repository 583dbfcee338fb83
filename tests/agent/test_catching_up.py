"""After an outage: what is new goes first, history follows in order and at its pace."""

import asyncio
import time

import httpx
import pytest

from agent.centre.clock import BoxClock
from agent.uplink.batcher import Batcher, memory_spool
from agent.uplink.sender import Pause, Uplink
from agent.uplink.turns import LIVE_BATCHES, Pace, Turns
from drivers.readings import decode_batch

FAST = Pace(100_000, 1e9)


def fill(spool, disk, polls, **more):
    async def scenario():
        for one in polls:
            batcher = Batcher(spool, disk, agent="a1", **more)
            batcher.keep(one)
            await batcher.close()

    asyncio.run(scenario())


def drained(turns, news=lambda sent: None):
    order = []
    while not isinstance(turn := turns.next(), float):
        order.append(turn.batch.sequence)
        turn.home.done(turn.batch.sequence)
        turns.sent(turn, 0.0)
        news(order)
    return order


def test_a_short_queue_goes_in_order(spool, disk, poll):
    fill(spool, disk, [poll(n) for n in range(LIVE_BATCHES)])
    turns = Turns(spool, memory_spool(), FAST, clock=time.monotonic)
    assert drained(turns) == list(range(1, LIVE_BATCHES + 1))


def test_a_long_queue_begins_with_the_newest_and_goes_on_with_the_oldest(spool, disk, poll):
    count = LIVE_BATCHES + 70
    fill(spool, disk, [poll(n) for n in range(count)])
    turns = Turns(spool, memory_spool(), FAST, clock=lambda: 1e9)
    live = list(range(count, count - LIVE_BATCHES, -1))
    assert drained(turns) == live + list(range(1, count - LIVE_BATCHES + 1))


def test_what_is_new_overtakes_history(spool, disk, poll):
    fill(spool, disk, [poll(n) for n in range(LIVE_BATCHES + 50)])
    turns = Turns(spool, memory_spool(), FAST, clock=lambda: 1e9)

    def news(sent):
        if len(sent) == LIVE_BATCHES + 5:
            fill(spool, disk, [poll(999)])

    order = drained(turns, news)
    assert order[LIVE_BATCHES + 4 : LIVE_BATCHES + 7] == [5, LIVE_BATCHES + 51, 6]


def test_history_keeps_its_pace_and_news_do_not_wait_for_it(spool, disk, poll):
    fill(spool, disk, [poll(n) for n in range(3 * LIVE_BATCHES)])
    now = [0.0]
    turns = Turns(spool, memory_spool(), Pace(4.0, 1e9), clock=lambda: now[0])
    for _ in range(LIVE_BATCHES):
        turn = turns.next()
        assert not turn.history
        turn.home.done(turn.batch.sequence)
        turns.sent(turn, now[0])
    first = turns.next()
    assert first.history
    first.home.done(first.batch.sequence)
    turns.sent(first, now[0])
    assert turns.next() == pytest.approx(0.25)
    fill(spool, disk, [poll(999)])
    assert turns.next().batch.sequence == 3 * LIVE_BATCHES + 1
    spool.done(3 * LIVE_BATCHES + 1)
    now[0] = 0.25
    assert turns.next().history


def test_a_large_batch_costs_its_bytes():
    assert Pace(10.0, 1_000.0).seconds(5_000) == 5.0
    assert Pace(10.0, 1_000.0).seconds(50) == 0.1


def test_what_waits_in_memory_goes_before_everything(spool, disk, poll):
    refuge = memory_spool()
    fill(spool, disk, [poll(n) for n in range(3)])
    fill(refuge, disk, [poll(n) for n in range(2)])
    turns = Turns(spool, refuge, FAST, clock=time.monotonic)
    assert turns.next().home is refuge


class Controller:
    """Stores what comes, tells the time."""

    def __init__(self, now):
        self.now = now
        self.paths, self.taken, self.readings = [], [], 0

    def __call__(self, request):
        self.paths.append(request.url.path)
        if request.url.path.endswith("/batches"):
            polls = decode_batch(request.content).polls
            self.taken += [p.taken_at for p in polls]
            self.readings += sum(len(block) for p in polls for block in p.blocks)
        headers = {} if self.now is None else {"Fleet-Time": str(int(self.now() * 1000))}
        return httpx.Response(204, headers=headers)


def send_all(spool, disk, clock, controller):
    async def scenario():
        hooks = {"request": [clock.asking], "response": [clock.answered]}
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(controller), base_url="http://c", event_hooks=hooks
        ) as client:
            uplink = Uplink(client, spool, disk, clock=clock, pace=FAST, pause=Pause())
            task = asyncio.create_task(uplink.run())
            async with asyncio.timeout(60):
                while spool.depth[0]:  # noqa: ASYNC110 - the spool has no event
                    await asyncio.sleep(0.005)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())


def test_what_is_dropped_is_counted_to_the_reading(spool_factory, disk, poll):
    """Readings that arrive are those made, less those counted as dropped."""
    spool = spool_factory(max_bytes=20_000)
    polls = [poll(n, ports=1 + n % 40) for n in range(300)]
    fill(spool, disk, polls)
    controller = Controller(time.time)
    send_all(spool, disk, BoxClock(), controller)
    made = sum(2 * (1 + n % 40) + 1 for n in range(300))
    assert spool.depth[2] > 0
    assert controller.readings == made - spool.dropped_readings


@pytest.mark.parametrize("ahead", [-1_700_000_000.0, -40_000.0, 0.5, 3600.0])
def test_what_was_read_before_the_time_was_known_gets_its_right_time(
    tmp_path, spool_factory, disk, poll, ahead
):
    true, up = 1_790_000_000.0, [100.0]
    clock = BoxClock(lambda: true + up[0] + ahead, lambda: up[0], "boot-1")
    spool = spool_factory(boot="boot-1")
    expected = []
    for _ in range(3):
        up[0] += 600
        expected.append(true + up[0])
        fill(
            spool,
            disk,
            [poll(taken_at=int(clock.now() * 1000))],
            clock=clock.now,
            since_boot_ms=clock.since_boot_ms,
        )
    up[0] += 600
    controller = Controller(lambda: true + up[0])
    send_all(spool, disk, clock, controller)
    tolerance = 1.0 if abs(ahead) < 2 else 0.1
    assert [at / 1000 for at in controller.taken] == pytest.approx(expected, abs=tolerance)
    assert controller.paths[0].endswith("/time"), "the time is asked for before anything is sent"


def test_a_controller_that_tells_no_time_gets_the_readings_all_the_same(spool, disk, poll):
    fill(spool, disk, [poll(1)])
    controller = Controller(None)
    send_all(spool, disk, BoxClock(), controller)
    assert controller.taken == [poll(1).taken_at]
