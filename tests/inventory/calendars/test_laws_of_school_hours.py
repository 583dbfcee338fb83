"""What holds of the school hours of every calendar."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.calendars import (
    BlackoutEntry,
    DayEntry,
    HoursEntry,
    Layer,
    SchoolCalendar,
    SchoolHours,
    digest,
    document,
    read_document,
    school_hours,
)
from inventory.calendars.spans import intersection, union, without
from inventory.models import BlackoutKind, CalendarKind
from tests.inventory.calendars.school_calendar import (
    CITY,
    FIRST,
    calendar,
    taught,
)

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
