"""Schools close, merge and move on a date; history and codes stay."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from inventory.errors import Invalid, NotFound, OutOfScope, SchoolClosed
from inventory.models import Device, School, SchoolChange, SchoolChangeKind
from inventory.repositories import DeviceRepository, SchoolChangeRepository, SchoolRepository
from inventory.schools.changes import (
    ChangeDone,
    ChangePlanned,
    carry_out_due,
    decide_change,
    take_back,
)
from inventory.scope import Scope
from tests.inventory.city import A, B

ALL = Scope.everything()
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
TODAY = date(2026, 9, 1)


@pytest.fixture
def city(two_counties: Session) -> Session:
    """Two counties whose schools have nothing ahead of them."""
    for county in (A, B):
        two_counties.delete(two_counties.get_one(SchoolChange, county.row("sc")))
    two_counties.flush()
    return two_counties


def _decide(
    session: Session, kind: SchoolChangeKind, on: date = TODAY, scope: Scope = ALL, **fields: object
) -> SchoolChange:
    values = {"id": "", "school_code": A.school, "kind": kind, "takes_effect_on": on}
    return decide_change(session, scope, SchoolChange(**(values | fields)), NOW, TODAY)


def test_a_school_that_closes_keeps_its_devices_and_its_page(city: Session) -> None:
    change = _decide(city, SchoolChangeKind.close, reason="撤点并校")
    school = SchoolRepository(city, A.scope).get(A.school)
    assert school is not None
    assert (school.closed_on, school.successor_code, change.done_at) == (TODAY, None, NOW)
    assert DeviceRepository(city, A.scope).get(A.row("d")) is not None
    codes = {one.code for one in SchoolRepository(city, ALL).open_on(date(2026, 9, 2))}
    assert A.school not in codes
    assert A.school in {one.code for one in SchoolRepository(city, ALL).open_on(TODAY)}
    with pytest.raises(SchoolClosed):
        _decide(city, SchoolChangeKind.close)
    with pytest.raises(ChangeDone):
        take_back(city, ALL, change)


def test_a_merger_names_the_school_that_goes_on(city: Session) -> None:
    _decide(city, SchoolChangeKind.merge, successor_code=B.school)
    school = city.get_one(School, A.school)
    assert (school.closed_on, school.successor_code) == (TODAY, B.school)
    assert city.get_one(Device, A.row("d")).school_code == A.school
    with pytest.raises(SchoolClosed):
        _decide(city, SchoolChangeKind.merge, school_code=B.school, successor_code=A.school)


def test_a_school_that_moves_is_seen_by_its_new_bureau_with_its_history(city: Session) -> None:
    change = _decide(city, SchoolChangeKind.move, to_organisation_code=B.code)
    school = city.get_one(School, A.school)
    assert (school.code, school.path) == (A.school, f"{B.path}{A.school}/")
    assert change.from_organisation_code == A.code
    assert SchoolRepository(city, A.scope).get(A.school) is None
    assert DeviceRepository(city, B.scope).get(A.row("d")) is not None
    assert SchoolChangeRepository(city, B.scope).at_school(A.school) == [change]


def test_a_step_of_a_day_to_come_waits_for_it_and_can_be_taken_back(city: Session) -> None:
    change = _decide(city, SchoolChangeKind.close, date(2026, 9, 3))
    assert change.done_at is None
    assert city.get_one(School, A.school).closed_on is None
    with pytest.raises(ChangePlanned):
        _decide(city, SchoolChangeKind.close)
    take_back(city, ALL, change)
    again = _decide(city, SchoolChangeKind.close, date(2026, 9, 3))
    assert carry_out_due(city, NOW, date(2026, 9, 2)) == 0
    assert carry_out_due(city, NOW, date(2026, 9, 3)) == 1
    assert carry_out_due(city, NOW, date(2026, 9, 3)) == 0
    assert city.get_one(School, A.school).closed_on == date(2026, 9, 3)
    assert again.done_at == NOW


@pytest.mark.parametrize(
    ("kind", "fields", "error"),
    [
        ("merge", {}, Invalid),
        ("merge", {"successor_code": A.school}, Invalid),
        ("merge", {"successor_code": "NONE"}, NotFound),
        ("close", {"successor_code": B.school}, Invalid),
        ("move", {}, Invalid),
        ("move", {"to_organisation_code": A.code}, Invalid),
        ("move", {"to_organisation_code": "9999"}, NotFound),
        ("close", {"to_organisation_code": B.code}, Invalid),
        ("close", {"school_code": "NONE"}, NotFound),
        ("close", {"reason": "x" * 501}, Invalid),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(
    city: Session, kind: str, fields: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _decide(city, SchoolChangeKind(kind), **fields)


def test_who_manages_one_county_moves_nothing_into_or_out_of_another(city: Session) -> None:
    for scope, fields in (
        (A.scope, {"to_organisation_code": B.code}),
        (B.scope, {"to_organisation_code": B.code}),
    ):
        with pytest.raises((NotFound, OutOfScope)):
            _decide(city, SchoolChangeKind.move, scope=scope, **fields)
