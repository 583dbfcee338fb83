"""Groups, rankings and spreads are counted from the report's own lines."""

from msgspec.structs import replace

from controller.compliance.states import State
from controller.reports.content import GroupKind, SchoolLine
from controller.reports.grouping import equity_of, groups_of, weakest_of
from inventory.models import SchoolForm, Setting
from inventory.standards.model import Flow
from tests.controller.reports.city import MEGA, MONTHS, school


def _reaching(n: int, rate: float, *, tests: int = 42, **changed: object) -> SchoolLine:
    one = school(n)
    flows = tuple(
        replace(line, reached=rate, median=rate, tests=tests) for line in school(0).targets[0].flows
    )
    target = replace(school(0).targets[0], flows=flows)
    return replace(one, targets=(target,), **changed)


def test_every_kind_of_group_has_all_schools_the_unknown_among_them() -> None:
    schools = [school(n) for n in range(26)]
    groups = groups_of(schools, GroupKind.county)
    for by in (GroupKind.county, GroupKind.stage, GroupKind.setting, GroupKind.provider):
        counted = [count for one in groups if one.by is by for count in one.counts]
        assert sum(count.schools for count in counted) == 26
        assert {count.state for count in counted} == {one.state for one in schools}
    assert [one.name for one in groups if one.by is GroupKind.county] == ["秀洲区", "桐乡市"]
    assert not [one for one in groups_of(schools, None) if one.by is GroupKind.county]


def test_a_teaching_point_is_counted_by_itself() -> None:
    point = replace(school(0), form=SchoolForm.teaching_point)
    keys = [one.key for one in groups_of([school(0), point], None) if one.by is GroupKind.setting]
    assert keys == ["urban", "teaching_point"]


def test_the_weakest_come_first_and_nobody_is_ranked_by_a_box_or_by_nothing() -> None:
    schools = [
        _reaching(0, 80 * MEGA),
        _reaching(1, 20 * MEGA),
        _reaching(2, 5 * MEGA, tests=0),
        _reaching(3, 1 * MEGA, state=State.exempt),
        replace(school(4), targets=()),
    ]
    found = weakest_of(schools)
    assert [(one.school.code, one.ratio) for one in found] == [
        ("SCH-00001", 0.2),
        ("SCH-00000", 0.8),
    ]
    assert len(weakest_of(schools, most=1)) == 1


def test_urban_schools_are_held_against_rural_ones_by_their_medians() -> None:
    schools = [
        *(
            _reaching(n, rate * MEGA, setting=Setting.urban)
            for n, rate in enumerate((90, 300, 310))
        ),
        *(_reaching(n, rate * MEGA, setting=Setting.rural) for n, rate in enumerate((10, 20))),
        _reaching(9, 999 * MEGA, setting=Setting.town),
    ]
    found = {(one.kind, one.flow): one for one in equity_of(schools, MONTHS[0])}
    settings = found["settings", Flow.down]
    assert (settings.upper, settings.lower) == (300 * MEGA, 15 * MEGA)
    assert (settings.upper_schools, settings.lower_schools) == (3, 2)
    tenths = found["tenths", Flow.up]
    assert (tenths.upper, tenths.lower) == (999 * MEGA, 10 * MEGA)
