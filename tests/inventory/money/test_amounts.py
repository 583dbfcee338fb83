"""Money is exact: parts add up, halves round up, depreciation ends where it must."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import Invalid
from inventory.money.amounts import CENT, MAX_CNY, amount, from_fen, rounded, split, to_fen
from inventory.money.depreciation import (
    OTHERWISE,
    SHIPPED,
    Terms,
    Version,
    book_value,
    history_of,
    months_used,
    normal_class,
    residual,
    terms_for,
    written_off,
)
from inventory.money.errors import NotAnAmount

FEN = st.integers(-(10**13), 10**13)
WEIGHTS = st.lists(
    st.one_of(st.integers(0, 10**6), st.decimals(0, 1000, places=3)), min_size=1, max_size=12
).filter(any)
TERMS = st.builds(
    Terms, st.integers(1, 240), st.decimals(0, Decimal("0.99"), places=4, allow_nan=False)
)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@given(FEN, WEIGHTS)
def test_the_parts_of_a_split_always_add_up(fen: int, weights: list[int | Decimal]) -> None:
    total = from_fen(fen)
    parts = split(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert all(part == part.quantize(CENT) for part in parts)


@given(FEN, WEIGHTS)
def test_no_part_is_a_cent_away_from_its_exact_share(
    fen: int, weights: list[int | Decimal]
) -> None:
    whole = sum(map(Fraction, weights))
    for part, weight in zip(split(from_fen(fen), weights), weights, strict=True):
        assert abs(to_fen(part) - fen * Fraction(weight) / whole) < 1
        assert part == 0 or weight != 0


@given(FEN, WEIGHTS)
def test_a_counter_entry_is_split_like_its_entry(fen: int, weights: list[int | Decimal]) -> None:
    taken_back = split(from_fen(-fen), weights)
    assert taken_back == tuple(-part for part in split(from_fen(fen), weights))


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        # Linyi: city and county bear 2:8.
        ("434000000.00", (20, 80), ("86800000.00", "347200000.00")),
        ("0.01", (20, 80), ("0.00", "0.01")),
        ("0.03", (20, 80), ("0.01", "0.02")),
        # Equal remainders: the party named first.
        ("0.01", (1, 1), ("0.01", "0.00")),
        ("100.00", (1, 1, 1), ("33.34", "33.33", "33.33")),
        ("-100.00", (1, 1, 1), ("-33.34", "-33.33", "-33.33")),
        ("10.00", (0, 5), ("0.00", "10.00")),
    ],
)
def test_who_gets_the_odd_cent(
    total: str, weights: tuple[int, ...], parts: tuple[str, ...]
) -> None:
    assert split(Decimal(total), weights) == tuple(map(Decimal, parts))


@pytest.mark.parametrize("weights", [(), (0, 0), (-1, 2)])
def test_weights_that_say_nothing_are_refused(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(Decimal(1), weights)


@given(FEN)
def test_fen_and_yuan_are_the_same_amount(fen: int) -> None:
    assert to_fen(from_fen(fen)) == fen


@pytest.mark.parametrize("text", ["0.001", "NaN", "Infinity", str(MAX_CNY), f"-{MAX_CNY}"])
def test_what_is_no_amount_is_refused_and_never_rounded(text: str) -> None:
    with pytest.raises(NotAnAmount, match="not an amount"):
        amount(Decimal(text))


@pytest.mark.parametrize(
    ("exact", "yuan"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(1, 201), "0.00"),
        (Fraction(2, 3), "0.67"),
        (Decimal("2.675"), "2.68"),
    ],
)
def test_half_a_cent_is_rounded_away_from_zero(exact: Fraction | Decimal, yuan: str) -> None:
    assert rounded(exact) == Decimal(yuan)


def always(terms: Terms) -> list[Version]:
    return [Version(date.min, terms)]


def day(said: tuple[date, Terms]) -> date:
    return said[0]


@given(st.integers(0, 10**11).map(from_fen), TERMS)
def test_months_add_up_to_cost_less_residual_value(cost: Decimal, terms: Terms) -> None:
    bought = date(2001, 1, 31)
    ends = [date(2001 + month // 12, month % 12 + 1, 28) for month in range(terms.life_months + 1)]
    sums = [Decimal(0), *(written_off(cost, always(terms), bought, end) for end in ends)]
    months = [later - earlier for earlier, later in pairwise(sums)]
    assert sum(months) == cost - residual(cost, terms)
    assert months.pop() == 0
    assert min(months) >= 0
    assert max(months) - min(months) <= CENT


@given(st.integers(0, 10**11).map(from_fen), TERMS, DAYS, DAYS)
def test_a_book_value_stays_between_cost_and_residual_value(
    cost: Decimal, terms: Terms, acquired: date, on: date
) -> None:
    value = book_value(cost, always(terms), acquired, on)
    assert residual(cost, terms) <= value <= cost


@given(st.integers(0, 10**11).map(from_fen), DAYS, st.lists(st.tuples(DAYS, TERMS), max_size=4))
def test_a_new_rule_leaves_the_books_before_it_and_writes_off_the_rest(
    cost: Decimal, acquired: date, said: list[tuple[date, Terms]]
) -> None:
    history = [Version(date.min, Terms(72)), *(Version(*one) for one in sorted(said, key=day))]
    for count, version in enumerate(history[1:], start=1):
        eve = version.holds_from.replace(day=1) - timedelta(days=1)
        before = book_value(cost, history[:count], acquired, eve)
        assert book_value(cost, history, acquired, eve) == before
    months = [date(year, 7, 1) for year in range(1990, 2160)]
    values = [book_value(cost, history, acquired, month) for month in months]
    assert values == sorted(values, reverse=True)
    # A rule that leaves more than is left writes nothing back.
    assert values[-1] <= max(residual(cost, one.terms) for one in history)


def test_the_month_of_the_acquisition_counts() -> None:
    terms = Terms(72)
    assert months_used(date(2026, 3, 31), date(2026, 3, 31)) == 1
    assert months_used(date(2026, 3, 1), date(2026, 2, 28)) == 0
    assert book_value(Decimal(7200), always(terms), date(2026, 3, 31), date(2026, 3, 1)) == 7100
    assert book_value(Decimal(7200), always(terms), date(2020, 1, 1), date(2025, 12, 31)) == 0


def test_a_life_that_is_over_by_a_new_rule_ends_with_its_month() -> None:
    history = [Version(date.min, Terms(72)), Version(date(2026, 1, 1), Terms(12))]
    bought = date(2023, 1, 1)
    assert book_value(Decimal(7200), history, bought, date(2025, 12, 1)) == 3600
    assert book_value(Decimal(7200), history, bought, date(2026, 1, 1)) == 0


def test_a_class_goes_by_the_longest_beginning_of_each_day() -> None:
    rules = [
        ("A0201", Version(date(2026, 1, 1), Terms(60))),
        ("A020101", Version(date(2027, 1, 1), Terms(48))),
        ("A0208", Version(date(2026, 6, 1), Terms(12))),
    ]
    found = history_of("A02010105", rules)
    lives = [(one.holds_from.year, one.terms.life_months) for one in found]
    assert lives == [(1, 72), (2026, 60), (2027, 48)]
    assert history_of(None, rules) == [Version(date.min, OTHERWISE)]


def test_the_longest_beginning_of_a_class_decides() -> None:
    rules = {**SHIPPED, "A0201010": Terms(48)}
    assert terms_for("A02010105", rules) == Terms(48)
    assert terms_for("2010105", rules) == Terms(48)
    assert terms_for("A02020000", rules) == SHIPPED["A0202"]
    assert terms_for("B01", rules) == terms_for(None, rules) == OTHERWISE
    assert normal_class("2010104") == normal_class("a02010104") == "A02010104"


@pytest.mark.parametrize(("life", "rate"), [(0, "0"), (1201, "0"), (12, "1"), (12, "-0.1")])
def test_terms_that_make_no_sense_are_refused(life: int, rate: str) -> None:
    with pytest.raises(Invalid):
        Terms(life, Decimal(rate))
