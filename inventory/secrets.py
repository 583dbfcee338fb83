"""Secrets at rest: sealed with a key that is not in the database.

Fernet (AES-128-CBC with HMAC-SHA-256) of ``cryptography``. The key comes from the environment or
from a file that only its owner reads.
"""

import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from drivers.plan import PjlinkAccess, SnmpAccess
from drivers.struct_types import look_into
from inventory.errors import SecretUnreadable
from inventory.models import CredentialKind


class SshLogin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom to log in as on a command line; ``private_key`` is unencrypted OpenSSH text."""

    user: str
    password: str = ""
    enable: str = ""
    private_key: str = ""

    def __repr__(self) -> str:
        return f"SshLogin({self.user!r})"


#: What a credential holds, sealed, by its kind.
Access = SnmpAccess | SshLogin | PjlinkAccess
ACCESS_OF: Mapping[CredentialKind, type[Access]] = {
    CredentialKind.snmp: SnmpAccess,
    CredentialKind.ssh: SshLogin,
    CredentialKind.pjlink: PjlinkAccess,
}
_A = TypeVar("_A", SnmpAccess, SshLogin, PjlinkAccess, Access)


class KeyFileExposed(PermissionError):
    """Others than its owner may read the key file {0}; run: chmod 600 {0}."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"others than its owner may read {path}; run: chmod 600 {path}")


class SecretBox:
    """Seals and opens texts with one key."""

    def __init__(self, key: str | bytes) -> None:
        """Take a Fernet key: 32 bytes in URL-safe base64.

        Raises:
            ValueError: not such a key.
        """
        self._fernet = Fernet(key)
        self._key = key.encode() if isinstance(key, str) else key

    def __repr__(self) -> str:
        return "SecretBox(…)"

    @staticmethod
    def new_key() -> str:
        return Fernet.generate_key().decode()

    @classmethod
    def from_file(cls, path: Path, *, create: bool = False) -> "SecretBox":
        """The box of the key in ``path``; with ``create`` a missing file is made with mode 600.

        Raises:
            FileNotFoundError: no file, and not to be created.
            KeyFileExposed: group or others may read it.
            ValueError: it holds no Fernet key.
        """
        if create:
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass
            else:
                with os.fdopen(handle, "w") as file:
                    file.write(cls.new_key() + "\n")
                    file.flush()
                    os.fsync(file.fileno())
        if path.stat().st_mode & 0o077:
            raise KeyFileExposed(path)
        return cls(path.read_text().strip())

    def key_for(self, purpose: str) -> bytes:
        """A key of 32 bytes for something else, made from this one (HMAC-SHA-256)."""
        return hmac.digest(self._key, purpose.encode(), "sha256")

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            SecretUnreadable: sealed with another key, or damaged.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable from None

    def seal_access(self, access: Access) -> str:
        """What ``Credential.secret`` holds."""
        return self.seal(msgspec.json.encode(access).decode())

    def open_access(self, sealed: str, kind: type[_A]) -> _A:
        """The inverse of :meth:`seal_access`.

        Raises:
            SecretUnreadable: sealed with another key, damaged, or an access of another kind.
        """
        try:
            return msgspec.json.decode(self.open(sealed), type=kind)
        except msgspec.MsgspecError:
            raise SecretUnreadable from None


look_into(SnmpAccess, SshLogin, PjlinkAccess)
