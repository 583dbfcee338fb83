"""Money is exact: parts add up, halves round up, depreciation ends where it must."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import Invalid
from inventory.money.amounts import CENT, MAX_CNY, amount, from_fen, rounded, split, to_fen
from inventory.money.depreciation import (
    OTHERWISE,
    SHIPPED,
    Terms,
    accumulated,
    between,
    book_value,
    in_month,
    months_used,
    normal_class,
    residual,
    terms_for,
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


@given(st.integers(0, 10**11).map(from_fen), TERMS)
def test_months_add_up_to_cost_less_residual_value(cost: Decimal, terms: Terms) -> None:
    months = [in_month(cost, terms, month) for month in range(1, terms.life_months + 1)]
    assert sum(months) == cost - residual(cost, terms)
    assert min(months) >= 0
    assert max(months) - min(months) <= CENT
    assert in_month(cost, terms, terms.life_months + 1) == 0


@given(st.integers(0, 10**11).map(from_fen), TERMS, DAYS, DAYS)
def test_a_book_value_stays_between_cost_and_residual_value(
    cost: Decimal, terms: Terms, acquired: date, on: date
) -> None:
    value = book_value(cost, terms, acquired, on)
    assert residual(cost, terms) <= value <= cost
    assert value == cost - accumulated(cost, terms, months_used(acquired, on))


@given(st.integers(0, 10**11).map(from_fen), TERMS, DAYS)
def test_years_add_up_as_months_do(cost: Decimal, terms: Terms, acquired: date) -> None:
    years = range(acquired.year - 1, acquired.year + 22)
    by_year = [
        between(cost, terms, acquired, date(year, 1, 1), date(year, 12, 31)) for year in years
    ]
    assert by_year[0] == 0
    assert sum(by_year) == cost - residual(cost, terms)


def test_the_month_of_the_acquisition_counts() -> None:
    terms = Terms(72)
    assert months_used(date(2026, 3, 31), date(2026, 3, 31)) == 1
    assert months_used(date(2026, 3, 1), date(2026, 2, 28)) == 0
    assert book_value(Decimal(7200), terms, date(2026, 3, 31), date(2026, 3, 1)) == 7100
    assert book_value(Decimal(7200), terms, date(2020, 1, 1), date(2025, 12, 31)) == 0


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
