"""School hours are a pure function of a calendar: what outranks what, and what is left."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from inventory.calendars import (
    BlackoutEntry,
    DayEntry,
    HoursEntry,
    Layer,
    Reason,
    StatutoryDays,
    digest,
    document,
    hours_of_schools,
    read_document,
    school_hours,
)
from inventory.calendars.stage_hours import shipped_hours
from inventory.calendars.statutory import known_years
from inventory.models import BlackoutKind, CalendarKind, Stage
from tests.inventory.calendars.school_calendar import (
    CITY,
    FIRST,
    LAST,
    MORNING,
    TERM,
    blackout,
    calendar,
    day_off,
    make_up,
    reasons,
    taught,
)


def test_hours_are_those_of_beijing_and_half_open() -> None:
    hours = school_hours(calendar(CITY), date(2026, 9, 2), date(2026, 9, 2))
    assert [(one.begins_at, one.ends_at) for one in hours.windows] == [
        (datetime(2026, 9, 2, 0, 0, tzinfo=UTC), datetime(2026, 9, 2, 3, 40, tzinfo=UTC)),
        (datetime(2026, 9, 2, 5, 40, tzinfo=UTC), datetime(2026, 9, 2, 8, 10, tzinfo=UTC)),
    ]
    assert hours.seconds == (220 + 150) * 60


def test_statutory_holidays_lie_under_everything_and_their_make_up_days_are_taught() -> None:
    hours = school_hours(calendar(CITY), date(2026, 9, 14), date(2026, 10, 12))
    why = reasons(hours)
    # The State Council's notice for 2026: off 1 to 7 October, worked 20 September and 10 October.
    assert {why[date(2026, 10, n)] for n in range(1, 8)} == {Reason.statutory_holiday}
    assert {date(2026, 9, 20), date(2026, 10, 10)} <= taught(hours)
    assert why[date(2026, 9, 19)] is Reason.weekend
    named = {one.name for one in hours.excluded if one.day == date(2026, 10, 1)}
    assert named == {"National Day"}


def test_the_nearest_owner_wins_over_those_above_and_over_the_statute() -> None:
    friday, holiday = date(2026, 10, 16), date(2026, 10, 7)
    school = Layer("SCH", days=(make_up(holiday), make_up(date(2026, 10, 17))))
    county = Layer("3304", days=(day_off(date(2026, 10, 16), date(2026, 10, 17)),))
    hours = school_hours(calendar(school, county, CITY), holiday, date(2026, 10, 18))
    assert {holiday, date(2026, 10, 17)} <= taught(hours)
    assert {(one.reason, one.owner) for one in hours.excluded if one.day == friday} == {
        (Reason.day_off, "3304")
    }
    cancelled = Layer("SCH", days=(day_off(date(2026, 10, 10)),))
    hours = school_hours(calendar(cancelled, CITY), date(2026, 10, 10), date(2026, 10, 10))
    assert reasons(hours) == {date(2026, 10, 10): Reason.day_off}


def test_terms_of_the_nearest_owner_that_has_any_decide() -> None:
    own = Layer("SCH", days=(replace(TERM, first_day=date(2026, 9, 7)),))
    assert reasons(school_hours(calendar(own, CITY), FIRST, date(2026, 9, 7))) == {
        **{date(2026, 9, n): Reason.vacation for n in range(1, 5)},
        date(2026, 9, 5): Reason.weekend,
        date(2026, 9, 6): Reason.weekend,
    }


def test_a_year_without_a_term_is_unknown_and_its_hours_are_told_apart() -> None:
    hours = school_hours(calendar(), FIRST, date(2026, 9, 4))
    assert not hours.windows
    assert set(reasons(hours).values()) == {Reason.no_term}
    assert len(hours.unknown) == 4 * 2


def test_holidays_of_a_year_that_is_not_published_are_never_guessed() -> None:
    year = max(known_years()) + 1
    first, last = date(year, 3, 1), date(year, 3, 31)
    term = DayEntry("t", 1, CalendarKind.term, "", date(year, 2, 20), date(year, 7, 1))
    city = Layer("33", days=(term,))
    hours = school_hours(calendar(city, first=first, last=last), first, last)
    assert not hours.windows
    assert hours.unknown
    assert Reason.holidays_unknown in reasons(hours).values()
    entered = DayEntry(
        "h", 1, CalendarKind.holidays_entered, "", date(year, 1, 1), date(year, 12, 31)
    )
    declared = school_hours(
        calendar(replace(city, days=(term, entered)), first=first, last=last), first, last
    )
    assert declared.windows == hours.unknown
    assert not declared.unknown


def test_make_up_days_are_taught_by_the_weekday_they_follow_else_by_monday() -> None:
    friday = ((600, 660),)
    week = ((MORNING,),) * 4 + (friday, (), ())
    school = Layer(
        "SCH",
        days=(make_up(date(2026, 10, 17), 5), make_up(date(2026, 10, 24))),
        hours=(HoursEntry("h", 1, FIRST, week),),
    )
    hours = school_hours(calendar(school, CITY), date(2026, 10, 17), date(2026, 10, 24))
    lengths = {
        (one.begins_at + timedelta(hours=8)).date(): one.end - one.begin for one in hours.windows
    }
    assert lengths[date(2026, 10, 17)] == 60 * 60_000_000
    assert lengths[date(2026, 10, 24)] == 220 * 60_000_000


def test_hours_hold_from_their_day_on_and_what_they_leave_out_is_inherited() -> None:
    evenings = ((), (), ((1110, 1230),), (), (), (), ())
    city = replace(CITY, hours=(HoursEntry("c", 1, FIRST, None, evenings),))
    school = Layer("SCH", hours=(HoursEntry("s", 1, date(2026, 9, 9), None, None, True),))
    hours = school_hours(calendar(school, city), date(2026, 9, 2), date(2026, 9, 9))
    by_day = [len([w for w in hours.windows if w.begins_at.day == day]) for day in (2, 9)]
    assert by_day == [2, 3]


def test_saturdays_with_hours_are_taught_in_the_term_alone() -> None:
    week = (*((MORNING,),) * 6, ())
    school = Layer("SCH", hours=(HoursEntry("s", 1, FIRST, week),))
    term = replace(TERM, last_day=date(2026, 9, 13))
    hours = school_hours(
        calendar(school, Layer("33", days=(term,))), date(2026, 9, 12), date(2026, 9, 19)
    )
    assert date(2026, 9, 12) in taught(hours)
    assert reasons(hours)[date(2026, 9, 19)] is Reason.vacation


def test_blackouts_of_all_owners_cut_out_their_minutes_and_are_told_one_by_one() -> None:
    exam = blackout(date(2026, 11, 10), date(2026, 11, 11), (480, 720))
    live = BlackoutEntry(
        "l", 1, BlackoutKind.live_lesson, "双师课堂", FIRST, LAST, (3,), (840, 900)
    )
    county, school = Layer("3304", blackouts=(exam,)), Layer("SCH", blackouts=(live,))
    hours = school_hours(calendar(school, county, CITY), date(2026, 11, 10), date(2026, 11, 11))
    minutes = [(one.begins_at.hour * 60 + one.begins_at.minute + 480) for one in hours.windows]
    assert minutes == [820, 820, 900]
    assert [(one.owner, one.kind) for one in hours.cuts] == [
        ("3304", BlackoutKind.exam),
        ("SCH", BlackoutKind.live_lesson),
        ("3304", BlackoutKind.exam),
    ]


def test_a_day_of_which_nothing_is_left_says_so() -> None:
    whole = Layer("SCH", blackouts=(blackout(FIRST, LAST, (0, 1440), (2,)),))
    hours = school_hours(calendar(whole, CITY), date(2026, 11, 10), date(2026, 11, 10))
    assert [(one.reason, one.name, one.owner) for one in hours.excluded] == [
        (Reason.blackout, "期中考试", "SCH")
    ]


def test_days_outside_those_a_calendar_was_read_for_are_refused() -> None:
    with pytest.raises(ValueError, match="2026-12-01"):
        school_hours(calendar(CITY), FIRST, date(2026, 12, 1))


def test_clocks_that_change_make_an_hour_more_or_less() -> None:
    summer = replace(
        calendar(CITY, first=date(2026, 10, 19), last=date(2026, 10, 26)),
        zone="Europe/Berlin",
    )
    hours = school_hours(summer, date(2026, 10, 23), date(2026, 10, 26))
    # Clocks went back on Sunday 25 October.
    assert [one.begins_at.hour for one in hours.windows[::2]] == [6, 7]


def test_every_stage_is_shipped_with_hours_and_nobody_boards_by_them() -> None:
    for stage in Stage:
        [entry] = shipped_hours(stage).hours
        assert entry.lessons is not None
        assert all(entry.lessons[:5])
        assert not any(entry.lessons[5:])
        assert entry.boards is False


def test_schools_of_one_calendar_share_their_hours() -> None:
    shared, other = calendar(CITY), calendar(Layer("SCH"), CITY)
    found = hours_of_schools({"A": shared, "B": shared, "C": other}, FIRST, LAST)
    assert found["A"] is found["B"]
    assert found["A"] == found["C"]


def test_what_is_no_calendar_is_not_read() -> None:
    for wrong in ({}, {"format": "x"}, {**document(calendar(CITY)), "layers": [{}]}):
        with pytest.raises(ValueError, match="calendar"):
            read_document(wrong)


def test_the_library_and_its_version_are_part_of_the_document() -> None:
    written = document(calendar(CITY))
    assert written["statutory"]["source"] == "chinese-calendar"
    assert written["statutory"]["version"]
    other = document(replace(calendar(CITY), statutory=StatutoryDays()))
    assert digest(other) != digest(written)
