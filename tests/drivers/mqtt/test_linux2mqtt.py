"""A Linux terminal with the real linux2mqtt, against a real broker; and what it once said.

The real one is for the campaign: it comes from a package registry, and takes its time to measure.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.mqtt.home_assistant.hearing import HomeAssistantHearing
from drivers.mqtt.templates.evaluator import Evaluator
from drivers.readings import Outcome, Poll

RECORDING = Path(__file__).parents[4] / "shared/recordings/mqtt/linux2mqtt.log"
#: Newer psutil breaks it.
PACKAGES = ("linux2mqtt==1.7.0", "psutil==5.9.8")
NUMBERS = {
    ("cpu_ratio", ""),
    ("memory_used_ratio", ""),
    ("memory_used_bytes", ""),
    ("memory_total_bytes", ""),
    ("storage_used_ratio", "/"),
    ("storage_used_bytes", "/"),
    ("storage_total_bytes", "/"),
}


@pytest.fixture(scope="session")
def linux2mqtt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client in an environment of its own: it wants an older psutil than we do."""
    folder = tmp_path_factory.mktemp("linux2mqtt") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *PACKAGES]
    options = ["--disable-pip-version-check", "--retries", "1", "--timeout", "10"]
    done = subprocess.run(
        [*pip, *options], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        pytest.skip("pip cannot install linux2mqtt: no package registry in reach")
    return folder / "bin/linux2mqtt"


@pytest.fixture
def terminal(linux2mqtt: Path, mosquitto) -> Iterator[int]:
    """A terminal that publishes its processor, memory and disk; the broker's port."""
    port = mosquitto().port
    where = ["--name", "lab3-12", "--host", "127.0.0.1", "--port", str(port), "--interval", "5"]
    process = subprocess.Popen(
        [str(linux2mqtt), *where, "--cpu", "5", "--vm", "--du", "/"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield port
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(60)


@pytest.mark.campaign
def test_listen_finds_a_real_terminal_with_processor_memory_and_disk(terminal: int) -> None:
    # It measures the processor over five seconds, so the first figure takes that long.
    command = ["listen", "--broker", f"mqtt://127.0.0.1:{terminal}", "--seconds", "14"]
    done = subprocess.run(
        [sys.executable, "-m", "agent", *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"FLEET_LANG": "en", "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    (document,) = json.loads(done.stdout)
    assert document["outcome"] == "ok"
    assert document["identity"]["kind"] == "terminal"
    assert document["identity"]["name"] == "lab3-12 Linux"
    assert document["identity"]["os"] == "Linux"
    values = {(one["metric"], one["part"]): one["value"] for one in document["readings"]}
    assert values.keys() == NUMBERS | {("online", "")}
    assert 0 < values["memory_used_ratio", ""] < 1
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert values["memory_total_bytes", ""] == pytest.approx(total, rel=0.02)
    disk = os.statvfs("/")
    assert values["storage_total_bytes", "/"] == pytest.approx(disk.f_blocks * disk.f_frsize)


def test_what_a_terminal_once_said_reads_the_same_way() -> None:
    if not RECORDING.exists():
        pytest.skip("the recordings are not here")
    evaluator = Evaluator()
    hearing = HomeAssistantHearing(None, evaluator)
    hearing.connected(0.0)
    polls: list[Poll] = []
    for second, line in enumerate(RECORDING.read_text(encoding="utf-8").splitlines()):
        topic, _, payload = line.partition(" ")
        polls += hearing.heard(
            topic, payload.encode(), retained=False, at=second * 1000, now=float(second)
        )
        polls += hearing.passed(at=second * 1000, now=float(second))
    evaluator.close()
    assert {(one.metric, one.part) for poll in polls for one in poll.readings()} == (
        NUMBERS | {("online", "")}
    )
    assert polls[-1].outcome is Outcome.timeout
    assert polls[-1].detail == "offline"
    assert hearing.counts.failed == 0
