"""Rules and dashboards for Prometheus and Grafana: valid, in both languages, explained."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.dashboards.__main__ import DASHBOARDS, FOLDER, text

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
DOCUMENTS = (ROOT / "docs" / "monitoring.md", ROOT / "docs" / "monitoring.zh-CN.md")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def promtool(*arguments: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    return subprocess.run(
        [program, *arguments], check=False, cwd=folder, capture_output=True, text=True
    )


def alerts() -> list[dict[str, Any]]:
    return [
        rule
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def test_prometheus_takes_the_configuration(tmp_path: Path) -> None:
    shutil.copytree(PROMETHEUS, tmp_path / "p", ignore=shutil.ignore_patterns("secrets"))
    (tmp_path / "p" / "secrets").mkdir()
    for name in ("metrics_token", "fleet_token"):
        (tmp_path / "p" / "secrets" / name).write_text("x")
    checked = promtool("check", "config", "prometheus.yml", folder=tmp_path / "p")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "2 rule files" in checked.stdout


@pytest.mark.parametrize("name", ["controller", "fleet", "trouble"])
def test_rules_fire_when_they_are_to_and_only_then(name: str) -> None:
    folder = Path(__file__).parent / "prometheus"
    tested = promtool("test", "rules", f"{name}_test.yml", folder=folder)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_is_tested() -> None:
    folder = Path(__file__).parent / "prometheus"
    tests = "".join(path.read_text() for path in folder.glob("*_test.yml"))
    assert [a["alert"] for a in alerts() if f'alertname="{a["alert"]}"' not in tests] == []


def test_every_alert_speaks_both_languages() -> None:
    for alert in alerts():
        said = alert["annotations"]
        assert _CHINESE.search(said["summary_zh"]), alert["alert"]
        assert not _CHINESE.search(said["summary"]), alert["alert"]
        assert alert["labels"]["severity"] in ("critical", "warning")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_alert_is_explained(document: Path) -> None:
    explained = set(re.findall(r"^### (Fleet\w+)$", document.read_text(), re.MULTILINE))
    assert explained == {alert["alert"] for alert in alerts()}
    for alert in alerts():
        anchor = f"docs/monitoring.md#{alert['alert'].lower()}"
        assert alert["annotations"]["runbook"] == anchor


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboards_are_what_their_descriptions_say(name: str) -> None:
    assert (FOLDER / name).read_text() == text(DASHBOARDS[name]), "python -m tools.dashboards"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_stand_beside_each_other_and_speak_both_languages(name: str) -> None:
    document = json.loads((FOLDER / name).read_text())
    taken: set[tuple[int, int]] = set()
    for panel in document["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        chinese, english = panel["title"].split(" · ")
        assert _CHINESE.search(chinese)
        assert not _CHINESE.search(english)
    ids = [panel["id"] for panel in document["panels"]]
    assert len(ids) == len(set(ids))


def test_grafana_finds_the_dashboards_where_compose_puts_them() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    mounts = dict(one.split(":")[:2] for one in compose["services"]["grafana"]["volumes"])
    provider = yaml.safe_load(
        (ROOT / "deploy/grafana/provisioning/dashboards/campus-fleet.yml").read_text()
    )
    path = provider["providers"][0]["options"]["path"]
    assert mounts["./deploy/grafana/dashboards"] == path
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
