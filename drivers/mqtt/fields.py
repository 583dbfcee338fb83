"""How one number is found in a payload: declarations, and the limits every payload has to keep.

A payload is JSON in UTF-8, one object, at most :data:`MAX_PAYLOAD_BYTES`. Whoever can reach the
broker can send anything, so nothing here trusts a type, a range, a length or a depth.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

#: A whiteboard's state is about 300 bytes; more than this is not one.
MAX_PAYLOAD_BYTES = 16 << 10
#: Rows of a list (disks, ...) that are read; the rest is ignored.
MAX_ROWS = 32
#: Letters of a text (model, serial, name of a disk) that are kept.
MAX_TEXT = 128


class BadPayload(ValueError):
    """The payload is not one JSON object within the limits; the message says why."""


class BadValue(ValueError):
    """A key is there, but its value has the wrong type or lies outside its range."""


def read_object(payload: bytes) -> Mapping[str, object]:
    """The JSON object in ``payload``.

    Raises:
        BadPayload: too long, not UTF-8, not JSON, nested too deeply, or not an object.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadPayload(f"{len(payload)} bytes, at most {MAX_PAYLOAD_BYTES} are read")
    try:
        document = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadPayload("not JSON") from None
    if not isinstance(document, dict):
        raise BadPayload("not a JSON object")
    return document


def at_path(document: Mapping[str, object], path: str) -> object | None:
    """The value under a dotted path such as ``memory.used``; ``None`` where a key is missing."""
    value: object = document
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


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


def switch(value: object) -> float:
    """``on``/``off``/``standby`` or true/false as 1 or 0; a panel on standby is off."""
    match value:
        case True | "on":
            return 1.0
        case False | "off" | "standby":
            return 0.0
        case _:
            raise BadValue("neither on nor off")


def text(value: object) -> str | None:
    """A printable text of a bounded length; ``None`` where there is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    kept = "".join(letter for letter in value if letter.isprintable()).strip()
    return kept[:MAX_TEXT] or None


@dataclass(frozen=True, slots=True)
class Field:
    """One metric of a state payload.

    Args:
        metric: name in the data dictionary.
        path: dotted path of the value, from the payload's top or from a row's.
        convert: the value as a float in the metric's unit; raises :class:`BadValue`.
        low: smallest value that can be true.
        high: largest value that can be true.
        rows: path of a list of objects; each is a part of its own, named by its ``name``.
    """

    metric: str
    path: str
    convert: Callable[[object], float] = number
    low: float = 0.0
    high: float = math.inf
    rows: str = ""

    def read(self, document: Mapping[str, object]) -> Iterator[tuple[str, float]]:
        """(part, value) of this metric; nothing where the payload has no such key.

        Raises:
            BadValue: a value has the wrong type or lies outside ``low`` .. ``high``.
        """
        if not self.rows:
            value = at_path(document, self.path)
            if value is not None:
                yield "", self._checked(value)
            return
        rows = at_path(document, self.rows)
        if rows is None:
            return
        if not isinstance(rows, list):
            raise BadValue("not a list")
        for row in rows[:MAX_ROWS]:
            if not isinstance(row, Mapping):
                raise BadValue("a row is not an object")
            value = at_path(row, self.path)
            name = text(row.get("name"))
            if value is not None and name is not None:
                yield name, self._checked(value)

    def _checked(self, value: object) -> float:
        found = self.convert(value)
        if not self.low <= found <= self.high:
            raise BadValue("out of range")
        return found
