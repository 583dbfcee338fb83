"""Speed tests of lines: what each way of ending becomes."""

import asyncio

import pytest

from agent.lines.judgement import Witnesses
from agent.lines.line_test import BUSY_TRIES, Box, run_line_test
from agent.lines.port_counters import Carried
from drivers.errors import NoAnswer, Unreachable
from drivers.plan import LineTest
from drivers.readings import LineTestOutcome, Outcome
from drivers.speedtest import (
    Flow,
    ServerBusy,
    ServerClosed,
    ServerFault,
    ServerRefused,
    ServerUnknown,
    SpeedResult,
)
from drivers.speedtest.iperf3 import Iperf3Missing

SERVER = "http://server"
TEST = LineTest("l1", "S1", SERVER, every_seconds=3600, cap_bits_per_second=10**8, streams=6)
DOWN = Flow(94e6, counted_bytes=99_875_000, seconds=8.5, all_bytes=117_000_000)
UP = Flow(41e6, counted_bytes=43_562_500, seconds=8.5, all_bytes=52_000_000)
GOOD = SpeedResult(SERVER, "librespeed", 6, DOWN, UP, 0.012, 0.001)
NOBODY = Witnesses()
RATES = {"speedtest_download_bits_per_second", "speedtest_upload_bits_per_second"}


class Port:
    """Counters beside a test."""

    def __init__(self):
        self.reads = []

    async def before(self, now_ms):
        self.reads.append(("before", now_ms))

    async def after(self, now_ms):
        self.reads.append(("after", now_ms))
        return Carried(21.0, 130e6, None)


def measured(*outcomes, seen=NOBODY, counters=None, loss=0.0):
    left = list(outcomes)
    slept = []

    async def measure(server, *, seconds, cap_bits_per_second, streams, tls):
        assert (server, cap_bits_per_second, streams) == (SERVER, 10**8, 6)
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def sleep(seconds):
        slept.append(seconds)

    async def witnesses():
        return seen

    async def lost():
        return loss

    box = Box(
        clock=lambda: 5.0,
        witnesses=witnesses,
        loss=lost,
        counters=counters,
        port_bits_per_second=10**9,
        sleep=sleep,
    )
    poll = asyncio.run(run_line_test(TEST, measure, box))
    assert {r.part for r in poll.readings()} == {SERVER}
    return poll, {r.metric: r.value for r in poll.readings()}, slept


def test_a_good_test_records_all_that_a_verdict_needs():
    counters = Port()
    poll, readings, _ = measured(GOOD, counters=counters, loss=0.2)
    assert (poll.subject, poll.school, poll.taken_at, poll.outcome) == ("l1", "S1", 5000, "ok")
    assert counters.reads == [("before", 5000), ("after", 5000)]
    assert readings == {
        "speedtest_outcome": LineTestOutcome.ok,
        "speedtest_download_bits_per_second": 94e6,
        "speedtest_upload_bits_per_second": 41e6,
        "speedtest_latency_seconds": 0.012,
        "speedtest_jitter_seconds": 0.001,
        "speedtest_loss_ratio": 0.2,
        "speedtest_streams": 6,
        "speedtest_cap_bits_per_second": 1e8,
        "speedtest_box_port_bits_per_second": 1e9,
        "speedtest_download_bytes": 99_875_000,
        "speedtest_download_seconds": 8.5,
        "speedtest_upload_bytes": 43_562_500,
        "speedtest_upload_seconds": 8.5,
        "speedtest_received_bytes": 117_000_000,
        "speedtest_sent_bytes": 52_000_000,
        "speedtest_port_seconds": 21.0,
        "speedtest_port_in_bytes": 130e6,
    }


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (NoAnswer("x"), Witnesses()),
        (Unreachable("x"), Witnesses(outside=False)),
        (ServerUnknown("x"), Witnesses(outside=False, gateway=True)),
        (ServerRefused("x"), Witnesses(outside=False, gateway=True)),
    ],
)
def test_a_dead_line_under_a_living_agent_is_a_failed_test(error, seen):
    poll, readings, slept = measured(error, error, seen=seen)
    assert poll.outcome is error.code
    assert poll.detail == "line_down: x"
    assert readings["speedtest_outcome"] == LineTestOutcome.line_down
    assert {name: readings[name] for name in RATES} == dict.fromkeys(RATES, 0.0)
    assert len(slept) == 1


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (NoAnswer("x"), Witnesses(outside=True)),
        (ServerUnknown("x"), Witnesses(outside=True)),
        (ServerRefused("x"), Witnesses(outside=True, gateway=True)),
        (ServerRefused("x"), Witnesses()),
        (ServerClosed("x"), Witnesses(gateway=True)),
        (ServerFault("x"), Witnesses(outside=False)),
    ],
)
def test_a_server_that_is_down_is_not_a_dead_line(error, seen):
    poll, readings, _ = measured(error, error, seen=seen)
    assert poll.outcome is Outcome.partial
    assert readings["speedtest_outcome"] == LineTestOutcome.server_fault
    assert not RATES & readings.keys()


def test_a_box_cut_off_within_the_school_says_nothing_of_the_line():
    seen = Witnesses(outside=False, gateway=False)
    poll, readings, _ = measured(NoAnswer("x"), NoAnswer("x"), seen=seen)
    assert poll.outcome is Outcome.unreachable
    assert readings["speedtest_outcome"] == LineTestOutcome.box_cut_off
    assert not RATES & readings.keys()


def test_a_server_being_restarted_is_not_a_dead_line():
    poll, readings, _ = measured(ServerRefused("refused"), GOOD)
    assert poll.outcome is Outcome.ok
    assert readings.keys() >= RATES


def test_a_full_server_is_asked_again_when_it_said():
    poll, readings, slept = measured(ServerBusy("503", 7.0), ServerBusy("503", 9.0), GOOD)
    assert (poll.outcome, slept) == (Outcome.ok, [7.0, 9.0])
    assert readings["speedtest_outcome"] == LineTestOutcome.ok


def test_a_server_that_stays_full_is_nobodys_failure():
    busy = [ServerBusy("503", 7.0)] * BUSY_TRIES
    poll, readings, _ = measured(*busy, seen=Witnesses(outside=False, gateway=False))
    assert poll.outcome is Outcome.partial
    assert readings["speedtest_outcome"] == LineTestOutcome.server_busy
    assert not RATES & readings.keys()


def test_a_box_without_the_program_has_not_tested():
    poll, readings, _ = measured(Iperf3Missing("no iperf3"))
    assert poll.detail == "not_made: no iperf3"
    assert readings["speedtest_outcome"] == LineTestOutcome.not_made
    assert not RATES & readings.keys()


def test_a_direction_that_broke_off_is_said_to_be_partial():
    result = SpeedResult(SERVER, "librespeed", 6, DOWN, Flow(0.0, fault="gone"), 0.01, 0.0)
    poll, readings, _ = measured(result)
    assert (poll.outcome, poll.detail) == (Outcome.partial, "upload: gone")
    assert readings["speedtest_outcome"] == LineTestOutcome.partial
    assert readings["speedtest_upload_bits_per_second"] == 0.0


def test_a_direction_the_server_refused_has_no_rate():
    result = SpeedResult(SERVER, "librespeed", 6, DOWN, Flow(None, fault="405"), 0.01, 0.0)
    _, readings, _ = measured(result)
    assert "speedtest_upload_bits_per_second" not in readings
    assert readings["speedtest_download_bits_per_second"] == 94e6
