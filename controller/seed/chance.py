"""Chance that is the same on every machine: generators named by what they are for."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar
from zlib import crc32

import numpy as np

T = TypeVar("T")
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
#: Odd, so that multiples of it meet no number of 32 bits twice.
_STRIDE: Final = 2_654_435_761


def chance(seed: int, *names: object) -> random.Random:
    """A generator of its own for everything that is named; no secrets come from it."""
    return random.Random("/".join(map(str, (seed, *names))))  # noqa: S311


def noise(seed: int, *names: object) -> np.random.Generator:
    """As :func:`chance`, for whole arrays."""
    words = [seed, *(crc32(str(name).encode()) for name in names)]
    return np.random.Generator(np.random.PCG64(words))


def weighted(dice: random.Random, choices: Sequence[tuple[T, float]]) -> T:
    """One of the choices, each as likely as its weight says."""
    mark = dice.random() * sum(weight for _, weight in choices)
    for value, weight in choices:
        mark -= weight
        if mark < 0:
            return value
    return choices[-1][0]


class Ids:
    """Identifiers as :func:`inventory.ids.new_id` makes them, but the same every time."""

    def __init__(self, seed: int) -> None:
        self._next = crc32(f"ids/{seed}".encode())

    def new(self, letter: str, at: datetime) -> str:
        """An identifier of something made at ``at``."""
        self._next = (self._next + _STRIDE) & 0xFFFFFFFF
        number = int(at.timestamp() * 1000) << 32 | self._next
        return letter + "".join([_ALPHABET[number >> shift & 31] for shift in range(75, -5, -5)])
