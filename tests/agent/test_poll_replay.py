"""``fleet-agent replay`` and ``drivers``: the poll document, exit codes, languages."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.language import language_of

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests/drivers/recordings"
SHARED = ROOT.parent / "shared/recordings"
LAB = RECORDINGS / "huawei_vrp/lab.snmprec"
IDENTITY = [
    *("vendor", "kind", "model", "serial", "version", "os"),
    *("name", "description", "location", "object_id"),
]
PORT = [
    *("index", "name", "description", "alias", "type", "speed_bits_per_second"),
    *("admin", "oper", "mac", "in_octets", "out_octets"),
]


def run(*arguments: str | Path, language: str = "en") -> Result:
    environment = {"FLEET_LANG": language, "COLUMNS": "200", "FLEET_AGENT_DEFINITIONS": None}
    return CliRunner().invoke(app, [str(a) for a in arguments], env=environment)


def document(*arguments: str | Path) -> dict[str, Any]:
    result = run("replay", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def test_the_document_has_every_field_and_null_for_the_unknown() -> None:
    found = document(LAB)
    assert list(found) == [
        *("address", "taken_at", "outcome", "detail", "identity", "ports", "components"),
        *("neighbours", "readings"),
    ]
    assert found["address"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["taken_at"])
    assert list(found["identity"]) == IDENTITY
    assert list(found["ports"][0]) == PORT
    assert found["ports"][0]["alias"] is None
    assert list(found["components"][0]) == ["class", "name", "model", "serial"]
    assert all(list(r) == ["metric", "part", "value"] for r in found["readings"])


def test_tables_are_for_people_in_their_language() -> None:
    english, chinese = run("replay", LAB), run("replay", LAB, language="zh_CN")
    assert "Serial number" in english.stdout
    assert "S5735-L24P4X-A1" in english.stdout
    assert chinese.exit_code == 0
    assert "S5735-L24P4X-A1" in chinese.stdout
    assert "交换机" in chinese.stdout
    assert "应答正常" in chinese.stdout


def test_what_a_device_says_is_text_and_never_markup(tmp_path: Path) -> None:
    path = tmp_path / "device.snmprec"
    path.write_text("1.3.6.1.2.1.1.5.0|4|[red]lab[/red] \\[\n")
    assert "[red]lab[/red] \\[" in run("replay", path).stdout


def test_a_file_that_is_no_recording_is_wrong_use(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("this is\nnot a recording\n")
    for path in (other, tmp_path / "missing.snmprec"):
        result = run("replay", path)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1


def test_unreadable_lines_are_told_on_stderr_alone(tmp_path: Path) -> None:
    odd = tmp_path / "odd.snmprec"
    odd.write_bytes(LAB.read_bytes() + b"this line is broken\n")
    result = run("replay", odd, "--format", "json")
    assert json.loads(result.stdout)["outcome"] == "ok"
    assert "1 lines" in result.stderr


def test_a_definition_of_your_own_is_used(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(
        "name: ours\ntitle: Ours\nproven: documentation\n"
        "match: [{object_id: 1.3.6.1.4.1.2011.2.23.9001}]\n"
        "identity: {vendor: Ours, kind: router}\n"
    )
    identity = document(LAB, "--definitions", tmp_path)["identity"]
    assert (identity["vendor"], identity["kind"]) == ("Ours", "router")
    assert run("drivers", "check", tmp_path / "ours.yaml").exit_code == 0


def test_a_named_driver_wins_and_an_unknown_one_is_wrong_use() -> None:
    assert document(LAB, "--driver", "linux")["identity"]["os"] == "linux"
    result = run("replay", LAB, "--driver", "nonsense")
    assert result.exit_code == 2
    assert "nonsense" in result.stderr


def test_a_wrong_definition_is_answered_no_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("name: wrong\ntitle: Wrong\nproven: documentation\nkind: switch\n")
    result = run("drivers", "check", path)
    assert result.exit_code == 1
    assert "kind" in result.stderr
    path.write_text("name: wrong\ntitle: Wrong\nproven: documentation\nuse: [nothing]\n")
    assert "no set named nothing" in run("drivers", "check", path).stderr
    assert run("drivers", "check", tmp_path / "missing.yaml").exit_code == 2


def test_drivers_are_listed_for_machines_and_people() -> None:
    listed = json.loads(run("drivers", "list", "--format", "json").stdout)
    assert {"name", "protocol", "title", "proven", "kind"} == set(listed[0])
    assert "huawei_vrp" in {entry["name"] for entry in listed}
    assert {"snmp", "mqtt", "ssh"} == {entry["protocol"] for entry in listed}
    assert "huawei_vrp" in run("drivers", "list").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--v3-auth", "SHA:secret-secret"),
        ("--v3-user", "u", "--community", "c"),
        ("--v3-user", "u", "--v3-priv", "AES-128:secret-secret"),
        ("--v3-user", "u", "--v3-auth", "ROT13:secret-secret"),
        ("--version", "4"),
        ("--port", "0"),
    ],
)
def test_contradictory_options_are_wrong_use(arguments: tuple[str, ...]) -> None:
    result = run("poll", "127.0.0.1", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "secret-secret" not in result.stderr


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh_CN"),
        ({"LANG": "C.UTF-8"}, "zh_CN"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "FLEET_LANG": "zh-CN"}, "zh_CN"),
    ],
)
def test_the_terminal_decides_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_help_imports_nothing_heavy() -> None:
    heavy = "asyncio yaml httpx cryptography prometheus_client drivers.snmp.engine"
    program = (
        "import sys; from agent.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        f"print([m for m in {heavy.split()} if m in sys.modules])"
    )
    environment = {**os.environ, "FLEET_LANG": "en"}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not here")
def test_a_real_switch_agrees_on_identity_and_ports() -> None:
    found = document(SHARED / "snmprec/vrp_5720.snmprec")
    expected = json.loads((SHARED / "expected/vrp_5720.json").read_text())
    identity = found["identity"]
    assert identity["vendor"] == "Huawei"
    assert identity["kind"] == "switch"
    assert identity["model"] == expected["hardware"]
    assert identity["version"] in expected["version"]
    assert identity["serial"] == expected["serial"]
    assert identity["object_id"] == expected["sysObjectID"].removeprefix(".")
    assert identity["name"] == expected["sysName"]
    ports = {port["index"]: port for port in found["ports"]}
    assert expected["ports"]
    for port in expected["ports"]:
        ours = ports[port["ifIndex"]]
        assert ours["name"] == port["ifName"]
        assert ours["description"] == port["ifDescr"]
        assert ours["speed_bits_per_second"] == port.get("ifSpeed")
        assert (ours["admin"], ours["oper"]) == (port["ifAdminStatus"], port["ifOperStatus"])
        assert ours["mac"] == port.get("ifPhysAddress")
        assert ours["in_octets"] == port.get("ifInOctets")
        assert ours["out_octets"] == port.get("ifOutOctets")


def test_poe_powers_are_shown_as_powers_too() -> None:
    readings = document(RECORDINGS / "hp_procurve/lab.snmprec")["readings"]
    found = {(r["metric"], r["part"]): r["value"] for r in readings}
    assert len(found) == len(readings)
    assert found["poe_port_power_watts", "P1"] == found["power_watts", "P1"] == 4.2
    assert found["poe_power_watts", "group 1"] == found["power_watts", "group 1"]
    assert found["poe_budget_watts", "group 1"] == found["power_watts", "group 1 budget"]
