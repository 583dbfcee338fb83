"""Settings: documented, frozen, safe by default."""

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from controller.settings import Settings, open_secret_box
from inventory.secrets import KeyFileExposed
from tests.controller.county import make_settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
OF_THE_COMMAND = {"FLEET_URL", "FLEET_TOKEN", "FLEET_LANG"}


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(
        re.findall(r"^\| `(FLEET_\w+)` \| ([^|]*) \|", DOCUMENT.read_text(), flags=re.MULTILINE)
    )
    known = {f"FLEET_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert set(rows) - OF_THE_COMMAND == set(known)
    for name, field in known.items():
        written = rows[name].strip("` ")
        default = field.default
        shown = "-" if default in (None, "") else str(default)
        if isinstance(default, bool):
            shown = shown.lower()
        assert written == shown.removesuffix(".0"), name


def test_settings_come_from_the_environment_and_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_PORT", "9000")
    settings = Settings()
    assert settings.port == 9000
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [("FLEET_PORT", "70000"), ("FLEET_SESSION_HOURS", "0"), ("FLEET_METRICS_NETWORKS", "here")],
)
def test_wrong_settings_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, secret_key_file=tmp_path / "new" / "secret.key")
    sealed = open_secret_box(settings).seal("public")
    assert settings.secret_key_file.stat().st_mode & 0o777 == 0o600
    assert open_secret_box(settings).open(sealed) == "public"
    settings.secret_key_file.chmod(0o644)
    with pytest.raises(KeyFileExposed):
        open_secret_box(settings)


def test_the_key_of_the_environment_comes_first_and_is_not_shown(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    settings = make_settings(tmp_path, secret_key=key)
    open_secret_box(settings)
    assert not settings.secret_key_file.exists()
    assert key not in repr(settings)
