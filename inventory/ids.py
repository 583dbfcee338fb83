"""Identifiers that any process may make without asking a database.

Sixteen characters of Crockford base 32: 48 bits of milliseconds, then 32 random bits, behind a
letter that names what it is (``d`` device, ``l`` line, ``a`` agent, ``t`` ticket, ...). They sort
by time of making.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_source: ContextVar[Callable[[str], str] | None] = ContextVar("source", default=None)


@contextmanager
def ids_from(source: Callable[[str], str]) -> Iterator[None]:
    """Have new identifiers made elsewhere, so that what is made up is the same every time.

    Args:
        source: makes one of a letter; all of them different.
    """
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def new_id(letter: str) -> str:
    """A fresh identifier such as ``d01jd3k6m2w8x4zq7`` (17 characters)."""
    source = _source.get()
    if source is not None:
        return source(letter)
    number = (time.time_ns() // 1_000_000 << 32) | secrets.randbits(32)
    digits = [_ALPHABET[number >> shift & 31] for shift in range(75, -5, -5)]
    return letter + "".join(digits)
