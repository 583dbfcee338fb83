"""A real line between two namespaces: its server dies, then the line itself."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.readings import LineTestOutcome, Outcome
from drivers.simulate.link import ShapedLink

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "tests/drivers/speedtest/conftest.py"
#: At the school's end: one test or one probe for every word it reads.
SCHOOL = f"""
import asyncio, json, sys
from agent.lines import line_test
from agent.lines.desk import Lines
from drivers.ping import Pinger
from drivers.plan import LineTest
from drivers.speedtest import client
line_test.SECOND_TRY_SECONDS = 0.0
client._TIMEOUT = 2.0  # a dead line is waited for again and again
server = "http://{ShapedLink.CENTRE_ADDRESS}:8080"
line = LineTest("l1", "S1", server, seconds=2.0, references=("{ShapedLink.CENTRE_ADDRESS}",))
async def main():
    lines = Lines(lambda poll: None, None, clock=lambda: 5.0, pinger=Pinger(probes=2, interval=0.1))
    for word in sys.stdin:
        poll = await (lines.test(line) if word.strip() == "test" else lines.probe(line))
        readings = {{reading.metric: reading.value for reading in poll.readings()}}
        print(json.dumps([poll.outcome, readings]), flush=True)
asyncio.run(main())
"""


WAYS = ("download", "upload")


def plausible(rate):
    return rate is not None and 0.3 * 50e6 < rate < 3 * 50e6


def test_a_dead_server_is_told_from_a_dead_line():
    reason = ShapedLink.missing()
    if reason:
        pytest.skip(reason)
    with ShapedLink(50_000_000) as link:
        backend = (sys.executable, str(BACKEND), link.CENTRE_ADDRESS, "8080")
        server = subprocess.Popen(link.within(link.centre, *backend), cwd=ROOT)
        school = subprocess.Popen(
            link.within(link.school, sys.executable, "-c", SCHOOL),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

        def ask(word):
            school.stdin.write(f"{word}\n")
            school.stdin.flush()
            return json.loads(school.stdout.readline())

        try:
            # Half a second is measured; where the machine stands still in it, it is no measure.
            for _ in range(20):
                outcome, found = ask("test")
                rates = [
                    found.get(f"speedtest_{way}load_bits_per_second") for way in ("down", "up")
                ]
                if found["speedtest_outcome"] == LineTestOutcome.ok and all(map(plausible, rates)):
                    break
                time.sleep(0.3)
            assert outcome == Outcome.ok
            assert all(map(plausible, rates)), rates
            outcome, found = ask("probe")
            assert (outcome, found["ping_loss_ratio"]) == (Outcome.ok, 0)
            assert 0 < found["ping_round_trip_seconds"] < 1

            server.terminate()
            server.wait(60)
            outcome, found = ask("test")
            assert found["speedtest_outcome"] == LineTestOutcome.server_fault
            assert "speedtest_download_bits_per_second" not in found

            words = ("ip", "-n", link.centre, "link", "set", "line", "down")
            subprocess.run(words, check=True)
            outcome, found = ask("test")
            assert found["speedtest_outcome"] == LineTestOutcome.line_down
            assert found["speedtest_download_bits_per_second"] == 0
            outcome, found = ask("probe")
            assert (outcome, found["ping_loss_ratio"]) == (Outcome.timeout, 1)
        finally:
            for process in (server, school):
                process.kill()
                process.wait(60)
            school.stdin.close()
            school.stdout.close()
