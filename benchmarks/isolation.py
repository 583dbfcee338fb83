"""What dead devices cost the living, through ``fleet-agent collect`` and its engine.

Two questions. How many of the living are called dead with 2,000 in flight, 1 % loss, 5 - 50 ms
delay and 20 % dead beside them, in 30,000 polls of living devices? And at which rate are living
devices polled with as many dead ones beside them, against the same without? Budgets: none, and at
least 95 %. The switches are ``drivers.simulate.farm``.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

from agent.memory import settle
from agent.uplink.batcher import Batcher
from agent.watch.device import SnmpDevice
from agent.watch.timelines import Timelines
from drivers.definitions import builtin_definitions
from drivers.plan import Cadence, Plan, SnmpAccess, Target
from drivers.readings import ALIVE, Poll
from drivers.snmp.counters import RateKeeper
from drivers.snmp.engine import SnmpEngine

ROOT = Path(__file__).resolve().parent.parent
DEAD_PER_CENT = 20
LEAST_SHARE = 0.95
IN_FLIGHT = 2_000
BEAT_SECONDS = 2.0
WARM_UP_SECONDS = 12.0


def addresses(*, dead: bool) -> Iterator[str]:
    """Addresses of the farm that are dead, or alive, without end."""
    number = int.from_bytes(bytes([127, 1, 0, 0]), "big")
    while True:
        number += 1
        if (number % 100 < DEAD_PER_CENT) == dead:
            yield ".".join(map(str, number.to_bytes(4, "big")))


@contextmanager
def farm(*options: str) -> Iterator[int]:
    """A farm of switches; its UDP port."""
    command = [sys.executable, "-m", "drivers.simulate.farm", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is not None and process.stdin is not None:
            yield int(process.stdout.readline())
            process.stdin.close()


def called_dead(polls: int) -> dict[str, float]:
    """Poll 2,000 living and 500 dead devices until the living have had so many polls."""
    living, rounds = IN_FLIGHT, -(-polls // IN_FLIGHT)
    dead = living * DEAD_PER_CENT // (100 - DEAD_PER_CENT)
    alive, silent = addresses(dead=False), addresses(dead=True)
    devices = [next(alive) for _ in range(living)] + [next(silent) for _ in range(dead)]
    options = ("--dead", str(DEAD_PER_CENT), "--loss", "0.01", "--delay", "5:50")
    with tempfile.TemporaryDirectory() as folder, farm(*options) as port:
        plan = Path(folder) / "plan.yaml"
        lines = (
            f"  - {{id: sw{n}, address: {one}, port: {port}}}\n" for n, one in enumerate(devices)
        )
        plan.write_text("devices:\n" + "".join(lines))
        command = [sys.executable, "-m", "agent", "collect", str(plan), "--rounds", str(rounds)]
        command += ["--interval", "0", "--concurrency", str(IN_FLIGHT), "--format", "json"]
        done = subprocess.run(
            command, cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    summary: dict[str, float] = json.loads(done.stdout)
    return {
        "polls_of_living": living * rounds,
        "called_dead": summary["failed"] - dead * rounds,
        "seconds": summary["seconds"],
        "cpu_seconds_per_1000": round(summary["cpu_seconds"] / summary["ok"] * 1000, 3),
        "max_rss_mb": round(summary["max_rss_bytes"] / 1e6, 1),
    }


class Counting:
    """Takes polls instead of a spool, and counts those that brought tables."""

    def __init__(self) -> None:
        self.answered = 0

    def keep(self, poll: Poll) -> None:
        self.answered += poll.outcome in ALIVE and len(poll.blocks) > 1

    async def room(self) -> None:
        """There always is."""


async def _rate(port: int, living: int, dead: int, seconds: float) -> tuple[float, float]:
    """Polls of living devices a second, each due every two seconds; CPU seconds a 1,000."""
    counting, keeper, definitions = Counting(), RateKeeper(), builtin_definitions()
    alive, silent = addresses(dead=False), addresses(dead=True)
    hosts = [next(alive) for _ in range(living)] + [next(silent) for _ in range(dead)]
    targets = tuple(
        Target(f"d{n}", "S", host, port, snmp=SnmpAccess()) for n, host in enumerate(hosts)
    )
    async with SnmpEngine() as engine:

        def device(target: Target) -> SnmpDevice:
            session = partial(engine.session, target.address or "", port, target.snmp)
            return SnmpDevice(target, session, keeper, definitions=definitions, clock=time.time)

        timelines = Timelines(device, cast("Batcher", counting))
        cadence = Cadence(BEAT_SECONDS, BEAT_SECONDS, 3600.0)
        await timelines.follow(Plan("r", "a", ("S",), targets=targets, cadence=cadence))
        await asyncio.sleep(WARM_UP_SECONDS)  # everybody is known, the dead as dead
        before, began, cpu = counting.answered, time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        count, elapsed = counting.answered - before, time.monotonic() - began
        spent = time.process_time() - cpu
        await timelines.close()
    return count / elapsed, spent / count * 1000


def rates(living: int, seconds: float, pairs: int) -> dict[str, float]:
    """Medians of runs in turn, so that what else the machine does concerns both."""
    dead = living * DEAD_PER_CENT // (100 - DEAD_PER_CENT)
    without: list[tuple[float, float]] = []
    beside: list[tuple[float, float]] = []
    with farm("--dead", str(DEAD_PER_CENT), "--delay", "5:50") as port:
        for _ in range(pairs):
            without.append(asyncio.run(_rate(port, living, 0, seconds)))
            beside.append(asyncio.run(_rate(port, living, dead, seconds)))
    shares = [with_[0] / alone[0] for with_, alone in zip(beside, without, strict=True)]
    return {
        "polls_per_second_due": round(living / BEAT_SECONDS, 1),
        "polls_per_second_without_dead": round(statistics.median(r for r, _ in without), 1),
        "polls_per_second_with_dead": round(statistics.median(r for r, _ in beside), 1),
        "share": round(statistics.median(shares), 3),
        "cpu_seconds_per_1000_without_dead": round(statistics.median(c for _, c in without), 2),
        "cpu_seconds_per_1000_with_dead": round(statistics.median(c for _, c in beside), 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polls", type=int, default=30_000, help="of living devices")
    parser.add_argument("--devices", type=int, default=200, help="living, for the rates")
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    settle()
    result = rates(options.devices, options.seconds, options.pairs) | called_dead(options.polls)
    print(json.dumps(result))
    kept = result["share"] >= LEAST_SHARE and result["called_dead"] == 0
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
