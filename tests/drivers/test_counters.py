"""Rates: right where the truth is known, a gap where it is not, never a spike."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.snmp.counters import CounterColumn, Counters, RateKeeper

GIGABIT = 1_000_000_000
IN = "port_in_bits_per_second"


def counters(
    uptime: int | None,
    values: Sequence[int | None],
    *,
    wide: bool = True,
    bits: bool = True,
    speed: int | None = GIGABIT,
    parts: tuple[str, ...] | None = None,
    breaks: Sequence[int | None] = (),
) -> Counters:
    names = parts or tuple(f"p{n}" for n in range(len(values)))
    column = CounterColumn(IN, wide, bits, list(values))
    return Counters(uptime, names, (speed,) * len(values), [column], list(breaks))


def rates(
    before: Counters, after: Counters, agent_seconds: float | None = None
) -> list[float | None] | None:
    keeper = RateKeeper()
    ticks = (after.uptime or 0) - (before.uptime or 0)
    elapsed = ticks / 100 if agent_seconds is None else agent_seconds
    assert keeper.rates("d", before, 0) is None
    block = keeper.rates("d", after, int(elapsed * 1000))
    return None if block is None else block.columns[IN]


def test_the_interval_is_the_devices_own_clock() -> None:
    # 10 s on the device, 11 s at the agent: the device's answer was late.
    assert rates(counters(1_000, [0]), counters(2_000, [1_000]), agent_seconds=11) == [800.0]


def test_first_poll_has_no_rates() -> None:
    assert RateKeeper().rates("d", counters(1_000, [5]), 0) is None


def test_a_reboot_is_a_gap() -> None:
    assert rates(counters(900_000, [10**9]), counters(500, [10]), agent_seconds=60) is None


def test_a_reboot_that_overtook_the_old_uptime_is_a_gap() -> None:
    # Up for 1 s, polled 300 s later: up for 200 s. It cannot be the same run.
    before, after = counters(100, [1 << 31], wide=False), counters(20_000, [10], wide=False)
    assert rates(before, after, agent_seconds=300) is None


def test_day_497_is_not_a_reboot() -> None:
    before, after = counters((1 << 32) - 3_000, [0]), counters(3_000, [60_000])
    assert rates(before, after, agent_seconds=60) == [8_000.0]


def test_a_clock_that_stands_still_is_a_gap() -> None:
    assert rates(counters(500, [0]), counters(500, [99]), agent_seconds=60) is None


def test_a_device_without_a_clock_has_no_rates() -> None:
    assert rates(counters(None, [0]), counters(None, [99]), agent_seconds=60) is None


def test_a_32_bit_counter_may_turn_once() -> None:
    before = counters(0, [(1 << 32) - 1_000], wide=False)
    assert rates(before, counters(1_000, [1_500], wide=False)) == [2_000.0]


def test_a_turn_beyond_the_speed_of_the_port_is_a_reset() -> None:
    before = counters(0, [2_000_000_000], wide=False, speed=10_000_000)
    assert rates(before, counters(1_000, [0], wide=False, speed=10_000_000)) == [None]


def test_a_turn_without_a_known_speed_is_a_gap() -> None:
    before = counters(0, [(1 << 32) - 1_000], wide=False, speed=None)
    assert rates(before, counters(1_000, [1_500], wide=False, speed=None)) == [None]


def test_a_64_bit_counter_never_turns() -> None:
    assert rates(counters(0, [10**12]), counters(30_000, [5])) == [None]


def test_a_jump_no_port_can_make_is_a_gap() -> None:
    assert rates(counters(0, [0, 0]), counters(6_000, [1 << 62, 750])) == [None, 100.0]


def test_a_reported_discontinuity_is_a_gap_for_that_port_alone() -> None:
    before = counters(1_000, [0, 0], breaks=[0, 0])
    after = counters(7_000, [7_500, 7_500], breaks=[5_000, 0])
    assert rates(before, after) == [None, 1_000.0]


def test_history_follows_the_name_of_a_port() -> None:
    before = counters(0, [100, 900], parts=("a", "b"))
    after = counters(800, [1_000, 200, 5], parts=("b", "a", "new"))
    assert rates(before, after) == [100.0, 100.0, None]


def test_a_missing_cell_is_a_gap_now_and_next_time() -> None:
    keeper = RateKeeper()
    keeper.rates("d", counters(0, [0, 0]), 0)
    second = keeper.rates("d", counters(800, [None, 100]), 8_000)
    third = keeper.rates("d", counters(1_600, [500, 200]), 16_000)
    assert second is not None
    assert third is not None
    assert second.columns[IN] == [None, 100.0]
    assert third.columns[IN] == [None, 100.0]


def test_64_bit_columns_win_and_32_bit_ones_fill_in() -> None:
    def both(uptime: int, wide: list[int | None], narrow: list[int | None]) -> Counters:
        columns = [CounterColumn(IN, True, True, wide), CounterColumn(IN, False, True, narrow)]
        return Counters(uptime, ("a", "b"), (GIGABIT, GIGABIT), columns)

    assert rates(both(0, [0, None], [0, 0]), both(800, [50, None], [7, 60])) == [50.0, 60.0]


def test_memory_survives_a_restart() -> None:
    first, second = RateKeeper(), RateKeeper()
    first.rates("d", counters(0, [0, None]), 0)
    state = first.export("d")
    assert state is not None
    assert second.restore("d", state)
    block = second.rates("d", counters(800, [100, 100]), 8_000)
    assert block is not None
    assert block.columns[IN] == [100.0, None]


@pytest.mark.parametrize("state", [b"", b"junk", b"\x94\x01\x02\x91\xa1a\x81\xa1m\xc4\x03abc"])
def test_unreadable_memory_is_ignored(state: bytes) -> None:
    keeper = RateKeeper()
    assert not keeper.restore("d", state)
    assert keeper.keys() == ()


def test_a_forgotten_device_starts_anew() -> None:
    keeper = RateKeeper()
    keeper.rates("d", counters(0, [0]), 0)
    keeper.forget("d")
    assert keeper.export("d") is None
    assert keeper.rates("d", counters(800, [100]), 8_000) is None


counter64 = st.one_of(st.none(), st.integers(0, (1 << 64) - 2))
counter32 = st.one_of(st.none(), st.integers(0, (1 << 32) - 1))
uptime = st.one_of(st.none(), st.integers(0, (1 << 32) - 1))


@given(
    st.lists(st.tuples(uptime, st.integers(0, 10**8), counter64, counter32), max_size=6),
    st.sampled_from([None, 10_000_000, GIGABIT, 100 * GIGABIT]),
)
def test_whatever_comes_there_is_never_a_spike(
    polls: list[tuple[int | None, int, int | None, int | None]], speed: int | None
) -> None:
    keeper, at = RateKeeper(), 0
    limit = max(10 * speed, 10e9) if speed else 10e12
    for ticks, milliseconds, wide, narrow in polls:
        at += milliseconds
        columns = [
            CounterColumn("wide", True, True, [wide]),
            CounterColumn("narrow", False, True, [narrow]),
        ]
        block = keeper.rates("d", Counters(ticks, ("p",), (speed,), columns), at)
        for reading in block or ():
            assert 0 <= reading.value <= limit


@given(
    start=st.integers(0, (1 << 32) - 1),
    seconds=st.integers(1, 3_600),
    share=st.floats(0, 0.99),
    boot=st.integers(0, (1 << 32) - 1),
)
def test_a_steady_stream_reads_the_same_whatever_turns_in_between(
    start: int, seconds: int, share: float, boot: int
) -> None:
    # A 100 Mbit/s port turns its 32 bits at most once in 340 s.
    seconds = min(seconds, 300)
    octets = int(share * 100_000_000 / 8 * seconds)
    before = counters(boot, [start], wide=False, speed=100_000_000)
    now = (boot + 100 * seconds) % (1 << 32)
    after = counters(now, [(start + octets) % (1 << 32)], wide=False, speed=100_000_000)
    found = rates(before, after, agent_seconds=seconds)
    if now < 100 * seconds and now > boot:  # the clock turned and overtook: taken for a reboot
        return
    assert found == [pytest.approx(octets * 8 / seconds)]
