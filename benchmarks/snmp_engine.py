"""CPU of the SNMP engine a 1,000 switches, and living devices called dead under loss.

``drivers.simulate.farm`` answers as a 52-port switch on every 127.x.y.z. Prints a JSON line a run.

    python -m benchmarks.snmp_engine [--devices 1000] [--rounds 3] [--in-flight 2000]
"""

import argparse
import asyncio
import contextlib
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from drivers.errors import DriverError
from drivers.plan import SnmpAccess
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.session import Session

ROOT = Path(__file__).resolve().parent.parent
SYS_UP_TIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
COLUMNS = [(1, 3, 6, 1, 2, 1, 2, 2, 1, c) for c in (7, 8, 13, 14, 19, 20)] + [
    (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, c) for c in (6, 7, 10, 11)
]
VARBINDS = 1 + 52 * len(COLUMNS)
DEAD_PER_CENT = 20
DEAD = ("--dead", str(DEAD_PER_CENT))
RUNS = {
    "plain": (),
    "delay": ("--delay", "5:50"),
    "delay, dead": ("--delay", "5:50", *DEAD),
    "delay, loss, dead": ("--delay", "5:50", "--loss", "0.01", *DEAD),
}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@contextlib.contextmanager
def farm(*options: str) -> Iterator[int]:
    command = [sys.executable, "-m", "drivers.simulate.farm", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is not None and process.stdin is not None:
            yield int(process.stdout.readline())
            process.stdin.close()


def address(number: int) -> str:
    number += 256
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def meant_to_be_dead(host: str) -> bool:
    return int.from_bytes(socket.inet_aton(host), "big") % 100 < DEAD_PER_CENT


async def poll_all(
    sessions: dict[str, Session], in_flight: int
) -> tuple[dict[str, str], dict[str, float]]:
    """Poll every device once; address to "ok", "partial" or the error's code, and to when."""
    outcomes: dict[str, str] = {}
    ended: dict[str, float] = {}
    todo = iter(sessions.items())

    async def worker() -> None:
        for host, session in todo:
            try:
                columns, scalars = await session.walk(COLUMNS, scalars=[SYS_UP_TIME])
            except DriverError as error:
                outcomes[host] = str(error.code)
                continue
            came = len(scalars) + sum(len(column.cells) for column in columns)
            outcomes[host] = "ok" if came == VARBINDS else "partial"
            ended[host] = time.perf_counter()

    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return outcomes, ended


async def measure(name: str, port: int, options: argparse.Namespace, *, dead: bool) -> None:
    hosts = [address(number) for number in range(options.devices)]
    async with SnmpEngine() as engine:
        access = SnmpAccess(version="2c", community="public")
        sessions = {host: engine.session(host, port, access) for host in hosts}
        for number in range(options.rounds):
            before, began = cpu_seconds(), time.perf_counter()
            outcomes, ended = await poll_all(sessions, options.in_flight)
            wall, cpu = time.perf_counter() - began, cpu_seconds() - before
            living = [host for host in hosts if not (dead and meant_to_be_dead(host))]
            # The rate of the living: 95 of 100 are through (the last ones wait for retries).
            nearly_all = sorted(ended[host] for host in living if host in ended)
            nearly = nearly_all[int(0.95 * len(nearly_all)) - 1] - began if nearly_all else 0.0
            ok = sum(outcomes[host] == "ok" for host in living)
            report = {
                "run": name,
                "round": number + 1,
                "devices": len(hosts),
                "living": len(living),
                "ok": ok,
                "partial": sum(outcomes[host] == "partial" for host in living),
                "called_dead": sum(outcomes[host] not in {"ok", "partial"} for host in living),
                "seconds": round(wall, 3),
                "living_per_second": round(0.95 * len(nearly_all) / nearly) if nearly else 0,
                "cpu_seconds_per_1000": round(cpu / max(1, ok) * 1000, 3),
                "slots": engine.slots,
                "max_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            }
            print(json.dumps(report), flush=True)
        print(json.dumps({"run": name, **asdict(engine.tally)}), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in-flight", type=int, default=2000)
    parser.add_argument("--run", choices=[*RUNS, "all"], default="all")
    options = parser.parse_args()
    for run, arguments in RUNS.items():
        if options.run in {run, "all"}:
            with farm(*arguments) as port:
                asyncio.run(measure(run, port, options, dead="--dead" in arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
