"""``fleet-agent discover``: real processes, simulated devices."""

import asyncio
import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from drivers.simulate.responder import SnmpAgent
from tests.agent.endings import wait_until_told_to_the_loop
from tests.agent.lan import PRINTER, device, serving


@contextmanager
def network(*agents: SnmpAgent) -> Iterator[int]:
    """Devices that answer in a thread of their own; their UDP port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def enter() -> int:
        return context.__enter__()

    async def leave() -> None:
        context.__exit__(None, None, None)

    context = serving(*agents)
    try:
        yield asyncio.run_coroutine_threadsafe(enter(), loop).result(60)
    finally:
        asyncio.run_coroutine_threadsafe(leave(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def start(*arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "FLEET_LANG": "en"}
    environment.pop("FLEET_AGENT_COMMUNITY", None)
    return subprocess.Popen(
        [sys.executable, "-m", "agent", "discover", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def discover(*arguments: str) -> tuple[int, str, str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def addresses(rows: str) -> Sequence[str]:
    return [row["address"] for row in json.loads(rows)]


def test_every_device_of_a_network_of_a_thousand_addresses_is_found() -> None:
    """A /22 with 200 devices: each once, none missed, none invented."""
    wanted = [f"127.75.{n % 4}.{1 + n}" for n in range(200)]
    with network(*map(device, wanted)) as port:
        code, out, err = discover(
            "127.75.0.0/22", "--port", str(port), "--rate", "4000", "--no-ping", "--format", "json"
        )
    assert code == 0, err
    assert sorted(addresses(out)) == sorted(wanted)
    assert "200 devices among 1022 addresses" in err


def test_the_list_comes_as_people_and_programs_want_it() -> None:
    agents = (device("127.76.0.2", community="geheim"), device("127.76.0.1", make=PRINTER))
    with network(*agents) as port:
        common = ["127.76.0.0/30", "--port", str(port), "--community", "public"]
        common += ["--community", "geheim", "--rate", "1000"]
        code, out, err = discover(*common, "--format", "csv")
        assert code == 0, err
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [(row["address"], row["kind"], row["credential"]) for row in rows] == [
            ("127.76.0.1", "printer", "v2c #1"),
            ("127.76.0.2", "switch", "v2c #2"),
        ]
        assert rows[1]["driver"] == "h3c_comware"
        code, out, _ = discover(*common)
        assert code == 0
        assert "127.76.0.2" in out
        assert "Switch" in out
        assert "geheim" not in out


def test_nobody_found_is_the_answer_no() -> None:
    code, out, err = discover("127.76.1.0/30", "--port", "9", "--rate", "1000", "--format", "json")
    assert (code, json.loads(out)) == (1, [])
    assert "0 devices among 2 addresses" in err


@pytest.mark.parametrize(
    "wrong",
    [
        ["10.0.0.0/33"],
        [],
        ["127.76.1.0/30", "--v3-auth", "SHA:x"],
        ["127.76.1.0/30", "--v3-user", "u", "--v3-priv", "DES:x"],
        ["127.76.1.0/30", "--v3-user", "u", "--v3-auth", "ROT13:xxxxxxxx"],
        ["127.76.1.0/30", "--version", "7"],
        ["127.76.1.0/30", "--rate", "0"],
    ],
)
def test_wrong_use_says_what_to_do(wrong: list[str]) -> None:
    code, out, err = discover(*wrong)
    assert code == 2, err
    assert not out
    assert err


def test_an_interrupt_prints_what_was_found() -> None:
    with network(device("127.76.2.1")) as port:
        process = start("127.76.2.0/24", "--port", str(port), "--rate", "20", "--format", "json")
        wait_until_told_to_the_loop(process, signal.SIGINT)
        # The whole takes more than twenty seconds at this rate.
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 1)
    assert isinstance(json.loads(out), list)
    assert "Interrupted" in err
