"""Fiscal and school years are kept apart; rules per pupil follow the year."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import Stage
from inventory.money.per_pupil import Rule, funding, rule_for
from inventory.money.years import Calendar, FiscalYear, SchoolYear, year_containing, year_of

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(DAYS, st.sampled_from(Calendar))
def test_every_day_is_in_exactly_one_year(on: date, calendar: Calendar) -> None:
    year = year_containing(calendar, on)
    assert year.first <= on <= year.last
    assert year == year_of(calendar, year.number)
    assert year_of(calendar, year.number + 1).first == year.last + timedelta(days=1)


def test_a_school_year_is_not_the_fiscal_year_of_the_same_number() -> None:
    assert FiscalYear(2025).first == date(2025, 1, 1)
    assert SchoolYear(2025).first == date(2025, 9, 1)
    assert SchoolYear(2025).last == date(2026, 8, 31)
    assert (FiscalYear(2025).label, SchoolYear(2025).label) == ("2025", "2025-2026")
    assert FiscalYear(2025) != SchoolYear(2025)
    with pytest.raises(TypeError):
        assert FiscalYear(2025) < SchoolYear(2026)  # type: ignore[operator]


def rule(first: int, yuan: int, stage: Stage = Stage.primary, last: int | None = None) -> Rule:
    end = None if last is None else FiscalYear(last)
    return Rule(f"r{first}", stage, FiscalYear(first), end, Decimal(yuan), confirmed=False)


def test_the_version_of_the_year_is_taken() -> None:
    # Linyi: from 66 to 90 yuan for a primary school's pupil.
    rules = [rule(2015, 90), rule(2010, 66), rule(2015, 110, Stage.junior_secondary)]
    for year, yuan in ((2010, 66), (2014, 66), (2015, 90), (2030, 90)):
        found = rule_for(rules, Stage.primary, FiscalYear(year))
        assert found is not None
        assert found.yuan == yuan
    assert rule_for(rules, Stage.primary, FiscalYear(2009)) is None
    assert rule_for(rules, Stage.special, FiscalYear(2020)) is None
    assert rule_for(rules, Stage.primary, SchoolYear(2020)) is None
    assert rule_for([rule(2010, 66, last=2012)], Stage.primary, FiscalYear(2013)) is None


@given(st.integers(0, 10**6), st.decimals(0, 10**4, places=2))
def test_funding_is_pupils_times_yuan(pupils: int, yuan: Decimal) -> None:
    made = Rule("r", Stage.primary, FiscalYear(2020), None, yuan, confirmed=True)
    assert funding(made, pupils) == pupils * yuan
