"""How long finding takes: a /22 with 200 devices at the default rate, over a real Ethernet.

A network namespace of its own holds a simulated segment of 1,022 addresses. At 200 of them, spread
at random, switches answer SNMP; half of those to the second of three credentials, a tenth to the
third. 50 more hosts only answer pings. Behind all others is nobody, as on a real segment: not even
ARP is answered. Switches answer after 5 ms and leave 1 % of requests unanswered. Budget: all found
and recognised in at most 60 s. Beside it, for comparison, the seconds it would take to ask every
address with every credential twice at the same rate, and to recognise nobody. Prints a table and
one line of JSON; exits 1 when the budget is missed.

Needs root, or a kernel that lets everybody make namespaces.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET_SECONDS = 60.0
DEVICES, PINGED = 200, 50
COMMUNITIES = ("first", "second", "third")
DELAY_SECONDS = 0.005
NETWORK = "10.99.0.0/22"
_INSIDE = "FLEET_BENCH_INSIDE"


def main() -> int:
    options = parse()
    if os.environ.get(_INSIDE) == "1":
        return measure(options)
    missing = [tool for tool in ("unshare", "nsenter", "ip") if shutil.which(tool) is None]
    if missing:
        print(f"needs {', '.join(missing)}")
        return 2
    command = ["unshare", "--net", "--mount-proc", "--fork", "--pid"]
    if os.geteuid() != 0:
        command.insert(1, "--map-root-user")
    environment = {**os.environ, _INSIDE: "1"}
    return subprocess.run(
        [*command, sys.executable, __file__, *sys.argv[1:]], env=environment, check=False
    ).returncode


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=None, help="packets a second")
    parser.add_argument("--loss", type=float, default=1.0, help="percent")
    parser.add_argument("--no-ping", action="store_true")
    return parser.parse_args()


def measure(options: argparse.Namespace) -> int:
    """Inside the namespace: build the segment, look through it, tell."""
    rng = random.Random(2026)  # noqa: S311
    hosts = [f"10.99.{n // 256}.{n % 256}" for n in range(2, 1023)]
    chosen = rng.sample(hosts, DEVICES + PINGED)
    devices, pinged = sorted(chosen[:DEVICES]), chosen[DEVICES:]
    with tempfile.TemporaryDirectory() as folder:
        other = segment([*devices, *pinged])
        farm = subprocess.Popen(
            ["nsenter", f"--net=/proc/{other.pid}/ns/net", sys.executable, "-c", FARM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            begin(farm, [devices, COMMUNITIES, options.loss / 100, DELAY_SECONDS])
            result = look(options, Path(folder), devices)
        finally:
            farm.kill()
            farm.wait()
            other.kill()
            other.wait()
    result["missed"] = len(set(devices) - set(result.pop("found")))
    naive = 1022 * len(COMMUNITIES) * 2 / result["packets_per_second_allowed"]
    result["asking_everybody_everything_twice_seconds"] = round(naive, 1)
    for name, value in result.items():
        print(f"{name:44}{value:>12}")
    print(json.dumps(result))
    return 0 if not result["missed"] and result["seconds"] <= BUDGET_SECONDS else 1


def begin(farm: "subprocess.Popen[str]", orders: object) -> None:
    """Tell the farm what it is, and wait until it answers."""
    if farm.stdin is None or farm.stdout is None:
        raise RuntimeError("the farm has no pipes")
    farm.stdin.write(json.dumps(orders) + "\n")
    farm.stdin.flush()
    farm.stdout.readline()


def segment(addresses: list[str]) -> "subprocess.Popen[bytes]":
    """An Ethernet of two ends; the far one has these addresses.

    Its namespace lives as long as the child that is returned.
    """
    other = subprocess.Popen(["unshare", "--net", "sleep", "600"])
    ours = Path("/proc/self/ns/net").readlink()
    for _ in range(600):
        # An interface that is moved before the child has left would stay here.
        if Path(f"/proc/{other.pid}/ns/net").readlink() != ours:
            break
        time.sleep(0.05)
    else:
        raise RuntimeError("the other end has got no network namespace of its own")
    far = ["nsenter", f"--net=/proc/{other.pid}/ns/net"]
    run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
    run("ip", "link", "set", "far", "netns", str(other.pid))
    run("ip", "address", "add", "10.99.0.1/22", "dev", "near")
    run("ip", "link", "set", "near", "up")
    run("ip", "link", "set", "lo", "up")
    batch = "".join(f"address add {one}/22 dev far\n" for one in addresses)
    subprocess.run([*far, "ip", "-batch", "-"], input=batch, text=True, check=True)
    run(*far, "ip", "link", "set", "far", "up")
    run(*far, "ip", "link", "set", "lo", "up")
    return other


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def look(options: argparse.Namespace, folder: Path, devices: list[str]) -> dict[str, object]:
    """``fleet-agent discover`` as it comes, in a process of its own."""
    arguments = [NETWORK, "--exclude", "10.99.0.1", "--format", "json"]
    for community in COMMUNITIES:
        arguments += ["--community", community]
    if options.rate is not None:
        arguments += ["--rate", str(options.rate)]
    if options.no_ping:
        arguments.append("--no-ping")
    output = folder / "found.json"
    began = time.monotonic()
    with output.open("w") as file:
        said = subprocess.run(
            [sys.executable, "-m", "agent", "discover", *arguments],
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "FLEET_LANG": "en"},
        )
    seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = [row["address"] for row in json.loads(output.read_text())]
    words = said.stderr.replace(";", "").split()
    packets = int(words[words.index("packets") - 1]) if "packets" in words else 0
    return {
        "addresses": 1021,
        "devices": len(devices),
        "found": found,
        "seconds": round(seconds, 1),
        "packets": packets,
        "packets_per_second_allowed": options.rate or default_rate(),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "max_rss_megabytes": round(used.ru_maxrss / 1024, 1),
    }


def default_rate() -> float:
    from drivers.plan import Discovery  # noqa: PLC0415 (this file also runs outside)

    return Discovery("").packets_per_second


#: One socket for all; each address is a switch with a serial number of its own.
FARM = """
import json, sys, time
from drivers.simulate.farm import _drained, _open, _send
from drivers.simulate.build import label
from drivers.simulate.mib import MibTree
from drivers.simulate.power import Power
from drivers.simulate.responder import SnmpAgent
from drivers.simulate.schoolday import SchoolDay
from drivers.simulate.system import Label, chassis, entities, system
import heapq, random, select, socket

devices, communities, loss, delay = json.loads(sys.stdin.readline())
power = Power(SchoolDay(time.time()), time.time() - 86400)
agents = {}
for n, address in enumerate(devices):
    card = Label(f"sw-{n}", "1.3.6.1.4.1.25506.11.1.231", "H3C Comware Platform Software", "",
                 "H3C", "S5130S-28S-EI", f"CF{n:06d}", "7.1", "020000000001")
    which = communities[0 if n % 10 < 4 else 2 if n % 10 == 9 else 1]
    cells = [*system(card, power, services=2), *entities(card, [chassis(card, 2)])]
    agents[socket.inet_aton(address)] = SnmpAgent(card.name, address, which, MibTree(cells), power)
sock = _open(161)
print("ready", flush=True)
waiting = []
while True:
    due = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
    if select.select([sock], [], [], due)[0]:
        for datagram, who in _drained(sock):
            agent = agents.get(who[1])
            answer = agent.answer(datagram, time.time()) if agent else None
            if answer is not None and random.random() >= loss:
                heapq.heappush(waiting, (time.monotonic() + delay, id(answer), answer, who))
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, answer, who = heapq.heappop(waiting)
        _send(sock, answer, who)
"""


if __name__ == "__main__":
    sys.exit(main())
