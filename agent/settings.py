"""Everything a school box can be told, and nothing else.

Read once in ``agent.cli`` and passed down; no other module reads the environment. Each setting is
described in ``docs/settings-agent.md``; a test compares the two. A msgspec structure and not a
pydantic model: the agent has 64 MB for everything, and pydantic alone takes 12 of them.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

PREFIX = "FLEET_AGENT_"
_MIB = 1 << 20
_HIDDEN = "(not shown)"


class SettingsWrong(ValueError):
    """A setting that does not exist or has a value it cannot have.

    Args:
        name: of the environment variable; empty when it is about several.
        reason: what is wrong with it.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}" if name else reason)


class AgentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of ``fleet-agent``, from ``FLEET_AGENT_*``; sizes in bytes, times in seconds."""

    #: Where the controller is. Empty until the box is enrolled: enrolment writes it down.
    controller_url: str = ""
    #: A one-time invitation; ``run`` enrols with it when the box has not joined yet.
    enrol_token: str = ""
    #: What the box is called on the agents page; the host name when empty.
    name: Annotated[str, Meta(max_length=100)] = ""
    #: Certificate authority of the bureau's own, in PEM; the system's when not set.
    ca_file: Path | None = None
    #: The plan carries device credentials, so plain HTTP is refused beyond the box itself.
    allow_plain_http: bool = False
    #: The key that seals what is secret in the state directory; made there when not set.
    box_key_file: Path | None = None
    #: The box changes the key it signs with when it is so old.
    key_days: Annotated[float, Meta(gt=0, le=3_650)] = 90.0
    #: Enrolment, plan, spool and raw counters live here, mode 700.
    state_dir: Path = Path("/var/lib/fleet-agent")

    #: 256 MiB hold about two weeks of a 60-device school: a batch a minute of 12 kB.
    spool_max_bytes: Annotated[int, Meta(ge=_MIB)] = 256 * _MIB
    spool_max_days: Annotated[float, Meta(gt=0)] = 14.0
    #: How fast what waited through an outage is sent, beside what is new.
    catch_up_batches_per_second: Annotated[float, Meta(gt=0, le=1_000)] = 10.0
    catch_up_bytes_per_second: Annotated[float, Meta(ge=1_000)] = 256_000.0
    #: A batch ends at 5,000 readings or after this long, whichever comes first.
    batch_seconds: Annotated[float, Meta(gt=0, le=300)] = 10.0

    #: Devices being polled at the same moment.
    poll_concurrency: Annotated[int, Meta(ge=1, le=5_000)] = 48
    #: For one datagram; an answer that takes longer counts as lost and is asked for again.
    snmp_timeout_seconds: Annotated[float, Meta(gt=0, le=60)] = 2.0
    snmp_retries: Annotated[int, Meta(ge=0, le=10)] = 2

    #: A folder of device definitions of your own; equal names replace the built-in ones.
    definitions: Path | None = None

    #: What to do with a device on SSH whose host key nobody has seen.
    ssh_first_use: Annotated[str, Meta(pattern="^(trust|refuse)$")] = "trust"

    #: Where traps and informs are heard, ``::`` for all addresses of the box; empty: nowhere.
    traps_address: str = ""
    #: 162 is what devices send to; up to 1023 the box needs CAP_NET_BIND_SERVICE.
    traps_port: Annotated[int, Meta(ge=1, le=65_535)] = 162

    #: How long the controller may hold a question for plan or commands; 0: it is not to.
    long_poll_seconds: Annotated[float, Meta(ge=0, le=600)] = 50.0
    #: Between questions where none is held.
    plan_refresh_seconds: Annotated[float, Meta(ge=1)] = 60.0
    #: For one exchange with the controller.
    uplink_timeout_seconds: Annotated[float, Meta(gt=0)] = 30.0

    #: Prometheus metrics of the box itself; port 0 turns them off.
    metrics_address: str = "127.0.0.1"
    metrics_port: Annotated[int, Meta(ge=0, le=65_535)] = 9464

    log_level: Annotated[str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"

    def __post_init__(self) -> None:
        if self.traps_address:
            ip_address(self.traps_address)
        if self.controller_url:
            msgspec.structs.force_setattr(self, "controller_url", self.controller_url.rstrip("/"))
            check_url(self.controller_url, allow_plain_http=self.allow_plain_http)

    def __repr__(self) -> str:
        return f"AgentSettings({self.shown()})"

    def shown(self) -> dict[str, str]:
        """Values by name, for people; the token is left out."""
        values = msgspec.structs.asdict(self)
        return {
            name: _HIDDEN if name == "enrol_token" and value else str(value)
            for name, value in values.items()
        }


def read(config: Path | None, **given: object) -> AgentSettings:
    """Settings from what is given, else the environment, else the file.

    Raises:
        SettingsWrong: a value that does not fit, or a name in the file that does not exist.
        OSError: the file cannot be read.
    """
    file: Mapping[str, str | None] = {}
    if config is not None:
        from dotenv import dotenv_values  # noqa: PLC0415 - most boxes have no file

        with config.open() as stream:
            file = dotenv_values(stream=stream, interpolate=False)
    return settings_from(os.environ, file, given)


def settings_from(
    environment: Mapping[str, str],
    file: Mapping[str, str | None] | None = None,
    given: Mapping[str, object] | None = None,
) -> AgentSettings:
    """Settings from what was given, else the environment, else the file; empty ones are not set.

    Raises:
        SettingsWrong: a value that does not fit, or a name in the file that does not exist.
    """
    names = set(AgentSettings.__struct_fields__)
    values: dict[str, Any] = {}
    for name, text in (file or {}).items():
        plain = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or plain not in names:
            raise SettingsWrong(name, "there is no such setting")
        if text:
            values[plain] = text
    values |= {name: text for name in names if (text := environment.get(f"{PREFIX}{name.upper()}"))}
    values |= {name: value for name, value in (given or {}).items() if value is not None}
    try:
        return msgspec.convert(values, AgentSettings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        name = f"{PREFIX}{place.strip('`').upper()}" if place else ""
        raise SettingsWrong(name, reason) from None


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise TypeError(f"{kind} from {type(value)}")


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
