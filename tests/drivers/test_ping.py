"""Echo requests to this machine, to one that keeps silent, and by a box that may not send any."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.ping import Pinger, PingRead
from drivers.readings import Outcome

ROOT = Path(__file__).parents[2]


def may_ping() -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
        except PermissionError:
            continue
        return True
    return False


needs_ping = pytest.mark.skipif(not may_ping(), reason="echo requests are not allowed here")


def values(read: PingRead) -> dict[str, float | None]:
    return {name: column[0] for name, column in read.block.columns.items()}


def ping(*addresses: str, **options: float) -> list[PingRead | None]:
    async def work() -> list[PingRead | None]:
        pinger = Pinger(**{"probes": 3, "interval": 0.01, "timeout": 30.0} | options)  # type: ignore[arg-type]
        return list(await asyncio.gather(*map(pinger.ping, addresses)))

    return asyncio.run(work())


@needs_ping
@pytest.mark.parametrize("address", ["127.0.0.1", "127.200.3.4", "::1", "localhost"])
def test_what_answers_has_a_round_trip_and_no_loss(address: str) -> None:
    (read,) = ping(address)
    assert read is not None
    assert read.outcome is Outcome.ok
    found = values(read)
    assert found["ping_loss_ratio"] == 0
    assert 0 < found["ping_round_trip_seconds"] < 30  # type: ignore[operator]
    assert 0 <= found["ping_jitter_seconds"] < 30  # type: ignore[operator]


@needs_ping
def test_one_answer_has_no_jitter() -> None:
    (read,) = ping("127.0.0.1", probes=1)
    assert read is not None
    assert values(read)["ping_jitter_seconds"] is None


@needs_ping
def test_many_at_once_do_not_take_each_others_answers() -> None:
    reads = ping(*(f"127.0.1.{n}" for n in range(60)), concurrency=20)
    assert {read.outcome for read in reads if read} == {Outcome.ok}
    assert len(reads) == 60


@needs_ping
def test_an_unknown_name_and_a_route_that_is_not_there_are_unreachable() -> None:
    unknown, nowhere = ping("no-such-host.invalid", "255.255.255.255")
    assert unknown is not None
    assert nowhere is not None
    assert (unknown.outcome, values(unknown)["ping_loss_ratio"]) == (Outcome.unreachable, 1)
    assert nowhere.outcome is Outcome.unreachable


def run_aside(code: str, *before: str) -> str:
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    command = [*before, sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=True
    ).stdout.strip()


_PING = """
import asyncio, logging, os, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
from drivers.ping import Pinger
async def warm_up():
    # Whatever is imported late must have been, for nobody may not read every folder.
    await Pinger(probes=1, timeout=0.1).ping("127.0.0.1")
async def work():
    pinger = Pinger(probes=2, interval=0.01, timeout={timeout})
    for _ in range(2):
        read = await pinger.ping("127.0.0.1")
        print(read and (read.outcome.value, read.block.columns["ping_loss_ratio"]))
asyncio.run(warm_up())
{before}
asyncio.run(work())
"""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root")
def test_silence_is_a_timeout_with_everything_lost() -> None:
    code = _PING.format(before="", timeout=0.1)
    mute = "ip link set lo up && echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all"
    shell = f'{mute} && exec "$@"'
    said = run_aside(code, "unshare", "--net", "sh", "-c", shell, "sh")
    assert said.splitlines() == ["('timeout', [1.0])"] * 2


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root")
def test_an_unprivileged_box_pings_where_the_kernel_allows() -> None:
    code = _PING.format(before="os.setgid(65534); os.setuid(65534)", timeout=30)
    allow = "ip link set lo up && echo 0 70000 > /proc/sys/net/ipv4/ping_group_range"
    said = run_aside(code, "unshare", "--net", "sh", "-c", f'{allow} && exec "$@"', "sh")
    assert said.splitlines() == ["('ok', [0.0])"] * 2


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root")
def test_a_box_that_may_not_ping_says_so_once_and_claims_nothing() -> None:
    code = _PING.format(before="os.setgid(65534); os.setuid(65534)", timeout=30)
    forbid = "ip link set lo up && echo 1 0 > /proc/sys/net/ipv4/ping_group_range"
    said = run_aside(code, "unshare", "--net", "sh", "-c", f'{forbid} && exec "$@"', "sh")
    first, *rest = said.splitlines()
    assert "ping_group_range" in first
    assert rest == ["None", "None"]
