"""Verdicts of months are written over until a report freezes them, and read within a scope."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from inventory.models import School, SchoolForm
from inventory.scope import Scope
from inventory.verdicts.keeping import MonthVerdictRepository
from tests.inventory.city import A, B
from tests.inventory.verdicts.kept_rows import AT, MONTH, freeze, target_row, verdict_row

ALL = Scope.everything()
OCTOBER = date(2026, 10, 1)
LATER = AT + timedelta(days=1)


def test_a_month_is_written_over_until_it_is_frozen(city: Session) -> None:
    repository = MonthVerdictRepository(city, ALL)
    both = [verdict_row(A.school), verdict_row(A.point, "non_compliant")]
    targets = [target_row(A.school), target_row(A.point, "non_compliant")]
    assert repository.keep(both, targets, MONTH) == 2
    again = [verdict_row(A.school, "marginal", computed_at=LATER, is_final=True)]
    assert repository.keep(again, [target_row(A.school, "marginal")], MONTH) == 1
    assert [one.standing for one in repository.of_month(MONTH)] == ["non_compliant", "marginal"]
    assert [one.state for one in repository.targets_of(A.school, MONTH)] == ["marginal"]
    computed = repository.computed(MONTH)
    assert (computed.schools, computed.final, computed.frozen) == (2, 1, 0)
    assert (computed.first, computed.last) == (AT, LATER)

    freeze(city, A.point, LATER)
    better = [verdict_row(A.school), verdict_row(A.point)]
    assert repository.keep(better, [target_row(A.school), target_row(A.point)], MONTH) == 1
    assert {one.school_code: one.standing for one in repository.of_month(MONTH)} == {
        A.school: "compliant",
        A.point: "non_compliant",
    }
    assert [one.state for one in repository.targets_of(A.point, MONTH)] == ["non_compliant"]
    freeze(city, A.school, LATER)
    assert repository.computed(MONTH).frozen == 2


def test_months_of_schools_are_read_one_by_one_and_together(city: Session) -> None:
    repository = MonthVerdictRepository(city, ALL)
    assert repository.newest() is None
    repository.keep([verdict_row(A.school, median=90e6, students=600)], [], MONTH)
    repository.keep([verdict_row(A.school, "exempt", month=OCTOBER)], [], OCTOBER)
    assert repository.months() == [OCTOBER, MONTH]
    assert repository.newest(A.path) == OCTOBER
    rows = repository.between(MONTH, OCTOBER, A.path)
    assert [(one.month, one.standing, one.median_up, one.students) for one in rows] == [
        (MONTH, "compliant", 90e6, 600),
        (OCTOBER, "exempt", None, 0),
    ]
    stamps = repository.stamps(MONTH, OCTOBER, A.path)
    assert stamps == {MONTH: (1, AT, AT, None), OCTOBER: (1, AT, AT, None)}
    freeze(city, A.school, LATER)
    assert repository.stamps(MONTH, MONTH) == {MONTH: (1, AT, AT, LATER)}
    months = repository.of_school(A.school, MONTH, OCTOBER)
    assert {month: one.standing for month, one in months.items()} == {
        MONTH: "compliant",
        OCTOBER: "exempt",
    }
    assert [one.code for one in repository.schools(A.path)] == [A.point, A.school]


def test_a_page_lists_the_worst_first_and_finds_by_name(city: Session) -> None:
    repository = MonthVerdictRepository(city, ALL)
    repository.keep([verdict_row(A.point), verdict_row(A.school, "non_compliant")], [], MONTH)
    page = repository.page(MONTH, first=("non_compliant", "compliant"))
    assert [one.school.code for one in page.items] == [A.school, A.point]
    assert page.items[0].verdict.standing == "non_compliant"
    assert [one.school.code for one in repository.page(MONTH).items] == [A.point, A.school]
    only = repository.page(MONTH, standings=("compliant",), search="教学")
    assert ([one.school.code for one in only.items], only.total) == ([A.point], 1)
    assert repository.page(MONTH, search="100%").total == 0
    assert repository.page(MONTH, offset=1, limit=1).total == 2


def test_schools_under_a_target_are_counted_without_exempt_ones(two_counties: Session) -> None:
    repository = MonthVerdictRepository(two_counties, ALL)
    repository.keep(
        [verdict_row(A.school), verdict_row(A.point, "exempt"), verdict_row(B.school)],
        [target_row(A.school), target_row(A.point), target_row(B.school, "non_compliant")],
        MONTH,
    )
    counted = repository.target_counts(MONTH)
    assert [(one.target, one.state, one.schools) for one in counted] == [
        ("access_all", "compliant", 1),
        ("access_all", "non_compliant", 1),
    ]
    assert [one.schools for one in repository.target_counts(MONTH, B.path)] == [1]


def test_schools_behind_a_figure_are_listed(two_counties: Session) -> None:
    repository = MonthVerdictRepository(two_counties, ALL)
    repository.keep(
        [
            verdict_row(A.school, provider="电信"),
            verdict_row(A.point, "exempt"),
            verdict_row(B.school, provider="移动"),
        ],
        [target_row(A.school), target_row(A.point), target_row(B.school, "non_compliant")],
        MONTH,
    )

    def listed(**said: Any) -> set[str]:
        return {one.school.code for one in repository.page(MONTH, **said).items}

    under = ("national", 2, "access_all")
    assert listed(target=under) == {A.school, B.school}
    assert listed(target=under, standings=("non_compliant",)) == {B.school}
    assert listed(target=("national", 1, "access_all")) == set()
    assert listed(provider="电信") == {A.school}
    assert listed(provider="") == {A.point}
    point = two_counties.get_one(School, A.point)
    assert listed(setting=SchoolForm.teaching_point) == {A.point}
    assert A.point not in listed(setting=point.setting)


def test_a_county_reads_and_writes_its_own_months(two_counties: Session) -> None:
    everyone = MonthVerdictRepository(two_counties, ALL)
    everyone.keep(
        [verdict_row(A.school), verdict_row(B.school)],
        [target_row(A.school), target_row(B.school)],
        MONTH,
    )
    ours = MonthVerdictRepository(two_counties, A.scope)
    assert [one.school_code for one in ours.of_month(MONTH)] == [A.school]
    assert [one.school_code for one in ours.between(MONTH, MONTH)] == [A.school]
    assert [one.school.code for one in ours.page(MONTH).items] == [A.school]
    assert ours.of_school(B.school, MONTH, MONTH) == {}
    assert ours.targets_of(B.school, MONTH) == []
    assert [one.schools for one in ours.target_counts(MONTH)] == [1]
    assert ours.computed(MONTH).schools == 1
    assert {one.code for one in ours.schools()} == {A.school, A.point}
    theirs = [verdict_row(B.school, "non_compliant")]
    assert ours.keep(theirs, [target_row(B.school, "non_compliant")], MONTH) == 0
    assert everyone.of_month(MONTH, B.path)[0].standing == "compliant"
    assert everyone.targets_of(B.school, MONTH)[0].state == "compliant"
    nobody = MonthVerdictRepository(two_counties, Scope(()))
    assert (nobody.months(), nobody.newest()) == ([], None)
