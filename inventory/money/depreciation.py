"""Straight-line depreciation (年限平均法) by month, exact to the cent.

Lives are those of 财会〔2017〕25号 (application guidance of government accounting standard 3):
the shortest it allows for a class. It takes no residual value; a bureau that does says its rate.
A thing is depreciated from the month it is acquired in, and not in the month it leaves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from inventory.errors import Invalid
from inventory.money.amounts import amount, rounded

#: A life no asset of a school exceeds: 100 years.
MAX_LIFE_MONTHS = 1_200
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Terms:
    """How an asset class loses its value.

    Args:
        life_months: over how many months.
        residual_rate: share of the cost that is left at the end, 0 to below 1.

    Raises:
        Invalid: neither.
    """

    life_months: int
    residual_rate: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not 1 <= self.life_months <= MAX_LIFE_MONTHS:
            raise Invalid(field="life_months", reason=f"{self.life_months} (1-{MAX_LIFE_MONTHS})")
        if not (self.residual_rate.is_finite() and 0 <= self.residual_rate < 1):
            raise Invalid(field="residual_rate", reason=str(self.residual_rate))


#: Beginnings of GB/T 14885 codes, as written with and without the letter of the equipment part.
SHIPPED: Mapping[str, Terms] = {
    "A0201": Terms(72),  # 计算机设备 / 信息化设备
    "A0202": Terms(72),  # 办公设备
    "A0204": Terms(60),  # 图书档案设备
    "A0205": Terms(120),  # 机械设备
    "A0206": Terms(60),  # 电气设备
    "A0208": Terms(60),  # 通信设备
    "A0209": Terms(60),  # 广播、电视、电影设备
    "A0210": Terms(60),  # 仪器仪表
    "A0211": Terms(60),  # 电子和通信测量设备
}
#: Of a device without a class, or of one that nobody has terms for: computers and the like.
OTHERWISE = Terms(72)


def normal_class(code: str) -> str:
    """``2010104`` and ``a02010104`` are ``A02010104``."""
    plain = code.strip().upper()
    if plain.startswith("A"):
        return plain
    return f"A{plain.zfill(len(plain) + len(plain) % 2)}"


def terms_for(asset_class: str | None, rules: Mapping[str, Terms]) -> Terms:
    """Those of the longest beginning of the code that has any."""
    code = normal_class(asset_class) if asset_class else ""
    for length in range(len(code), 0, -1):
        if found := rules.get(code[:length]):
            return found
    return OTHERWISE


def months_used(acquired_on: date, on: date) -> int:
    """Months depreciated by the end of ``on``'s month, that of the acquisition included."""
    return max(0, (on.year - acquired_on.year) * _MONTHS + on.month - acquired_on.month + 1)


def residual(cost: Decimal, terms: Terms) -> Decimal:
    """What is left of the cost (yuan) at the end of the life."""
    return rounded(Fraction(amount(cost)) * Fraction(terms.residual_rate))


def accumulated(cost: Decimal, terms: Terms, months: int) -> Decimal:
    """Depreciation (yuan) of the first ``months`` months together; it ends with the life."""
    used = min(max(months, 0), terms.life_months)
    base = amount(cost) - residual(cost, terms)
    return rounded(Fraction(base) * used / terms.life_months)


def in_month(cost: Decimal, terms: Terms, month: int) -> Decimal:
    """Depreciation (yuan) of the month with this number, counted from 1.

    Each is the difference of two sums, so that all of them add up to cost less residual value.
    """
    return accumulated(cost, terms, month) - accumulated(cost, terms, month - 1)


def book_value(cost: Decimal, terms: Terms, acquired_on: date, on: date) -> Decimal:
    """What an asset is worth in the books at the end of ``on``'s month."""
    return amount(cost) - accumulated(cost, terms, months_used(acquired_on, on))


def between(cost: Decimal, terms: Terms, acquired_on: date, first: date, last: date) -> Decimal:
    """Depreciation (yuan) of the months from ``first``'s to ``last``'s, both included."""
    before = months_used(acquired_on, first) - 1 if first >= acquired_on else 0
    return accumulated(cost, terms, months_used(acquired_on, last)) - accumulated(
        cost, terms, before
    )


def merged(own: Iterable[tuple[str, Terms]]) -> Mapping[str, Terms]:
    """The shipped terms, with a bureau's own in front of them."""
    return {**SHIPPED, **dict(own)}
