"""Settings: safe defaults, refused mistakes, and a page that describes each."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from agent.settings import AgentSettings, SettingsWrong, read, settings_from

DOCUMENT = Path(__file__).parents[2] / "docs/settings-agent.md"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in AgentSettings.__struct_fields__:
        monkeypatch.delenv(f"FLEET_AGENT_{name.upper()}", raising=False)


def test_the_page_describes_every_setting_and_no_other():
    rows = [row for row in DOCUMENT.read_text().splitlines() if row.startswith("| `FLEET_AGENT_")]
    named = {row.split("`")[1] for row in rows}
    assert {f"FLEET_AGENT_{name.upper()}" for name in AgentSettings.__struct_fields__} == named


def test_the_page_names_the_real_defaults():
    rows = DOCUMENT.read_text().splitlines()
    defaults = msgspec.structs.asdict(AgentSettings())
    for name, default in defaults.items():
        (row,) = [row for row in rows if row.startswith(f"| `FLEET_AGENT_{name.upper()}`")]
        if default not in (None, ""):
            shown = str(default).lower() if isinstance(default, bool) else str(default)
            assert f"`{shown}`" in row, (name, row)


def test_nothing_listens_beyond_the_box_by_default():
    settings = AgentSettings()
    assert settings.metrics_address == "127.0.0.1"
    assert not settings.allow_plain_http


@pytest.mark.parametrize(
    "url", ["http://fleet.example", "ftp://x", "fleet.example", "https://u:p@x"]
)
def test_addresses_that_would_leak_secrets_are_refused(url):
    with pytest.raises(SettingsWrong):
        settings_from({"FLEET_AGENT_CONTROLLER_URL": url})


@pytest.mark.parametrize("url", ["https://x", "http://127.0.0.1:8000/", "http://localhost:1"])
def test_encrypted_or_local_addresses_are_taken(url):
    assert AgentSettings(controller_url=url).controller_url == url.rstrip("/")


def test_plain_http_can_be_allowed_knowingly():
    told = {"ALLOW_PLAIN_HTTP": "true", "CONTROLLER_URL": "http://controller:8000"}
    settings = settings_from({f"FLEET_AGENT_{name}": value for name, value in told.items()})
    assert settings.controller_url == "http://controller:8000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPOOL_MAX_BYTES", "1"),
        ("SNMP_RETRIES", "-1"),
        ("SNMP_RETRIES", "two"),
        ("BATCH_SECONDS", "301"),
        ("LOG_LEVEL", "LOUD"),
        ("ALLOW_PLAIN_HTTP", "perhaps"),
        ("METRICS_PORT", "65536"),
        ("NAME", "x" * 101),
        ("SSH_FIRST_USE", "guess"),
    ],
)
def test_a_value_that_does_not_fit_is_named(name, value):
    with pytest.raises(SettingsWrong, match=f"FLEET_AGENT_{name}"):
        settings_from({f"FLEET_AGENT_{name}": value})


def test_what_is_given_comes_before_the_environment_and_that_before_the_file(tmp_path, monkeypatch):
    file = tmp_path / "env"
    file.write_text("# a box\nFLEET_AGENT_NAME='from file'\nFLEET_AGENT_SNMP_RETRIES=5\n")
    assert read(file).name == "from file"
    monkeypatch.setenv("FLEET_AGENT_NAME", "from environment")
    assert (read(file).name, read(file).snmp_retries) == ("from environment", 5)
    assert read(file, name="given", state_dir=None).name == "given"
    monkeypatch.setenv("FLEET_AGENT_STATE_DIR", str(tmp_path))
    assert read(file).state_dir == tmp_path


def test_an_empty_value_is_none_at_all():
    assert settings_from({"FLEET_AGENT_CA_FILE": "", "FLEET_AGENT_ENROL_TOKEN": ""}).ca_file is None


@pytest.mark.parametrize("line", ["FLEET_AGENT_SPOOL_MAX_BITES=1", "SNMP_RETRIES=1", "x=y"])
def test_mistyped_names_in_a_file_are_refused(tmp_path, line):
    file = tmp_path / "env"
    file.write_text(line + "\n")
    with pytest.raises(SettingsWrong, match=line.split("=")[0]):
        read(file)


def test_settings_do_not_change():
    with pytest.raises(AttributeError):
        AgentSettings().name = "x"


def test_the_token_is_not_shown():
    settings = settings_from({"FLEET_AGENT_ENROL_TOKEN": "hush"})
    assert settings.enrol_token == "hush"
    assert "hush" not in repr(settings) + str(settings.shown())


def test_the_agent_itself_loads_nothing_that_only_commands_need():
    code = (
        "import sys, agent.process, httpx\n"
        "from agent.centre.transport import LightTransport\n"
        "httpx.AsyncClient(transport=LightTransport(True))\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pydantic", "typer", "rich", "pygments", "netmiko", "jinja2", "pysnmp", "anyio"}
    heavy |= {"httpcore", "prometheus_client", "apscheduler", "paho", "aiomqtt"}
    assert heavy.isdisjoint(done.stdout.split())
