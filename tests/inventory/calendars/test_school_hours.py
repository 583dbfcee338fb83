"""School hours are a pure function of a calendar: what outranks what, and what is left."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.calendars import (
    BlackoutEntry,
    DayEntry,
    HoursEntry,
    Layer,
    Reason,
    SchoolCalendar,
    SchoolHours,
    StatutoryDays,
    digest,
    document,
    hours_of_schools,
    read_document,
    school_hours,
)
from inventory.calendars.spans import intersection, union, without
from inventory.calendars.stage_hours import shipped_hours
from inventory.calendars.statutory import known_years, statutory_days
from inventory.models import BlackoutKind, CalendarKind, Stage

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 30)
TERM = DayEntry("t", 1, CalendarKind.term, "第一学期", date(2026, 9, 1), date(2027, 1, 22))
MORNING, AFTERNOON = (480, 700), (820, 970)
WEEK = ((MORNING, AFTERNOON),) * 5 + ((), ())
DEFAULT = Layer("", hours=(HoursEntry("x", 1, date.min, WEEK, ((),) * 7, False),))
CITY = Layer("33", days=(TERM,))


def calendar(
    *layers: Layer, first: date = FIRST, last: date = LAST, stage: Stage = Stage.primary
) -> SchoolCalendar:
    statutory = statutory_days(first.year, last.year)
    return SchoolCalendar(stage, first, last, (*layers, DEFAULT), statutory)


def day_off(first: date, last: date | None = None, name: str = "运动会") -> DayEntry:
    return DayEntry("o", 1, CalendarKind.day_off, name, first, last or first)


def make_up(day: date, follows: int = 0) -> DayEntry:
    return DayEntry("m", 1, CalendarKind.make_up, "补课", day, day, follows)


def blackout(
    first: date, last: date, span: tuple[int, int], weekdays: tuple[int, ...] = ()
) -> BlackoutEntry:
    return BlackoutEntry("b", 1, BlackoutKind.exam, "期中考试", first, last, weekdays, span)


def reasons(hours: SchoolHours) -> dict[date, Reason]:
    return {one.day: one.reason for one in hours.excluded}


def taught(hours: SchoolHours) -> set[date]:
    """Days with a window, by Beijing's clock, which is eight hours ahead and has no summer time."""
    return {(one.begins_at + timedelta(hours=8)).date() for one in hours.windows}


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


# --- what holds of every calendar

#: Two weekends that are worked and the longest holiday lie within.
END = date(2026, 10, 12)
DAYS = st.dates(FIRST, END)
SPANS = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(lambda two: tuple(sorted(two)))
WEEKS = st.lists(
    st.lists(SPANS, max_size=3).map(union), min_size=7, max_size=7
).map(tuple)  # fmt: skip


@st.composite
def runs_of_days(draw: st.DrawFn) -> tuple[date, date]:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return first, min(last, first + timedelta(days=draw(st.integers(0, 9))))


@st.composite
def layers(draw: st.DrawFn, owner: str) -> Layer:
    days = [
        DayEntry(f"d{n}", 1, kind, "", *run)
        for n, (kind, run) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.sampled_from((CalendarKind.day_off, CalendarKind.make_up)),
                        runs_of_days(),
                    ),
                    max_size=3,
                )
            )
        )
    ]
    hours = [
        HoursEntry(f"h{n}", 1, day, lessons, evenings, boards)
        for n, (day, lessons, evenings, boards) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        DAYS,
                        st.none() | WEEKS,
                        st.none() | WEEKS,
                        st.none() | st.booleans(),
                    ),
                    max_size=2,
                    unique_by=lambda one: one[0],
                )
            )
        )
    ]
    blackouts = [
        BlackoutEntry(f"b{n}", 1, BlackoutKind.exam, "", *run, weekdays, span)
        for n, (run, weekdays, span) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        runs_of_days(),
                        st.sets(st.integers(1, 7), max_size=3).map(lambda s: tuple(sorted(s))),
                        SPANS.filter(lambda span: span[0] < span[1]),
                    ),
                    max_size=3,
                )
            )
        )
    ]
    return Layer(owner, tuple(days), tuple(hours), tuple(blackouts))


@st.composite
def calendars(draw: st.DrawFn) -> SchoolCalendar:
    return calendar(draw(layers("SCH-1")), draw(layers("3304")), CITY)


MANY = settings(max_examples=20, deadline=None)


def minutes_of(hours: SchoolHours) -> set[int]:
    return {
        minute
        for one in hours.windows
        for minute in range(one.begin // 60_000_000, one.end // 60_000_000)
    }


@MANY
@given(calendars())
def test_windows_are_in_order_and_never_overlap(given_calendar: SchoolCalendar) -> None:
    hours = school_hours(given_calendar, FIRST, END)
    for windows in (hours.windows, hours.unknown):
        assert all(one.begin < one.end for one in windows)
        assert all(one.end <= after.begin for one, after in pairwise(windows))
    days = [one.day for one in hours.excluded]
    assert days == sorted(set(days))
    every = {FIRST + timedelta(days=n) for n in range((END - FIRST).days + 1)}
    assert taught(hours) == every - set(days)


@MANY
@given(calendars())
def test_blackouts_cut_out_their_own_minutes_exactly(given_calendar: SchoolCalendar) -> None:
    bare = replace(
        given_calendar, layers=tuple(replace(one, blackouts=()) for one in given_calendar.layers)
    )
    with_cuts = school_hours(given_calendar, FIRST, END)
    cut = {
        minute
        for one in with_cuts.cuts
        for minute in range(one.window.begin // 60_000_000, one.window.end // 60_000_000)
    }
    uncut = minutes_of(school_hours(bare, FIRST, END))
    assert cut <= uncut
    assert minutes_of(with_cuts) == uncut - cut


@MANY
@given(calendars())
def test_a_calendar_written_down_and_read_back_gives_the_same_hours(
    given_calendar: SchoolCalendar,
) -> None:
    written = json.loads(json.dumps(document(given_calendar)))
    assert read_document(written) == given_calendar
    assert digest(written) == digest(document(given_calendar))
    assert school_hours(read_document(written), FIRST, END) == school_hours(
        given_calendar, FIRST, END
    )


@MANY
@given(calendars())
def test_other_codes_of_owners_change_nothing_but_whose_it_is(
    given_calendar: SchoolCalendar,
) -> None:
    names = {"SCH-1": "Z", "3304": "Y", "33": "X", "": ""}
    renamed = replace(
        given_calendar,
        layers=tuple(replace(one, owner=names[one.owner]) for one in given_calendar.layers),
    )
    before, after = (school_hours(one, FIRST, END) for one in (given_calendar, renamed))
    assert (before.windows, before.unknown) == (after.windows, after.unknown)
    assert [names[one.owner] for one in before.excluded] == [one.owner for one in after.excluded]


@MANY
@given(calendars(), DAYS)
def test_a_period_in_two_parts_is_the_period(given_calendar: SchoolCalendar, day: date) -> None:
    whole = school_hours(given_calendar, FIRST, END)
    one = school_hours(given_calendar, FIRST, day)
    if day == END:
        assert one == whole
        return
    two = school_hours(given_calendar, day + timedelta(days=1), END)
    assert one.windows + two.windows == whole.windows
    assert one.excluded + two.excluded == whole.excluded


@MANY
@given(st.lists(SPANS, max_size=5), SPANS)
def test_spans_taken_out_and_what_lies_within_make_up_the_whole(
    spans: Sequence[tuple[int, int]], other: tuple[int, int]
) -> None:
    whole = union(spans)
    left, taken = without(whole, [other]), intersection(whole, other)
    assert union((*left, *taken)) == whole
    assert not intersection(left, other)


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
