"""Rates of ports whose truth is known: the truth or a gap, whatever happens to the counters."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.snmp.counters import CounterColumn, Counters, RateKeeper
from drivers.snmp.plausible import TURN_32

IN, PACKETS = "port_in_bits_per_second", "port_in_unicast_packets_per_second"
MEGABIT, GIGABIT = 1_000_000, 1_000_000_000
MARGIN = 1.25
#: Octets of a packet, on average; no port sends smaller ones.
PACKET = 700
TURN = {False: 1 << 32, True: 1 << 64}


@dataclass
class Step:
    """What happens between two polls.

    Args:
        seconds: that pass.
        share: of the port's speed that is used.
        event: ``""``, or what happens in the middle.
        agent: seconds the agent's clock is set forward or back.
    """

    seconds: int
    share: float
    event: str
    agent: int = 0


class Port:
    """A port that counts as the standard says, and its device's clock."""

    def __init__(self, speed: int, *, wide: bool, octets: int, uptime: int) -> None:
        self.speed = speed
        self.wide = wide
        self.uptime = uptime
        self.octets = octets
        self.packets = octets // PACKET
        self.broke_at = 0
        self.agent = 1_700_000_000.0

    def live(self, step: Step) -> float:
        """Live through a step; the octets that truly passed."""
        self.agent += step.agent
        half = step.seconds / 2
        octets = int(step.share * self.speed / 8 * half)
        self._pass(octets, half)
        if step.event == "reboot":
            self.uptime = self.octets = self.packets = self.broke_at = 0
        elif step.event == "clear":
            self.octets = self.packets = 0
        elif step.event == "discontinuity":
            self.octets = self.packets = 0
            self.broke_at = self.uptime
        self._pass(octets, half)
        return 2.0 * octets

    def _pass(self, octets: int, seconds: float) -> None:
        self.octets += octets
        self.packets += octets // PACKET
        self.uptime = (self.uptime + int(seconds * 100)) % TURN_32
        self.agent += seconds

    def counters(self) -> Counters:
        turn = TURN[self.wide]
        columns = [
            CounterColumn(IN, self.wide, True, [self.octets % turn]),
            CounterColumn(PACKETS, self.wide, False, [self.packets % turn]),
        ]
        return Counters(self.uptime, ("p",), (self.speed,), columns, [self.broke_at])


def poll(keeper: RateKeeper, port: Port) -> float | None:
    block = keeper.rates("d", port.counters(), int(port.agent * 1000))
    return None if block is None else block.columns[IN][0]


speeds = st.sampled_from([100 * MEGABIT, GIGABIT, 10 * GIGABIT, 100 * GIGABIT])
events = st.sampled_from(["", "", "", "reboot", "clear", "discontinuity"])
steps = st.lists(
    st.builds(
        Step,
        st.integers(2, 900),
        st.floats(0, 1),
        events,
        st.one_of(st.just(0), st.integers(-(10**6), 10**6)),
    ),
    max_size=8,
)


@settings(max_examples=200)
@given(
    speeds,
    st.booleans(),
    st.one_of(st.integers(0, TURN_32 - 1), st.integers(TURN_32 - 10**9, TURN_32 + 10**9)),
    st.one_of(st.integers(0, 10**6), st.integers(TURN_32 - 10**5, TURN_32 - 1)),
    steps,
)
def test_a_rate_is_the_truth_or_a_gap(
    speed: int, wide: bool, octets: int, uptime: int, lived: list[Step]
) -> None:
    keeper, port = RateKeeper(), Port(speed, wide=wide, octets=octets, uptime=uptime)
    poll(keeper, port)
    for step in lived:
        passed = port.live(step)
        rate = poll(keeper, port)
        if rate is None:
            continue
        assert rate <= speed * MARGIN, "a spike"
        if step.event in {"", "discontinuity"}:
            seconds = 2 * int(step.seconds / 2 * 100) / 100
            assert rate == pytest.approx(passed * 8 / seconds, rel=1e-6, abs=1.0)


@given(speeds, st.integers(0, TURN_32 - 1), st.integers(0, 1 << 40), st.integers(1, 3_600))
def test_a_counter_set_back_by_itself_is_never_a_spike(
    speed: int, low: int, octets: int, seconds: int
) -> None:
    for wide in (False, True):
        keeper, port = RateKeeper(), Port(speed, wide=wide, octets=octets, uptime=10**6)
        poll(keeper, port)
        port.octets, port.packets = low, low // PACKET
        port.uptime += seconds * 100
        port.agent += seconds
        rate = poll(keeper, port)
        assert rate is None or rate <= speed * MARGIN


def test_32_bits_of_a_gigabit_port_say_nothing_after_a_minute_and_all_after_half_of_one() -> None:
    for share in (0.02, 0.5, 0.7, 0.99):
        for seconds, known in ((30, True), (60, False), (300, False)):
            keeper, port = RateKeeper(), Port(GIGABIT, wide=False, octets=17, uptime=10**6)
            poll(keeper, port)
            port.live(Step(seconds, share, ""))
            rate = poll(keeper, port)
            assert rate == (pytest.approx(share * GIGABIT, rel=1e-6) if known else None)


def test_an_idle_port_is_idle_however_narrow_its_counter() -> None:
    keeper, port = RateKeeper(), Port(10 * GIGABIT, wide=False, octets=99, uptime=10**6)
    poll(keeper, port)
    port.live(Step(300, 0.0, ""))
    assert poll(keeper, port) == 0.0


def test_64_bits_of_the_same_port_are_always_known() -> None:
    keeper, port = RateKeeper(), Port(GIGABIT, wide=True, octets=17, uptime=10**6)
    poll(keeper, port)
    port.live(Step(300, 0.7, ""))
    assert poll(keeper, port) == pytest.approx(0.7 * GIGABIT)


@pytest.mark.parametrize("wide", [True, False])
def test_a_broken_64_bit_counter_is_not_patched_with_its_32_bits(wide: bool) -> None:
    keeper = RateKeeper()

    def both(uptime: int, high: int, low: int) -> Counters:
        columns = [CounterColumn(IN, True, True, [high]), CounterColumn(IN, False, True, [low])]
        return Counters(uptime, ("p",), (GIGABIT,), columns)

    keeper.rates("d", both(0, 1 << 40, 0), 0)
    jump = (1 << 62) if wide else 5
    block = keeper.rates("d", both(1_000, jump, 1_000), 10_000)
    assert block is not None
    assert block.columns[IN] == [None]


def test_an_answer_that_comes_twice_or_late_makes_a_gap_and_no_number() -> None:
    keeper, port = RateKeeper(), Port(GIGABIT, wide=True, octets=0, uptime=10**6)
    poll(keeper, port)
    old = port.counters()
    port.live(Step(60, 0.5, ""))
    assert poll(keeper, port) == pytest.approx(0.5 * GIGABIT)
    assert poll(keeper, port) is None, "the same once more"
    assert keeper.rates("d", old, int(port.agent * 1000)) is None, "an older one"
    port.live(Step(60, 0.5, ""))
    assert poll(keeper, port) == pytest.approx(0.5 * GIGABIT), "and then it goes on"


def test_errors_of_a_fast_port_set_back_are_no_millions_of_errors() -> None:
    keeper, metric = RateKeeper(), "port_in_errors_per_second"

    def errors(uptime: int, count: int) -> Counters:
        column = CounterColumn(metric, False, False, [count])
        return Counters(uptime, ("p",), (100 * GIGABIT,), [column])

    keeper.rates("d", errors(0, 5_000), 0)
    block = keeper.rates("d", errors(30_000, 3), 300_000)
    assert block is not None
    assert block.columns[metric] == [None]


def test_a_port_whose_counters_were_cleared_has_no_rates_at_all() -> None:
    keeper = RateKeeper()

    def cells(uptime: int, octets: int, broadcasts: int, errors: int) -> Counters:
        columns = [
            CounterColumn(IN, True, True, [octets, 10 * uptime]),
            CounterColumn("port_in_broadcast_packets_per_second", True, False, [broadcasts, 0]),
            CounterColumn("port_in_errors_per_second", False, False, [errors, 0]),
        ]
        return Counters(uptime, ("p", "q"), (GIGABIT, GIGABIT), columns)

    keeper.rates("d", cells(1_000, 10**9, 10, 0), 0)
    block = keeper.rates("d", cells(7_000, 10**8, 500, 0), 60_000)
    assert block is not None
    assert [column[0] for column in block.columns.values()] == [None, None, None]
    assert block.columns[IN][1] == pytest.approx(8_000.0)


def test_an_error_counter_that_goes_up_and_down_costs_its_port_nothing_else() -> None:
    keeper = RateKeeper()

    def cells(uptime: int, octets: int, errors: int) -> Counters:
        columns = [
            CounterColumn(IN, True, True, [octets]),
            CounterColumn("port_in_errors_per_second", False, False, [errors]),
        ]
        return Counters(uptime, ("p",), (GIGABIT,), columns)

    keeper.rates("d", cells(1_000, 0, 900), 0)
    block = keeper.rates("d", cells(7_000, 600, 20), 60_000)
    assert block is not None
    assert block.columns == {IN: [80.0], "port_in_errors_per_second": [None]}


def test_a_tunnel_may_carry_more_than_it_claims_but_not_more_than_the_switch() -> None:
    def rate(octets: int) -> float | None:
        keeper = RateKeeper()
        for uptime, count in ((0, 0), (1_000, octets)):
            column = CounterColumn(IN, True, True, [count, 0])
            counters = Counters(uptime, ("Tunnel1", "Gi1"), (0, 20 * GIGABIT), [column])
            block = keeper.rates("d", counters, uptime * 10)
        assert block is not None
        return block.columns[IN][0]

    assert rate(10**9) == pytest.approx(8e8)
    assert rate(10**12) is None


def test_beyond_the_speed_of_the_port_is_a_gap_and_a_doubt() -> None:
    keeper, port = RateKeeper(), Port(100 * MEGABIT, wide=True, octets=0, uptime=10**6)
    poll(keeper, port)
    port.speed = GIGABIT
    port.live(Step(60, 0.5, ""))
    port.speed = 100 * MEGABIT
    assert poll(keeper, port) is None
    assert keeper.doubts("d")
    assert not keeper.doubts("d"), "asked once"
