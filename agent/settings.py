"""Everything a school box can be told, and nothing else.

Read once in ``agent.cli`` and passed down; no other module reads the environment. Each setting is
described in ``docs/settings-agent.md``; a test compares the two.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_MIB = 1 << 20


class AgentSettings(BaseSettings):
    """Settings of ``fleet-agent``, from ``FLEET_AGENT_*``; sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="FLEET_AGENT_", extra="forbid", frozen=True)

    #: Where the controller is. Empty until the box is enrolled: enrolment writes it down.
    controller_url: str = ""
    #: A one-time invitation; ``run`` enrols with it when the box has not joined yet.
    enrol_token: SecretStr | None = None
    #: What the box is called on the agents page; the host name when empty.
    name: str = Field(default="", max_length=100)
    #: Certificate authority of the bureau's own, in PEM; the system's when not set.
    ca_file: Path | None = None
    #: The plan carries device credentials, so plain HTTP is refused beyond the box itself.
    allow_plain_http: bool = False
    #: The key that seals what is secret in the state directory; made there when not set.
    box_key_file: Path | None = None
    #: The box changes the key it signs with when it is so old.
    key_days: float = Field(default=90.0, gt=0, le=3_650)
    #: Enrolment, plan, spool and raw counters live here, mode 700.
    state_dir: Path = Path("/var/lib/fleet-agent")

    #: 256 MiB hold about two weeks of a 60-device school: a batch a minute of 12 kB.
    spool_max_bytes: int = Field(default=256 * _MIB, ge=_MIB)
    spool_max_days: float = Field(default=14.0, gt=0)
    #: How fast what waited through an outage is sent, beside what is new.
    catch_up_batches_per_second: float = Field(default=10.0, gt=0, le=1_000)
    catch_up_bytes_per_second: float = Field(default=256_000.0, ge=1_000)
    #: A batch ends at 5,000 readings or after this long, whichever comes first.
    batch_seconds: float = Field(default=10.0, gt=0, le=300)

    #: Devices being polled at the same moment.
    poll_concurrency: int = Field(default=200, ge=1, le=5_000)
    #: For one datagram; an answer that takes longer counts as lost and is asked for again.
    snmp_timeout_seconds: float = Field(default=2.0, gt=0, le=60)
    snmp_retries: int = Field(default=2, ge=0, le=10)

    #: A folder of device definitions of your own; equal names replace the built-in ones.
    definitions: Path | None = None

    #: What to do with a device on SSH whose host key nobody has seen.
    ssh_first_use: str = Field(default="trust", pattern="^(trust|refuse)$")

    #: Where traps and informs are heard, ``::`` for all addresses of the box; empty: nowhere.
    traps_address: str = ""
    #: 162 is what devices send to; up to 1023 the box needs CAP_NET_BIND_SERVICE.
    traps_port: int = Field(default=162, ge=1, le=65_535)

    #: How long the controller may hold a question for plan or commands; 0: it is not to.
    long_poll_seconds: float = Field(default=50.0, ge=0, le=600)
    #: Between questions where none is held.
    plan_refresh_seconds: float = Field(default=60.0, ge=1)
    #: For one exchange with the controller.
    uplink_timeout_seconds: float = Field(default=30.0, gt=0)

    #: Prometheus metrics of the box itself; port 0 turns them off.
    metrics_address: str = "127.0.0.1"
    metrics_port: int = Field(default=9464, ge=0, le=65_535)

    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("traps_address")
    @classmethod
    def _numeric(cls, address: str) -> str:
        if address:
            ip_address(address)
        return address

    @field_validator("controller_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @model_validator(mode="after")
    def _secrets_stay_covered(self) -> Self:
        if self.controller_url:
            check_url(self.controller_url, allow_plain_http=self.allow_plain_http)
        return self


def check_url(url: str, *, allow_plain_http: bool) -> None:
    """Refuse an address over which secrets would travel in the clear.

    Raises:
        ValueError: not an http(s) URL, or plain http to another machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url} is not an http or https address")
    if parts.username or parts.password:
        raise ValueError("an address carries no user name or password")
    if parts.scheme == "http" and not allow_plain_http and not _is_this_box(parts.hostname):
        raise ValueError(
            f"{url} is plain HTTP: use https, or set FLEET_AGENT_ALLOW_PLAIN_HTTP=true"
            " where the network in between is trusted"
        )


def _is_this_box(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
