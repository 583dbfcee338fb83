"""Settings: safe defaults, refused mistakes, and a page that describes each."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.settings import AgentSettings

DOCUMENT = Path(__file__).parents[2] / "docs/settings-agent.md"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in AgentSettings.model_fields:
        monkeypatch.delenv(f"FLEET_AGENT_{name.upper()}", raising=False)


def test_the_page_describes_every_setting_and_no_other():
    rows = [row for row in DOCUMENT.read_text().splitlines() if row.startswith("| `FLEET_AGENT_")]
    named = {row.split("`")[1] for row in rows}
    assert {f"FLEET_AGENT_{name.upper()}" for name in AgentSettings.model_fields} == named


def test_the_page_names_the_real_defaults():
    rows = DOCUMENT.read_text().splitlines()
    for name, field in AgentSettings.model_fields.items():
        (row,) = [row for row in rows if row.startswith(f"| `FLEET_AGENT_{name.upper()}`")]
        default = field.default
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
    with pytest.raises(ValidationError):
        AgentSettings(controller_url=url)


@pytest.mark.parametrize("url", ["https://x", "http://127.0.0.1:8000/", "http://localhost:1"])
def test_encrypted_or_local_addresses_are_taken(url):
    assert AgentSettings(controller_url=url).controller_url == url.rstrip("/")


def test_plain_http_can_be_allowed_knowingly(monkeypatch):
    monkeypatch.setenv("FLEET_AGENT_ALLOW_PLAIN_HTTP", "true")
    monkeypatch.setenv("FLEET_AGENT_CONTROLLER_URL", "http://controller:8000")
    assert AgentSettings().controller_url == "http://controller:8000"


def test_settings_are_frozen_and_mistyped_names_in_a_file_are_refused(tmp_path):
    with pytest.raises(ValidationError):
        AgentSettings().name = "x"
    file = tmp_path / "env"
    file.write_text("FLEET_AGENT_SPOOL_MAX_BITES=1\n")
    with pytest.raises(ValidationError):
        AgentSettings(_env_file=file)


def test_the_token_is_not_shown(monkeypatch):
    monkeypatch.setenv("FLEET_AGENT_ENROL_TOKEN", "hush")
    assert "hush" not in repr(AgentSettings())
