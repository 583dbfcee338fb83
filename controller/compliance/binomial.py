"""When so many of so many tests say something for sure: exact, one-sided, at 95 %.

Whole numbers only: with a share of a/b, the chance of k passes among n tests is
``comb(n, k) * a**k * (b - a)**(n - k) / b**n``.
"""

from fractions import Fraction
from functools import lru_cache
from math import comb

#: One in so many lines that keep the rule exactly would be told wrongly.
ONE_IN = 20


@lru_cache(maxsize=4096)
def firm_pass_from(tests: int, share: Fraction) -> int | None:
    """The fewest passes that a line of exactly ``share`` has by chance in 5 % of cases at most.

    None where even all of them passing might be chance: ``share ** tests`` is above 5 %.
    """
    weights = _weights(tests, share)
    whole, above = sum(weights), 0
    firm = None
    for passes in range(tests, -1, -1):
        above += weights[passes]
        if above * ONE_IN > whole:
            break
        firm = passes
    return firm


@lru_cache(maxsize=4096)
def firm_fail_up_to(tests: int, share: Fraction) -> int | None:
    """The most passes that a line of exactly ``share`` has by chance in 5 % of cases at most.

    None where even no pass at all might be chance.
    """
    weights = _weights(tests, share)
    whole, below = sum(weights), 0
    firm = None
    for passes in range(tests + 1):
        below += weights[passes]
        if below * ONE_IN > whole:
            break
        firm = passes
    return firm


def _weights(tests: int, share: Fraction) -> list[int]:
    """Chance of each number of passes, times ``share.denominator ** tests``."""
    passes, fails = share.numerator, share.denominator - share.numerator
    return [comb(tests, k) * passes**k * fails ** (tests - k) for k in range(tests + 1)]
