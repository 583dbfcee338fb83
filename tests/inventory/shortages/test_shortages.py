"""Equipment standards and what schools lack of them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from drivers.readings import Kind
from inventory.errors import Conflict, Invalid, NotFound, OutOfScope
from inventory.models import (
    Device,
    EquipmentBasis,
    EquipmentRule,
    Lifecycle,
    RoomKind,
    School,
    Setting,
    Stage,
)
from inventory.schools.places import room_named
from inventory.scope import Scope
from inventory.shortages.counting import Shortage, required, survey
from inventory.shortages.standards import RuleUnclear, save_rule
from tests.inventory.city import A, B

ALL = Scope.everything()
TODAY = date(2026, 9, 1)
PLATFORM = {
    "item": "多媒体教学平台", "basis": EquipmentBasis.school_class,
    "kinds": "whiteboard, display,projector",
}  # fmt: skip


def _rule(session: Session, scope: Scope = ALL, **fields: object) -> EquipmentRule:
    values = {"id": "", "standard": "配备标准", "quantity": 1, "valid_from": date(2026, 1, 1)}
    return save_rule(session, scope, EquipmentRule(**(values | PLATFORM | fields)))


def _devices(session: Session, number: int, kind: Kind = Kind.whiteboard, **fields: object) -> None:
    start = len(session.exec(select(Device)).all())
    for n in range(start, start + number):
        values = {"id": f"d-{n}", "school_code": A.school, "name": f"{n}", "kind": kind}
        session.add(Device(**(values | fields)))
    session.flush()


def shortages(session: Session, scope: Scope, on: date, under: str = "/") -> list[Shortage]:
    found = survey(session, scope, on, under=under)
    return found.rows(found.all())


def _at(session: Session, code: str = A.school, on: date = TODAY) -> list[Shortage]:
    return [one for one in shortages(session, ALL, on) if one.school.code == code]


@pytest.fixture
def school(city: Session) -> Session:
    """The city; its school has 15 classes, 600 students and 40 teachers."""
    row = city.get_one(School, A.school)
    row.classes, row.students, row.teachers = 15, 600, 40
    city.delete(city.get_one(EquipmentRule, A.row("er")))
    city.flush()
    return city


def test_one_platform_a_class_counts_what_stands_there_and_nothing_personal(
    school: Session,
) -> None:
    _rule(school)
    _devices(school, 9)
    _devices(school, 2, Kind.projector, lifecycle=Lifecycle.in_repair)
    _devices(school, 1, Kind.display, lifecycle=Lifecycle.in_stock)
    _devices(school, 5, is_personal=True)
    _devices(school, 3, lifecycle=Lifecycle.retired)
    _devices(school, 4, lifecycle=Lifecycle.lost)
    _devices(school, 2, lifecycle=Lifecycle.ordered)
    _devices(school, 7, Kind.terminal)
    (one,) = _at(school)
    assert (one.units, one.required, one.owned, one.ordered, one.missing) == (15, 15, 12, 2, 3)


def test_a_part_of_a_device_is_a_whole_one_and_place_matters(school: Session) -> None:
    _rule(
        school, item="学生计算机", basis=EquipmentBasis.student, per=6, kinds="terminal",
        placed_in="computer_room,maker_space",
    )  # fmt: skip
    school.get_one(School, A.school).students = 601
    lab = room_named(school, ALL, A.school, "", "机房", kind=RoomKind.computer_room)
    _devices(school, 50, Kind.terminal, room_id=lab.id)
    _devices(school, 30, Kind.terminal)
    (one,) = _at(school)
    assert (one.units, one.required, one.owned, one.missing) == (601, 101, 50, 51)


def test_each_computer_room_is_filled_by_itself(school: Session) -> None:
    _rule(
        school, item="计算机教室终端", basis=EquipmentBasis.room, kinds="terminal",
        room_kind=RoomKind.computer_room, quantity=50,
    )  # fmt: skip
    for name, number in (("一", 60), ("二", 45), ("三", 0)):
        room = room_named(school, ALL, A.school, "", name, kind=RoomKind.computer_room)
        _devices(school, number, Kind.terminal, room_id=room.id)
    (one,) = _at(school)
    assert (one.units, one.required, one.owned, one.missing) == (3, 150, 105, 55)


def test_rooms_count_themselves_where_no_kind_of_device_is_named(school: Session) -> None:
    _rule(
        school, item="录播教室", basis=EquipmentBasis.school, kinds="",
        placed_in="lecture_recording_room", classes_from=12,
    )  # fmt: skip
    _rule(
        school, item="录播教室", basis=EquipmentBasis.school, kinds="", quantity=2,
        placed_in="lecture_recording_room", classes_from=24,
    )  # fmt: skip
    (one,) = _at(school)
    assert (one.required, one.owned, one.missing) == (1, 0, 1)
    room_named(school, ALL, A.school, "", "录播", kind=RoomKind.lecture_recording_room)
    (one,) = _at(school)
    assert (one.owned, one.missing) == (1, 0)


def test_a_rule_binds_whom_it_names(two_counties: Session) -> None:
    session = two_counties
    _rule(session, organisation_code=A.code, stage=Stage.primary, setting=Setting.urban)
    bound = {one.school.code for one in shortages(session, ALL, TODAY)}
    assert bound == {A.school, A.point}
    session.get_one(School, A.point).stage = Stage.vocational
    session.get_one(School, A.school).setting = Setting.rural
    assert shortages(session, ALL, TODAY) == []
    _rule(session, item="all")
    assert len(shortages(session, ALL, TODAY)) == 4
    assert len(shortages(session, B.scope, TODAY)) == 2
    assert len(shortages(session, ALL, TODAY, under=B.path)) == 2
    session.get_one(School, B.point).closed_on = date(2026, 8, 31)
    assert len(shortages(session, B.scope, TODAY)) == 1


def test_the_newest_version_that_has_begun_is_in_force_until_it_is_given_up(
    school: Session,
) -> None:
    _rule(school)
    newer = _rule(school, quantity=2, valid_from=date(2027, 1, 1))
    assert [one.required for one in _at(school, on=date(2025, 12, 31))] == []
    assert [one.required for one in _at(school)] == [15]
    assert [one.required for one in _at(school, on=date(2027, 1, 1))] == [30]
    newer.valid_until = date(2027, 6, 30)
    save_rule(school, ALL, newer)
    assert [one.required for one in _at(school, on=date(2027, 6, 30))] == [30]
    assert _at(school, on=date(2027, 7, 1)) == []
    with pytest.raises(Conflict):
        _rule(school, quantity=3)


def test_totals_add_up_over_schools_by_item(two_counties: Session) -> None:
    session = two_counties
    for code, classes in ((A.school, 10), (A.point, 2), (B.school, 6), (B.point, 0)):
        session.get_one(School, code).classes = classes
    _devices(session, 3, school_code=B.school)
    _rule(session)
    _rule(session, item="A", quantity=2)
    one, other = survey(session, ALL, TODAY).totals()
    assert (one.item, one.schools, one.short) == ("A", 4, 3)
    assert (one.required, one.owned, one.missing) == (36, 3, 33)
    assert (other.required, other.owned, other.missing) == (18, 3, 15)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"item": " "}, Invalid),
        ({"quantity": 0}, Invalid),
        ({"per": 0}, Invalid),
        ({"kinds": "blackboard"}, Invalid),
        ({"placed_in": "cellar"}, Invalid),
        ({"classes_from": 9, "classes_to": 8}, Invalid),
        ({"valid_until": date(2025, 1, 1)}, Invalid),
        ({"kinds": ""}, RuleUnclear),
        ({"basis": EquipmentBasis.room}, RuleUnclear),
        ({"room_kind": RoomKind.hall}, RuleUnclear),
        ({"organisation_code": "9999"}, NotFound),
    ],
)
def test_a_rule_that_means_nothing_is_refused(
    city: Session, fields: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _rule(city, **fields)


def test_a_county_makes_rules_for_itself_and_reads_those_above(two_counties: Session) -> None:
    session = two_counties
    _rule(session, A.scope, organisation_code=A.code)
    for code in (None, B.code, "3300"):
        with pytest.raises(OutOfScope):
            _rule(session, A.scope, organisation_code=code, item="x")
    _rule(session, organisation_code="3300", item="city")
    items = {one.rule.item for one in shortages(session, B.scope, TODAY)}
    assert items == {"city"}


@given(units=st.integers(0, 10**6), quantity=st.integers(1, 1000), per=st.integers(1, 1000))
def test_what_is_required_is_the_smallest_number_that_meets_the_ratio(
    units: int, quantity: int, per: int
) -> None:
    needed = required(units, quantity, per)
    assert needed * per >= units * quantity
    assert needed == 0 or (needed - 1) * per < units * quantity
