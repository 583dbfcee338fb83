"""``fleet-agent poll`` against a real net-snmp agent, and against nobody."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agent.cli import app
from tests.ports import free_port


def poll(port: int, *arguments: str) -> Result:
    return CliRunner().invoke(
        app,
        ["poll", "127.0.0.1", "--port", str(port), "--format", "json", *arguments],
        env={"FLEET_LANG": "en", "FLEET_AGENT_COMMUNITY": None},
    )


def identity(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["outcome"], found["address"]) == ("ok", "127.0.0.1")
    assert any(port["name"] == "lo" for port in found["ports"])
    assert {"uptime_seconds", "port_up"} <= {reading["metric"] for reading in found["readings"]}
    assert isinstance(found["identity"], dict)
    return found["identity"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--version", "1"),
        (
            *("--v3-user", "sha256aes", "--v3-auth", "SHA-256:authentication secret"),
            *("--v3-priv", "AES-128:privacy secret"),
        ),
    ],
)
def test_a_device_is_read(snmpd: Any, arguments: tuple[str, ...]) -> None:
    found = identity(poll(snmpd.port, *arguments))
    assert (found["kind"], found["os"]) == ("server", "linux")
    assert found["location"] == "server room"


@pytest.mark.parametrize(
    ("arguments", "outcome", "detail"),
    [
        (("--v3-user", "nobody"), "auth_rejected", "unknown_user"),
        (
            (
                *("--v3-user", "sha256aes", "--v3-auth", "SHA-256:not the secret"),
                *("--v3-priv", "AES-128:privacy secret"),
            ),
            "auth_rejected",
            "wrong_digest",
        ),
        (("--community", "wrong", "--timeout", "0.1", "--retries", "1"), "timeout", ""),
    ],
)
def test_a_refusal_is_an_outcome(
    snmpd: Any, arguments: tuple[str, ...], outcome: str, detail: str
) -> None:
    result = poll(snmpd.port, *arguments)
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["outcome"] == outcome
    assert detail in found["detail"]
    assert found["identity"]["kind"] == "unknown"
    assert "secret" not in result.output


def test_nobody_there_is_unreachable() -> None:
    port = free_port()
    result = poll(port, "--timeout", "0.2", "--retries", "1")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["outcome"] in ("unreachable", "timeout")
