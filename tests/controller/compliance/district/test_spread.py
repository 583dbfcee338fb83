"""Equity: urban against rural, strongest against weakest, month by month."""

from datetime import date

import numpy as np
import pytest

from controller.compliance.district.figures import Counts, Spread
from controller.compliance.district.spread import tenths, trend_of
from inventory.models import SchoolForm, Setting
from inventory.standards.model import Flow
from tests.controller.compliance.district.made_up import facts, month
from tests.inventory.verdicts.kept_rows import MONTH

AUGUST = date(2026, 8, 1)


def test_urban_and_rural_medians_are_held_against_each_other() -> None:
    schools = [
        facts("U1"),
        facts("U2"),
        facts("U3"),
        facts("T1", setting=Setting.town),
        facts("R1", setting=Setting.rural),
        facts("R2", setting=Setting.rural, form=SchoolForm.teaching_point),
    ]
    rows = [
        month("U1", median=100e6, students=1000),
        month("U2", median=300e6, students=0),
        month("U3", "insufficient_data"),
        month("T1", median=900e6, students=10),
        month("R1", "non_compliant", median=40e6, students=100),
        month("R2", median=10e6, students=20, is_final=True),
    ]
    empty, found = trend_of(rows, schools, [AUGUST, MONTH])
    assert not empty.is_computed
    assert empty.counts == Counts()
    assert found.counts == Counts(compliant=4, non_compliant=1, insufficient_data=1)
    assert not found.is_final
    equity = found.equity
    assert (equity.measured, equity.unmeasured) == (5, 1)
    down, each, up, _ = equity.settings
    assert down == Spread(
        flow=Flow.down, better=200e6, worse=25e6, better_schools=2, worse_schools=2
    )
    assert (down.ratio, down.gap) == (8, 175e6)
    assert up.flow is Flow.up
    assert each.per_student
    assert (each.better, each.worse, each.better_schools) == (100e3, 450e3, 1)
    strongest = equity.tenths[0]
    assert (strongest.better, strongest.worse) == (900e6, 10e6)


def test_without_one_side_nothing_is_said_of_the_gap() -> None:
    (found,) = trend_of([month("U1", median=1e6)], [facts("U1")], [MONTH])
    assert (found.equity.settings[0].ratio, found.equity.settings[0].gap) == (None, None)
    assert found.equity.tenths[0].better_schools == 0
    nothing = Spread(flow=Flow.down, better=1.0, worse=0.0)
    assert (nothing.ratio, nothing.gap) == (None, 1.0)


@pytest.mark.parametrize(("schools", "size"), [(2, 1), (19, 1), (20, 2), (105, 10)])
def test_a_tenth_is_one_school_at_least_and_the_ends_never_meet(schools: int, size: int) -> None:
    top, bottom = tenths(np.arange(schools, dtype=float))
    assert (len(top), len(bottom)) == (size, size)
    assert bottom.max() < top.min()
