"""Ingest: readings a second on one core, from the signed request to the durable commit.

Run ``python benchmarks/ingest.py [--schools 48] [--rounds 6]``. A controller runs as a process of
its own on SQLite and DuckDB, with its jobs (rules included); agents in this process send signed
batches over HTTP, each after its answer. A batch is what a school with 48-port switches and
terminals collects: at most 5,000 readings. What counts is the controller's processor time.

The peer is what no controller could leave out: decoding the same bodies and inserting their
values into a bare DuckDB table, a commit for as many batches as agents send at once.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert
from sqlmodel import Session

from drivers.readings import (
    BATCH_CONTENT_TYPE,
    WIRE_VERSION,
    AgentStatus,
    Batch,
    Block,
    Kind,
    Outcome,
    Poll,
    decode_batch,
    encode_batch,
)
from drivers.signatures import NONCE_HEADER, public_bytes, sign, target_of
from inventory import migrations
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.enrolment import create_token, redeem
from inventory.models import Device, Level, Organisation, Protocol, School
from inventory.models.base import utc_now
from inventory.scope import Scope

#: Readings a second on one core that the design asks for.
BUDGET = 300_000
BATCHES = "/api/agent/v1/batches"
PORTS = tuple(f"GigabitEthernet0/0/{n}" for n in range(1, 49))
RATES = (
    *(f"port_{way}_bits_per_second" for way in ("in", "out")),
    *(f"port_{way}_packets_per_second" for way in ("in", "out")),
    *(f"port_{way}_errors_per_second" for way in ("in", "out")),
    *(f"port_{way}_discards_per_second" for way in ("in", "out")),
    *(f"port_{way}_utilisation_ratio" for way in ("in", "out")),
    *("port_up", "port_speed_bits_per_second"),
)
#: A school: switches whose tables are read, terminals and whiteboards between them.
SWITCHES, TERMINALS = 8, 24


@dataclass(frozen=True)
class Box:
    """An agent of a school that brings what its devices say."""

    agent: str
    school: str
    key: Ed25519PrivateKey
    devices: tuple[str, ...]


@dataclass
class Sent:
    """What came of sending."""

    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def build(url: str, schools: int) -> list[Box]:
    """A register of so many schools, each with its agent and its devices."""
    migrations.upgrade(url)
    engine = make_engine(url)
    with unit_of_work(session_factory(engine)) as session:
        session.add(Organisation(code="33", name="City", level=Level.city, path="/33/"))
        session.flush()
        boxes = [_school(session, f"SCH-{number:04d}", number) for number in range(schools)]
    engine.dispose()
    return boxes


def _school(session: Session, code: str, number: int) -> Box:
    school = School(code=code, name=code, organisation_code="33", path=f"/33/{code}/")
    session.add(school)
    session.flush()
    devices = tuple(f"d{number:05d}{place:03d}" for place in range(SWITCHES + TERMINALS))
    rows = [
        {
            "id": device,
            "school_code": code,
            "name": device,
            "kind": Kind.switch if place < SWITCHES else Kind.terminal,
            "protocol": Protocol.snmp if place < SWITCHES else Protocol.mqtt,
        }
        for place, device in enumerate(devices)
    ]
    session.execute(insert(Device), rows)
    key, now = Ed25519PrivateKey.generate(), utc_now()
    token = create_token(session, Scope.everything(), [code], now=now)
    joined = redeem(
        session, token, public_key=public_bytes(key), name=code, version="0.1.0", now=now
    )
    return Box(joined.agent.id, code, key, devices)


def bodies(box: Box, rounds: int, every: int) -> list[bytes]:
    """A batch a round; rates wander, one port in twenty is silent, one device in fifty is dead."""
    chance = random.Random(box.school)  # noqa: S311 - values, no secrets
    base = [[chance.uniform(0, 1e8) for _ in PORTS] for _ in RATES]
    gaps = [[chance.random() < 0.01 for _ in PORTS] for _ in RATES]
    links = [float(chance.random() > 0.3) for _ in PORTS]
    dead = {device for device in box.devices if chance.random() < 0.02}
    now = time.time_ns() // 1_000_000
    made = []
    for sequence in range(rounds):
        at = now - (rounds - sequence) * every
        polls = []
        for place, device in enumerate(box.devices):
            moment = at + place * 97
            if device in dead:
                polls.append(Poll(device, box.school, moment, Outcome.timeout, "no answer"))
                continue
            vitals = {
                "cpu_ratio": [round(chance.random(), 2)],
                "memory_used_ratio": [round(chance.random(), 2)],
                "uptime_seconds": [float(1000 + sequence * every // 1000)],
            }
            blocks = [Block(("",), vitals)]
            if place < SWITCHES:
                ports = {
                    metric: [
                        None if gap else float(round(value * chance.uniform(0.9, 1.1)))
                        for value, gap in zip(values, silent, strict=True)
                    ]
                    for metric, values, silent in zip(RATES, base, gaps, strict=True)
                }
                ports["port_up"] = links
                blocks.append(Block(PORTS, ports))
            polls.append(Poll(device, box.school, moment, Outcome.ok, blocks=tuple(blocks)))
        status = AgentStatus(version="0.1.0", started_at=now)
        batch = Batch(WIRE_VERSION, box.agent, "e1", sequence, at, tuple(polls), status)
        made.append(encode_batch(batch))
    return made


class Controller:
    """``fleet serve`` as a process of its own, in a directory."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = os.environ | {
            "FLEET_DATABASE_URL": f"sqlite:///{directory}/fleet.db",
            "FLEET_METRICS_URL": f"duckdb:///{directory}/metrics",
            "FLEET_SECRET_KEY_FILE": str(directory / "secret.key"),
            "FLEET_PORT": str(self.port),
            "FLEET_LOG_LEVEL": "warning",
        }
        command = [str(Path(sys.executable).with_name("fleet")), "serve"]
        self.process = subprocess.Popen(command, env=environment)

    async def wait(self) -> None:
        """Until it answers."""
        for _ in range(600):
            try:
                status, _ = await _get(self.port, "/readyz")
            except OSError:
                status = 0
            if status == 200:
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the controller did not start")

    def spent(self) -> float:
        """Processor seconds of all its threads so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Its resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(found.split()[1]) / 1024

    def stop(self) -> None:
        """End it as a service manager does."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


async def _get(port: int, path: str) -> tuple[int, dict[str, str]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split()[1]), headers


async def bring(port: int, box: Box, batches: list[bytes], sent: Sent) -> None:
    """Send batches one after the other over one connection, until each is stored."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    nonce = "none"
    for body in batches:
        stored = False
        while not stored:
            token = sign(box.key, method="POST", target=target_of(BATCHES), nonce=nonce, body=body)
            head = (
                f"POST {BATCHES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: {BATCH_CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            begun = time.perf_counter()
            writer.write(head.encode() + body)
            status, headers = await _answer(reader)
            sent.answers[status] += 1
            nonce = headers.get(NONCE_HEADER.lower(), nonce)
            stored = status == 204
            if stored:
                sent.seconds.append(time.perf_counter() - begun)
            elif status in (429, 503):
                await asyncio.sleep(float(headers["retry-after"]))
            elif status != 401:
                raise RuntimeError(f"the controller answers {status}")
    writer.close()


def peer(made: list[list[bytes]], directory: Path) -> float:
    """Readings a processor second of decoding bodies and inserting them, and nothing else."""
    run = duckdb.connect(":memory:", config={"threads": 1})
    run.execute(f"ATTACH '{directory / 'peer.duckdb'}' AS file")
    run.execute("CREATE TABLE file.sample (series INTEGER, taken_at BIGINT, value DOUBLE)")
    readings, begun = 0, time.process_time()
    for group in zip(*made, strict=True):
        values: list[float | None] = []
        times: list[int] = []
        lengths: list[int] = []
        for body in group:
            for poll in decode_batch(body).polls:
                before = len(values)
                for block in poll.blocks:
                    for column in block.columns.values():
                        values += column
                times.append(poll.taken_at)
                lengths.append(len(values) - before)
        columns = {
            "series": np.arange(len(values), dtype=np.int32),
            "taken_at": np.repeat(np.array(times, dtype=np.int64), lengths),
            "value": np.array(values, dtype=np.float64),
        }
        run.register("incoming", columns)
        run.execute("BEGIN")
        run.execute("INSERT INTO file.sample SELECT * FROM incoming WHERE NOT isnan(value)")
        run.execute("COMMIT")
        run.unregister("incoming")
        readings += len(values)
    spent = time.process_time() - begun
    run.close()
    return readings / spent


async def measure(directory: Path, boxes: list[Box], made: list[list[bytes]]) -> float:
    """Readings a processor second of the controller; the first batch of each is a warm-up."""
    controller = Controller(directory)
    try:
        await controller.wait()
        warm = Sent()
        for some in _chunks(list(zip(boxes, made, strict=True)), 24):
            await asyncio.gather(*(bring(controller.port, b, m[:1], warm) for b, m in some))
        before, cpu, wall = controller.memory(), controller.spent(), time.perf_counter()
        sent = Sent()
        for some in _chunks(list(zip(boxes, made, strict=True)), 24):
            await asyncio.gather(*(bring(controller.port, b, m[1:], sent) for b, m in some))
        cpu, wall = controller.spent() - cpu, time.perf_counter() - wall
        after = controller.memory()
    finally:
        controller.stop()
    readings = sum(_readings(body) for batches in made for body in batches[1:])
    kept = _rows(directory / "metrics")
    whole = readings + sum(_readings(batches[0]) for batches in made)
    if kept != whole:
        raise RuntimeError(f"{whole} readings sent, {kept} stored")
    seconds = sorted(sent.seconds)
    batches = len(seconds)
    print(
        f"controller: {readings / cpu:12,.0f} readings/CPU s {readings / wall:12,.0f} readings/s"
        f" {batches / cpu:6.0f} batches/CPU s, answers p50 {seconds[batches // 2] * 1e3:.0f} ms"
        f" p99 {seconds[batches * 99 // 100] * 1e3:.0f} ms, {before:.0f} -> {after:.0f} MB"
        f" ({readings:,} readings, {batches} batches, {json.dumps(sent.answers)})"
    )
    return readings / cpu


def _chunks(what: list, size: int):
    items = iter(what)
    while some := list(islice(items, size)):
        yield some


def _readings(body: bytes) -> int:
    return sum(len(block) for poll in decode_batch(body).polls for block in poll.blocks)


def _rows(metrics: Path) -> int:
    found = 0
    for path in metrics.rglob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as run:
            tables = run.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            if ("sample",) in tables:
                found += run.execute("SELECT count(*) FROM sample").fetchall()[0][0]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=8)
    asked = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="ingest-"))
    try:
        boxes = build(f"sqlite:///{directory}/fleet.db", asked.schools)
        made = [bodies(box, asked.rounds, 60_000) for box in boxes]
        sizes = [len(body) for batches in made for body in batches]
        print(
            f"{asked.schools} agents, {asked.rounds} batches of about {_readings(made[0][0]):,}"
            f" readings in {len(boxes[0].devices)} polls, {sum(sizes) / len(sizes) / 1000:.0f} kB"
        )
        bare = peer(made, directory)
        print(f"peer, decode and bare insert: {bare:12,.0f} readings/CPU s")
        rate = asyncio.run(measure(directory, boxes, made))
    finally:
        shutil.rmtree(directory)
    kept = rate >= BUDGET
    print(
        f"{rate:,.0f} readings a processor second, {rate / bare:.0%} of the peer"
        f" (budget: {BUDGET:,}): {'kept' if kept else 'MISSED'}"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
