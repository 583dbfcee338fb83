"""Small, fast mutations of octets, texts and JSON documents; all chance comes from the caller."""

from collections.abc import Sequence
from random import Random
from typing import Any

#: Octets that mean something in BER, UTF-8 and terminals.
_EDGES = bytes((0, 1, 2, 4, 5, 6, 10, 13, 27, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xA2, 0xFF))
_LONGEST = 64 << 10
_NUMBERS: tuple[object, ...] = (
    *(0, -1, 1, 255, 2**31, 2**32 - 1, 2**64, -(2**63), 10**400),
    *(0.0, -0.0, 1e308, -1e-308, float("nan"), float("inf")),
)
_WORDS = (
    *(
        "",
        " ",
        "\0",
        "\n",
        "\r",
        "\x1b[2J",
        "\ud7ff",
        "€",
        "中文",
        "%s",
        "{0}",
        "{{",
        "}}",
        "%",
        "/",
    ),
    *("-1", "1e999", "nan", "0x10", "null", "true", "ON", "unknown", "2026-01-01T00:00:00Z"),
    *("password ", "key=", '"', "'", "|", "#", "$", "^", "~", "+", "\\", "\t", "<", ">"),
)


def octets(data: bytes, chance: Random) -> bytes:
    """One to six changes: an octet, a bit, a piece cut, doubled, put in, or cut off the end."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(8):
            case 0 if at < len(out):
                out[at] = chance.choice(_EDGES)
            case 1 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 2:
                del out[at : at + chance.randint(1, 12)]
            case 3:
                out[at:at] = chance.randbytes(chance.randint(1, 12))
            case 4:
                out[at:at] = out[at : at + chance.randint(1, 60)] * chance.choice((1, 1, 1, 30))
            case 5 if chance.random() < 0.2:
                del out[at:]
            case _ if at < len(out):
                out[at] = chance.randrange(256)
    return bytes(out[:_LONGEST])


def text(given: str, chance: Random, words: Sequence[str] = _WORDS) -> str:
    """One to six pieces replaced by nothing, by a word, or by another piece of the same text."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(given) + 1)
        end = min(len(given), start + chance.randrange(16))
        other = chance.randrange(len(given) + 1)
        middle = chance.choice((chance.choice(words), "", given[other : other + 40]))
        given = given[:start] + middle * chance.choice((1, 1, 1, 1, 40)) + given[end:]
    return given[:_LONGEST]


def document(given: Any, chance: Random, depth: int = 0) -> Any:
    """A JSON document with some values, keys and levels changed."""
    if chance.random() < 0.08:
        return _stranger(given, chance, depth)
    if isinstance(given, dict):
        changed = {}
        for key, value in given.items():
            if chance.random() < 0.04:
                continue
            named = text(key, chance) if chance.random() < 0.04 else key
            changed[named] = document(value, chance, depth + 1)
        return changed
    if isinstance(given, list):
        return [document(value, chance, depth + 1) for value in given]
    if isinstance(given, str) and chance.random() < 0.15:
        return text(given, chance)
    return given


def _stranger(given: Any, chance: Random, depth: int) -> Any:
    match chance.randrange(8):
        case 0:
            return None
        case 1:
            return chance.choice((True, False))
        case 2:
            return chance.choice(_NUMBERS)
        case 3:
            return chance.choice(_WORDS)
        case 4:
            return [given] * chance.choice((0, 1, 40))
        case 5:
            return {chance.choice(_WORDS): given}
        case 6 if depth == 0:
            nested: Any = given
            for _ in range(chance.choice((3, 100, 500))):
                nested = [nested]
            return nested
    return str(given)
