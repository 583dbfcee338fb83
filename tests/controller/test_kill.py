"""``kill -9`` of a real controller at any moment: what was acknowledged is there, once."""

import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.centre.keys import Identity, SignedRequests
from controller.stores import open_store
from drivers.readings import BATCH_CONTENT_TYPE, Block
from inventory.database import make_engine, read_only, session_factory, unit_of_work
from inventory.models import DeviceState
from tests.agents import enrolled
from tests.controller.county import County, make_batch, make_poll, make_settings
from tests.ports import free_port

FLEET = [sys.executable, "-c", "from controller.cli import app; app()"]


@dataclass
class Sender:
    """One agent: sends numbered batches in order, each again until it is acknowledged."""

    url: str
    agent: str
    key: Ed25519PrivateKey
    subject: str
    school: str
    began: int
    acknowledged: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    def taken_at(self, sequence: int) -> int:
        return self.began + sequence * 10

    def run(self) -> None:
        sequence = 1
        headers = {"Content-Type": BATCH_CONTENT_TYPE}
        auth = SignedRequests(Identity(self.key))
        with httpx.Client(base_url=self.url, auth=auth, headers=headers, timeout=60.0) as client:
            while not self.stop.is_set():
                block = Block(("",), {"cpu_ratio": [float(sequence)]})
                poll = make_poll(
                    self.subject,
                    self.school,
                    taken_at=self.taken_at(sequence),
                    blocks=(block,),
                )
                body = make_batch(self.agent, sequence, poll)
                try:
                    answer = client.post("/api/agent/v1/batches", content=body)
                except httpx.TransportError:
                    time.sleep(0.02)
                    continue
                if answer.status_code in {204, 409}:
                    self.acknowledged.append(sequence)
                    sequence += 1
                elif answer.status_code not in {429, 503}:
                    self.refused.append(answer.text)
                    return


def start(environment: dict[str, str], port: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*FLEET, "serve", "--port", str(port)], env=environment, stdout=out, stderr=out
        )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with closing(socket.socket()) as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise AssertionError(log.read_text())


@contextmanager
def sending(senders: list[Sender]) -> Iterator[None]:
    threads = [Thread(target=sender.run, daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.stop.set()
        for thread in threads:
            thread.join(timeout=90)


def wait_for(senders: list[Sender], batches: int) -> None:
    """Until each has had so many acknowledged, however busy the machine is."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if all(len(sender.acknowledged) >= batches or sender.refused for sender in senders):
            return
        time.sleep(0.05)
    raise AssertionError(f"no answers: {[len(sender.acknowledged) for sender in senders]}")


def second_agent(url: str) -> tuple[str, Ed25519PrivateKey]:
    engine = make_engine(url)
    with unit_of_work(session_factory(engine)) as session:
        made = enrolled(session, "SCH-B", "box at B")
    engine.dispose()
    return made


def kill_again_and_again(directory: Path, county: County, kills: int) -> None:
    settings = make_settings(directory)
    port = free_port()
    environment = os.environ | {
        "FLEET_DATABASE_URL": settings.database_url,
        "FLEET_METRICS_URL": settings.metrics_url,
        "FLEET_SECRET_KEY_FILE": str(settings.secret_key_file),
        "FLEET_EVALUATE_SECONDS": "1",
        "FLEET_LOG_LEVEL": "warning",
    }
    url = f"http://127.0.0.1:{port}"
    agent_b, key_b = second_agent(settings.database_url)
    began = int(time.time() * 1000) - 600_000
    senders = [
        Sender(url, county.agent_id, county.key, "d-a-1", "SCH-A", began),
        Sender(url, agent_b, key_b, "d-b-1", "SCH-B", began),
    ]
    log = directory / "serve.log"
    dice = random.Random(20260901)  # noqa: S311
    process = start(environment, port, log)
    try:
        with sending(senders):
            for kill in range(kills):
                time.sleep(dice.uniform(0.1, 0.7))
                wait_for(senders, kill + 1)
                process.kill()
                process.wait(timeout=60)
                process = start(environment, port, log)
            wait_for(senders, kills + 1)
    finally:
        process.terminate()
        process.wait(timeout=60)

    store = open_store(settings.metrics_url)
    engine = make_engine(settings.database_url)
    for sender in senders:
        assert sender.refused == [], sender.refused
        assert len(sender.acknowledged) > kills
        [series] = store.series(
            sender.subject, ["cpu_ratio"], start=began, end=int(time.time() * 1000) + 60_000
        )
        times = Counter(series.times)
        assert set(times.values()) == {1}, "a reading was stored twice"
        expected = {sender.taken_at(sequence) for sequence in sender.acknowledged}
        assert expected <= set(times), "an acknowledged reading is gone"
        # At most the one batch whose answer never came is there beyond those acknowledged.
        assert len(set(times) - expected) <= 1
        with read_only(session_factory(engine)) as session:
            state = session.get(DeviceState, sender.subject)
        assert state is not None
        assert state.taken_at.timestamp() * 1000 >= max(expected) - 1
    engine.dispose()
    store.close()


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(
    tmp_path: Path, county: County
) -> None:
    kill_again_and_again(tmp_path, county, kills=3)


@pytest.mark.campaign
def test_the_same_for_many_kills(tmp_path: Path, county: County) -> None:
    kill_again_and_again(tmp_path, county, kills=40)
