"""Files that other machines read: valid, and free of addresses."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_compose_file_is_valid(tmp_path: Path) -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("docker-compose is not installed (Debian package docker-compose)")

    result = subprocess.run(
        [compose, "-f", "docker-compose.yml", "--profile", "city", "config"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stderr
    for service in (
        "controller",
        "agent",
        "postgres",
        "mosquitto",
        "prometheus",
        "victoria-metrics",
    ):
        assert re.search(rf"^  {service}:$", result.stdout, re.MULTILINE)


def test_pins_are_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line


def test_the_npm_lock_records_no_addresses() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_every_declared_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        declared += extra
    names = {re.split(r"[\[<>=!~ ]", entry)[0].lower().replace("_", "-") for entry in declared}
    pins = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    pinned = {line.split("==")[0] for line in pins.splitlines()}

    assert names - {"campus-fleet"} <= pinned
