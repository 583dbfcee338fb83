"""Amounts of money in the ledger: yuan with their fen."""

from decimal import Decimal
from typing import Final

from inventory.errors import Invalid

#: Fourteen digits, two of them fen.
MAX_PRICE: Final = Decimal("999999999999.99")
_FEN: Final = Decimal("0.01")


def checked_price(name: str, value: Decimal) -> Decimal:
    """An amount in yuan with its fen; one with parts of a fen is not rounded but refused.

    Raises:
        Invalid: below zero, too large, or finer than a fen.
    """
    if not value.is_finite() or not 0 <= value <= MAX_PRICE:
        raise Invalid(field=name, reason=f"{value} (0-{MAX_PRICE})")
    if value != value.quantize(_FEN):
        raise Invalid(field=name, reason=f"{value} ({_FEN})")
    return value.quantize(_FEN)
