"""Thresholds, states, rates, trends and school hours, on samples made by hand."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.judging.conditions import Forecast, Rate, Side, State, Threshold
from alerts.judging.hours import Hours
from alerts.judging.trend import trend_of

DAY = 86_400.0
HOT = Threshold(metric="temperature_celsius", side=Side.above, level=70, clear=60, hold=600)


def samples(*values: float, every: float = 300.0) -> list[tuple[float, float]]:
    return [(place * every, value) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "fires", "clears"),
    [
        ((71, 71, 71), True, False),
        ((71, 69, 71), False, False),
        ((71, 71), False, False),
        ((65, 65, 65), False, False),
        ((80, 60, 60), False, True),
        ((80, 80, 60), False, False),
        ((), False, False),
    ],
)
def test_a_threshold_wants_its_hold_time_on_either_side(
    values: tuple[float, ...], fires: bool, clears: bool
) -> None:
    assert HOT.fires(samples(*values)) is fires
    assert HOT.clears(samples(*values)) is clears


@given(st.lists(st.floats(0, 100), max_size=20))
def test_no_samples_both_fire_and_clear(values: list[float]) -> None:
    assert not (HOT.fires(samples(*values)) and HOT.clears(samples(*values)))


def test_low_values_may_be_bad_too() -> None:
    low = Threshold(metric="battery_runtime_seconds", side=Side.below, level=300, clear=600)
    assert low.fires(samples(200, 200))
    assert not low.clears(samples(400, 400))
    assert low.clears(samples(700, 700))


def test_a_state_that_stays() -> None:
    failed = State(metric="fan_ok", values=(0.0,), hold=120)
    assert failed.fires(samples(1, 0, 0))
    assert not failed.fires(samples(0, 1, 0))
    assert failed.clears(samples(0, 1, 1))


def test_a_rate_looks_at_its_window_only() -> None:
    rising = Rate(metric="temperature_celsius", side=Side.above, by=15, clear=5, within=900)
    assert rising.fires(samples(30, 35, 46))
    assert not rising.fires(samples(20, 31, 32, 33, 35))
    assert rising.clears(samples(20, 46, 46, 46, 47))


def filling(days: float, *, of: float = 14, noise: float = 0.0) -> list[tuple[float, float]]:
    """A disk that is full in so many days, seen for two weeks, with some nonsense in between."""
    random = Random(1)  # noqa: S311
    slope = 0.3 / (days * DAY)
    begin = 0.65 - slope * of * DAY
    return [
        (hour * 3_600, 1.0 if random.random() < noise else begin + slope * hour * 3_600)
        for hour in range(int(of * 24) + 1)
    ]


FULL = Forecast(
    metric="storage_used_ratio", side=Side.above, level=0.95, within=14 * DAY, over=14 * DAY
)


@pytest.mark.parametrize(("days", "fires"), [(7, True), (13, True), (15, False), (100, False)])
def test_a_forecast_is_not_bent_by_nonsense(days: float, fires: bool) -> None:
    for noise in (0.0, 0.1):
        assert FULL.fires(filling(days, noise=noise)) is fires
    assert FULL.clears(filling(days)) is (days > 17.5)


def test_a_forecast_says_nothing_of_a_few_days_and_ends_when_space_was_made() -> None:
    assert not FULL.fires(filling(3, of=2))
    assert FULL.clears([(hour * 3_600, 0.3) for hour in range(24 * 8)])


def test_a_trend_needs_three_moments() -> None:
    assert trend_of(samples(1, 2)) is None
    found = trend_of(samples(1, 2, 3, 4, every=1))
    assert found is not None
    assert (found.value, found.slope) == (4, 1)


HOURS = Hours([(100, 200), (300, 400), (1_000, 1_100)])


@pytest.mark.parametrize(
    ("begin", "seconds", "at"),
    [
        (0, 0, 100),
        (150, 0, 150),
        (250, 0, 300),
        (0, 50, 150),
        (150, 50, 200),
        (150, 60, 310),
        (150, 250, 1_100),
        (150, 251, None),
        (1_100, 0, None),
    ],
)
def test_school_time_is_counted_in_school_hours(
    begin: float, seconds: float, at: float | None
) -> None:
    assert HOURS.after(begin, seconds) == at


@given(st.floats(0, 1_200), st.floats(0, 1_200))
def test_school_time_between_two_moments_never_exceeds_them(one: float, other: float) -> None:
    begin, end = sorted((one, other))
    between = HOURS.between(begin, end)
    assert 0 <= between <= end - begin + 1e-6
    assert HOURS.hold(begin) is any(
        b <= begin < e for b, e in ((100, 200), (300, 400), (1_000, 1_100))
    )
