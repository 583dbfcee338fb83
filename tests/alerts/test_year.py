"""A county lives through weeks or a year of school: one alert a root, and none for anything else.

The whole year runs under ``campaign``: ``pytest -m campaign -s tests/alerts/test_year.py``.
"""

from datetime import date

import pytest

from tests.alerts.year.living import Year, live_through


def check(year: Year) -> None:
    """Counts are shown whatever comes of it."""
    print(year)  # noqa: T201
    found = year.matched()
    assert [one.what for one in year.missed] == []
    assert len(year.extra) <= len(year.planted) // 100, [one.key for one in year.extra]
    # At most one ticket a root: an alert that came again has the key of the first.
    assert all(len({one.key for one in its}) == 1 for place, its in found.items() if place >= 0)


def test_a_month_of_ten_schools_raises_one_alert_a_root() -> None:
    year = live_through(
        schools=5, devices=60, roots=20, days=33, seed=20260901, first=date(2025, 9, 1)
    )
    check(year)
    assert len(year.told) == len(year.planted)
    assert year.ended + year.standing == len(year.told)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_year_of_a_county_raises_one_alert_a_root(seed: int) -> None:
    check(
        live_through(
            schools=50, devices=100, roots=300, days=365, seed=seed, first=date(2025, 9, 1)
        )
    )
