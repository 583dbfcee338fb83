"""What is kept of a verdict."""

from datetime import UTC, date, datetime

from controller.compliance.district.kept import Taken, row_of, target_rows
from controller.compliance.verdict import judge
from inventory.models import MonthTargetVerdict, MonthVerdict
from inventory.standards.model import Flow, Measure
from tests.controller.compliance.schools import ADOPTED, demand, line, school

TAKEN = Taken(date(2026, 9, 1), datetime(2026, 10, 4, tzinfo=UTC), is_final=True)


def test_the_headline_is_the_worst_target_with_its_line() -> None:
    inputs = school(
        [94.0] * 60,
        demands=(demand(50, target="low"), demand(1000, target="high")),
        lines=(line(), line(200, id="l2", provider="移动")),
    )
    verdict = judge(inputs, ADOPTED)
    row = row_of(verdict, inputs, 600, TAKEN)
    assert (row["standing"], row["target"], row["asked"]) == ("non_compliant", "high", 1e9)
    assert (row["provider"], row["contracted_down"], row["students"]) == ("电信", 100e6, 600)
    assert (row["median_down"], row["reached_up"]) == (94e6, 94e6)
    assert (row["tests"], row["passed"], row["availability"]) == (60, 0, 1.0)
    assert "contract_below" in row["notes"].split()
    assert row["policy"] == "Rule 7"
    low, high = target_rows(verdict, TAKEN)
    assert (low["state"], high["state"]) == ("compliant", "non_compliant")
    assert (high["provisioned"], high["delivered_down"], high["available"]) == (
        "non_compliant", "non_compliant", "compliant",
    )  # fmt: skip
    assert (low["tests_down"], low["passed_up"]) == (60, 60)
    for found, model in ((row, MonthVerdict), (low, MonthTargetVerdict)):
        assert found.keys() <= model.model_fields.keys()


def test_a_target_no_test_speaks_of_leaves_the_measured_rates_in_place() -> None:
    outlet = demand(500, target="outlet", measure=Measure.outlet)
    inputs = school([94.0] * 60, demands=(demand(), outlet), lines=(line(1000, 1000),))
    verdict = judge(inputs, ADOPTED)
    row = row_of(verdict, inputs, 0, TAKEN)
    assert (row["standing"], row["target"]) == ("not_testable", "outlet")
    assert (row["median_down"], row["reached_down"]) == (94e6, None)
    assert row["notes"] == "no_server_outside"


def test_one_direction_and_no_target_at_all_can_be_kept() -> None:
    inputs = school([94.0] * 60, demands=(demand(flows=(Flow.down,)),))
    (only,) = target_rows(judge(inputs, ADOPTED), TAKEN)
    assert (only["delivered_down"], only["delivered_up"]) == ("compliant", None)
    nothing = school([], days=1, demands=(demand(pending=("years",)),), lines=(), tested="")
    row = row_of(judge(nothing, ADOPTED), nothing, 0, TAKEN)
    assert (row["standing"], row["target"], row["pending"]) == ("no_target", "", 1)
    assert (row["provider"], row["median_down"], row["notes"]) == ("", None, "")
