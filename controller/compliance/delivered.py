"""Finding 2: what active tests say of one direction. Pure.

A test passes at the policy's share of the target (80 %), the raw result is whether the policy's
share of tests passes (80 %), and the finding is sure only at the counts of the exact binomial
table. The order of things:

1. Tests outside school hours, or in excluded time, do not count; neither do those that say
   nothing of the line (server fault, server busy, box cut off): these are missing.
2. Where no test could prove the target, because box, server or cap lie below it: not testable.
3. Few tests, few days, an hour of the day without any, or too many missing: insufficient data.
   Yet it is non-compliant if the tests there are make a firm fail even when all that are still
   missing for a sufficient set had passed. So one more passed test never makes a verdict worse,
   and a missing test is never better than one that passed.
4. Else compliant from the firm pass on, non-compliant up to the firm fail, marginal in between.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from controller.compliance.binomial import firm_fail_up_to, firm_pass_from
from controller.compliance.hours import Slots, day_of, days_of, hours_of, inside
from controller.compliance.inputs import Demand, LineTests, Method, Policy, Window
from controller.compliance.results import Day, Delivered, Note
from controller.compliance.states import State
from drivers.readings import LineTestOutcome
from inventory.standards.model import Flow, Measure

#: Others' share of the target above which a test is marked as made on a busy line.
_BUSY = 0.1
#: What only a test across the Internet outlet can show.
_OUTSIDE = frozenset({Measure.outlet, Measure.per_class, Measure.per_user})


def delivered(
    demand: Demand,
    tests: LineTests,
    flow: Flow,
    *,
    windows: Sequence[Window],
    slots: Slots,
    scheduled: int,
    policy: Policy,
    method: Method,
) -> Delivered:
    """What tests say of one direction.

    Args:
        demand: the target.
        tests: of the line, in any order.
        flow: the direction.
        windows: school hours that count, in order and apart.
        slots: hours of these windows.
        scheduled: tests there should be; 0: one for each slot.
        policy: the tolerance.
        method: when tests suffice.
    """
    expected = scheduled or slots.number
    target = demand.bits_per_second
    if target is None:
        return _nothing(flow, State.insufficient_data, expected, Note.numbers_unknown)
    counted = tests.some(inside(windows, tests.at))
    if demand.measure in _OUTSIDE and len(counted):
        counted = counted.some(counted.internet)
        if not len(counted):
            return _nothing(flow, State.not_testable, expected, Note.not_on_this_path)
    rates = counted.rate(flow)
    # Of the outcomes the first three, which are lowest, say something of the line.
    counted = counted.some((counted.outcome <= LineTestOutcome.line_down) & ~np.isnan(rates))
    present = len(counted)
    proven = ~(counted.limit < target)
    if present and not proven.any():
        found = _nothing(flow, State.not_testable, expected, Note.limit_below)
        return _with_rates(found, counted.rate(flow), policy, present=present, unproven=present)
    counted = counted.some(proven)
    return _judged(
        _Set(counted, flow, target, expected, present), slots, policy=policy, method=method
    )


class _Set:
    """Tests that count, in the order of their times, and what is asked of them."""

    def __init__(
        self, tests: LineTests, flow: Flow, target: float, expected: int, present: int
    ) -> None:
        order = np.argsort(tests.at, kind="stable")
        self.at = tests.at[order]
        self.rates = tests.rate(flow)[order]
        self.dead = int((tests.outcome == LineTestOutcome.line_down).sum())
        self.busy = int((tests.others > _BUSY * target).sum())
        self.flow, self.target, self.expected, self.present = flow, target, expected, present
        self.unproven = present - len(tests)

    def passes(self, share: Fraction) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.rates >= float(share) * self.target
        return found


def _judged(found: _Set, slots: Slots, *, policy: Policy, method: Method) -> Delivered:
    tests = len(found.at)
    days = days_of(found.at)
    passes = found.passes(policy.test_share)
    missing_hours = sorted(slots.hours - set(hours_of(found.at).tolist()))
    by_day = _by_day(days, passes)
    owed = _owed(tests, len(by_day), len(missing_hours), found.expected - found.unproven, method)
    passed = int(passes.sum())
    in_full = int(found.passes(Fraction(1)).sum())
    state, notes = _state(tests, passed, owed, policy)
    made = Delivered(
        flow=found.flow,
        state=state,
        tests=tests,
        passed=passed,
        raw=Fraction(passed, tests) >= policy.pass_share if tests else None,
        scheduled=found.expected,
        present=found.present,
        unproven=found.unproven,
        busy=found.busy,
        dead=found.dead,
        passed_in_full=in_full,
        state_in_full=_state(tests, in_full, owed, policy)[0],
        firm_pass=firm_pass_from(tests, policy.pass_share),
        firm_fail=firm_fail_up_to(tests, policy.pass_share),
        days=by_day,
        hours_missing=tuple(missing_hours),
        notes=notes,
    )
    return _with_rates(made, found.rates, policy, present=found.present, unproven=found.unproven)


def _owed(
    tests: int, days: int, hours_missing: int, expected: int, method: Method
) -> tuple[tuple[Note, int], ...]:
    """Tests that are missing for a sufficient set, by what they are missing for."""
    enough = ceil(method.presence * max(expected, 0))
    owed = (
        (Note.too_few_tests, method.fewest_tests - tests),
        (Note.too_few_days, method.fewest_days - days),
        (Note.hours_not_sampled, hours_missing),
        (Note.too_many_missing, enough - tests),
    )
    return tuple((note, number) for note, number in owed if number > 0)


def _state(
    tests: int, passed: int, owed: tuple[tuple[Note, int], ...], policy: Policy
) -> tuple[State, tuple[Note, ...]]:
    notes = tuple(note for note, _ in owed)
    most = max((number for _, number in owed), default=0)
    fail = firm_fail_up_to(tests + most, policy.pass_share)
    if fail is not None and passed + most <= fail:
        return State.non_compliant, (*notes, Note.fails_whatever_is_missing) if owed else ()
    if owed:
        return State.insufficient_data, notes
    firm = firm_pass_from(tests, policy.pass_share)
    if firm is not None and passed >= firm:
        return State.compliant, ()
    return State.marginal, ()


def _by_day(days: NDArray[np.int64], passes: NDArray[np.bool_]) -> tuple[Day, ...]:
    """Days in order, each with its tests; ``days`` rise."""
    made: dict[int, int] = {}
    passed: dict[int, int] = {}
    for day, good in zip(days.tolist(), passes.tolist(), strict=True):
        made[day] = made.get(day, 0) + 1
        passed[day] = passed.get(day, 0) + good
    return tuple(
        Day(day=day_of(day), tests=tests, passed=passed[day]) for day, tests in made.items()
    )


def _with_rates(
    made: Delivered, rates: NDArray[np.float64], policy: Policy, *, present: int, unproven: int
) -> Delivered:
    """The finding with the median, and the rate that the policy's share of tests reaches."""
    if not len(rates):
        return made
    ordered = np.sort(rates)
    reached = ordered[len(ordered) - ceil(policy.pass_share * len(ordered))]
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return _replaced(made, present=present, unproven=unproven, median=median, reached=reached)


def _replaced(
    made: Delivered, *, present: int, unproven: int, median: float, reached: float
) -> Delivered:
    fields = {name: getattr(made, name) for name in made.__struct_fields__}
    fields |= {"present": present, "unproven": unproven}
    return Delivered(**fields | {"median": float(median), "reached": float(reached)})


def _nothing(flow: Flow, state: State, expected: int, note: Note) -> Delivered:
    return Delivered(flow=flow, state=state, scheduled=expected, state_in_full=state, notes=(note,))
