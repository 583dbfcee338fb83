"""Counters, gauges and the simulated day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulate.mib import MibTree, oid
from drivers.simulate.power import Power
from drivers.simulate.schoolday import DAY_SECONDS, SchoolDay, busy_seconds, busyness
from drivers.snmp.ber import COUNTER32, COUNTER64, INTEGER

START = 1_772_000_000.0


@given(st.floats(0, 10 * DAY_SECONDS), st.floats(0, DAY_SECONDS))
def test_what_was_done_never_becomes_less(moment: float, later: float) -> None:
    assert busy_seconds(moment + later) >= busy_seconds(moment)


@given(st.floats(0, 3 * DAY_SECONDS))
def test_busyness_is_a_share(moment: float) -> None:
    assert 0.0 <= busyness(moment) <= 1.0


def test_lessons_are_busy_and_nights_are_not() -> None:
    assert busyness(10.0 * 3600) > 0.9
    assert busyness(3.0 * 3600) < 0.1


@given(st.integers(0, 200), st.lists(st.floats(0, 60), min_size=2, max_size=30))
def test_a_counter_never_falls(seed: int, steps: list[float]) -> None:
    power = Power(SchoolDay(START), START - 1000)
    count = power.counter(1e9, seed=seed, before=7)
    now, last = START, -1
    for step in steps:
        now += step
        assert count(now) >= last
        last = count(now)


def test_a_counter_of_a_full_hour_is_the_peak_rate() -> None:
    day = SchoolDay(START, speed=1.0, begins_at=10.0 * 3600)
    count = Power(day, START).counter(1000.0, seed=1)
    assert count(START + 60) == pytest.approx(60_000, rel=0.05)


def test_a_reboot_begins_anew() -> None:
    power = Power(SchoolDay(START), START - 5000)
    count = power.counter(1e6, seed=3, before=10**9)
    assert count(START + 10) >= 10**9
    power.restore(START + 20)
    assert count(START + 20) == 0
    assert power.ticks(START + 21) == 100


def test_a_tree_is_walked_in_order_and_its_counters_wrap() -> None:
    tree = MibTree(
        [
            (oid("1.3.10"), (COUNTER32, lambda now: (1 << 32) + 5)),
            (oid("1.3.9"), (INTEGER, 4)),
            (oid("1.3.9.1"), (COUNTER64, (1 << 64) + 1)),
        ]
    )
    name, seen = (1,), []
    while (name := tree.after(name)) is not None:
        seen.append((name, tree.get(name, 0.0)))
    assert seen == [
        ((1, 3, 9), (INTEGER, 4)),
        ((1, 3, 9, 1), (COUNTER64, 1)),
        ((1, 3, 10), (COUNTER32, 5)),
    ]
    assert tree.get(oid("1.3.11"), 0.0) is None
