"""One log-in to one device through netmiko, with its host key pinned; used by the worker alone."""

import base64
import io
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import netmiko
import paramiko
from netmiko.ssh_dispatcher import CLASS_MAPPER

from drivers.readings import Outcome
from drivers.ssh.platform import Platform
from drivers.ssh.rows import REFUSALS
from drivers.ssh.task import MAX_OUTPUT_CHARACTERS, Access, HostKey
from drivers.ssh.work import TaskFault

#: Broken or breakable, and all that some old devices know. Only ``legacy`` platforms get them.
_WEAK = {
    "kex": [
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
    ],
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
    "keys": ["ssh-rsa"],
    "pubkeys": ["ssh-rsa"],
}
_BANNER_SECONDS = 15.0


class _KeyRefused(paramiko.SSHException):  # type: ignore[misc]  # paramiko has no types
    """The device's key is not pinned, and nobody said to trust it."""


class _Pinning(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko has no types
    """What to do with a device that has no pinned key."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def missing_host_key(self, client: object, hostname: str, key: object) -> None:
        if self._access.known or not self._access.accept_unknown:
            raise _KeyRefused(hostname)


def _pinned(device_type: str, access: Access) -> Any:
    """The class netmiko has for a device type, trusting pinned keys alone."""
    base: Any = CLASS_MAPPER[device_type]

    def build(self: Any) -> Any:
        client = base._build_ssh_client(self)
        name = access.address if access.port == 22 else f"[{access.address}]:{access.port}"  # noqa: PLR2004
        for known in access.known:
            key = paramiko.PKey.from_type_string(known.type, base64.b64decode(known.blob))
            client.get_host_keys().add(name, known.type, key)
        client.set_missing_host_key_policy(_Pinning(access))
        return client

    return type("Pinned", (base,), {"_build_ssh_client": build})


def _private_key(text: str) -> Any:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text))
    raise TaskFault(Outcome.auth_rejected, "private_key: not an unencrypted OpenSSH key")


class Session:
    """A device that has let us in.

    Every method raises ``TaskFault`` and nothing else for what the device or the network do.
    """

    def __init__(self, connection: Any, platform: Platform, access: Access) -> None:
        self._connection, self._platform, self._access = connection, platform, access
        #: Whether lines of an order were typed.
        self.typed = False

    @property
    def host_key(self) -> HostKey:
        key = self._connection.remote_conn_pre.get_transport().get_remote_server_key()
        return HostKey(key.get_name(), key.get_base64())

    @property
    def prompt(self) -> str:
        """The device's name as its prompt shows it."""
        bare = str(self._connection.base_prompt or "")
        # MikroTik: [admin@name]; Junos: admin@name.
        return bare.strip("<>[]#$ ").rpartition("@")[2]

    def prepare(self) -> None:
        """Become privileged and quieten the pager, where the platform asks for it."""
        with _translated():
            if self._platform.enable and not self._connection.check_enable_mode():
                try:
                    self._connection.enable()
                except ValueError:
                    raise TaskFault(Outcome.auth_rejected, "enable_password") from None
            for command in self._platform.begin:
                self._connection.send_command(command, read_timeout=self._access.read_seconds)

    def ask(self, command: str, *, patience: float = 1.0) -> str:
        """What the device prints for a command."""
        with _translated():
            text = self._connection.send_command(
                command, read_timeout=self._access.read_seconds * patience, strip_command=True
            )
        return str(text)[: MAX_OUTPUT_CHARACTERS + 1]

    def order(self, lines: tuple[str, ...]) -> str:
        """Type the lines of an order; stops at the first one the device refuses.

        Stays in configuration mode, which ``close`` leaves: each way in or out costs seconds.
        """
        orders = self._platform.orders
        configure = orders is None or orders.configure
        with _translated():
            self.typed = True
            if not configure:
                return "\n".join(self._unconfigured(line) for line in lines)
            said = str(
                self._connection.send_config_set(
                    list(lines),
                    read_timeout=self._access.read_seconds,
                    config_mode_command=None if orders is None else orders.configure_with,
                    error_pattern=REFUSALS,
                    exit_config_mode=False,
                )
            )
            if orders is not None and orders.commit:
                said += str(self._connection.commit())
            return said

    def _unconfigured(self, line: str) -> str:
        said = str(self._connection.send_command(line, read_timeout=self._access.read_seconds))
        if re.search(REFUSALS, said):
            raise TaskFault(Outcome.malformed, f"refused: {line}", refused=True)
        return said

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        with suppress(Exception):  # the work is done; how the device says goodbye is its affair
            self._connection.disconnect()


def log_in(platform: Platform, access: Access) -> Session:
    """Connect and log in.

    Raises:
        TaskFault: ``unreachable``, ``timeout``, ``auth_rejected`` (detail ``login``,
            ``host_key_unknown``, ``host_key_changed``, ``enable_password``) or ``malformed``.
    """
    kind = _pinned(platform.netmiko, access)
    key = _private_key(access.private_key) if access.private_key else None
    with _translated():
        connection = kind(
            device_type=platform.netmiko,
            host=access.address,
            port=access.port,
            username=access.user,
            password=access.password or None,
            secret=access.enable,
            pkey=key,
            use_keys=False,
            allow_agent=False,
            system_host_keys=False,
            disabled_algorithms=None if platform.legacy else _WEAK,
            conn_timeout=access.connect_seconds,
            auth_timeout=access.connect_seconds,
            banner_timeout=max(access.connect_seconds, _BANNER_SECONDS),
        )
    return Session(connection, platform, access)


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever netmiko, paramiko or the socket raise, as the fault it means."""
    try:
        yield
    except TaskFault:
        raise
    except netmiko.exceptions.ConfigInvalidException:
        raise TaskFault(
            Outcome.malformed, "the device refused a line of the order", refused=True
        ) from None
    except Exception as error:  # noqa: BLE001  (a device must not end us with a surprise)
        code, detail = _meaning(error)
        raise TaskFault(code, detail) from None


def _meaning(error: BaseException) -> tuple[Outcome, str]:
    """The outcome and the detail of the innermost cause that tells something."""
    # netmiko wraps the cause in a page of advice; the first one in the chain that we know wins.
    causes: list[BaseException] = [error]
    while (inner := causes[-1].__cause__ or causes[-1].__context__) and inner not in causes:
        causes.append(inner)
    for cause in reversed(causes):
        for kind, code, detail in _MEANINGS:
            if isinstance(cause, kind):
                return code, detail
    return Outcome.malformed, type(error).__name__


_MEANINGS: tuple[tuple[Any, Outcome, str], ...] = (
    (_KeyRefused, Outcome.auth_rejected, "host_key_unknown"),
    (paramiko.BadHostKeyException, Outcome.auth_rejected, "host_key_changed"),
    (paramiko.AuthenticationException, Outcome.auth_rejected, "login"),
    (paramiko.ssh_exception.IncompatiblePeer, Outcome.malformed, "no common SSH algorithms"),
    (TimeoutError, Outcome.timeout, "no answer in time"),
    (socket.gaierror, Outcome.unreachable, "no such host"),
    (ConnectionResetError, Outcome.timeout, "the device closed the connection"),
    (OSError, Outcome.unreachable, "the network refused the connection"),
    (EOFError, Outcome.timeout, "the device closed the connection"),
    (netmiko.exceptions.ReadTimeout, Outcome.timeout, "no prompt in time"),
    (netmiko.NetmikoTimeoutException, Outcome.timeout, "no answer in time"),
    (paramiko.SSHException, Outcome.malformed, "not SSH, or broken SSH"),
)
