"""Everything that can be set, read once from ``FLEET_*`` and passed down; see docs/settings.md."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from drivers.plan import Cadence
from inventory.agent_plans.making import PlanSettings
from inventory.orchestration.settings import Orchestration
from inventory.secrets import SecretBox


class Settings(BaseSettings):
    """Settings of the controller. Frozen: nothing changes while it runs."""

    model_config = SettingsConfigDict(env_prefix="FLEET_", frozen=True)

    # Where things are kept
    database_url: str = "sqlite:///var/fleet.db"
    database_pool: int = Field(default=10, ge=1, le=500)
    database_wait_seconds: float = Field(default=10.0, gt=0, le=300)
    database_statement_seconds: float = Field(default=60.0, ge=0, le=3600)
    metrics_url: str = "duckdb:///var/metrics"
    metrics_server_user: str = ""
    metrics_server_password: SecretStr | None = None
    metrics_server_token: SecretStr | None = None
    metrics_journal_seconds: float = Field(default=120.0, ge=30)
    metrics_journal_bytes: int = Field(default=8 << 30, ge=1 << 20)
    metrics_raw_days: float = Field(default=90.0, ge=1)
    metrics_hourly_days: float = Field(default=3 * 365.0, ge=1)
    metrics_daily_days: float = Field(default=10 * 365.0, ge=1)
    metrics_ledger_days: float = Field(default=400.0, ge=30)
    metrics_test_days: float = Field(default=500.0, ge=1)
    secret_key: SecretStr | None = None
    secret_key_file: Path = Path("var/secret.key")
    #: Without one, beside the key.
    attachments_dir: Path | None = None

    # Where it listens, and how the world reaches it
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    public_url: str = ""
    trusted_proxies: str = "127.0.0.1"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    authorities_file: Path | None = None
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"

    # Who may in
    session_hours: float = Field(default=12.0, gt=0, le=24 * 31)
    login_attempts: int = Field(default=5, ge=1)
    login_window_seconds: float = Field(default=300.0, gt=0)
    metrics_token: SecretStr | None = None
    metrics_networks: str = "127.0.0.0/8,::1/128"

    # Figures for Prometheus
    metrics_cache_seconds: float = Field(default=15.0, ge=0, le=600)
    metrics_series: int = Field(default=100_000, ge=100)
    workers_dir: Path | None = None

    # What is taken in
    max_body_bytes: int = Field(default=1 << 20, ge=1024)
    max_import_bytes: int = Field(default=21 << 20, ge=1024)
    max_batch_bytes: int = Field(default=2 << 20, ge=1024)
    ingest_in_flight: int = Field(default=64, ge=1)
    ingest_in_flight_bytes: int = Field(default=128 << 20, ge=1 << 20)
    quarantine_batches: int = Field(default=200, ge=0)
    quarantine_bytes: int = Field(default=64 << 20, ge=0)
    missing_after_days: int = Field(default=30, ge=1, le=3_650)
    reconcile_seconds: float = Field(default=1_800.0, ge=1, le=86_400)

    # Speed test server
    speedtest_concurrent: int = Field(default=16, ge=0)
    speedtest_seconds: float = Field(default=30.0, gt=0)
    speedtest_bytes: int = Field(default=100 << 20, ge=1 << 20)
    speedtest_bits_per_second: int = Field(default=0, ge=0)

    # What agents are told to do
    poll_seconds: float = Field(default=60.0, ge=0.1)
    tables_seconds: float = Field(default=300.0, ge=0.1)
    inventory_seconds: float = Field(default=21_600.0, ge=1)
    speedtest_server: str = ""
    speedtest_servers: dict[str, str] = {}
    speedtest_every_seconds: float = Field(default=3_600.0, ge=1)
    speedtest_length_seconds: float = Field(default=10.0, ge=1, le=15)
    speedtest_streams: int = Field(default=4, ge=1, le=16)
    speedtest_planned: bool = True
    speedtests_a_month: int = Field(default=53, ge=42, le=400)
    speedtests_at_once: int = Field(default=16, ge=1, le=10_000)
    speedtest_outlet_bits_per_second: int = Field(default=10_000_000_000, ge=1_000_000)
    speedtest_outlet_share: float = Field(default=0.5, gt=0, le=1)
    line_references: list[str] = []

    # Reports by e-mail
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    mail_from: str = ""

    # Notifications
    notice_window_seconds: float = Field(default=600.0, ge=10, le=86_400)
    notice_networks: str = ""

    # Agents that wait for news
    long_polls: int = Field(default=6_000, ge=0)
    live_pages: int = Field(default=1_000, ge=0)
    long_poll_seconds: float = Field(default=55.0, ge=0, le=600)

    # Jobs
    jobs: bool = True
    evaluate_seconds: float = Field(default=20.0, gt=0)
    quiet_hours: float = Field(default=24.0, ge=0)

    @model_validator(mode="after")
    def _certificate_and_key_come_together(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("FLEET_TLS_CERTIFICATE and FLEET_TLS_KEY are set together or not")
        return self

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_host and "@" not in (self.mail_from or self.smtp_user):
            raise ValueError("FLEET_SMTP_HOST is set: FLEET_MAIL_FROM is whom messages come from")
        if self.smtp_password is not None and self.smtp_password_file is not None:
            raise ValueError("FLEET_SMTP_PASSWORD and FLEET_SMTP_PASSWORD_FILE: set one of them")
        return self

    @field_validator("metrics_networks", "notice_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for one in filter(None, map(str.strip, value.split(","))):
            ip_network(one)
        return value


def plan_settings(settings: Settings) -> PlanSettings:
    """What every agent's plan has in common.

    Lines are tested against this very server when it knows its own address and no other is named.
    """
    return PlanSettings(
        speedtest_server=settings.speedtest_server or settings.public_url or None,
        speedtest_servers=settings.speedtest_servers,
        cadence=Cadence(settings.poll_seconds, settings.tables_seconds, settings.inventory_seconds),
        test_every_seconds=settings.speedtest_every_seconds,
        test_seconds=settings.speedtest_length_seconds,
        test_streams=settings.speedtest_streams,
        references=tuple(settings.line_references),
        most_bits_per_second=orchestration(settings).bits_per_second,
        outlet_share=settings.speedtest_outlet_share,
        planned=settings.speedtest_planned,
    )


def orchestration(settings: Settings) -> Orchestration:
    """How speed tests are planned.

    All tests of one moment carry the outlet's share together, or what the test server lets in.
    """
    share = int(settings.speedtest_outlet_bits_per_second * settings.speedtest_outlet_share)
    return Orchestration(
        wanted=settings.speedtests_a_month,
        bits_per_second=min(share, settings.speedtest_bits_per_second or share),
        outlet_share=settings.speedtest_outlet_share,
        at_once=settings.speedtests_at_once,
    )


def open_secret_box(settings: Settings) -> SecretBox:
    """The box of the key in the environment, else of the key file, made when missing.

    Raises:
        KeyFileExposed: others may read the file.
        ValueError: what is there is no Fernet key.
    """
    if settings.secret_key is not None:
        return SecretBox(settings.secret_key.get_secret_value())
    settings.secret_key_file.parent.mkdir(parents=True, exist_ok=True)
    return SecretBox.from_file(settings.secret_key_file, create=True)
