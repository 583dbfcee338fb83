"""Standards in the register: bound by kind and date, kept once used, confirmed by people."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlmodel import Session

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import (
    School,
    SchoolForm,
    Setting,
    Stage,
    StandardAnswer,
    TolerancePolicy,
)
from inventory.scope import Scope
from inventory.standards.bound import Bindings, Bound, SchoolKind, kind_of, targets_of
from inventory.standards.documents import from_text, shipped
from inventory.standards.errors import (
    AnswerUnfit,
    BindingRepeated,
    NotYourStandard,
    StandardCodeTaken,
)
from inventory.standards.keeping import (
    Kinds,
    Known,
    adopt_policy,
    apply_standard,
    confirm,
    copy_standard,
    edit_standard,
    end_binding,
    kept,
    known_standard,
)
from inventory.standards.repository import StandardRepository
from tests.inventory.city import CITY, A, B

ALL = Scope.everything()
DAY = date(2026, 9, 1)


def _apply(session: Session, code: str, at: str = A.code, **said):
    known = known_standard(session, ALL, code)
    return apply_standard(session, ALL, known, at=at, by="mei", **({"valid_from": DAY} | said))


def _bound(session: Session, school: str = A.school, on: date = DAY) -> list[Bound]:
    """What holds beside the plan that every county of the tests has."""
    found = Bindings(session, ALL, on, on).of(kind_of(session.get_one(School, school)), on)
    return [one for one in found if not one.standard.plan.startswith("Plan ")]


def _own(session: Session):
    known = known_standard(session, ALL, "national")
    return copy_standard(
        session, ALL, known, code="ours", title="Ours", organisation_code=A.code, by="mei"
    )


def test_a_school_is_bound_by_its_bureau_from_a_day_to_a_day(two_counties: Session) -> None:
    session = two_counties
    binding = _apply(session, "liwan", valid_from=DAY, valid_until=date(2026, 12, 31))
    assert "access_public" in [one.target.id for one in _bound(session)]
    assert _bound(session, B.school) == []
    assert _bound(session, on=DAY - timedelta(days=1)) == []
    assert _bound(session, on=date(2027, 1, 1)) == []
    end_binding(session, ALL, binding.id, DAY)
    assert _bound(session, on=DAY + timedelta(days=1)) == []


def test_several_standards_hold_side_by_side(city: Session) -> None:
    _apply(city, "national", at=CITY)
    _apply(city, "tongxiang", at=A.school)
    assert {one.standard.code for one in _bound(city)} == {"national", "tongxiang"}
    with pytest.raises(BindingRepeated):
        _apply(city, "national", at=CITY, valid_from=DAY + timedelta(days=9))


def test_a_binding_can_be_for_one_kind_of_schools(city: Session) -> None:
    school = city.get_one(School, A.school)
    other = next(one for one in Setting if one is not school.setting)
    _apply(city, "liwan", kinds=Kinds(setting=other))
    assert _bound(city) == []
    _apply(city, "liwan", kinds=Kinds(setting=school.setting))
    assert _bound(city)
    with pytest.raises(Invalid):
        _apply(city, "liwan", at=A.school, kinds=Kinds(setting=other))


def test_what_a_plan_leaves_open_is_shown_and_not_judged_before_a_person_answers(
    city: Session,
) -> None:
    _apply(city, "zibo")
    open_ones = {one.target.id: one.pending for one in _bound(city)}
    assert all(
        "years" in open_ones[name]
        for name in open_ones
        if name not in {"students_per_computer", "whiteboards", "campus_networks"}
    )
    zibo = known_standard(city, ALL, "zibo")
    for question, answer in (("years", "2026-03-01"), ("per_class_reading", "no")):
        confirm(
            city, ALL, zibo, question=question, answer=answer, organisation_code=A.code, by="mei"
        )
    found = {one.target.id: one for one in _bound(city)}
    assert not any(name.startswith("outlet_per_class") for name in found)
    assert all(not one.pending for one in found.values())
    assert found["backbone"].confirmed[0].startswith("years=2026-03-01 (mei, ")


def test_an_answer_has_to_be_one(city: Session) -> None:
    zibo = known_standard(city, ALL, "zibo")
    for question, answer in (("years", "2023"), ("town_setting", "town")):
        with pytest.raises(AnswerUnfit):
            confirm(
                city, ALL, zibo, question=question, answer=answer, organisation_code=A.code, by="m"
            )
    with pytest.raises(NotFound):
        confirm(city, ALL, zibo, question="x", answer="yes", organisation_code=A.code, by="m")


def _town(answers: list[tuple[str, str, str]]) -> dict[str, tuple[str, ...]]:
    """Access targets of Zibo for a school of a town, with the questions that are open."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        StandardAnswer(
            id=str(number), standard_id="s", question=question, answer=answer,
            organisation_code=bureau, answered_at=at + timedelta(days=number), answered_by="mei",
        )
        for number, (question, answer, bureau) in enumerate(answers)
    ]  # fmt: skip
    school = SchoolKind(
        "SCH", "/37/3703/SCH/", Stage.primary, Setting.town, SchoolForm.school, True
    )
    found = targets_of("s", shipped()["zibo"], school, DAY, answers=rows, since=DAY)
    return {one.target.id: one.pending for one in found if one.target.id.startswith("access")}


def test_where_towns_belong_decides_which_target_holds() -> None:
    years = ("years", "2026-01-01", "37")
    undecided = _town([years])
    assert undecided == {
        "access_urban": ("town_setting",),
        "access_rural": ("town_setting",),
    }
    assert _town([years, ("town_setting", "rural", "37")]) == {"access_rural": ()}
    assert _town([years, ("town_setting", "none", "37")]) == {}
    # The nearest bureau has the last word, and of it the newest answer.
    nearer = [years, ("town_setting", "urban", "3703"), ("town_setting", "rural", "37")]
    assert _town(nearer) == {"access_urban": ()}


def test_a_standard_of_ones_own_changes_in_place_until_it_is_used(city: Session) -> None:
    row = _own(city)
    document = msgspec.to_builtins(from_text(row.document))
    document["targets"][0]["value"] = "200"
    same = edit_standard(city, ALL, known_standard(city, ALL, "ours"), document, by="li")
    assert (same.id, same.version) == (row.id, 1)
    _apply(city, "ours")
    document["targets"][0]["value"] = "300"
    following = edit_standard(city, ALL, known_standard(city, ALL, "ours"), document, by="li")
    assert (following.id != row.id, following.version) == (True, 2)
    assert from_text(row.document).targets[0].value == Decimal(200)
    assert [one.target.value for one in _bound(city)] == [Decimal(200)]


def test_what_ships_is_copied_and_not_edited(city: Session) -> None:
    known = known_standard(city, ALL, "zibo")
    with pytest.raises(NotYourStandard):
        edit_standard(city, ALL, known, {}, by="li")
    with pytest.raises(StandardCodeTaken):
        copy_standard(city, ALL, known, code="liwan", title="x", organisation_code=None, by="li")


def test_what_ships_is_kept_once_it_is_applied(city: Session) -> None:
    first = kept(city, ALL, known_standard(city, ALL, "zibo"))
    known = known_standard(city, ALL, "zibo")
    assert known.row is not None
    assert kept(city, ALL, known).id == first.id
    assert known == Known(shipped()["zibo"], first)


def test_nobody_binds_or_edits_beyond_the_own_county(two_counties: Session) -> None:
    session, ours = two_counties, Scope.of([A.path])
    known = known_standard(session, ours, "liwan")
    for place in (B.code, B.school, CITY):
        with pytest.raises(OutOfScope):
            apply_standard(session, ours, known, at=place, valid_from=DAY, by="mei")
    row = _own(session)
    theirs = Scope.of([B.path])
    with pytest.raises(NotFound):
        known_standard(session, theirs, "ours")
    with pytest.raises(OutOfScope):
        StandardRepository(session, theirs).keep(row)


def test_a_policy_is_the_nearest_bureaus(city: Session) -> None:
    def adopted(at: str, name: str, share: str = "0.8") -> TolerancePolicy:
        policy = TolerancePolicy(
            id="", organisation_code=at, name=name, adopted_on=DAY, adopted_by="mei",
            valid_from=DAY, test_share=Decimal(share),
        )  # fmt: skip
        return adopt_policy(city, ALL, policy)

    adopted(CITY, "city")
    found = Bindings(city, ALL, DAY, DAY)
    assert found.policy(A.school_path, DAY - timedelta(days=1)) is None
    told = found.policy(A.school_path, DAY)
    assert told is not None
    assert told.name == "city"
    adopted(A.code, "county", "1")
    told = Bindings(city, ALL, DAY, DAY).policy(A.school_path, DAY)
    assert told is not None
    assert told.name == "county"
    with pytest.raises(Invalid):
        adopted(A.code, "none", "0.1")
