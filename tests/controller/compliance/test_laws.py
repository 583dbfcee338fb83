"""Laws of the verdict, over schools made up by hypothesis."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.compliance.inputs import LineTests, Policy, Probes, SchoolInputs
from controller.compliance.states import ORDER, State
from controller.compliance.verdict import judge, judge_all
from tests.controller.compliance.schools import ADOPTED, made_tests, school, times

_DAYS = 8
_TIMES = times(_DAYS)
_TESTS = len(_TIMES)
_MANY = settings(max_examples=60)


def _month(bad: int, dead: int, missing: int, order: int) -> list[float | None]:
    """So many of each kind of test, as one of many orders has them; the others pass."""
    some = [*[79.9] * bad, *[0.0] * dead, *[None] * missing]
    whole: list[float | None] = [*some[:_TESTS], *[94.0] * (_TESTS - len(some))]
    Random(order).shuffle(whole)  # noqa: S311 - an order, no secret
    return whole


#: The edges of the table for 48 tests are met often: few that fail, few that are missing.
_MONTHS = st.builds(
    _month, st.integers(0, 25), st.integers(0, 6), st.integers(0, 14), st.integers(0, 99)
)
_CHOSEN = st.sets(st.integers(0, _TESTS - 1), max_size=20)


def _school(rates: list[float | None], **said: object) -> SchoolInputs:
    return school(rates, days=_DAYS, tests=made_tests(rates, _TIMES[: len(rates)]), **said)


def _rank(made: SchoolInputs, policy: Policy = ADOPTED) -> int:
    """Place in the order; the worst is 0."""
    state = judge(made, policy).state
    return ORDER.index(state if state is not None else State.insufficient_data)


@_MANY
@given(_MONTHS, _CHOSEN)
def test_more_passing_tests_never_worsen_a_verdict(
    rates: list[float | None], chosen: set[int]
) -> None:
    """A failed or a missing test that passes instead leaves the verdict as good, or better."""
    better = [94.0 if n in chosen else rate for n, rate in enumerate(rates)]
    assert _rank(_school(better)) >= _rank(_school(rates))


@_MANY
@given(_MONTHS, st.integers(1, 30))
def test_passing_tests_beyond_the_plan_never_worsen_a_verdict(
    rates: list[float | None], more: int
) -> None:
    before = _school(rates)
    at = [*_TIMES, *(one + 60_000 for one in _TIMES[:more])]
    after = replace(before, tests=made_tests([*rates, *[94.0] * more], at))
    assert _rank(after) >= _rank(before)


@_MANY
@given(_MONTHS, _CHOSEN)
def test_missing_data_never_improve_a_verdict(rates: list[float | None], chosen: set[int]) -> None:
    """A test that is missing is never better than one that passed: absence hides nothing good."""
    missing = [None if n in chosen else rate for n, rate in enumerate(rates)]
    there = [94.0 if n in chosen else rate for n, rate in enumerate(rates)]
    assert _rank(_school(missing)) <= _rank(_school(there))


@_MANY
@given(_MONTHS, st.floats(0.21, 1.0))
def test_with_a_fifth_missing_nothing_good_is_said(rates: list[float | None], part: float) -> None:
    kept = int(len(rates) * (1 - part))
    state = judge(_school([*rates[:kept], *[None] * (len(rates) - kept)]), ADOPTED).state
    assert state in {State.insufficient_data, State.non_compliant}


@_MANY
@given(st.integers(0, 4320), st.integers(0, 4320), st.integers(0, 500))
def test_missing_probes_never_improve_a_verdict(made: int, answered: int, missing: int) -> None:
    answered = min(made, answered)

    def rank(made: int, answered: int) -> int:
        probes = Probes(made=made, answered=answered, latency=0.02, round_trips=answered)
        return _rank(_school([94.0] * len(_TIMES), probes=probes))

    missing = min(missing, answered)
    assert rank(made - missing, answered - missing) <= rank(made, answered)


@_MANY
@given(_MONTHS, st.text(min_size=1, max_size=12))
def test_relabelling_schools_changes_nothing(rates: list[float | None], code: str) -> None:
    made = _school(rates)
    assert judge(replace(made, code=code), ADOPTED).targets == judge(made, ADOPTED).targets


@_MANY
@given(st.lists(_MONTHS, min_size=1, max_size=4), st.integers(0, 4))
def test_splitting_a_batch_of_schools_changes_nothing(
    months: list[list[float | None]], at: int
) -> None:
    batch = [(replace(_school(rates), code=str(n)), ADOPTED) for n, rates in enumerate(months)]
    assert judge_all(batch[:at]) + judge_all(batch[at:]) == judge_all(batch)
    assert list(reversed(judge_all(reversed(batch)))) == judge_all(batch)


@_MANY
@given(_MONTHS, st.randoms(use_true_random=False))
def test_the_order_in_which_tests_arrive_changes_nothing(
    rates: list[float | None], chance: object
) -> None:
    made = _school(rates)
    order = list(range(len(made.tests)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    mixed: LineTests = made.tests.some(np.array(order, dtype=np.int64))  # type: ignore[arg-type]
    assert judge(replace(made, tests=mixed), ADOPTED) == judge(made, ADOPTED)


@_MANY
@given(_MONTHS, st.fractions(Fraction(1, 2), 1), st.fractions(Fraction(1, 2), 1))
def test_a_wider_tolerance_never_worsens_a_verdict(
    rates: list[float | None], one: Fraction, other: Fraction
) -> None:
    def by(share: Fraction) -> int:
        return _rank(_school(rates), Policy(test_share=share, adopted_on=ADOPTED.adopted_on))

    assert by(min(one, other)) >= by(max(one, other))
