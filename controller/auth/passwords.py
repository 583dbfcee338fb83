"""Passwords are kept as Argon2id (RFC 9106) and compared at the same cost for unknown users."""

from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_LENGTH = 10
MAX_LENGTH = 256
#: The second recommendation of RFC 9106: three passes over 64 MiB in four lanes.
_ARGON2ID = Argon2Hasher(time_cost=3, memory_cost=64 << 10, parallelism=4)
HASHER = PasswordHash((_ARGON2ID,))
#: The hash of random characters that nobody kept: what an unknown user's password is held against.
#: Written down, for making one takes as long as a log-in, whenever a process begins.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$QAQ3m0OMYM8dnfxfRAjsLA$"
    "D2RU2jTbcwG3BeEIFGfoDH4NGDOxi2Z+R9p+Y62Ow1o"
)
#: One comparison takes 64 MiB; a crowd at the door must not take them all at once.
_slots = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Argon2id string with its parameters and a fresh salt."""
    return HASHER.hash(password)


def check_password(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Whether it fits, and a new hash when the kept one uses older parameters.

    ``None`` (no such user) costs as much time as a wrong password.
    """
    if len(password) > MAX_LENGTH:
        password, password_hash = "", None
    with _slots:
        fits, renewed = HASHER.verify_and_update(password, password_hash or NOBODY)
    return (fits, renewed) if password_hash else (False, None)
