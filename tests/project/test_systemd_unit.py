"""The agent's service: valid, and with no more rights than it needs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.settings import AgentSettings

SYSTEMD = Path(__file__).resolve().parents[2] / "deploy/systemd"
UNIT = SYSTEMD / "fleet-agent.service"
#: Of 100; systemd calls everything below 20 "OK".
EXPOSURE = 20


@pytest.fixture
def analyze(tmp_path: Path) -> Path:
    """The unit where systemd can look at it, with a program that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian package systemd)")
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text()))
    return copy


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_systemd_takes_the_unit(analyze: Path) -> None:
    done = run("systemd-analyze", "verify", "--man=no", analyze)
    assert done.returncode == 0, done.stderr
    assert analyze.name not in done.stderr


def test_the_service_is_hardened(analyze: Path) -> None:
    threshold = f"--threshold={EXPOSURE}"
    done = run("systemd-analyze", "security", "--offline=true", threshold, "--no-pager", analyze)
    assert done.returncode == 0, done.stdout[-2_000:]


def test_it_runs_without_root_and_with_two_capabilities() -> None:
    text = UNIT.read_text()
    assert re.search(r"(?m)^User=fleet-agent$", text)
    for name in ("AmbientCapabilities", "CapabilityBoundingSet"):
        assert re.search(rf"(?m)^{name}=CAP_NET_RAW CAP_NET_BIND_SERVICE$", text)
    assert re.search(r"(?m)^Type=notify$", text)
    assert re.search(r"(?m)^WatchdogSec=", text)


def test_a_box_that_was_shut_out_is_not_started_again() -> None:
    assert "RestartPreventExitStatus=77" in UNIT.read_text()


def test_every_setting_in_the_example_exists() -> None:
    named = re.findall(r"FLEET_AGENT_(\w+)=", (SYSTEMD / "agent.env").read_text())
    named += re.findall(r"FLEET_AGENT_(\w+)=", UNIT.read_text())
    assert {name.lower() for name in named} <= set(AgentSettings.__struct_fields__)


def test_the_wrapper_is_a_shell_script_without_mistakes() -> None:
    done = run("sh", "-n", SYSTEMD / "fleet-agent")
    assert done.returncode == 0, done.stderr
