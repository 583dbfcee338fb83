"""Passwords are kept as Argon2id (RFC 9106) and compared at the same cost for unknown users."""

from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_LENGTH = 10
MAX_LENGTH = 256
_hasher = PasswordHash((Argon2Hasher(),))
#: Somebody's hash of nothing in particular: what an unknown user's password is held against.
_NOBODY = _hasher.hash("no user has this password")
#: One comparison takes 64 MiB; a crowd at the door must not take them all at once.
_slots = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Argon2id string with its parameters and a fresh salt."""
    return _hasher.hash(password)


def check_password(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Whether it fits, and a new hash when the kept one uses older parameters.

    ``None`` (no such user) costs as much time as a wrong password.
    """
    if len(password) > MAX_LENGTH:
        password, password_hash = "", None
    with _slots:
        fits, renewed = _hasher.verify_and_update(password, password_hash or _NOBODY)
    return (fits, renewed) if password_hash else (False, None)
