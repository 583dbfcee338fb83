"""Schools together: the unknown stay in the denominator, whatever schools are grouped by."""

from controller.compliance.district.counting import counts_of, groups_of
from controller.compliance.district.figures import Counts, Grouping, Standing
from inventory.models import SchoolForm, Setting, Stage
from tests.controller.compliance.district.made_up import TREE, facts, placed


def test_the_unknown_stay_in_the_denominator_and_exempt_schools_do_not() -> None:
    counts = counts_of(
        ["compliant"] * 3
        + ["non_compliant", "marginal", "insufficient_data", "not_testable", "no_target"]
        + ["exempt"] * 2
    )
    assert (counts.schools, counts.judged, counts.unknown) == (10, 8, 3)
    assert counts.share == 3 / 8
    assert counts.of(Standing.exempt) == 2
    assert Counts().share is None
    assert Counts(exempt=1).share is None


def test_one_school_more_nobody_knows_of_never_raises_the_share() -> None:
    for unknown in ("insufficient_data", "not_testable", "no_target"):
        before, after = counts_of(["compliant"] * 4), counts_of(["compliant"] * 4 + [unknown])
        assert before.share is not None
        assert after.share is not None
        assert after.share < before.share


def test_schools_are_grouped_by_county_township_kind_and_provider() -> None:
    rural, point = Setting.rural, SchoolForm.teaching_point
    found = groups_of(
        [
            placed(facts("S1", stage=Stage.junior_secondary), provider="电信", median=90e6),
            placed(facts("S2", "/33/331/3311/", setting=rural), "non_compliant", median=50e6),
            placed(facts("S3", "/33/332/", setting=rural, form=point), "insufficient_data"),
            placed(facts("S4", "/33/"), "compliant", provider="电信", median=100e6),
        ],
        TREE,
    )

    def by(grouping: Grouping) -> dict[str, Counts]:
        return {one.key: one.counts for one in found if one.by is grouping}

    assert by(Grouping.county) == {
        "331": Counts(compliant=1, non_compliant=1),
        "332": Counts(insufficient_data=1),
        "33": Counts(compliant=1),
    }
    assert list(by(Grouping.township)) == ["331", "3311", "332", "33"]
    assert list(by(Grouping.stage)) == [Stage.primary, Stage.junior_secondary]
    assert list(by(Grouping.setting)) == [Setting.urban, Setting.rural, point]
    assert by(Grouping.setting)[Setting.rural] == Counts(non_compliant=1)
    assert list(by(Grouping.form)) == [SchoolForm.school, point]
    assert list(by(Grouping.provider)) == ["电信", ""]
    first = found[0]
    assert (first.name, first.name_en, first.median_down, first.measured) == (
        "甲县", "Jia", 70e6, 2,
    )  # fmt: skip
    assert all(
        sum(counts.schools for counts in by(grouping).values()) == 4 for grouping in Grouping
    )


def test_a_bureau_the_reader_may_not_see_is_called_by_its_code() -> None:
    (county, *_) = groups_of([placed(facts("S1", "/99/991/"))], TREE)
    assert (county.key, county.name) == ("99", "99")
