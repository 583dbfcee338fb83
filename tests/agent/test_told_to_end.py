"""Commands that are told to end at any moment: they do, in order, and say nothing odd.

The interpreter's own first milliseconds are not ours: signals are sent from the agent's first line
on.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from agent.centre.enrolment import Enrolment, store
from agent.centre.keys import Identity
from agent.centre.plan_cache import PLAN_FILES
from agent.centre.private_files import write_private
from agent.centre.sealing import sealer_of
from drivers.plan import Broker, Cadence, MqttAccess, Plan, SnmpAccess, Target
from tests.agent.endings import PATIENCE_SECONDS, busy, catches, ended
from tests.agent.lan import device
from tests.agent.test_discover_command import network

SIGNS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and says nothing; its TCP port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield int(listener.getsockname()[1])


def joined(state: Path, controller: str, snmp_port: int, broker: str) -> None:
    """A state directory as if the box had joined and fetched its plan."""
    state.mkdir(mode=0o700)
    sealer = sealer_of(state, create=True)
    box = Enrolment(controller, "a1", "box", "", ("S1",))
    store(state, box.with_identity(Identity.new(), sealer, now=time.time()))
    targets = [
        Target(f"d{n}", "S1", f"127.77.0.{n}", port=snmp_port, snmp=SnmpAccess(), ping=True)
        for n in range(1, 21)
    ]
    targets.append(Target("m1", "S1", mqtt=MqttAccess("whiteboard", "w1")))
    cadence = Cadence(reachability=2.0, tables=2.0)
    plan = Plan(
        "r1", "a1", ("S1",), targets=tuple(targets), cadence=cadence, brokers=(Broker(broker),)
    )
    write_private(state / PLAN_FILES[0], sealer.seal("plan", msgspec.msgpack.encode(plan)))


def start(*arguments: str, **settings: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name[:6] != "FLEET_"}
    environment |= {"FLEET_LANG": "en", "FLEET_AGENT_METRICS_PORT": "0"} | settings
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-m", "agent", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def wait_for_its_first_line(process: "subprocess.Popen[str]") -> None:
    """Wait until the agent's own code runs: it sees to signals first of all."""
    until = time.monotonic() + PATIENCE_SECONDS
    sign = signal.SIGTERM if process.args[-1] == "run" else signal.SIGINT  # type: ignore[index]
    # The interpreter catches SIGINT from its start; the commands leave it to the kernel at first.
    wanted = sign is signal.SIGTERM
    started = False
    while process.poll() is None and time.monotonic() < until:
        started = started or catches(process.pid, signal.SIGINT)
        if started and catches(process.pid, sign) is wanted:
            return
        time.sleep(0.002)


@pytest.mark.parametrize("sign", SIGNS)
def test_an_agent_that_waits_for_its_controller_ends_when_told_to(
    tmp_path: Path, sign: signal.Signals
) -> None:
    notify = tmp_path / "notify"
    with silent_server() as port, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(notify))
        manager.settimeout(PATIENCE_SECONDS)
        joined(tmp_path / "state", f"http://127.0.0.1:{port}", 9, "mqtt://127.0.0.1:9")
        process = start(
            "run", FLEET_AGENT_STATE_DIR=str(tmp_path / "state"), NOTIFY_SOCKET=str(notify)
        )
        told = manager.recv(4096)
        process.send_signal(sign)
        code, err = ended(process)
        assert told == b"READY=1"
        assert manager.recv(4096) == b"STOPPING=1"
    assert code == 0, err
    assert "agent stopped" in err
    assert "Traceback" not in err


@pytest.mark.campaign
def test_the_agent_ends_in_order_at_any_moment_of_its_start(tmp_path: Path) -> None:
    rng = random.Random(5)  # noqa: S311 (moments)

    def once(number: int) -> None:
        state, sign = tmp_path / str(number), SIGNS[number % 2]
        url = f"http://127.0.0.1:{silent if number % 3 else 9}"
        joined(state, url, snmp, f"mqtt://127.0.0.1:{silent if number % 5 else 9}")
        process = start("run", FLEET_AGENT_STATE_DIR=str(state))
        wait_for_its_first_line(process)
        moment = rng.uniform(0.0, 8.0)
        time.sleep(moment)
        process.send_signal(sign)
        code, err = ended(process)
        assert code == 0, (moment, sign, err)
        assert "Traceback" not in err, (moment, sign, err)
        assert "Exception" not in err, (moment, sign, err)
        assert ("agent stopped" in err) is (" starts; " in err), (moment, sign, err)

    agents = [device(f"127.77.0.{n}") for n in range(1, 21)]
    with (
        busy(3),
        network(*agents) as snmp,
        silent_server() as silent,
        ThreadPoolExecutor(4) as pool,
    ):
        assert len(list(pool.map(once, range(40)))) == 40


@pytest.mark.campaign
@pytest.mark.parametrize("rate", ["100", "1000"])
def test_a_search_ends_at_any_moment(rate: str) -> None:
    rng = random.Random(int(rate))  # noqa: S311 (moments)
    said: set[tuple[int, bool]] = set()

    def once(_: int) -> None:
        process = start("discover", "127.76.0.0/16", "--port", str(port), "--rate", rate)
        wait_for_its_first_line(process)
        moment = rng.uniform(0.0, 8.0)
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        code, err = ended(process)
        assert "Traceback" not in err, (moment, err)
        assert "Exception" not in err, (moment, err)
        said.add((code, "Interrupted" in err))

    with busy(3), network(device("127.76.2.1")) as port, ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(once, range(40)))) == 40
    # Before there was work: ended by the signal; then: what was found, or that nothing was.
    assert said <= {(-signal.SIGINT, False), (0, True), (1, True)}
