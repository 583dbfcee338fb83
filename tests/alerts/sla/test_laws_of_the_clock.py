"""What holds of every clock of service, by every calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alerts.sla.clock import Run, due, final, spent
from alerts.sla.hours import HOUR, MINUTE, BusinessHours, business_hours, moment
from inventory.calendars import BlackoutEntry, DayEntry, SchoolCalendar
from inventory.models import BlackoutKind, CalendarKind, Stage
from tests.inventory.calendars.school_calendar import CITY, calendar, make_up

#: A term, the longest holiday with its worked weekends, and the vacation after the term.
FIRST, LAST = date(2026, 9, 1), date(2027, 2, 28)
DAYS = st.dates(FIRST, date(2026, 12, 31))
LENGTH = 120 * 24 * HOUR
BEGIN = moment(datetime(2026, 9, 1, tzinfo=UTC))
#: Any microsecond, and the round ones at which windows begin and end.
MOMENTS = st.integers(0, LENGTH) | st.integers(0, LENGTH // HOUR).map(lambda n: n * HOUR)
AT = MOMENTS.map(lambda n: BEGIN + n)
TARGETS = st.integers(1, 60 * HOUR) | st.integers(1, 60 * 60).map(lambda n: n * MINUTE)
STAGES = st.sampled_from(Stage)
WINDOWS = st.lists(
    st.tuples(AT, st.integers(0, 30 * HOUR)).map(lambda one: (one[0], one[0] + one[1])), max_size=8
)


def hours_of(made: SchoolCalendar) -> BusinessHours:
    return business_hours(made, FIRST, LAST)


def term_calendar(
    *entries: DayEntry | BlackoutEntry, stage: Stage = Stage.primary
) -> SchoolCalendar:
    days = tuple(one for one in entries if isinstance(one, DayEntry))
    blackouts = tuple(one for one in entries if isinstance(one, BlackoutEntry))
    layer = replace(CITY, days=(*CITY.days, *days), blackouts=blackouts)
    return calendar(layer, first=FIRST, last=LAST, stage=stage)


USUAL = {stage: hours_of(term_calendar(stage=stage)) for stage in Stage}
PLAIN = USUAL[Stage.primary]
HOURS = st.just(PLAIN) | WINDOWS.map(BusinessHours)


@st.composite
def runs(draw: st.DrawFn, *, ends: bool = False) -> list[Run]:
    """Up to four runs in order; the last may still go on."""
    cuts = sorted(draw(st.lists(AT, min_size=2, max_size=8, unique=True)))
    made = [Run(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    if not ends and draw(st.booleans()):
        made[-1] = Run(made[-1].begin)
    return made


@given(HOURS, st.lists(AT, min_size=2, max_size=8))
def test_time_is_the_same_however_it_is_cut(hours: BusinessHours, cuts: list[int]) -> None:
    cuts.sort()
    parts = [hours.between(*pair) for pair in pairwise(cuts)]
    assert sum(parts) == hours.between(cuts[0], cuts[-1])
    assert all(
        0 <= part <= end - begin for part, (begin, end) in zip(parts, pairwise(cuts), strict=True)
    )


@given(WINDOWS, AT, AT)
def test_time_is_what_one_counts_window_by_window(
    windows: list[tuple[int, int]], one: int, other: int
) -> None:
    begin, end = sorted((one, other))
    edges = sorted({begin, end, *(edge for window in windows for edge in window)})
    counted = sum(
        after - before
        for before, after in pairwise(edges)
        if begin <= before
        and after <= end
        and any(w[0] <= before and after <= w[1] for w in windows)
    )
    assert BusinessHours(windows).between(begin, end) == counted


@given(HOURS, AT, TARGETS)
def test_a_promise_falls_due_at_the_very_microsecond(
    hours: BusinessHours, begin: int, target: int
) -> None:
    found = hours.after(begin, target)
    if found is None:
        assert hours.between(begin, BEGIN + 3 * LENGTH) < target
    else:
        assert hours.between(begin, found) == target
        assert hours.between(begin, found - 1) == target - 1


@given(HOURS, AT, TARGETS, TARGETS)
def test_later_begun_or_longer_promised_is_never_due_sooner(
    hours: BusinessHours, begin: int, target: int, more: int
) -> None:
    found = hours.after(begin, target)
    for later in (hours.after(begin + more, target), hours.after(begin, target + more)):
        assert later is None or (found is not None and later >= found)


@given(HOURS, AT, TARGETS)
def test_time_outside_the_hours_counts_nothing(
    hours: BusinessHours, begin: int, target: int
) -> None:
    first = hours.after(begin, 1)
    if first is not None:
        assert hours.after(first - 1, target) == hours.after(begin, target)


@given(HOURS, runs(), TARGETS, st.data())
def test_a_run_that_is_cut_in_two_changes_nothing(
    hours: BusinessHours, ran: list[Run], target: int, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(ran) - 1))
    run = ran[place]
    end = run.end or run.begin + LENGTH
    cut = data.draw(st.integers(run.begin, end))
    parts = [*ran[:place], Run(run.begin, cut), Run(cut, run.end), *ran[place + 1 :]]
    assert due(hours, parts, target) == due(hours, ran, target)
    assert spent(hours, parts, BEGIN + LENGTH) == spent(hours, ran, BEGIN + LENGTH)


@given(HOURS, AT, TARGETS, st.lists(AT, min_size=2, max_size=6, unique=True))
def test_a_pause_never_brings_the_due_moment_nearer(
    hours: BusinessHours, begin: int, target: int, cuts: list[int]
) -> None:
    without = due(hours, [Run(begin)], target).at
    pauses = sorted({max(begin, cut) for cut in cuts})
    ran, start = [], begin
    for pause, back in zip(pauses[::2], pauses[1::2], strict=False):
        ran.append(Run(start, pause))
        start = back
        with_pauses = due(hours, [*ran, Run(start)], target).at
        assert with_pauses is None or (without is not None and with_pauses >= without)
        lost = sum(
            hours.between(one.end or 0, two.begin) for one, two in pairwise([*ran, Run(start)])
        )
        if with_pauses is not None and with_pauses > start:
            assert hours.between(begin, with_pauses) == target + lost
        without = with_pauses


@given(HOURS, runs(ends=True), TARGETS)
def test_a_clock_that_stands_keeps_what_is_left(
    hours: BusinessHours, ran: list[Run], target: int
) -> None:
    found = due(hours, ran, target)
    gone = spent(hours, ran, BEGIN + 2 * LENGTH)
    end = ran[-1].end or 0
    judged = final(hours, ran, target)
    if found.left is None:
        assert found.at is not None
        assert gone >= target
        assert judged == found.at <= end
    else:
        assert (found.at, found.left) == (None, target - gone)
        assert judged is None or judged > end


@given(HOURS, runs(), TARGETS, AT)
def test_a_promise_is_broken_when_its_time_is_spent_and_not_before(
    hours: BusinessHours, ran: list[Run], target: int, now: int
) -> None:
    at = due(hours, ran, target).at
    if at is not None:
        assert (spent(hours, ran, now) >= target) == (now >= at)


def _free(day: date) -> DayEntry:
    return DayEntry("o", 1, CalendarKind.day_off, "", day, day)


def _exam(day: date) -> BlackoutEntry:
    return BlackoutEntry("b", 1, BlackoutKind.exam, "", day, day, (), (0, 1440))


def _of_day(day: date) -> tuple[int, int]:
    begin = moment(datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8))
    return begin, begin + 24 * HOUR


@given(DAYS, st.sampled_from((_free, _exam)), STAGES, AT, TARGETS)
def test_a_holiday_or_an_exam_moves_what_was_due_by_its_hours(
    day: date, entry: object, stage: Stage, begin: int, target: int
) -> None:
    usual = USUAL[stage]
    fewer = hours_of(term_calendar(entry(day), stage=stage))  # type: ignore[operator]
    was, now = usual.after(begin, target), fewer.after(begin, target)
    assert fewer.between(*_of_day(day)) == 0
    if was is None or now is None:
        assert now is None
        return
    assert now >= was
    lost = usual.between(max(begin, _of_day(day)[0]), max(begin, min(_of_day(day)[1], now)))
    assert usual.between(begin, now) == target + lost
    if lost and was > max(begin, _of_day(day)[0]):
        assert now > was


@given(st.sampled_from([date(2026, 9, 5), date(2026, 10, 24), date(2026, 11, 8)]), AT, TARGETS)
def test_a_make_up_day_gives_its_hours(day: date, begin: int, target: int) -> None:
    more = hours_of(term_calendar(make_up(day)))
    assert more.between(*_of_day(day)) == 370 * MINUTE
    was, now = PLAIN.after(begin, target), more.after(begin, target)
    assert was is None or (now is not None and now <= was)


@given(DAYS, AT, TARGETS)
def test_a_lesson_that_is_sent_live_keeps_nobody_from_repairing(
    day: date, begin: int, target: int
) -> None:
    live = replace(_exam(day), kind=BlackoutKind.live_lesson)
    assert hours_of(term_calendar(live)).after(begin, target) == PLAIN.after(begin, target)


@given(TARGETS)
def test_what_is_reported_after_the_term_waits_for_the_next(target: int) -> None:
    term = DayEntry("t", 1, CalendarKind.term, "", date(2027, 2, 22), LAST)
    both = hours_of(term_calendar(term))
    winter = moment(datetime(2027, 1, 25, tzinfo=UTC))
    spring = moment(datetime(2027, 2, 22, tzinfo=UTC) - timedelta(hours=8))
    assert PLAIN.after(winter, target) is None
    assert both.after(winter, target) == both.after(spring, target)
