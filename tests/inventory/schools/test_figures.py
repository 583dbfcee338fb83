"""Yearly figures: the newest snapshot is what a school is counted by."""

from datetime import date

import pytest
from sqlmodel import Session

from inventory.errors import Conflict, Invalid, OutOfScope
from inventory.models import School, SchoolFigures
from inventory.repositories import SchoolFiguresRepository
from inventory.schools.figures import remove_figures, save_figures
from inventory.scope import Scope
from tests.inventory.city import A, B

ALL = Scope.everything()


def _snapshot(session: Session, year: int, count: int, **changed: object) -> SchoolFigures:
    values = {
        "id": "", "school_code": A.point, "school_year": year, "students": count,
        "teachers": 5, "classes": 3, "source": "教育事业统计", "taken_on": date(year, 9, 1),
    }  # fmt: skip
    return save_figures(session, ALL, SchoolFigures(**(values | changed)))


def _counted(session: Session) -> tuple[int, int, int]:
    school = session.get_one(School, A.point)
    return school.students, school.teachers, school.classes


def test_a_school_is_counted_by_its_newest_snapshot_whatever_the_order_they_come_in(
    city: Session,
) -> None:
    _snapshot(city, 2025, 120)
    assert _counted(city) == (120, 5, 3)
    _snapshot(city, 2024, 150, teachers=9)
    assert _counted(city) == (120, 5, 3)
    newest = _snapshot(city, 2025, 118, taken_on=date(2026, 3, 1))
    assert _counted(city) == (118, 5, 3)
    newest.students = 119
    save_figures(city, ALL, newest)
    assert _counted(city) == (119, 5, 3)
    remove_figures(city, ALL, newest)
    assert _counted(city) == (120, 5, 3)
    found = SchoolFiguresRepository(city, ALL).at_school(A.point)
    assert [row.school_year for row in found] == [2025, 2024]
    for row in found:
        remove_figures(city, ALL, row)
    assert _counted(city) == (150, 9, 3), "without any snapshot the last figures stay"


@pytest.mark.parametrize(
    ("field", "value"),
    [("students", -1), ("teachers", 2_000_000), ("classes", -5), ("school_year", 26)],
)
def test_impossible_figures_are_refused_with_their_field(
    city: Session, field: str, value: int
) -> None:
    with pytest.raises(Invalid) as caught:
        _snapshot(city, 2025, 1, **{field: value})
    assert caught.value.arguments["field"] == field


def test_one_day_has_one_snapshot_of_a_year(two_counties: Session) -> None:
    _snapshot(two_counties, 2025, 120)
    with pytest.raises(Conflict):
        _snapshot(two_counties, 2025, 121)
    stranger = SchoolFigures(
        id="", school_code=B.school, school_year=2024, students=1, teachers=1, classes=1,
        taken_on=date(2024, 9, 1),
    )  # fmt: skip
    with pytest.raises(OutOfScope):
        save_figures(two_counties, A.scope, stranger)
