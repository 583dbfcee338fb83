"""Speed tests: when they run, and what each way of ending becomes."""

import asyncio
from itertools import pairwise

import pytest

from agent.lines.line_test import next_start, run_line_test
from drivers.errors import Malformed, NoAnswer, Unreachable
from drivers.plan import LineTest
from drivers.readings import Outcome
from drivers.speedtest import SpeedResult

TEST = LineTest("l1", "S1", "http://server", every_seconds=3600, cap_bits_per_second=10**8)
GOOD = SpeedResult("http://server", 94e6, 41e6, 0.012, 0.001)


def measured(*outcomes):
    left = list(outcomes)
    slept = []

    async def measure(server, *, seconds, cap_bits_per_second, tls):
        assert (server, cap_bits_per_second) == ("http://server", 10**8)
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def sleep(seconds):
        slept.append(seconds)

    poll = asyncio.run(run_line_test(TEST, measure, clock=lambda: 5.0, sleep=sleep))
    return poll, {r.metric: (r.part, r.value) for r in poll.readings()}, slept


def test_a_good_test_is_a_poll_of_the_line_with_the_server_as_part():
    poll, readings, _ = measured(GOOD)
    assert (poll.subject, poll.school, poll.taken_at, poll.outcome) == ("l1", "S1", 5000, "ok")
    assert readings == {
        "speedtest_download_bits_per_second": ("http://server", 94e6),
        "speedtest_upload_bits_per_second": ("http://server", 41e6),
        "speedtest_latency_seconds": ("http://server", 0.012),
    }


@pytest.mark.parametrize(
    ("error", "outcome"), [(NoAnswer, Outcome.timeout), (Unreachable, Outcome.unreachable)]
)
def test_a_dead_line_under_a_living_agent_is_a_failed_test(error, outcome):
    poll, readings, slept = measured(error("x"), error("x"))
    assert poll.outcome is outcome
    assert readings == {
        "speedtest_download_bits_per_second": ("http://server", 0.0),
        "speedtest_upload_bits_per_second": ("http://server", 0.0),
    }
    assert len(slept) == 1


def test_a_server_being_restarted_is_not_a_dead_line():
    poll, readings, _ = measured(Unreachable("refused"), GOOD)
    assert poll.outcome is Outcome.ok
    assert len(readings) == 3


def test_a_server_that_refuses_yields_no_reading_at_all():
    poll, readings, slept = measured(Malformed("the server answered 429"))
    assert (poll.outcome, readings, slept) == (Outcome.malformed, {}, [])


def test_a_direction_that_broke_off_is_said_to_be_partial():
    poll, readings, _ = measured(SpeedResult("http://server", 9e7, 0.0, 0.01, 0.0, "upload: gone"))
    assert (poll.outcome, poll.detail) == (Outcome.partial, "upload: gone")
    assert readings["speedtest_upload_bits_per_second"][1] == 0.0


@pytest.mark.parametrize("draw", [0.0, 0.37, 0.999])
def test_every_period_has_one_test_at_a_random_moment(draw):
    now, starts = 7_000.0, []
    for number in range(6):
        now = next_start(now, 3600, draw, again=number > 0)
        starts.append(now)
    assert all(start % 3600 <= 3240 for start in starts)
    periods = [start // 3600 for start in starts]
    assert all(b - a == 1 for a, b in pairwise(periods))


def test_late_in_a_period_the_next_one_is_waited_for():
    assert next_start(3599.0, 3600, 0.0, again=False) == 3600.0
