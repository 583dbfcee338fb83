"""Real brokers on free ports: Mosquitto, and amqtt, which does not speak MQTT 5."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port

AMQTT = """
import asyncio, sys
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig

async def main(port):
    broker = Broker(BrokerConfig(
        listeners={"default": ListenerConfig(bind=f"127.0.0.1:{port}")},
        plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    ))
    await broker.start()
    await asyncio.Event().wait()

asyncio.run(main(sys.argv[1]))
"""


class BrokerProcess:
    """A broker that can be stopped and started again on the same port."""

    def __init__(self, command: list[str], port: int) -> None:
        self.port = port
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise RuntimeError(f"{self._command[0]} does not listen on port {self.port}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Callable[..., BrokerProcess]]:
    """Starts Mosquitto brokers with the given extra lines of configuration."""
    executable = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if executable is None:
        pytest.skip("mosquitto is not installed")
    running: list[BrokerProcess] = []
    # Started by root it would become another user, who may not read the test's folder.
    root = ["user root"] if os.geteuid() == 0 else []

    def start(*lines: str) -> BrokerProcess:
        port = free_port()
        config = tmp_path / f"mosquitto-{port}.conf"
        given = lines or ("allow_anonymous true",)
        config.write_text("\n".join([*root, f"listener {port} 127.0.0.1", *given]) + "\n")
        broker = BrokerProcess([executable, "-c", str(config)], port)
        broker.start()
        running.append(broker)
        return broker

    yield start
    for broker in running:
        broker.stop()


@pytest.fixture
def amqtt() -> Iterator[BrokerProcess]:
    port = free_port()
    broker = BrokerProcess([sys.executable, "-W", "ignore", "-c", AMQTT, str(port)], port)
    broker.start()
    yield broker
    broker.stop()
