"""What a year looks like in the synthetic city."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from controller.seed.shapes import Profile, shapes
from controller.seed.terms import CHINA, DayKind, day_kind, is_school_hour


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 9, 24), DayKind.lessons),
        (date(2026, 9, 19), DayKind.weekend),
        (date(2026, 9, 25), DayKind.away),  # Mid-autumn
        (date(2026, 10, 1), DayKind.away),
        (date(2026, 10, 7), DayKind.away),
        (date(2026, 2, 17), DayKind.away),  # Spring Festival
        (date(2026, 1, 28), DayKind.away),  # winter vacation
        (date(2026, 3, 10), DayKind.lessons),
        (date(2026, 4, 5), DayKind.away),  # Tomb sweeping
        (date(2024, 4, 4), DayKind.away),
        (date(2026, 5, 4), DayKind.away),
        (date(2026, 6, 19), DayKind.away),  # Dragon boat
        (date(2026, 7, 20), DayKind.away),
        (date(2025, 9, 1), DayKind.lessons),
    ],
)
def test_days_are_what_schools_do_on_them(day: date, kind: DayKind) -> None:
    assert day_kind(day) is kind


def test_every_year_has_about_as_many_days_of_lessons() -> None:
    for year in range(2021, 2036):
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
        assert 165 <= sum(day_kind(day) is DayKind.lessons for day in days) <= 205, year


def test_school_hours_are_of_china() -> None:
    assert is_school_hour(datetime(2026, 9, 24, 0, 30, tzinfo=UTC))
    assert not is_school_hour(datetime(2026, 9, 24, 9, 0, tzinfo=UTC))
    assert not is_school_hour(datetime(2026, 9, 19, 2, 0, tzinfo=UTC))


def at(day: int, hour: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    moment = datetime(2026, 9, day, tzinfo=CHINA) + timedelta(hours=hour)
    return np.array([int(moment.timestamp() * 1000)], dtype=np.int64)


def test_a_day_has_lessons_a_pause_at_noon_and_a_night() -> None:
    school = Profile.day_school
    assert shapes(at(24, 10))[school] > 2 * shapes(at(24, 12.6))[school]
    assert shapes(at(24, 15))[school] > 2 * shapes(at(24, 12.6))[school]
    assert shapes(at(24, 10))[school] > 20 * shapes(at(24, 3))[school]
    assert shapes(at(19, 10))[school] < 0.1
    evening = shapes(at(24, 20))
    assert evening[Profile.boarding_school] > 5 * evening[school]
