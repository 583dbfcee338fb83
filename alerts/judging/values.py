"""Values of a rule's fields out of what was written, or the cure for what does not fit. Pure."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from alerts.judging.conditions import Clock, Ends, Side, Work
from drivers.dictionary import METRICS

_NAME = re.compile(r"[a-z][a-z0-9_]{1,62}")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
#: Fields of a condition that are spans of time.
_SPANS = frozenset({"hold", "clear_after", "within", "over"})


class Unfit(Exception):
    """A value does not fit: the message is the cure."""


def reader_of(name: str) -> Callable[[Any], Any]:
    """How a field of a condition is read; every reader raises ``Unfit``."""
    if name in _SPANS:
        return as_span
    return {
        "metric": as_metric,
        "side": member_of(Side),
        "clock": member_of(Clock),
        "polls": as_count,
        "changes": as_count,
        "times": as_count,
        "least": as_count,
        "work": member_of(Work),
        "ends": member_of(Ends),
        "sites": as_count,
        "alerts": as_count,
        "share": as_share,
        "event": as_name,
        "values": as_numbers,
    }.get(name, as_number)


def as_name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Unfit("a word of a-z, 0-9 and _, at most 63 long, such as device_down")
    return value


def as_text(value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
        raise Unfit("a text; in quotes if it looks like a number")
    return str(value).strip()


def as_count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Unfit("a whole number from 1 on")
    return value


def as_number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Unfit("a number, in the base unit of the metric")
    return float(value)


def as_share(value: Any) -> float:
    found = as_number(value)
    if not 0 <= found <= 1:
        raise Unfit("a share from 0 to 1, such as 0.05 for 5 %")
    return found


def as_numbers(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or not value:
        raise Unfit("a list of numbers, such as [0]")
    return tuple(map(as_number, value))


def as_truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("true or false")
    return value


def as_span(value: Any) -> float:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if value == 0:
        return 0.0
    if found is None:
        raise Unfit("a span with its unit, such as 30s, 5m, 8h or 14d")
    return float(found[1]) * _UNITS[found[2]]


def as_metric(value: Any) -> str:
    if value not in METRICS:
        near = get_close_matches(str(value), METRICS, n=1)
        raise Unfit(
            f"write {near[0]}"
            if near
            else "a metric of the data dictionary, docs/data-dictionary.md"
        )
    return str(value)


def one_of(words: dict[str, Any]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            near = get_close_matches(str(value), words, n=1)
            raise Unfit(f"write {near[0]}" if near else f"one of {', '.join(words)}")
        return str(value)

    return read


def member_of(words: type[StrEnum]) -> Callable[[Any], StrEnum]:
    chosen = one_of({one.value: one for one in words})

    def read(value: Any) -> StrEnum:
        return words(chosen(value))

    return read
