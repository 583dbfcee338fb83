"""``fleet-agent listen`` against a real broker."""

import json
import socket
import subprocess
import sys
import time

import pytest
from paho.mqtt import publish

STATE = "campus/3301000001/whiteboard/wb1/state"
IDENTITY = "campus/3301000001/whiteboard/wb1/identity"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", "listen", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"FLEET_LANG": "en", "PATH": "/usr/bin:/bin"},
    )


def test_one_document_a_device_as_a_json_array(mosquitto) -> None:
    broker = mosquitto()
    messages = [
        {"topic": IDENTITY, "payload": '{"vendor": "Seewo", "serial": "S1"}', "retain": True},
        {
            "topic": STATE,
            "payload": json.dumps({"cpu": 20, "at": time.time()}),
            "retain": True,
        },
    ]
    publish.multiple(messages, hostname="127.0.0.1", port=broker.port)
    done = command("--broker", f"mqtt://127.0.0.1:{broker.port}", "--seconds", "1.5")
    assert done.returncode == 0, done.stderr
    (document,) = json.loads(done.stdout)
    assert document["address"] is None
    assert document["outcome"] == "ok"
    assert document["identity"]["vendor"] == "Seewo"
    assert document["identity"]["serial"] == "S1"
    assert document["identity"]["model"] is None
    assert {"metric": "cpu_ratio", "part": "", "value": 0.2} in document["readings"]


def test_announced_devices_are_listed_too_also_those_only_the_broker_remembers(mosquitto) -> None:
    broker = mosquitto()
    config = {"name": "Temperature", "unit_of_measurement": "°C", "state_topic": "s/state"}
    messages = [
        {
            "topic": f"homeassistant/sensor/{name}/config",
            "payload": json.dumps({**config, "device": {"identifiers": name}, **more}),
            "retain": True,
        }
        for name, more in (("s1", {"availability_topic": "s/up"}), ("s2", {}))
    ]
    messages += [
        {"topic": "s/up", "payload": "online", "retain": True},
        {"topic": "s/state", "payload": "21.5", "retain": True},
    ]
    publish.multiple(messages, hostname="127.0.0.1", port=broker.port)
    done = command("--broker", f"mqtt://127.0.0.1:{broker.port}", "--seconds", "2.5")
    assert done.returncode == 0, done.stderr
    found = {one["outcome"]: one for one in json.loads(done.stdout)}
    assert found["ok"]["identity"]["kind"] == "sensor"
    assert found["ok"]["readings"][1] == {
        "metric": "temperature_celsius",
        "part": "",
        "value": 21.5,
    }
    assert [one["metric"] for one in found["timeout"]["readings"]] == ["online"]


def test_nobody_heard_is_an_empty_array_and_exit_1(mosquitto) -> None:
    broker = mosquitto()
    done = command("--broker", f"mqtt://127.0.0.1:{broker.port}", "--seconds", "0.8")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
    assert len(done.stderr.splitlines()) == 1


def test_no_broker_is_exit_3_and_one_line() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"mqtt://127.0.0.1:{closed.getsockname()[1]}"
        done = command("--broker", url, "--seconds", "1")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(url)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("url", ["broker:1883", "http://127.0.0.1"])
def test_wrong_url_is_exit_2(url: str) -> None:
    done = command("--broker", url)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
