"""Speed tests against iperf3 on the same line: tc-shaped namespaces, real servers, both directions.

A controller and ``iperf3 --server`` at the centre, ``fleet-agent speedtest`` and ``iperf3`` at the
school, taking turns. Prints what each reads and what the agent's processor time was. Exits 1 when
a median is more than 3 % from iperf3's. Chosen rates in Mbit/s may be named: ``speedtest.py 100``.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drivers.simulate.link import ShapedLink
from inventory.migrations import upgrade

MOST_OFF = 0.03
ROUNDS = 3
STREAMS = 4
SECONDS, OMIT = 8, 2
PORTS = {"http": 8080, "https": 8443}
MEGABIT = 1_000_000
#: Rate in Mbit/s and scheme; the slow ones are shown when named, and not judged: iperf3 itself
#: varies there, and now and then never ends.
CASES = (
    (10, "http", True),
    (100, "http", True),
    (1000, "http", True),
    (1000, "https", True),
    (4, "http", False),
    (0.512, "http", False),
)
SERVER = """
import sys, uvicorn
from controller.app import create_app
from controller.settings import Settings
keys = {"ssl_certfile": sys.argv[3], "ssl_keyfile": sys.argv[4]} if len(sys.argv) > 3 else {}
app = create_app(Settings(jobs=False))
uvicorn.run(app, host=sys.argv[1], port=int(sys.argv[2]), log_level="critical", **keys)
"""


def main(chosen: list[str]) -> int:
    reason = ShapedLink.missing()
    if reason:
        print(f"skipped: {reason}")
        return 0
    failed = False
    cases = [case for case in CASES if (f"{case[0]:g}" in chosen if chosen else case[2])]
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = certify(Path(folder))
        for rate, scheme, judged in cases:
            kept = compare(rate, scheme, Path(folder), (str(certificate), str(key)))
            failed |= judged and not kept
    return int(failed)


def compare(rate: float, scheme: str, folder: Path, pair: tuple[str, str]) -> bool:
    """One line of one rate; whether the budget is kept."""
    ours: dict[str, list[float]] = {"download": [], "upload": []}
    theirs: dict[str, list[float]] = {"download": [], "upload": []}
    cpu = []
    with ExitStack() as stack:
        link = stack.enter_context(ShapedLink(int(rate * MEGABIT)))
        port = PORTS[scheme]
        keys = pair if scheme == "https" else ()
        place = Path(tempfile.mkdtemp(dir=folder))
        stack.callback(end, start_server(link, port, keys, place))
        iperf3 = link.within(link.centre, "iperf3", "--server", "--bind", link.CENTRE_ADDRESS)
        stack.callback(end, subprocess.Popen(iperf3, stdout=subprocess.DEVNULL))
        wait_for(link, port)
        url = f"{scheme}://{link.CENTRE_ADDRESS}:{port}/speedtest"
        for _ in range(ROUNDS):
            for direction, found in theirs.items():
                found.append(read_iperf3(link, direction))
            result, seconds = read_ours(link, url, pair[0])
            cpu.append(seconds)
            for direction, found in ours.items():
                found.append(result[direction]["bits_per_second"])
    kept = True
    for direction, found in ours.items():
        mine, peer = statistics.median(found), statistics.median(theirs[direction])
        ratio = mine / peer
        kept &= abs(ratio - 1) <= MOST_OFF
        figures = {
            "line_mbit": rate,
            "scheme": scheme,
            "direction": direction,
            "fleet_mbit": round(mine / MEGABIT, 3),
            "iperf3_mbit": round(peer / MEGABIT, 3),
            "ratio": round(ratio, 4),
            "client_cpu_share": round(statistics.median(cpu) / (2 * (SECONDS + 1)), 3),
        }
        print(json.dumps(figures), flush=True)
    return kept


def start_server(
    link: ShapedLink, port: int, keys: tuple[str, ...], folder: Path
) -> "subprocess.Popen[bytes]":
    database = f"sqlite:///{folder / 'fleet.db'}"
    upgrade(database)
    given = {
        "FLEET_DATABASE_URL": database,
        "FLEET_METRICS_URL": f"duckdb://{folder / 'metrics'}",
        "FLEET_SECRET_KEY_FILE": str(folder / "key"),
    }
    words = (sys.executable, "-c", SERVER, link.CENTRE_ADDRESS, str(port), *keys)
    return subprocess.Popen(link.within(link.centre, *words), env=os.environ | given)


def wait_for(link: ShapedLink, port: int) -> None:
    """Until the controller listens, asked from the school's end."""
    knock = f"import socket; socket.create_connection(('{link.CENTRE_ADDRESS}', {port}), 1)"
    for _ in range(120):
        words = link.within(link.school, sys.executable, "-c", knock)
        if subprocess.run(words, check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.25)
    raise SystemExit("the controller does not listen")


def read_iperf3(link: ShapedLink, direction: str) -> float:
    words = ["iperf3", "--client", link.CENTRE_ADDRESS, "--json", "--interval", "0"]
    words += ["--parallel", str(STREAMS), "--omit", str(OMIT), "--time", str(SECONDS)]
    words += ["--reverse"] if direction == "download" else []
    for _ in range(3):
        with suppress(subprocess.TimeoutExpired, KeyError):
            done = subprocess.run(
                link.within(link.school, *words), check=False, capture_output=True, timeout=60
            )
            return float(json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"])
        time.sleep(2)
    raise SystemExit("iperf3 gave no result, three times")


def read_ours(
    link: ShapedLink, url: str, authority: str
) -> tuple[dict[str, dict[str, float]], float]:
    """What ``fleet-agent speedtest`` prints, and the processor seconds it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = str(Path(sys.executable).with_name("fleet-agent"))
    words = [command, "speedtest", url, "--format", "json", "--streams", str(STREAMS)]
    words += ["--seconds", str(SECONDS + 1.5), "--ca-file", authority]
    done = subprocess.run(
        link.within(link.school, *words), check=True, capture_output=True, timeout=90
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), spent


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate of the centre's address, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "centre")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address(ShapedLink.CENTRE_ADDRESS))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "centre.pem", folder / "centre.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
