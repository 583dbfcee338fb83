import pytest
from sqlmodel import Session, select

from inventory.errors import CodeIsImmutable, Conflict, Invalid, NotFound, OutOfScope
from inventory.models import Grant, Level, Role, School, SchoolForm, User
from inventory.organisations import (
    SchoolsOnly,
    add_organisation,
    add_school,
    lead_school,
    move_organisation,
    move_school,
)
from inventory.repositories import (
    AgentRepository,
    DeviceRepository,
    OrganisationRepository,
    SchoolRepository,
    UserRepository,
)
from inventory.scope import Scope
from tests.inventory.city import CITY, A, B

ALL = Scope.everything()


def test_paths_are_the_chain_of_codes(city: Session) -> None:
    add_organisation(
        city, A.scope, code="33A-1", name="镇", level=Level.township, parent_code=A.code
    )
    school = add_school(city, A.scope, code="1234567890", name="村小", organisation_code="33A-1")
    assert school.path == f"{A.path}33A-1/1234567890/"
    paths = [organisation.path for organisation in OrganisationRepository(city, ALL).all()]
    assert paths == [f"/{CITY}/", A.path, f"{A.path}33A-1/"]


def test_a_school_may_belong_to_the_city_directly(two_counties: Session) -> None:
    city = two_counties
    school = add_school(
        city, ALL, code="HIGH-1", name="市一中", organisation_code=CITY, stage="senior_secondary"
    )
    assert school.path == f"/{CITY}/HIGH-1/"
    assert school in SchoolRepository(city, ALL).under(f"/{CITY}/")
    assert school not in SchoolRepository(city, A.scope).all()


@pytest.mark.parametrize("code", ["abcd", "ABC", "A" * 33, "AB/D", "ABCD\n", "ＡＢＣＤ", "AB CD"])
def test_a_school_code_is_4_to_32_of_capitals_digits_and_hyphens(city: Session, code: str) -> None:
    with pytest.raises(Invalid):
        add_school(city, ALL, code=code, name="x", organisation_code=CITY)


def test_a_school_code_never_changes(city: Session) -> None:
    school = SchoolRepository(city, ALL).get(A.school)
    school.code = A.school
    with pytest.raises(CodeIsImmutable):
        school.code = "OTHER"


def test_a_taken_code_is_refused(city: Session) -> None:
    with pytest.raises(Conflict):
        add_school(city, ALL, code=A.school, name="x", organisation_code=CITY)
    with pytest.raises(Conflict):
        add_organisation(city, ALL, code=A.school, name="x", level=Level.county, parent_code=CITY)


def test_levels_stand_in_order(city: Session) -> None:
    with pytest.raises(Invalid):
        add_organisation(city, ALL, code="X", name="x", level=Level.county)
    with pytest.raises(Invalid):
        add_organisation(city, ALL, code="X", name="x", level=Level.county, parent_code=A.code)
    with pytest.raises(Invalid):
        add_organisation(city, ALL, code="X", name="x", level=Level.city, parent_code=CITY)
    # A city without counties.
    add_organisation(city, ALL, code="X", name="x", level=Level.township, parent_code=CITY)


def test_nobody_builds_outside_the_own_scope(two_counties: Session) -> None:
    city = two_counties
    with pytest.raises(NotFound):
        add_school(city, A.scope, code="NEW1", name="x", organisation_code=B.code)
    with pytest.raises(OutOfScope):
        add_organisation(city, A.scope, code="NEW1", name="x", level=Level.city)
    with pytest.raises(NotFound):
        move_school(city, A.scope, A.school, B.code)


def test_moving_a_bureau_moves_all_below_it_and_the_grants_on_it(two_counties: Session) -> None:
    city = two_counties
    for code in ("T1", "T2"):
        add_organisation(city, ALL, code=code, name=code, level=Level.township, parent_code=A.code)
    for code, above in (("SCH1", "T1"), ("SCH2", "T2")):
        add_school(city, ALL, code=code, name=code, organisation_code=above)
    users = UserRepository(city, ALL)
    user = users.add(
        User(id="u1", login="t1", name="x", password_hash="-"),
        [(Role.viewer, f"{A.path}T1/"), (Role.school_admin, f"{A.path}T1/SCH1/")],
    )
    move_organisation(city, ALL, "T1", B.code)
    schools = SchoolRepository(city, ALL)
    assert schools.get("SCH1").path == f"{B.path}T1/SCH1/"
    assert schools.get("SCH2").path == f"{A.path}T2/SCH2/"
    assert {grant.scope_path for grant in users.grants_of(user)} == {
        f"{B.path}T1/",
        f"{B.path}T1/SCH1/",
    }
    assert SchoolRepository(city, users.scope_of(user)).all() == [schools.get("SCH1")]
    move_organisation(city, ALL, "T1", B.code)
    assert schools.get("SCH1").path == f"{B.path}T1/SCH1/"


def test_a_bureau_does_not_go_below_itself_or_to_a_wrong_level(city: Session) -> None:
    add_organisation(city, ALL, code="T1", name="x", level=Level.township, parent_code=A.code)
    for code, parent in ((A.code, "T1"), (A.code, A.code), (CITY, A.code), ("T1", "T1")):
        with pytest.raises(Invalid):
            move_organisation(city, ALL, code, parent)


def test_moving_a_school_keeps_its_devices(two_counties: Session) -> None:
    city = two_counties
    move_school(city, ALL, A.point, B.code)
    assert SchoolRepository(city, B.scope).get(A.point).organisation_code == B.code
    move_school(city, ALL, A.school, B.code)
    assert DeviceRepository(city, B.scope).get(A.row("d")) is not None
    assert DeviceRepository(city, A.scope).get(A.row("d")) is None
    grants = city.exec(select(Grant).where(Grant.scope_path == A.path)).all()
    assert len(grants) == 1


def test_a_central_school_leads_points_and_its_agent_serves_them(city: Session) -> None:
    agents = AgentRepository(city, ALL)
    add_school(
        city, ALL, code="POINT-2", name="x", organisation_code=A.code,
        form=SchoolForm.teaching_point, lead_school_code=A.school,
    )  # fmt: skip
    assert agents.authorised_schools(A.row("a")) == {A.school, A.point, "POINT-2"}
    led = [school.code for school in SchoolRepository(city, ALL).led_by(A.school)]
    assert led == sorted([A.point, "POINT-2"])
    lead_school(city, ALL, A.point, None)
    assert agents.authorised_schools(A.row("a")) == {A.school, "POINT-2"}
    assert A.row("a") not in [agent.id for agent in agents.at_school(A.point)]


def test_only_points_and_village_schools_are_led_and_only_by_schools(city: Session) -> None:
    add_school(city, ALL, code="PLAIN", name="x", organisation_code=A.code)
    for code, lead in (("PLAIN", A.school), (A.point, A.point), (A.school, A.point)):
        with pytest.raises(SchoolsOnly):
            lead_school(city, ALL, code, lead)
    with pytest.raises(NotFound):
        lead_school(city, ALL, A.point, "NOWHERE")


def test_numbers_of_people_are_not_negative_and_names_not_empty(city: Session) -> None:
    with pytest.raises(Invalid):
        add_school(city, ALL, code="PLAIN", name="x", organisation_code=A.code, students=-1)
    with pytest.raises(Invalid):
        add_school(city, ALL, code="PLAIN", name=" ", organisation_code=A.code)
    assert city.get(School, "PLAIN") is None
