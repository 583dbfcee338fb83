"""What a payload may be, and how a value in it becomes a number.

Whoever can reach the broker can send anything, so nothing here trusts a type, a range, a length
or a depth.
"""

import math
from collections.abc import Callable, Mapping

import msgspec

#: A whiteboard's state is about 300 bytes; more than this is not one.
MAX_PAYLOAD_BYTES = 16 << 10
#: Objects and lists inside each other.
MAX_DEPTH = 16
#: Rows of a list (disks, ...) that are read; the rest is ignored.
MAX_ROWS = 32
#: Letters of a text (model, serial, name of a disk) that are kept.
MAX_TEXT = 128


class BadPayload(ValueError):
    """The payload is not one JSON object within the limits; the message says why."""


class BadValue(ValueError):
    """A key is there, but its value has the wrong type or lies outside its range."""


def read_json(payload: bytes, *, longest: int = MAX_PAYLOAD_BYTES) -> object:
    """The JSON value in ``payload``.

    Raises:
        BadPayload: too long, not UTF-8, not JSON, or nested deeper than ``MAX_DEPTH``.
    """
    if len(payload) > longest:
        raise BadPayload(f"{len(payload)} bytes, at most {longest} are read")
    try:
        document = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadPayload("not JSON") from None
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return document
    raise BadPayload(f"nested deeper than {MAX_DEPTH}")


def read_object(payload: bytes, *, longest: int = MAX_PAYLOAD_BYTES) -> Mapping[str, object]:
    """The JSON object in ``payload``.

    Raises:
        BadPayload: what :func:`read_json` raises, or another JSON value than an object.
    """
    document = read_json(payload, longest=longest)
    if not isinstance(document, dict):
        raise BadPayload("not a JSON object")
    return document


def number(value: object) -> float:
    """A finite number, as a number or as digits; some firmware quotes its numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValue("not a number")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise BadValue("not a number") from None
    if not math.isfinite(found):
        raise BadValue("not a finite number")
    return found


def percent(value: object) -> float:
    """0 to 100 as a ratio."""
    return number(value) / 100.0


def complement(value: object) -> float:
    """A free share as the share in use."""
    return 1.0 - number(value)


_ON = frozenset({"on", "true", "1", "yes", "poweron", "online", "open"})
_OFF = frozenset({"off", "false", "0", "no", "poweroff", "offline", "closed", "standby"})


def switch(value: object) -> float:
    """``on``/``off``/``standby`` or true/false as 1 or 0; a panel on standby is off."""
    word = str(value).strip().lower() if isinstance(value, bool | int | str) else ""
    if word in _ON:
        return 1.0
    if word in _OFF:
        return 0.0
    raise BadValue("neither on nor off")


#: What a profile may name as ``convert``.
CONVERSIONS: Mapping[str, Callable[[object], float]] = {
    "number": number,
    "percent": percent,
    "complement": complement,
    "switch": switch,
}


def text(value: object) -> str | None:
    """A printable text of a bounded length; ``None`` where there is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    kept = "".join(letter for letter in value if letter.isprintable()).strip()
    return kept[:MAX_TEXT] or None


#: Smallest and largest value that can be true, by the end of a metric's name; first fit wins.
_RANGES = (
    ("_ratio", 0.0, 1.0),
    ("_celsius", -40.0, 150.0),
    ("_ok", 0.0, 1.0),
    ("_on", 0.0, 1.0),
    ("_hours", 0.0, 1e6),
    ("_seconds", 0.0, 1e10),
    ("_bytes", 0.0, 1e18),
    ("_watts", -1e7, 1e7),
    ("_volts", -1e6, 1e6),
    ("_amperes", -1e5, 1e5),
    ("_dbm", -200.0, 100.0),
)
_UNBOUNDED = ("", 0.0, 1e12)


def checked(metric: str, value: float) -> float:
    """The value, if a device of flesh and blood can have it.

    Raises:
        BadValue: it lies outside what is possible for the metric.
    """
    _, low, high = next((row for row in _RANGES if metric.endswith(row[0])), _UNBOUNDED)
    if not low <= value <= high:
        raise BadValue("out of range")
    return value
