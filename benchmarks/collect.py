"""What a polled switch costs: ``fleet-agent collect`` against prometheus-snmp-exporter.

Both poll the same 1,000 simulated 52-port switches in the same run; the agent reads at least the
columns the exporter reads, makes rates and keeps them in its durable spool. Budget: at most half
of the exporter's CPU a switch, and at most 64 MB resident. Prints a table and one line of JSON;
exits 1 when a budget is missed.

The switches are ``drivers.simulate.farm``; ``--responder PATH`` names the source of a responder in
C to use instead.
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_RATIO = 0.5
MOST_RSS_BYTES = 64_000_000
#: The columns of the port table the exporter is asked for, and sysUpTime.
IF_COLUMNS = (7, 8, 13, 14, 19, 20)
IF_X_COLUMNS = (6, 7, 10, 11)


def main() -> int:
    options = parse()
    exporter = shutil.which("prometheus-snmp-exporter")
    if exporter is None:
        print("needs prometheus-snmp-exporter")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        port = free_port(socket.SOCK_DGRAM)
        command = [sys.executable, "-m", "drivers.simulate.farm", "--port", str(port)]
        if options.responder is not None:
            binary = work / "responder"
            subprocess.run(["gcc", "-O2", "-o", binary, options.responder], check=True)
            command = [str(binary), "-p", str(port)]
        addresses = [address(number) for number in range(options.devices)]
        with responder(command):
            agent = run_agent(work, addresses, port, options.rounds)
            theirs = run_exporter(exporter, work, addresses, port, options.exporter_rounds)
    ours = agent["cpu_seconds"] / agent["polls"] * 1000
    result = {
        "devices": options.devices,
        "agent_cpu_seconds_per_1000": round(ours, 3),
        "exporter_cpu_seconds_per_1000": round(theirs["cpu_seconds_per_1000"], 3),
        "ratio": round(ours / theirs["cpu_seconds_per_1000"], 3),
        "agent_max_rss_bytes": agent["max_rss_bytes"],
        "exporter_max_rss_bytes": theirs["max_rss_bytes"],
        "agent_failed": agent["failed"],
        "agent_varbinds_per_poll": agent["varbinds"] / agent["polls"],
        "exporter_samples_per_scrape": theirs["samples_per_scrape"],
    }
    print(f"{'':22}{'agent':>12}{'exporter':>12}{'ratio':>8}")
    print(
        f"{'CPU s / 1,000 polls':22}{ours:12.2f}{theirs['cpu_seconds_per_1000']:12.2f}"
        f"{result['ratio']:8.2f}"
    )
    print(
        f"{'largest memory, MB':22}{agent['max_rss_bytes'] / 1e6:12.0f}"
        f"{theirs['max_rss_bytes'] / 1e6:12.0f}"
    )
    print(json.dumps(result))
    kept = (
        result["ratio"] <= MOST_RATIO
        and agent["max_rss_bytes"] <= MOST_RSS_BYTES
        and agent["failed"] == 0
    )
    return 0 if kept else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--exporter-rounds", type=int, default=3)
    parser.add_argument("--responder", type=Path, help="source in C of another responder")
    return parser.parse_args()


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind(("", 0))
        port: int = free.getsockname()[1]
    return port


def address(number: int) -> str:
    """Every 127.x.y.z is a switch of its own."""
    number += 256
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


@contextmanager
def responder(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        time.sleep(2.0)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def run_agent(work: Path, addresses: list[str], port: int, rounds: int) -> dict[str, float]:
    plan = work / "plan.yaml"
    plan.write_text(
        "devices:\n"
        + "".join(
            f"  - {{id: sw{n}, address: {one}, port: {port}, community: public}}\n"
            for n, one in enumerate(addresses)
        )
    )
    command = [sys.executable, "-m", "agent", "collect", str(plan), "--rounds", str(rounds)]
    command += ["--interval", "0", "--spool", str(work / "spool"), "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    summary: dict[str, float] = json.loads(done.stdout)
    return summary


def exporter_config(work: Path) -> Path:
    """The peer's own format; 25 repetitions is its default."""
    if_columns = [f"1.3.6.1.2.1.2.2.1.{column}" for column in IF_COLUMNS]
    columns = if_columns + [f"1.3.6.1.2.1.31.1.1.1.{column}" for column in IF_X_COLUMNS]
    metrics = [{"name": "sysUpTime", "oid": "1.3.6.1.2.1.1.3", "type": "gauge", "help": "-"}]
    metrics += [
        {
            "name": f"column_{number}",
            "oid": oid,
            "type": "gauge" if number < 2 else "counter",
            "help": "-",
            "indexes": [{"labelname": "ifIndex", "type": "gauge"}],
        }
        for number, oid in enumerate(columns)
    ]
    module = {
        "walk": columns,
        "get": ["1.3.6.1.2.1.1.3.0"],
        "metrics": metrics,
        "version": 2,
        "max_repetitions": 25,
        "retries": 3,
        "timeout": "5s",
        "auth": {"community": "public"},
    }
    path = work / "exporter.yml"
    path.write_text(json.dumps({"ports": module}))  # JSON is YAML
    return path


def run_exporter(
    exporter: str, work: Path, addresses: list[str], snmp: int, rounds: int
) -> dict[str, float]:
    port = free_port(socket.SOCK_STREAM)
    process = subprocess.Popen(
        [
            exporter,
            f"--config.file={exporter_config(work)}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        scrape(port, snmp, addresses[:20])
        before = cpu_seconds(process.pid)
        samples = 0
        for _ in range(rounds):
            with ThreadPoolExecutor(16) as pool:
                parts = [addresses[start::16] for start in range(16)]
                samples += sum(pool.map(lambda part: scrape(port, snmp, part), parts))
        spent = cpu_seconds(process.pid) - before
        resident = max_rss(process.pid)
    finally:
        process.terminate()
        process.wait(10)
    scrapes = rounds * len(addresses)
    return {
        "cpu_seconds_per_1000": spent / scrapes * 1000,
        "max_rss_bytes": resident,
        "samples_per_scrape": samples / scrapes,
    }


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("prometheus-snmp-exporter does not start")


def scrape(port: int, snmp: int, addresses: list[str]) -> int:
    """Samples of ports that came back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    samples = 0
    for one in addresses:
        connection.request("GET", f"/snmp?module=ports&target={one}:{snmp}")
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"the exporter answered {response.status}: {body[150:600]!r}")
        samples += body.count(b"\ncolumn_")
    connection.close()
    return samples


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def max_rss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    sys.exit(main())
