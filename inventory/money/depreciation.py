"""Straight-line depreciation (年限平均法) by month, exact to the cent.

Lives are those of 财会〔2017〕25号 (application guidance of government accounting standard 3):
the shortest it allows for a class. It takes no residual value; a bureau that does says its rate.
A thing is depreciated from the month it is acquired in, and not in the month it leaves.

Terms hold from a day. A change of them is one of an estimate: what was written off before stays as
it is in the books, and the rest goes over the months that the new life leaves (未来适用法).
"""

from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Version:
    """Terms and the day from which they hold."""

    holds_from: date
    terms: Terms


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


def history_of(asset_class: str | None, rules: Iterable[tuple[str, Version]]) -> Sequence[Version]:
    """What holds for one class, and from when; the first version from ever.

    Args:
        asset_class: as a device has it.
        rules: a bureau's own versions by the beginning of the class.
    """
    own = list(rules)
    found: list[Version] = []
    for day in sorted({date.min, *(version.holds_from for _, version in own)}):
        terms = terms_for(asset_class, in_force(own, day))
        if not found or found[-1].terms != terms:
            found.append(Version(day, terms))
    return found


def months_used(acquired_on: date, on: date) -> int:
    """Months depreciated by the end of ``on``'s month, that of the acquisition included."""
    return max(0, (on.year - acquired_on.year) * _MONTHS + on.month - acquired_on.month + 1)


def residual(cost: Decimal, terms: Terms) -> Decimal:
    """What is left of the cost (yuan) at the end of the life."""
    return rounded(Fraction(amount(cost)) * Fraction(terms.residual_rate))


def written_off(cost: Decimal, history: Sequence[Version], acquired_on: date, on: date) -> Decimal:
    """Depreciation (yuan) until the end of ``on``'s month.

    Args:
        cost: what was paid, yuan.
        history: what holds for its class (:func:`history_of`); the month a version begins in is
            the first one that goes by it.
        acquired_on: the day it was acquired.
        on: a day; of one before the acquisition nothing is written off.
    """
    begun = [one.terms for one in history if one.holds_from <= acquired_on]
    terms = begun[-1] if begun else history[0].terms
    used, written = 0, Decimal("0.00")
    for version in history:
        if acquired_on < version.holds_from <= on:
            until = months_used(acquired_on, version.holds_from) - 1
            written = _going_on(cost, terms, used, written, until)
            used, terms = until, version.terms
    return _going_on(cost, terms, used, written, months_used(acquired_on, on))


def book_value(cost: Decimal, history: Sequence[Version], acquired_on: date, on: date) -> Decimal:
    """What an asset is worth in the books at the end of ``on``'s month."""
    return amount(cost) - written_off(cost, history, acquired_on, on)


def in_force(rules: Iterable[tuple[str, Version]], on: date | None = None) -> Mapping[str, Terms]:
    """The shipped terms, with a bureau's own of that day in front; without a day its last ones."""
    own = sorted(rules, key=lambda rule: rule[1].holds_from)
    held = {code: one.terms for code, one in own if on is None or one.holds_from <= on}
    return {**SHIPPED, **held}


def _going_on(cost: Decimal, terms: Terms, used: int, written: Decimal, months: int) -> Decimal:
    """Depreciation of the first ``months`` months, of which ``used`` have brought ``written``."""
    rest = amount(cost) - residual(cost, terms) - written
    if rest <= 0 or months <= used:
        return written
    # A life that is over already leaves one month to write off what is left.
    left = max(terms.life_months - used, 1)
    return written + rounded(Fraction(rest) * min(months - used, left) / left)
