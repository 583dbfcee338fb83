"""``fleet-agent collect`` against simulated devices, the run summary, and refused plans."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.uplink.spool import SPOOL_FILE, Spool, read_status
from drivers.readings import decode_batch
from drivers.simulate.mib import MibTree
from drivers.simulate.power import Power
from drivers.simulate.responder import AgentServer, SnmpAgent
from drivers.simulate.schoolday import SchoolDay
from drivers.snmp.ber import COUNTER64, INTEGER, OCTET_STRING, TIME_TICKS

ADDRESSES = ["127.77.0.1", "127.77.0.2", "127.77.0.3"]
PORTS = 3
SUMMARY = {
    "devices",
    "rounds",
    "polls",
    "ok",
    "failed",
    "varbinds",
    "readings",
    "seconds",
    "cpu_seconds",
    "max_rss_bytes",
}


def tree() -> MibTree:
    """A three-port switch whose octets grow by 1,000 a second a port."""
    begun = time.time()
    cells = [
        ((1, 3, 6, 1, 2, 1, 1, 1, 0), (OCTET_STRING, b"a switch of the tests")),
        ((1, 3, 6, 1, 2, 1, 1, 3, 0), (TIME_TICKS, lambda now: int((now - begun) * 100) + 1000)),
    ]
    for port in range(1, PORTS + 1):
        cells += [
            ((1, 3, 6, 1, 2, 1, 2, 2, 1, 2, port), (OCTET_STRING, f"GE0/0/{port}".encode())),
            ((1, 3, 6, 1, 2, 1, 2, 2, 1, 8, port), (INTEGER, 1)),
            (
                (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, port),
                (COUNTER64, lambda now: int((now - begun) * 1000) + 1000),
            ),
        ]
    return MibTree(cells)


class Switches(threading.Thread):
    """Answers at all ``ADDRESSES`` but the last one until told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.up = threading.Event()
        self.over = threading.Event()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        power = Power(SchoolDay(time.time()), time.time())
        server = AgentServer(
            [SnmpAgent(one, one, "public", tree(), power) for one in ADDRESSES[:-1]],
            clock=time.time,
        )
        self.port = server.open()
        self.up.set()
        while not self.over.is_set():  # noqa: ASYNC110 - told from another thread
            await asyncio.sleep(0.02)
        server.close()


@pytest.fixture
def snmp_port() -> Iterator[int]:
    switches = Switches()
    switches.start()
    assert switches.up.wait(60)
    yield switches.port
    switches.over.set()
    switches.join(60)


@pytest.fixture
def plan(tmp_path, snmp_port):
    """Two devices that answer and one that does not."""
    path = tmp_path / "plan.yaml"
    lines = [
        f"  - {{id: sw{n}, address: {one}, port: {snmp_port}, protocol: snmp, version: 2c}}"
        for n, one in enumerate(ADDRESSES)
    ]
    path.write_text("\n".join(["devices:", *lines, ""]))
    return path


def fleet_agent(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"FLEET_LANG": "en"})


def test_rounds_yield_rates_a_summary_and_batches_in_the_spool(plan, tmp_path):
    out, spool = tmp_path / "polls.jsonl", tmp_path / "spool"
    arguments = [plan, "--rounds", 2, "--interval", 0.5, "--timeout", 1.5, "--retries", 0]
    result = fleet_agent("collect", *arguments, "--out", out, "--spool", spool, "--format", "json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert set(summary) == SUMMARY
    assert (summary["devices"], summary["rounds"], summary["polls"]) == (3, 2, 6)
    assert (summary["ok"], summary["failed"]) == (4, 2)

    polls = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(polls) == 6
    assert {p["outcome"] for p in polls if p["id"] == "sw2"} <= {"timeout", "unreachable"}
    last = {p["id"]: p for p in polls}["sw0"]
    rates = {
        r["part"]: r["value"] for r in last["readings"] if r["metric"] == "port_in_bits_per_second"
    }
    assert set(rates) == {"GE0/0/1", "GE0/0/2", "GE0/0/3"}
    # Uptime and octets are read one after the other: on a machine that stands still meanwhile the
    # two moments differ. What a rate is to the last bit is tested where time is told.
    assert all(800 < value < 80_000 for value in rates.values())

    status = read_status(spool / SPOOL_FILE)
    with Spool(spool / SPOOL_FILE, max_bytes=1 << 30, max_days=1) as kept:
        batches = []
        while (batch := kept.oldest()) is not None:
            batches.append(decode_batch(batch.body))
            kept.done(batch.sequence)
    stored = [p for batch in batches for p in batch.polls]
    assert len(stored) == 6
    outcomes = len(stored)
    assert sum(len(list(p.readings())) for p in stored) == summary["readings"] + outcomes
    assert status.readings == summary["readings"] + outcomes


def test_nobody_answering_is_the_answer_no(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("devices: [{id: sw, address: 127.77.0.9, port: 9}]")
    result = fleet_agent("collect", path, "--timeout", 0.1, "--retries", 0, "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failed"] == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("devices: [", "expected"),
        ("[]", "object"),
        ("devices: []", "no devices"),
        ("devices: [{id: a}]", "address"),
        ("devices: [{id: a, address: x, comunity: y}]", "comunity"),
        ("devices: [{id: a, address: x}, {id: a, address: y}]", "twice"),
        ("devices: [{id: a, address: x, protocol: telnet}]", "telnet"),
    ],
)
def test_a_plan_that_is_none_is_refused_in_one_line(tmp_path, text, why):
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    result = fleet_agent("collect", path)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert why in result.stderr


def test_a_missing_plan_is_refused(tmp_path):
    assert fleet_agent("collect", tmp_path / "none.yaml").exit_code == 2


def test_unknown_protocols_are_an_outcome_of_that_device_alone(plan):
    text = plan.read_text().replace("version: 2c}", "version: 3, user: u, auth: 'ROT13:x'}", 1)
    plan.write_text(text)
    result = fleet_agent("collect", plan, "--timeout", 1.5, "--retries", 0, "--format", "json")
    summary = json.loads(result.stdout)
    assert (summary["ok"], summary["failed"]) == (1, 2)
