"""Yuan and fen: rounding half up, and splits whose parts add up to the cent."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from inventory.money.errors import NotAnAmount

CENT = Decimal("0.01")
#: Below this an amount fits every column and every sum of a million of them.
MAX_CNY = Decimal(1_000_000_000_000)
_FEN = 100


def rounded(exact: Fraction | Decimal) -> Decimal:
    """Yuan to the cent, half a cent away from zero (四舍五入)."""
    fraction = Fraction(exact)
    whole, rest = divmod(abs(fraction.numerator) * _FEN, fraction.denominator)
    fen = whole + (2 * rest >= fraction.denominator)
    return from_fen(-fen if fraction < 0 else fen)


def amount(value: Decimal, field: str = "amount_cny") -> Decimal:
    """The same amount with exactly two places; nothing is rounded away.

    Raises:
        NotAnAmount: not finite, more than two places, or not below ``MAX_CNY``.
    """
    if not value.is_finite() or abs(value) >= MAX_CNY or value != value.quantize(CENT):
        raise NotAnAmount(field=field, text=value)
    return value.quantize(CENT)


def to_fen(value: Decimal) -> int:
    """Whole fen of an amount with at most two places.

    Raises:
        NotAnAmount: it has more, or is too large.
    """
    return int(amount(value) * _FEN)


def from_fen(fen: int) -> Decimal:
    return (Decimal(fen) / _FEN).quantize(CENT, ROUND_HALF_UP)


def split(total: Decimal, weights: Sequence[int | Decimal]) -> tuple[Decimal, ...]:
    """Parts of ``total`` (yuan) in the ratio of ``weights``, in their order; they add up to it.

    Each party gets its exact share cut down to the cent; the cents left go one by one to the
    largest remainders, equal remainders in the order of the parties (Hamilton's method). No part
    is a cent or more away from its exact share. A negative total is split like its positive.

    Raises:
        NotAnAmount: the total is none.
        ValueError: no weights, a negative one, or nothing but zeros.
    """
    ratios = [Fraction(weight) for weight in weights]
    if not ratios or min(ratios) < 0 or not (whole := sum(ratios)):
        raise ValueError(f"weights {list(weights)}: not negative, and not all zero")
    fen = to_fen(total)
    sign, fen = (-1, -fen) if fen < 0 else (1, fen)
    exact = [fen * ratio / whole for ratio in ratios]
    parts = [share.numerator // share.denominator for share in exact]
    order = sorted(range(len(parts)), key=lambda party: parts[party] - exact[party])
    for party in order[: fen - sum(parts)]:
        parts[party] += 1
    return tuple(from_fen(sign * part) for part in parts)
