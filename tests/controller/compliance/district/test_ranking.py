"""The weakest schools with their reasons, and schools over a year."""

from datetime import date

from controller.compliance.district.figures import Counts, Standing
from controller.compliance.district.ranking import weakest_of, year_of
from controller.compliance.results import Note
from inventory.standards.documents import shipped
from tests.controller.compliance.district.made_up import TREE, facts, month, placed

MONTHS = [date(2026, number, 1) for number in (6, 7, 8, 9)]
JUNE, JULY, AUGUST, SEPTEMBER = MONTHS
N, M, C, X = (Standing.non_compliant, Standing.marginal, Standing.compliant, Standing.exempt)


def test_the_weakest_come_first_and_the_unknown_are_not_called_weak() -> None:
    asked = {"asked": 100e6}
    found = weakest_of(
        [
            placed(facts("S1"), "marginal", reached=10e6, **asked),
            placed(facts("S2"), "non_compliant", reached=60e6, **asked),
            placed(facts("S3"), "non_compliant", reached_down=90e6, reached_up=20e6, **asked),
            placed(facts("S4"), "insufficient_data", reached=1e6, **asked),
            placed(facts("S5"), "non_compliant", contracted=50e6, **asked),
            placed(facts("S6"), "non_compliant"),
            placed(facts("S7")),
        ],
        TREE,
        {},
        most=5,
    )
    assert [one.code for one in found] == ["S3", "S5", "S2", "S6", "S1"]
    assert [one.share for one in found] == [0.2, None, 0.6, None, 0.1]


def test_a_weak_school_says_why_and_by_whose_words() -> None:
    national = shipped()["national"]
    target = national.targets[0]
    (found,) = weakest_of(
        [
            placed(
                facts("S1"), "non_compliant", standard="national", target=target.id,
                notes="contract_below of_a_later_release outage_above", provider="电信",
            )
        ],
        TREE,
        {"national": national},
        most=1,
    )  # fmt: skip
    assert found.notes == (Note.contract_below, Note.outage_above)
    assert (found.county, found.plan, found.quote) == ("甲县", national.plan, target.quote)


def test_a_year_names_worst_and_middle_months_and_those_that_complied() -> None:
    rows = [
        month("S1", standing, on, median=rate)
        for on, standing, rate in zip(
            MONTHS, ("compliant", "non_compliant", "compliant", "exempt"), (1e6, 2e6, 9e6, 4e6),
            strict=True,
        )
    ]  # fmt: skip
    rows += [month("S2", "compliant", on) for on in (JUNE, SEPTEMBER)]
    rows += [month("S3", "exempt", JUNE), month("S4", "no_target", JUNE), month("S4", "compliant")]
    rows.sort(key=lambda row: row.month)
    year = year_of(rows, [facts(f"S{n}") for n in range(1, 6)], MONTHS)
    assert year.months == tuple(MONTHS)
    one, two, three, four = year.schools
    assert one.standings == (C, N, C, X)
    assert (one.worst, one.worst_month, one.middle) == (N, JULY, C)
    assert (one.compliant, one.judged, one.median_down) == (2, 3, 3e6)
    assert two.standings == (C, None, None, C)
    assert (three.worst, three.judged) == (None, 0)
    # That nobody knew is never better than that it was right.
    assert four.worst is Standing.no_target
    assert year.always == 1
    assert year.by_worst == Counts(compliant=1, non_compliant=1, no_target=1, exempt=1)
    assert year.by_middle.compliant == 2
