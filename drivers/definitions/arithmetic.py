"""The little arithmetic a definition may use: names, numbers, ``+ - * / **``, ``log10(x)``."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

#: Evaluates over the names; None when a name has no value or the result is no number.
Formula: TypeAlias = Callable[[Mapping[str, float | None]], float | None]

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
#: Exponents come from devices (sensor scales are powers of ten); beyond this it is nonsense.
_GREATEST_EXPONENT = 30
_GREATEST_LENGTH = 200


class FormulaError(ValueError):
    """The text is not arithmetic over names."""


@cache
def formula(text: str) -> Formula:
    """Compile arithmetic.

    Raises:
        FormulaError: something else than arithmetic, or too long.
    """
    return _build(_parse(text))


def names_in(text: str) -> set[str]:
    """Names the arithmetic uses.

    Raises:
        FormulaError: as :func:`formula`.
    """
    names = (node.id for node in ast.walk(_parse(text)) if isinstance(node, ast.Name))
    formula(text)
    return set(names) - {"log10"}


def _parse(text: str) -> ast.expr:
    if len(text) > _GREATEST_LENGTH:
        raise FormulaError(f"longer than {_GREATEST_LENGTH} characters")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        raise FormulaError(f"not arithmetic: {text!r}") from None


def _build(node: ast.expr) -> Formula:
    match node:
        case ast.Constant(value=int() | float() as number):
            constant = float(number)
            return lambda _: constant
        case ast.Name(id=name):
            return lambda names: names.get(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _build(operand)
            return lambda names: None if (value := inner(names)) is None else -value
        case ast.Call(func=ast.Name(id="log10"), args=[argument], keywords=[]):
            return _logarithm(_build(argument))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _binary(_OPERATORS[type(op)], _build(left), _build(right))
    raise FormulaError(f"not arithmetic: {ast.unparse(node)!r}")


def _logarithm(inner: Formula) -> Formula:
    def evaluate(names: Mapping[str, float | None]) -> float | None:
        value = inner(names)
        return math.log10(value) if value is not None and value > 0 else None

    return evaluate


def _binary(apply: Callable[[float, float], float], left: Formula, right: Formula) -> Formula:
    def evaluate(names: Mapping[str, float | None]) -> float | None:
        first, second = left(names), right(names)
        if first is None or second is None:
            return None
        if apply is operator.pow and abs(second) > _GREATEST_EXPONENT:
            return None
        try:
            result = apply(first, second)
        except (ZeroDivisionError, OverflowError):
            return None
        return result if isinstance(result, float | int) else None

    return evaluate
