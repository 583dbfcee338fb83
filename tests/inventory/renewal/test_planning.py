"""Scores tell their reasons, forecasts lose no device, and a plan never exceeds its budget."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import Kind
from inventory.errors import Invalid
from inventory.money.amounts import from_fen
from inventory.renewal.fleet import UNKNOWN, WhatIf, due_years
from inventory.renewal.forecast import ages, forecast, past_life, past_warranty, worst_models
from inventory.renewal.plan import plan
from inventory.renewal.score import SENTENCES, reasons, scores
from tests.inventory.renewal.fleets import DEVICES, FLEETS, KINDS, TODAY, One, fleet_of

QUESTIONS = st.builds(
    WhatIf,
    life_months=st.none() | st.integers(1, 180),
    by_kind=st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 180)), max_size=2).map(tuple),
    heed_support=st.booleans(),
)
BUDGETS = st.dictionaries(
    st.integers(2024, 2034), st.integers(0, 30_000_000).map(from_fen), min_size=1, max_size=10
)


def score_of(device: One) -> int:
    return int(scores(fleet_of([device]), TODAY).total[0])


def codes_of(device: One) -> dict[str, int]:
    fleet = fleet_of([device])
    told = reasons(fleet, scores(fleet, TODAY), 0, TODAY)
    return {reason.code: reason.points for reason in told}


@given(FLEETS, QUESTIONS)
def test_a_score_is_the_sum_of_its_reasons(devices: list[One], question: WhatIf) -> None:
    fleet = fleet_of(devices)
    found = scores(fleet, TODAY, question)
    for place in range(len(fleet)):
        told = reasons(fleet, found, place, TODAY, question)
        total = int(found.total[place])
        assert total == max(0, sum(reason.points for reason in told))
        assert 0 <= total <= 100
        for reason in told:
            assert reason.sentence.format(**reason.arguments)


@given(DEVICES, st.integers(0, 60), st.integers(0, 5), st.integers(0, 1_000_000))
def test_older_and_worse_never_scores_less(
    device: One, months: int, failures: int, repairs: int
) -> None:
    worse = replace(
        device,
        age=None if device.age is None else device.age + months,
        failures=device.failures + failures,
        repairs=device.repairs + repairs,
    )
    assert score_of(worse) >= score_of(device)


@pytest.mark.parametrize(
    ("device", "told"),
    [
        (One(age=36), {}),
        (One(age=54), {"age": 17}),
        (One(age=72), {"age": 35}),
        (One(age=200), {"age": 45}),
        (One(age=None), {"age_unknown": 0}),
        (One(support_left=-1), {"support_ended": 20}),
        (One(support_left=12), {"support_ending": 10}),
        (One(support_left=13), {}),
        (One(failures=2), {"failures": 10}),
        (One(failures=9), {"failures": 15}),
        (One(repairs=50_000), {"repairs": 15}),
        (One(repairs=50_000, price=None), {}),
        (One(hours=40), {"busy": 5}),
        (One(hours=0.5), {"idle": -10}),
        (One(hours=None), {}),
    ],
)
def test_every_reason_has_its_points(device: One, told: dict[str, int]) -> None:
    assert codes_of(device) == told


def test_the_worst_device_has_a_hundred_points() -> None:
    worst = One(age=200, support_left=-1, failures=9, repairs=90_000, hours=50)
    assert score_of(worst) == 100
    assert set(codes_of(worst)) <= set(SENTENCES)


@given(FLEETS, QUESTIONS, st.integers(2020, 2030), st.integers(1, 12))
def test_a_forecast_loses_no_device_and_no_fen(
    devices: list[One], question: WhatIf, first: int, years: int
) -> None:
    fleet = fleet_of(devices)
    made = forecast(fleet, first, years, question)
    due = due_years(fleet, question)
    inside = (due != UNKNOWN) & (due < first + years)
    assert sum(one.devices for one in made.of_years) == int(inside.sum())
    assert made.unknown == int((due == UNKNOWN).sum())
    cost = sum(max(int(fen), 0) for fen in fleet.cost[inside])
    assert sum((one.cost_cny for one in made.of_years), Decimal(0)) == from_fen(cost)
    assert made.overdue.devices <= made.of_years[0].devices


@given(FLEETS, BUDGETS, QUESTIONS, st.booleans())
def test_a_plan_never_exceeds_its_budget(
    devices: list[One], budgets: dict[int, Decimal], question: WhatIf, weak_first: bool
) -> None:
    fleet = fleet_of(devices)
    points = scores(fleet, TODAY, question).total
    made = plan(fleet, points, budgets, weak_first=weak_first, question=question)
    due = due_years(fleet, question)
    for year in made.years:
        chosen = made.year_of == year.year
        spent = from_fen(int(fleet.cost[chosen].sum()))
        assert spent == year.spent_cny <= year.budget_cny == budgets[year.year]
        assert year.devices == int(chosen.sum())
        assert year.left_cny >= 0
        # Nothing is replaced before it is due, nor without knowing what it costs.
        assert all(due[chosen] <= year.year)
        assert all(fleet.cost[chosen] != UNKNOWN)
        # Whatever waits would not have fitted any more.
        late = (due != UNKNOWN) & (due <= year.year) & (fleet.cost != UNKNOWN)
        waits = late & ((made.year_of == 0) | (made.year_of > year.year))
        assert year.waiting == int(waits.sum())
        assert all(from_fen(int(fen)) > year.left_cny for fen in fleet.cost[waits])
    assert sum(one.devices for one in made.by_kind) == len(made.chosen)
    spent = sum((one.cost_cny for one in made.by_kind), Decimal(0))
    assert spent == sum((year.spent_cny for year in made.years), Decimal(0))


@given(FLEETS, BUDGETS)
def test_the_same_question_has_the_same_answer(
    devices: list[One], budgets: dict[int, Decimal]
) -> None:
    fleet = fleet_of(devices)
    points = scores(fleet, TODAY).total
    first, second = (plan(fleet, points, budgets) for _ in range(2))
    assert np.array_equal(first.year_of, second.year_of)
    assert np.array_equal(first.chosen, second.chosen)


def test_weak_schools_come_first_where_somebody_wishes_so() -> None:
    fleet = fleet_of([One(age=200, failures=9), One(age=80, weak=True), One(age=100)])
    points = scores(fleet, TODAY).total
    budgets = {2026: Decimal(2_000)}
    assert plan(fleet, points, budgets).year_of.tolist() == [2026, 0, 2026]
    assert plan(fleet, points, budgets, weak_first=True).year_of.tolist() == [2026, 2026, 0]


def test_what_does_not_fit_waits_for_the_next_year() -> None:
    fleet = fleet_of([One(age=100, cost=80_000), One(age=90, cost=80_000), One(age=80, cost=5_000)])
    points = scores(fleet, TODAY).total
    made = plan(fleet, points, {2026: Decimal(900), 2027: Decimal(900)})
    assert made.year_of.tolist() == [2026, 2027, 2026]
    assert [year.waiting for year in made.years] == [1, 0]
    assert made.chosen.tolist() == [0, 2, 1]


@pytest.mark.parametrize("budgets", [{}, {2026: Decimal(-1)}, {y: Decimal(1) for y in range(16)}])
def test_budgets_that_make_no_sense_are_refused(budgets: dict[int, Decimal]) -> None:
    fleet = fleet_of([One()])
    with pytest.raises(Invalid):
        plan(fleet, scores(fleet, TODAY).total, budgets)


def test_what_if_devices_lasted_longer() -> None:
    fleet = fleet_of([One(age=72), One(age=72, kind=1), One(age=72, support_left=3)])
    assert due_years(fleet).tolist() == [2026, 2026, 2026]
    longer = WhatIf(life_months=96, by_kind=((Kind.terminal, 84), (Kind.camera, 1)))
    assert due_years(fleet, longer).tolist() == [2028, 2027, 2026]
    assert due_years(fleet, replace(longer, heed_support=False)).tolist() == [2028, 2027, 2028]


def test_what_ends_in_the_next_months_is_counted() -> None:
    fleet = fleet_of(
        [
            One(warranty_left=left, age=72 - left if left is not None else None)
            for left in (-1, 0, 2, 3, 11, 12, None)
        ]
    )
    warranty = past_warranty(fleet, TODAY)
    assert (warranty.past, warranty.within, warranty.unknown) == (1, [2, 3, 4], 1)
    life = past_life(fleet, TODAY)
    assert (life.past, life.unknown) == (2, 1)


def test_ages_are_bars_of_a_year() -> None:
    bars, unknown = ages(fleet_of([One(age=age) for age in (0, 11, 12, 400, None)]), TODAY)
    assert (bars[0], bars[1], bars[12], unknown) == (2, 1, 1, 1)
    assert len(bars) == 13


def test_models_that_fail_most_come_first() -> None:
    devices = [One(model=0, failures=1)] * 3 + [One(model=1, failures=2, repairs=500)] * 3
    found = worst_models(fleet_of([*devices, One(failures=50)]))
    assert [(one.name, one.failures_each) for one in found] == [("V M2", 2.0), ("V M1", 1.0)]
    assert found[0].repairs_cny == 15
    assert worst_models(fleet_of(devices[:2])) == []


def test_an_empty_fleet_has_an_empty_forecast_and_plan() -> None:
    fleet = fleet_of([])
    assert plan(fleet, scores(fleet, TODAY).total, {2026: Decimal(5)}).years[0].devices == 0
    assert forecast(fleet, 2026, 3).of_years[2].devices == 0
    assert ages(fleet, TODAY)[1] == 0
