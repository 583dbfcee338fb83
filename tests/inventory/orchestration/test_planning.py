"""Laws of planned minutes, whatever the school hours, the lines and the cap."""

import itertools
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.orchestration.load import Load
from inventory.orchestration.planning import (
    APART,
    TEST_SECONDS,
    Count,
    LineDay,
    Span,
    hour_of,
    minute_of,
    number_of_day,
    plan_day,
)

KEY = b"a secret of this installation"
MONDAY = date(2026, 9, 7)
_DAY, _MINUTE = timedelta(days=1), 60_000
_MEGA = 1_000_000


def _at(day: date, minute: int) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    return round(midnight.timestamp() * 1000) + minute * _MINUTE


def _spans(day: date, minutes: list[tuple[int, int]]) -> tuple[Span, ...]:
    return tuple((_at(day, begin), _at(day, end)) for begin, end in minutes)


#: School hours of a day in minutes, with holes where exams and live lessons are.
hours_of_day = st.lists(st.integers(6 * 60, 21 * 60), min_size=2, max_size=8, unique=True).map(
    lambda edges: list(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
lines_of_day = st.lists(
    st.tuples(hours_of_day, st.integers(1, 6), st.sampled_from([100, 500, 1000])),
    min_size=1,
    max_size=12,
)


def _lines(some: list[tuple[list[tuple[int, int]], int, int]]) -> list[LineDay]:
    return [
        LineDay(f"l{place}", f"s{place // 2}", mbps * _MEGA, _spans(MONDAY, minutes), number)
        for place, (minutes, number, mbps) in enumerate(some)
    ]


@given(lines_of_day, st.integers(1, 40), st.integers(1, 4))
@settings(max_examples=60)
def test_tests_lie_in_school_hours_and_under_the_cap(
    some: list[tuple[list[tuple[int, int]], int, int]], hundreds: int, at_once: int
) -> None:
    lines, most = _lines(some), hundreds * 100 * _MEGA
    by_id = {one.line: one for one in lines}
    found = plan_day(KEY, MONDAY, lines, {"": Load(most, at_once)})
    carried: Counter[int] = Counter()
    tests: Counter[int] = Counter()
    of_box: dict[str, list[int]] = defaultdict(list)
    for moment in found:
        line, end = by_id[moment.line], moment.at + TEST_SECONDS * 1000
        assert any(begin <= moment.at and end <= until for begin, until in line.spans)
        carried[minute_of(moment.at)] += line.bits_per_second
        tests[minute_of(moment.at)] += 1
        assert minute_of(end - 1) == minute_of(moment.at)
        of_box[line.box].append(minute_of(moment.at))
    assert max(carried.values(), default=0) <= most
    assert max(tests.values(), default=0) <= at_once
    for minutes in of_box.values():
        ordered = sorted(minutes)
        assert all(b - a >= APART for a, b in itertools.pairwise(ordered))
    made = Counter(moment.line for moment in found)
    assert all(made[one.line] <= one.number for one in lines)


@given(lines_of_day, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_neither_order_nor_who_plans_decides_anything(
    some: list[tuple[list[tuple[int, int]], int, int]], dice: object
) -> None:
    lines = _lines(some)
    shuffled = list(lines)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    planned = set(plan_day(KEY, MONDAY, lines, {"": Load(900 * _MEGA, 3)}))
    assert planned == set(plan_day(KEY, MONDAY, shuffled, {"": Load(900 * _MEGA, 3)}))


@given(lines_of_day)
@settings(max_examples=30)
def test_other_names_change_minutes_and_not_how_many_there_are(
    some: list[tuple[list[tuple[int, int]], int, int]],
) -> None:
    lines = _lines(some)
    renamed = [LineDay(f"x-{one.line}", f"x-{one.box}", *_rest(one)) for one in lines]
    roomy = (100_000 * _MEGA, 1_000)
    before = Counter(moment.line for moment in plan_day(KEY, MONDAY, lines, {"": Load(*roomy)}))
    after = Counter(moment.line for moment in plan_day(KEY, MONDAY, renamed, {"": Load(*roomy)}))
    # One box's tests keep apart, so that short hours hold as many as their order allows.
    alone = [one for one in lines if _length(one) >= 2 * 12 * 2 * APART]
    assert all(before[one.line] == after[f"x-{one.line}"] for one in alone)


def test_minutes_are_of_no_use_for_guessing_the_next_ones() -> None:
    minutes = [(8 * 60, 16 * 60)]

    def day(number: int, key: bytes = KEY) -> list[int]:
        on = MONDAY + number * _DAY
        line = LineDay("l1", "s1", _MEGA, _spans(on, minutes), 3)
        found = plan_day(key, on, [line], {"": Load(10 * _MEGA, 9)})
        return [moment.at - _at(on, 0) for moment in found]

    days = [tuple(day(number)) for number in range(20)]
    assert len(set(days)) == len(days)
    assert day(3) == list(days[3])
    assert day(3, b"another secret") != list(days[3])


weeks = st.lists(hours_of_day, min_size=5, max_size=5).filter(
    lambda week: all(sum(end - begin for begin, end in day) >= 90 for day in week)
)


@given(weeks, st.sets(st.integers(0, 29), max_size=8), st.integers(42, 80))
@settings(max_examples=40)
def test_a_month_with_room_has_its_tests_and_every_hour_of_every_weekday_in_turn(
    week: list[list[tuple[int, int]]], holidays: set[int], wanted: int
) -> None:
    first = date(2026, 9, 1)
    days = [
        day
        for number in range(30)
        if (day := first + number * _DAY).weekday() < 5 and number not in holidays
    ]
    count, numbers, unsampled = Count({}, {}), [], set()
    for place, day in enumerate(days):
        spans = _spans(day, week[day.weekday()])
        number = number_of_day(wanted, sum(numbers), len(days) - place, 12)
        line = LineDay("l1", "s1", _MEGA, spans, number, count)
        found = plan_day(KEY, day, [line], {"": Load(10 * _MEGA, 9)})
        numbers.append(len(found))
        for moment in found:
            weekday, hour = hour_of(moment.at)
            count.hours[hour] = count.hours.get(hour, 0) + 1
            pair = weekday, hour
            count.pairs[pair] = count.pairs.get(pair, 0) + 1
        unsampled |= {hour for hour, length in _whole(spans).items() if length >= 30}
    assert sum(numbers) >= 42
    assert unsampled <= set(count.hours)
    assert max(numbers) - min(numbers) <= max(1, 12 - min(numbers)) // 4 + 1


def test_a_month_that_is_begun_late_gets_as_many_tests_on_fewer_days() -> None:
    assert number_of_day(53, 0, 22, 12) == 3
    assert number_of_day(53, 0, 5, 12) == 11
    assert number_of_day(53, 0, 2, 12) == 12
    assert number_of_day(53, 53, 2, 12) == 0
    assert number_of_day(53, 0, 0, 12) == 0


def _rest(one: LineDay) -> tuple[int, tuple[Span, ...], int]:
    return one.bits_per_second, tuple(one.spans), one.number


def _length(one: LineDay) -> int:
    return sum(end - begin for begin, end in one.spans) // _MINUTE


def _whole(spans: tuple[Span, ...]) -> Counter[int]:
    """Minutes of school hours by hour of the day."""
    found: Counter[int] = Counter()
    for begin, end in spans:
        for minute in range(begin // _MINUTE, end // _MINUTE):
            found[hour_of(minute * _MINUTE)[1]] += 1
    return found
