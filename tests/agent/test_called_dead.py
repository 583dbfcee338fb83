"""No living device is called dead, whatever the line loses and however many are dead beside it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.collect import RunSummary, collect
from drivers.plan import SnmpAccess, Target

DEAD_PER_CENT = 20


@contextmanager
def farm(*options: str) -> Iterator[int]:
    """Switches on every address of 127.0.0.0/8; their UDP port."""
    command = [sys.executable, "-m", "drivers.simulate.farm", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(process.stdout.readline())
        process.stdin.close()


def targets(port: int, living: int) -> list[Target]:
    """So many living devices, and one dead for every four."""
    left = {False: living, True: living * DEAD_PER_CENT // (100 - DEAD_PER_CENT)}
    number, found = int.from_bytes(bytes([127, 3, 0, 0]), "big"), list[Target]()
    while any(left.values()):
        number += 1
        dead = number % 100 < DEAD_PER_CENT
        if left[dead]:
            left[dead] -= 1
            address = ".".join(map(str, number.to_bytes(4, "big")))
            found.append(Target(address, "S", address, port, snmp=SnmpAccess()))
    return found


def polled(living: int, rounds: int, concurrency: int, ports: int) -> RunSummary:
    options = ("--dead", str(DEAD_PER_CENT), "--loss", "0.01", "--delay", "5:50")
    with farm(*options, "--ports", str(ports)) as port:
        devices = targets(port, living)
        return asyncio.run(collect(devices, rounds=rounds, interval=0, concurrency=concurrency))


def test_nobody_of_two_hundred_is_called_dead() -> None:
    summary = polled(living=200, rounds=2, concurrency=200, ports=8)
    assert (summary.ok, summary.failed) == (400, 100)


@pytest.mark.campaign
def test_nobody_is_called_dead_in_thirty_thousand_polls_two_thousand_in_flight() -> None:
    summary = polled(living=2_000, rounds=15, concurrency=2_000, ports=52)
    assert (summary.ok, summary.failed) == (30_000, 7_500)
