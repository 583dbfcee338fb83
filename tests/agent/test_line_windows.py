"""When lines are tested: once a period, at random, within school hours and outside blackouts."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lines.windows import is_open, is_planned, is_too_late, next_start
from drivers.plan import LineTest, PlannedMoments, Window

CHINA = timezone(timedelta(hours=8))
SCHOOL = (Window((0, 1, 2, 3, 4), 8 * 60, 12 * 60), Window((0, 1, 2, 3, 4), 14 * 60, 17 * 60))


def line(every=3600.0, **options):
    return LineTest("l1", "S1", "http://s", every_seconds=every, **options)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp()


def local(moment):
    return datetime.fromtimestamp(moment, UTC).astimezone(CHINA)


@pytest.mark.parametrize("draw", [0.0, 0.37, 0.999])
def test_every_period_has_one_test_at_a_random_moment(draw):
    now, starts = 7_000.0, []
    for number in range(6):
        now = next_start(line(), now, draw, again=number > 0)
        starts.append(now)
    assert all(start % 3600 <= 3240 for start in starts)
    periods = [start // 3600 for start in starts]
    assert all(b - a == 1 for a, b in pairwise(periods))


def test_late_in_a_period_the_next_one_is_waited_for():
    assert next_start(line(), 3599.0, 0.0, again=False) == 3600.0


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
def test_every_school_hour_is_sampled_and_no_other(draw):
    test = line(windows=SCHOOL)
    now, starts = at("2026-03-02 00:00"), []  # a Monday
    for number in range(35):
        now = next_start(test, now, draw, again=number > 0)
        starts.append(local(now))
    assert [s.hour for s in starts[:7]] == [8, 9, 10, 11, 14, 15, 16]
    assert sorted({s.weekday() for s in starts}) == [0, 1, 2, 3, 4]
    assert starts[-1].date() == local(at("2026-03-06 12:00")).date()


def test_a_weekend_is_slept_through():
    start = next_start(line(windows=SCHOOL), at("2026-03-06 17:30"), 0.0, again=False)
    assert local(start) == local(at("2026-03-09 08:00"))


def test_examinations_are_not_disturbed():
    exam = (int(at("2026-06-07 00:00") * 1000), int(at("2026-06-10 00:00") * 1000))
    test = line(windows=(Window(tuple(range(7)), 480, 1020),), blackouts=(exam,))
    start = next_start(test, at("2026-06-06 16:59"), 0.0, again=True)
    assert local(start) == local(at("2026-06-10 08:00"))
    assert not is_open(test, at("2026-06-08 10:00"))
    assert is_open(test, at("2026-06-10 10:00"))


def test_holidays_of_two_months_are_outlasted():
    holidays = (int(at("2026-07-01 00:00") * 1000), int(at("2026-09-01 00:00") * 1000))
    test = line(windows=(Window((0, 1, 2, 3, 4), 480, 1020),), blackouts=(holidays,))
    start = next_start(test, at("2026-07-01 09:00"), 0.0, again=False)
    assert local(start) == local(at("2026-09-01 08:00"))


def test_windows_that_never_open_are_said_not_to():
    assert next_start(line(windows=(Window((), 480, 1020),)), 7_000.0, 0.5, again=False) is None


def test_a_window_at_the_very_end_of_a_long_period_is_used():
    test = line(21_600.0, windows=(Window((0, 1, 2, 3, 4), 804, 814),))  # a period ends at 14:00
    start = next_start(test, at("2026-03-02 08:00"), 0.5, again=False)
    assert local(start) == local(at("2026-03-02 13:29"))


@given(
    now=st.floats(1.7e9, 1.9e9),
    draw=st.floats(0, 1, exclude_max=True),
    every=st.sampled_from([600.0, 3600.0, 5400.0, 21_600.0, 86_400.0]),
    begins=st.integers(0, 1400),
    length=st.integers(10, 600),
    days=st.sets(st.integers(0, 6), min_size=1),
    again=st.booleans(),
)
def test_what_is_drawn_is_open_and_not_past(*, now, draw, every, begins, length, days, again):
    window = Window(tuple(days), begins, min(begins + length, 1440))
    test = line(every, windows=(window,))
    start = next_start(test, now, draw, again=again)
    assert start is not None
    assert start >= now
    moment = local(start)
    assert moment.weekday() in days
    minute = moment.hour * 60 + moment.minute
    assert window.begins <= minute <= window.ends


def planned(*moments, until=10_000):
    at = tuple(int(moment * 1000) for moment in moments)
    return line(planned=PlannedMoments(until * 1000, at))


def test_what_the_controller_has_planned_comes_at_its_moments_and_at_no_other():
    test = planned(7_300, 8_000.5, 9_900)
    assert next_start(test, 7_000.0, 0.5, again=False) == 7_300.0
    assert next_start(test, 7_300.0, 0.5, again=True, begun=7_300.0) == 8_000.5
    assert next_start(test, 8_100.0, 0.5, again=False) == 9_900.0
    assert is_planned(test, 8_000.5)
    assert not is_planned(test, 8_000.0)


def test_a_newer_plan_neither_loses_nor_repeats_the_test_that_is_due():
    test = planned(7_300, 8_000)
    assert next_start(test, 7_301.0, 0.5, again=False) == 7_300.0
    assert next_start(test, 7_301.0, 0.5, again=False, begun=7_300.0) == 8_000.0
    assert next_start(test, 7_400.0, 0.5, again=False) == 8_000.0
    assert not is_too_late(7_300.0, 7_310.0)
    assert is_too_late(7_300.0, 7_330.0)


def test_a_box_that_hears_nothing_more_goes_by_its_own_clock_afterwards():
    test = planned(7_300, until=36_000)
    assert next_start(test, 7_400.0, 0.0, again=True, begun=7_300.0) == 36_000.0
    assert next_start(planned(until=36_000), 100.0, 0.0, again=False) == 36_000.0
    assert next_start(test, 40_000.0, 0.0, again=True) == 43_200.0
