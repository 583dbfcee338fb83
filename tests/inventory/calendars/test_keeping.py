"""Calendars in the register: who may enter what, what is shared, and how it is taken back."""

from datetime import date

import pytest
from sqlmodel import Session, select

from inventory.audit import Actor, act_as
from inventory.calendars import Reason, school_hours
from inventory.calendars.keeping import (
    remove_row,
    save_blackout,
    save_entry,
    save_hours,
    undo,
)
from inventory.calendars.loading import Calendars, calendars_of_schools
from inventory.calendars.weeks import (
    EVENINGS,
    LESSONS,
    kept_week,
    read_clock,
    read_spans,
    read_week,
    read_week_text,
    read_weekdays,
    spans_text,
    week_text,
)
from inventory.errors import Conflict, Invalid, NotFound, OutOfScope, TermsOverlap
from inventory.models import (
    BlackoutKind,
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    ChangeOrigin,
    School,
    Stage,
)
from inventory.scope import Scope
from tests.inventory.city import CITY, A, B

ALL = Scope.everything()
FIRST, LAST = date(2026, 9, 1), date(2026, 11, 30)
LATER = date(2026, 9, 3)
WEEK = kept_week((((480, 700),),) * 5 + ((), ()))


def term(**told: object) -> CalendarEntry:
    values = {
        "id": "", "organisation_code": CITY, "kind": CalendarKind.term, "name": "第一学期",
        "first_day": date(2026, 9, 1), "last_day": date(2027, 1, 22),
    }  # fmt: skip
    return CalendarEntry(**(values | told))


def blackout(**told: object) -> CalendarBlackout:
    values = {
        "id": "", "school_code": A.school, "kind": BlackoutKind.exam, "name": "期中考试",
        "first_day": date(2026, 11, 16), "last_day": date(2026, 11, 17),
        "begins_at": 480, "ends_at": 700,
    }  # fmt: skip
    return CalendarBlackout(**(values | told))


def hours(**told: object) -> CalendarHours:
    values = {"id": "", "school_code": A.school, "first_day": FIRST, "lessons": WEEK}
    return CalendarHours(**(values | told))


def test_a_bureau_s_days_hold_for_its_schools_and_are_entered_by_its_own_people(
    two_counties: Session,
) -> None:
    save_entry(two_counties, ALL, term())
    save_entry(
        two_counties,
        A.scope,
        term(organisation_code=A.code, kind=CalendarKind.day_off, last_day=FIRST, name="报到"),
    )
    with pytest.raises(OutOfScope):
        save_entry(two_counties, A.scope, term(organisation_code=B.code))
    with pytest.raises(OutOfScope):
        save_entry(two_counties, A.scope, term())
    with pytest.raises(NotFound):
        save_entry(two_counties, ALL, term(organisation_code="NOBODY"))
    made = calendars_of_schools(two_counties, ALL, FIRST, LAST)
    at_a, at_b = (school_hours(made[one], FIRST, FIRST) for one in (A.school, B.school))
    assert [(one.reason, one.owner) for one in at_a.excluded] == [(Reason.day_off, A.code)]
    assert at_b.windows


def test_schools_that_nothing_tells_apart_share_a_calendar(two_counties: Session) -> None:
    save_entry(two_counties, ALL, term())
    calendars = Calendars(two_counties, ALL, FIRST, LAST)
    same = [calendars.of(f"/{CITY}/{A.code}/S{n}/", Stage.primary) for n in range(2)]
    assert same[0] is same[1]
    assert calendars.of(f"/{CITY}/{A.code}/S1/", Stage.special) is not same[0]


def test_what_is_said_of_a_stage_comes_before_what_is_said_of_all(city: Session) -> None:
    save_entry(city, ALL, term())
    late = date(2026, 9, 7)
    save_entry(city, ALL, term(stage=Stage.kindergarten, first_day=late))
    save_hours(city, ALL, hours(school_code=None, organisation_code=CITY, boards=True))
    save_hours(
        city,
        ALL,
        hours(school_code=None, organisation_code=CITY, stage=Stage.kindergarten, boards=False),
    )
    calendars = Calendars(city, ALL, FIRST, LAST)
    path = f"/{CITY}/{A.code}/X/"
    small, large = (
        school_hours(calendars.of(path, stage), FIRST, FIRST)
        for stage in (Stage.kindergarten, Stage.senior_secondary)
    )
    assert [one.reason for one in small.excluded] == [Reason.vacation]
    assert len(large.windows) == 2, "a morning of lessons and an evening"


def test_hours_before_the_period_are_left_out_but_for_those_in_force(city: Session) -> None:
    for month in (1, 5, 9, 10):
        save_hours(city, ALL, hours(first_day=date(2026, month, 2)))
    school = city.get_one(School, A.school)
    calendar = Calendars(city, ALL, date(2026, 9, 10), LAST).of(school.path, school.stage)
    assert [one.first_day.month for one in calendar.layers[0].hours] == [9, 10]


def test_what_is_taken_away_counts_no_more_and_comes_back(city: Session) -> None:
    entry = save_entry(city, ALL, term())
    remove_row(city, ALL, entry)
    assert Calendars(city, ALL, FIRST, LAST).rows(f"/{CITY}/", None) == []
    undo(city, ALL, entry)
    [rows] = Calendars(city, ALL, FIRST, LAST).rows(f"/{CITY}/", None)
    assert list(rows.days) == [entry]


def test_a_change_is_undone_and_done_again(city: Session) -> None:
    for row, save, field, value in (
        (term(), save_entry, "last_day", date(2027, 1, 15)),
        (hours(first_day=LATER), save_hours, "boards", True),
        (blackout(), save_blackout, "ends_at", 720),
    ):
        kept = save(city, ALL, row)
        city.commit()
        before = getattr(kept, field)
        setattr(kept, field, value)
        save(city, ALL, kept)
        undo(city, ALL, kept)
        city.commit()
        assert getattr(kept, field) == before
        undo(city, ALL, kept)
        city.commit()
        assert getattr(kept, field) == value
        assert kept.removed_at is None


def test_what_is_new_goes_when_it_is_undone(city: Session) -> None:
    entry = save_entry(city, ALL, term())
    city.commit()
    undo(city, ALL, entry)
    assert entry.removed_at is not None


def test_an_undo_that_no_longer_fits_is_refused(city: Session) -> None:
    first = save_hours(city, ALL, hours(first_day=LATER))
    remove_row(city, ALL, first)
    city.commit()
    save_hours(city, ALL, hours(first_day=LATER))
    with pytest.raises(Conflict):
        undo(city, ALL, first)


def test_who_said_it_is_kept(city: Session) -> None:
    act_as(city, Actor("u", "mei", ChangeOrigin.page))
    entry = save_entry(city, ALL, term())
    assert (entry.entered_by, entry.entered_at is not None) == ("mei", True)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (term(school_code=A.school), "owner"),
        (term(organisation_code=None), "owner"),
        (term(organisation_code=None, school_code=A.school, stage=Stage.primary), "stage"),
        (term(last_day=date(2026, 8, 31)), "last_day"),
        (term(last_day=date(2027, 9, 2)), "last_day"),
        (term(kind=CalendarKind.make_up, last_day=FIRST), "first_day"),
        (term(kind=CalendarKind.make_up, follows=8), "follows"),
        (term(name="x" * 101), "name"),
    ],
)
def test_days_that_cannot_be_are_refused(city: Session, row: CalendarEntry, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        save_entry(city, ALL, row)
    assert refused.value.arguments["field"] == field
    kept = city.exec(select(CalendarEntry.name).where(CalendarEntry.kind == "term")).all()
    assert kept == [f"Term {A.mark}"]


def test_a_statutory_holiday_may_be_taught(city: Session) -> None:
    day = date(2026, 10, 7)
    assert save_entry(city, ALL, term(kind=CalendarKind.make_up, first_day=day, last_day=day)).id


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"ends_at": 480}, "ends_at"),
        ({"ends_at": 1441}, "ends_at"),
        ({"weekdays": "8"}, "weekdays"),
        ({"weekdays": "67"}, "weekdays"),
    ],
)
def test_times_without_tests_that_cannot_be_are_refused(
    city: Session, told: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        save_blackout(city, ALL, blackout(**told))
    assert refused.value.arguments["field"] == field


def test_hours_that_say_nothing_are_refused(city: Session) -> None:
    with pytest.raises(Invalid):
        save_hours(city, ALL, hours(lessons=None))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("8:20-11:40, 13:40-16:10", ((500, 700), (820, 970))),
        ("13：40至16：10；8.20–11.40", ((500, 700), (820, 970))),
        ("22:00 - 24:00", ((1320, 1440),)),
        ("8:00-9:00 9:00-10:00", ((480, 600),)),
        ("", ()),
    ],
)
def test_spans_are_read_as_people_write_them(text: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert read_spans("x", text) == spans
    assert read_spans("x", spans_text(spans)) == spans


@pytest.mark.parametrize(
    "text", ["8-9", "9:00-8:00", "8:60-9:00", "8:00-10:00,9:00-11:00", "24:01-25:00"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_week("lessons", ["", text, "", "", "", "", ""])


def test_weeks_have_seven_days_and_clocks_twenty_four_hours() -> None:
    with pytest.raises(Invalid):
        read_week("lessons", [""] * 6)
    assert read_clock("begins", "24:00") == 1440
    for wrong in ("24:01", "x", "7:60"):
        with pytest.raises(Invalid):
            read_clock("begins", wrong)


def test_a_day_lies_in_one_term_of_a_bureau(two_counties: Session) -> None:
    first = save_entry(two_counties, ALL, term())
    for days in ((date(2027, 1, 22), date(2027, 7, 1)), (date(2026, 10, 1), date(2026, 10, 1))):
        with pytest.raises(TermsOverlap, match="第一学期"), two_counties.begin_nested():
            save_entry(two_counties, ALL, term(first_day=days[0], last_day=days[1]))
    # Corrected, of a stage alone, of another bureau, after the first was taken away: all fit.
    first.last_day = date(2027, 1, 23)
    save_entry(two_counties, ALL, first)
    save_entry(two_counties, ALL, term(stage=Stage.primary))
    save_entry(two_counties, ALL, term(organisation_code=A.code))
    save_entry(two_counties, ALL, term(first_day=date(2027, 2, 22), last_day=date(2027, 7, 2)))
    remove_row(two_counties, ALL, first)
    save_entry(two_counties, ALL, term(name="改后"))
    with pytest.raises(TermsOverlap):
        undo(two_counties, ALL, first)


def test_a_week_is_written_in_one_line() -> None:
    week = read_week_text("x", "周一至周五 8:20-11:40，13:40-16:10；周六 8:20-11:40", LESSONS)
    assert week == ((((500, 700), (820, 970)),) * 5 + (((500, 700),), ()))
    assert week_text(week) == "12345 08:20-11:40, 13:40-16:10; 6 08:20-11:40"
    assert read_week_text("x", week_text(week), LESSONS) == week
    evenings = read_week_text("x", "18:30-19:30", EVENINGS)
    assert [day for day, spans in enumerate(evenings, start=1) if spans] == [1, 2, 3, 4, 7]
    assert read_week_text("x", "", LESSONS) == ((),) * 7


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("135", "135"), ("1-5", "12345"), ("周日到周四", "12347"), ("Mon, wed", "13"),
        ("星期一、星期三", "13"), ("", ""), ("７", "7"), ("Sat - Sun", "67"),
    ],
)  # fmt: skip
def test_weekdays_are_read_as_they_are_written(text: str, digits: str) -> None:
    assert read_weekdays("weekdays", text) == digits


@pytest.mark.parametrize("text", ["8", "周八", "1-3-5", "0", "上午"])
def test_no_weekdays_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_weekdays("weekdays", text)
