"""Counting and pacing with a clock of our own."""

import asyncio

import pytest

from drivers.speedtest.flow import Meter, Pace


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


def test_the_beginning_does_not_count():
    clock = Clock()
    meter = Meter(clock, discard=1.5, seconds=10.0)
    meter.count(1_000_000)
    clock.now += 1.5
    meter.count(500)
    clock.now += 2.0
    meter.count(500)
    assert meter.bits_per_second() == pytest.approx(1000 * 8 / 2.0)


def test_nothing_is_measured_before_the_beginning_is_over():
    meter = Meter(Clock(), discard=1.5, seconds=10.0)
    assert meter.bits_per_second() == 0.0


def test_what_comes_after_the_window_does_not_count():
    clock = Clock()
    meter = Meter(clock, discard=1.0, seconds=3.0)
    clock.now += 2.0
    meter.count(1000)
    clock.now += 5.0
    meter.count(1_000_000)
    assert meter.over
    assert meter.bits_per_second() == pytest.approx(1000 * 8 / 2.0)


def test_of_bytes_carried_across_an_edge_the_share_within_counts():
    clock = Clock()
    meter = Meter(clock, discard=1.0, seconds=3.0)
    clock.now += 5.0
    meter.count_between(1000, began=100.5, ended=101.5)  # half of it before the window
    meter.count_between(1000, began=102.0, ended=107.0)  # a fifth of it within
    meter.count_between(1000, began=104.0, ended=105.0)
    assert meter.bytes == pytest.approx(700)


def test_a_paced_flow_keeps_to_its_rate():
    clock = Clock()

    async def flow():
        pace = Pace(8_000_000, clock, clock.sleep)
        for _ in range(100):
            await pace.wait_for(10_000)

    asyncio.run(flow())
    assert clock.now - 100.0 == pytest.approx(1.0)


def test_time_spent_elsewhere_is_not_made_up_in_a_burst():
    clock = Clock()

    async def flow():
        pace = Pace(8_000_000, clock, clock.sleep)
        clock.now += 60
        begun = clock.now
        for _ in range(100):
            await pace.wait_for(10_000)
        return clock.now - begun

    assert asyncio.run(flow()) == pytest.approx(0.95)


def test_without_a_cap_nobody_waits():
    clock = Clock()
    asyncio.run(Pace(None, clock, clock.sleep).wait_for(1 << 30))
    assert clock.now == 100.0
