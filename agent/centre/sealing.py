"""Secrets at rest: what the box keeps on its disk is sealed with a key of the box.

The key is 32 random bytes: in ``box.key`` (mode 600) beside what it seals, or wherever the
settings say, such as a systemd credential that only this machine's TPM opens. Beside the sealed
files it protects pieces of a disk, copies of single files and backups that leave it out; only
elsewhere does it protect a stolen state directory. See decision record 0018.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agent.centre.private_files import write_private

BOX_KEY_FILE = "box.key"
#: Says which format follows: the first of them, AES-256-GCM.
MAGIC = b"FLEETSEAL1"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class Unsealable(Exception):
    """Sealed by another box, for another purpose, damaged, or not sealed at all."""


class BoxKeyUnusable(OSError):
    """The key of the box is missing, exposed or no key."""


class Sealer:
    """Seals and opens with the key of one box.

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, purpose: str, content: bytes) -> bytes:
        """Content that only this box reads, and only for the same purpose."""
        nonce = os.urandom(_NONCE_BYTES)
        return MAGIC + nonce + self._cipher(purpose).encrypt(nonce, content, MAGIC)

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """What was sealed.

        Raises:
            Unsealable: by another box, for another purpose, damaged, or never.
        """
        if not sealed.startswith(MAGIC):
            raise Unsealable("not sealed")
        nonce = sealed[len(MAGIC) : len(MAGIC) + _NONCE_BYTES]
        content = sealed[len(MAGIC) + _NONCE_BYTES :]
        try:
            return self._cipher(purpose).decrypt(nonce, content, MAGIC)
        except (InvalidTag, ValueError):
            raise Unsealable("sealed by another box, or damaged") from None

    def _cipher(self, purpose: str) -> AESGCM:
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"fleet-agent {purpose}".encode())
        return AESGCM(derived.derive(self._key))


def sealer_of(state_dir: Path, key_file: Path | None = None, *, create: bool = False) -> Sealer:
    """The sealer of this box.

    Args:
        state_dir: where ``box.key`` is.
        key_file: where the key is instead; it is never made there.
        create: make a missing ``box.key``.

    Raises:
        BoxKeyUnusable: no key there, others may read it, or it is too short.
        OSError: it cannot be made.
    """
    path = key_file or state_dir / BOX_KEY_FILE
    if create and key_file is None and not path.exists():
        write_private(path, os.urandom(_KEY_BYTES))
    try:
        key = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        raise BoxKeyUnusable(f"{path}: {error.strerror}") from None
    if mode & 0o037:
        raise BoxKeyUnusable(f"others than its owner may read {path}; run: chmod 600 {path}")
    if len(key) < _KEY_BYTES:
        raise BoxKeyUnusable(f"{path} holds {len(key)} bytes; a key has {_KEY_BYTES}")
    return Sealer(key)
