"""Secrets at rest: sealed with a key that is not in the database.

Fernet (AES-128-CBC with HMAC-SHA-256) of ``cryptography``. The key comes from the environment or
from a file that only its owner reads.
"""

import os
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from drivers.plan import SnmpAccess
from inventory.errors import SecretUnreadable

_access_decoder = msgspec.json.Decoder(SnmpAccess)


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

    def seal_snmp(self, access: SnmpAccess) -> str:
        """What ``Credential.secret`` holds for a credential of kind ``snmp``."""
        return self.seal(msgspec.json.encode(access).decode())

    def open_snmp(self, sealed: str) -> SnmpAccess:
        """The inverse of :meth:`seal_snmp`.

        Raises:
            SecretUnreadable: sealed with another key, damaged, or not an SNMP access.
        """
        try:
            return _access_decoder.decode(self.open(sealed))
        except msgspec.MsgspecError:
            raise SecretUnreadable from None
