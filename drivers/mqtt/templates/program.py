"""The common value templates as data: what the worker makes of them, and what runs them.

A program is a tree of lists, as it travels in JSON: ``["get", ["json"], "battery"]``. It has no
loops, no powers and no text that grows, so it costs at most its own size. A template such as
``{{ value_json.a.b | float | round(1) if value_json.a is defined else None }}`` fits;
whatever does not fit is left to the worker.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

#: Nodes of a program.
MAX_NODES = 128


class TemplateFailed(ValueError):
    """The template has no value for this payload; the message says why."""


class _Undefined:
    """What Jinja calls undefined: it is nothing, and going into it leads to nothing."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = _Undefined()
Program = Sequence[Any]


def run(program: Program, value: str, value_json: object) -> object:
    """The value of a program: a number, text, truth value, ``None``, or ``UNDEFINED``.

    Args:
        program: as the worker compiled it.
        value: the payload as text.
        value_json: the payload decoded, ``UNDEFINED`` if it is not JSON.

    Raises:
        TemplateFailed: it cannot be worked out for this payload.
    """
    try:
        return _run(program, value, value_json)
    except (TypeError, ValueError, KeyError, IndexError, ArithmeticError) as error:
        raise TemplateFailed(str(error)[:80]) from None


def _run(program: Program, value: str, document: object) -> object:
    name, *parts = program
    if name == "const":
        return parts[0]
    if name == "value":
        return value
    if name == "json":
        return document
    if name == "if":
        test, yes, no = parts
        return _run(yes if _true(_run(test, value, document)) else no, value, document)
    if name in {"and", "or"}:
        left = _run(parts[0], value, document)
        return left if _true(left) is (name == "or") else _run(parts[1], value, document)
    done = [_run(part, value, document) if isinstance(part, list) else part for part in parts]
    return _OPERATIONS[name](*done)


def _true(value: object) -> bool:
    return value is not UNDEFINED and bool(value)


def _get(container: object, key: object) -> object:
    if isinstance(container, dict) and isinstance(key, str):
        return container.get(key, UNDEFINED)
    if isinstance(container, list) and isinstance(key, int) and not isinstance(key, bool):
        return container[key] if -len(container) <= key < len(container) else UNDEFINED
    return UNDEFINED


def _number(value: object) -> float:
    if isinstance(value, bool | int | float | str):
        return float(value)
    raise TemplateFailed("not a number")


def _float(value: object, default: object = UNDEFINED) -> object:
    try:
        found = _number(value)
    except ValueError:
        if default is UNDEFINED:
            raise TemplateFailed("not a number") from None
        return default
    return found


def _int(value: object, default: object = UNDEFINED) -> object:
    found = _float(value, default)
    return int(found) if isinstance(found, float) and math.isfinite(found) else found


def _round(value: object, digits: object = 0) -> object:
    places = digits if isinstance(digits, int) and -9 <= digits <= 9 else 0  # noqa: PLR2004
    return round(_number(value), places)


def _text(value: object) -> str:
    if value is UNDEFINED:
        return ""
    if isinstance(value, dict | list):
        raise TemplateFailed("not a text")
    return str(value)


def _length(value: object) -> int:
    if isinstance(value, str | dict | list):
        return len(value)
    raise TemplateFailed("has no length")


def _compare(sign: str, left: object, right: object) -> bool:
    if sign == "eq":
        return left == right
    if sign == "ne":
        return left != right
    if isinstance(left, str) and isinstance(right, str):
        return _ORDERS[sign](left, right)
    if isinstance(left, bool | int | float) and isinstance(right, bool | int | float):
        return _ORDERS[sign](left, right)
    raise TemplateFailed("cannot be compared")


_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": lambda left, right: left < right,
    "lteq": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gteq": lambda left, right: left >= right,
}
_OPERATIONS: Mapping[str, Callable[..., object]] = {
    "get": _get,
    "compare": _compare,
    "not": lambda value: not _true(value),
    "add": lambda left, right: _number(left) + _number(right),
    "sub": lambda left, right: _number(left) - _number(right),
    "mul": lambda left, right: _number(left) * _number(right),
    "div": lambda left, right: _number(left) / _number(right),
    "neg": lambda value: -_number(value),
    "float": _float,
    "int": _int,
    "round": _round,
    "abs": lambda value: abs(_number(value)),
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
    "string": _text,
    "trim": lambda value: _text(value).strip(),
    "length": _length,
    "default": lambda value, other="": other if value is UNDEFINED else value,
    "is_defined": lambda value: value is not UNDEFINED,
    "is_undefined": lambda value: value is UNDEFINED,
    "is_none": lambda value: value is None,
    "is_number": lambda value: isinstance(value, int | float),
    "is_string": lambda value: isinstance(value, str),
    "is_mapping": lambda value: isinstance(value, dict),
}
OPERATIONS: Final = frozenset(_OPERATIONS)
