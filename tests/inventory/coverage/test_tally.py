"""Figures as two numbers: they add up, and what nobody knows never makes a target met."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import Kind
from inventory.coverage.rooms import RoomFact, in_reach, with_platform
from inventory.coverage.tally import Stand, Tally, stand, total
from inventory.models import RoomKind
from inventory.standards.model import Comparison, Measure, Target, Unit

COVERED = Target(
    id="wireless_all",
    quote="有线无线全覆盖",
    translation="Wired and wireless networks cover everything.",
    measure=Measure.wireless_coverage,
    value=Decimal("0.9"),
    unit=Unit.ratio,
)
STUDENTS = Target(
    id="students",
    quote="生机比达到6:1以上",
    translation="At most 6 students for a computer.",
    measure=Measure.students_per_computer,
    value=Decimal(6),
    unit=Unit.students_per_computer,
    comparison=Comparison.at_most,
)
tallies = st.builds(
    lambda there, missing, unknown: Tally(there, there + missing + unknown, unknown),
    st.integers(0, 500),
    st.integers(0, 500),
    st.integers(0, 500),
)


def test_the_value_itself_meets_a_target() -> None:
    assert stand(Tally(9, 10), COVERED, plain=False) is Stand.met
    assert stand(Tally(899_999, 1_000_000), COVERED, plain=False) is Stand.missed
    assert stand(Tally(600, 100), STUDENTS, plain=False) is Stand.met
    assert stand(Tally(601, 100), STUDENTS, plain=False) is Stand.missed


def test_what_nobody_knows_leaves_a_target_open() -> None:
    assert stand(Tally(8, 10, 1), COVERED, plain=False) is Stand.open
    assert stand(Tally(7, 10, 1), COVERED, plain=False) is Stand.missed
    whose = Tally(600, 50, 50, for_below=True)
    assert stand(whose, STUDENTS, plain=False) is Stand.open
    assert stand(replace(whose, unknown=49), STUDENTS, plain=False) is Stand.missed


def test_nothing_to_count_misses_nothing_but_students_without_computers_do() -> None:
    assert stand(Tally(0, 0), COVERED, plain=False) is Stand.nothing
    assert stand(Tally(600, 0, 0, for_below=True), STUDENTS, plain=False) is Stand.missed
    assert stand(Tally(600, 0, 100, for_below=True), STUDENTS, plain=False) is Stand.open
    assert stand(Tally(0, 0, 0, for_below=True), STUDENTS, plain=False) is Stand.nothing


def test_a_plain_number_is_not_a_share() -> None:
    rooms = Target(
        id="rooms",
        quote="创客空间5个",
        translation="Five maker spaces.",
        measure=Measure.creative_spaces,
        value=Decimal(5),
        unit=Unit.number,
    )
    assert stand(Tally(5, 5), rooms, plain=True) is Stand.met
    assert stand(Tally(4, 4), rooms, plain=True) is Stand.missed


@given(st.lists(tallies, min_size=1, max_size=8))
def test_figures_of_schools_add_up(parts: list[Tally]) -> None:
    whole = total(parts)
    assert whole.numerator == sum(one.numerator for one in parts)
    assert whole.numerator + whole.unknown <= whole.denominator
    assert whole.value is None or whole.best is None or whole.value <= whole.best <= 1


@given(tallies)
def test_knowing_less_never_meets_a_target(tally: Tally) -> None:
    met = stand(tally, COVERED, plain=False) is Stand.met
    if tally.numerator:
        forgotten = replace(tally, numerator=tally.numerator - 1, unknown=tally.unknown + 1)
        assert met or stand(forgotten, COVERED, plain=False) is not Stand.met


def _room(name: str, floor: int | None = 1, building: str = "教学楼") -> RoomFact:
    return RoomFact(name, hash((name, building)), "S", RoomKind.classroom, building, floor, name)


def test_a_neighbour_is_the_room_beside_by_number() -> None:
    rooms = [_room(name) for name in ("110", "9班", "10班", "11班", "111")]
    by_name = {room.name: room.key for room in rooms}
    reached = in_reach(rooms, {by_name["10班"]})
    assert reached == {by_name["9班"], by_name["10班"], by_name["11班"]}


def test_no_neighbour_is_guessed_across_floors_buildings_or_without_a_floor() -> None:
    rooms = [_room("101"), _room("201", floor=2), _room("102", building="实验楼")]
    rooms += [_room("103", floor=None), _room("104", floor=None)]
    assert in_reach(rooms, {rooms[0].key}) == {rooms[0].key}
    assert in_reach(rooms, {rooms[3].key}) == {rooms[3].key}


def test_a_projector_is_a_platform_with_a_computer_beside_it() -> None:
    found = with_platform(
        {Kind.whiteboard: {1}, Kind.projector: {2, 3}, Kind.display: {4}, Kind.terminal: {3, 4, 5}}
    )
    assert found == {1, 3, 4}
