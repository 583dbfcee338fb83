"""Everything that can be set, read once from ``FLEET_*`` and passed down; see docs/settings.md."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of the controller. Frozen: nothing changes while it runs."""

    model_config = SettingsConfigDict(env_prefix="FLEET_", frozen=True)

    # Where things are kept
    database_url: str = "sqlite:///var/fleet.db"
    metrics_url: str = "duckdb:///var/metrics"
    secret_key: SecretStr | None = None
    secret_key_file: Path = Path("var/secret.key")
    quarantine_dir: Path = Path("var/quarantine")

    # Where it listens, and how the world reaches it
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    public_url: str = ""
    trusted_proxies: str = "127.0.0.1"
    log_level: str = "info"

    # Who may in
    session_hours: float = Field(default=12.0, gt=0, le=24 * 31)
    login_attempts: int = Field(default=5, ge=1)
    login_window_seconds: float = Field(default=300.0, gt=0)
    metrics_token: SecretStr | None = None

    # What is taken in
    max_body_bytes: int = Field(default=1 << 20, ge=1024)
    max_batch_bytes: int = Field(default=2 << 20, ge=1024)
    ingest_in_flight: int = Field(default=64, ge=1)
    quarantine_files: int = Field(default=200, ge=0)
    quarantine_bytes: int = Field(default=64 << 20, ge=0)

    # Speed test server
    speedtest_concurrent: int = Field(default=4, ge=0)
    speedtest_seconds: float = Field(default=30.0, gt=0)
    speedtest_bytes: int = Field(default=100 << 20, ge=1 << 20)

    # Jobs
    jobs: bool = True
    evaluate_seconds: float = Field(default=20.0, gt=0)


def read_secret_key(settings: Settings) -> bytes:
    """The Fernet key from the environment, else from its file, made with mode 600 when missing.

    Raises:
        PermissionError: the file can be read by others.
        ValueError: what is there is no Fernet key.
    """
    if settings.secret_key is not None:
        key = settings.secret_key.get_secret_value().encode()
    else:
        key = _read_or_make(settings.secret_key_file)
    Fernet(key)
    return key


def _read_or_make(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and linked, so that two processes starting together agree on one key.
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} must not be readable by others: chmod 600 {path}")
    return path.read_bytes().strip()
