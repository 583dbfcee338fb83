"""Which key each device showed when it was first trusted, and the agent's own masking key.

The file is OpenSSH's ``known_hosts``, so that a technician can read it, compare it with what a
console shows, and remove a line when a device was replaced.
"""

import base64
import binascii
import os
import re
import secrets
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from drivers.ssh.task import HostKey

_PRIVATE = 0o600
_SSH_PORT = 22
_KEY_BYTES = 32
_TYPE = re.compile(r"[a-z0-9@.-]{3,64}")


class FirstUse(StrEnum):
    """What to do with a device whose key nobody has seen."""

    refuse = "refuse"  # its key has to be in the file before
    trust = "trust"  # take the key it shows, and insist on it from then on


class KnownHosts:
    """Pinned host keys in a file of mode 600.

    Args:
        path: the file; made with the first key. Its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def keys_of(self, address: str, port: int) -> tuple[HostKey, ...]:
        """The keys pinned for a device; lines that cannot be read count as none."""
        name = _name(address, port)
        return tuple(key for hosts, key in map(_parsed, self._lines()) if key and name in hosts)

    def pin(self, address: str, port: int, key: HostKey) -> None:
        """Insist on this key from now on; does nothing when the device has a key already.

        Raises:
            OSError: the file cannot be written; the old one is untouched.
        """
        if not self.keys_of(address, port):
            self._write([*self._lines(), f"{_name(address, port)} {key.type} {key.blob}"])

    def forget(self, address: str, port: int) -> None:
        """Let a replaced device be met anew.

        Raises:
            OSError: the file cannot be written; the old one is untouched.
        """
        name = _name(address, port)
        self._write([line for line in self._lines() if name not in _parsed(line)[0]])

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _write(self, lines: list[str]) -> None:
        _replace(self._path, "".join(f"{line}\n" for line in lines).encode())


def masking_key(path: Path) -> bytes:
    """The agent's key for fingerprints of secrets, made on first use with mode 600.

    When the file is lost, every secret looks changed once.

    Raises:
        OSError: the file cannot be read or made.
    """
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
    key = secrets.token_bytes(_KEY_BYTES)
    _replace(path, key)
    return key


def _name(address: str, port: int) -> str:
    return address if port == _SSH_PORT else f"[{address}]:{port}"


def _parsed(line: str) -> tuple[frozenset[str], HostKey | None]:
    fields = line.split()
    if len(fields) < 3 or line.startswith(("#", "@")) or not _TYPE.fullmatch(fields[1]):  # noqa: PLR2004
        return frozenset(), None
    try:
        base64.b64decode(fields[2], validate=True)
    except binascii.Error:
        return frozenset(), None
    return frozenset(fields[0].split(",")), HostKey(fields[1], fields[2])


def _replace(path: Path, content: bytes) -> None:
    """The old file or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
