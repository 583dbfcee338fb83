"""How soon the agent works after a power cut, and what it takes: ``fleet-agent run`` itself.

A box that joined before, with a kept plan of 1,000 switches and a controller out of reach, is
started again and again. Measured are the seconds until it tells the service manager ``READY=1``
(it polls by then), and the resident memory after it has polled every switch for a while, readings
going to the spool. Budgets: 1 s, and 64 MB; child processes are counted apart.

The peer of the start is the interpreter itself with its standard library (``python -c "import
asyncio, ssl, sqlite3"``), which no agent in Python can be quicker than.
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from agent.centre.enrolment import Enrolment, store
from agent.centre.keys import Identity
from agent.centre.plan_cache import PLAN_FILES
from agent.centre.private_files import write_private
from agent.centre.sealing import sealer_of
from drivers.plan import Cadence, Plan, SnmpAccess, Target

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 1.0
MOST_RSS_BYTES = 64_000_000
PORT = 1172
PEER = "import asyncio, ssl, sqlite3"


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        state.mkdir(mode=0o700)
        enrol(state, options.devices)
        starts = [start(state, Path(folder)) for _ in range(options.starts)]
        peers = [peer() for _ in range(options.starts)]
        resident = memory(state, Path(folder), options.seconds)
    quickest = min(seconds for seconds, _ in starts)
    result = {
        "devices": options.devices,
        "ready_seconds": round(quickest, 3),
        "ready_cpu_seconds": round(min(cpu for _, cpu in starts), 3),
        "peer_seconds": round(min(peers), 3),
        "ratio": round(quickest / min(peers), 1),
        "rss_bytes": resident["rss"],
        "children_rss_bytes": resident["children"],
        "spooled_bytes": resident["spooled"],
    }
    print(f"ready after {quickest:.2f} s (interpreter alone {min(peers):.2f} s)")
    print(f"resident {resident['rss'] / 1e6:.0f} MB, children {resident['children'] / 1e6:.0f} MB")
    print(json.dumps(result))
    return 0 if quickest <= MOST_SECONDS and resident["rss"] <= MOST_RSS_BYTES else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=90.0, help="of polling before the look")
    return parser.parse_args()


def enrol(state: Path, devices: int) -> None:
    """A state directory as if the box had joined and fetched its plan."""
    sealer = sealer_of(state, create=True)
    joined = Enrolment("http://127.0.0.1:9", "a1", "bench", "", ("S1",))
    store(state, joined.with_identity(Identity.new(), sealer, now=time.time()))
    targets = tuple(
        Target(f"d{number}", "S1", address(number), port=PORT, snmp=SnmpAccess())
        for number in range(devices)
    )
    plan = Plan("r1", "a1", ("S1",), targets=targets, cadence=Cadence())
    write_private(state / PLAN_FILES[0], sealer.seal("plan", msgspec.msgpack.encode(plan)))


def address(number: int) -> str:
    """Every 127.x.y.z is a switch of its own."""
    number += 256
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def agent(state: Path, notify: Path) -> subprocess.Popen[bytes]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FLEET_")
    } | {
        "FLEET_AGENT_STATE_DIR": str(state),
        "FLEET_AGENT_METRICS_PORT": "0",
        "FLEET_AGENT_LOG_LEVEL": "ERROR",
        "NOTIFY_SOCKET": str(notify),
    }
    return subprocess.Popen(
        [Path(sys.executable).parent / "fleet-agent", "run"], cwd=ROOT, env=environment
    )


def listening(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(path))
    manager.settimeout(60)
    return manager


def start(state: Path, folder: Path) -> tuple[float, float]:
    """Seconds from the start of the process until it works, and processor seconds in them."""
    with listening(folder / "notify") as manager:
        began = time.perf_counter()
        process = agent(state, folder / "notify")
        try:
            told = manager.recv(4096)
            took = time.perf_counter() - began
            # Fields 14 and 15 of proc_pid_stat(5), counted after the name in brackets.
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        finally:
            process.kill()
            process.wait()
    if told != b"READY=1":
        raise RuntimeError(told)
    return took, cpu


def peer() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", PEER], check=True)
    return time.perf_counter() - began


def memory(state: Path, folder: Path, seconds: float) -> dict[str, int]:
    """Resident bytes of the agent and of its children after it has polled for a while."""
    farm = subprocess.Popen(
        [sys.executable, "-m", "drivers.simulate.farm", "--port", str(PORT)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with listening(folder / "notify") as manager:
            process = agent(state, folder / "notify")
            try:
                manager.recv(4096)
                time.sleep(seconds)
                found = {
                    "rss": resident(process.pid),
                    "children": sum(map(resident, children(process.pid))),
                    "spooled": (state / "spool.db").stat().st_size,
                }
            finally:
                process.kill()
                process.wait()
    finally:
        farm.kill()
        farm.wait()
    return found


def resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += [int(one) for one in (task / "children").read_text().split()]
    return found


if __name__ == "__main__":
    sys.exit(main())
