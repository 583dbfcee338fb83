"""Finding 2: what active tests say of one direction. Pure.

A test passes at the policy's share of the target (80 %), the raw result is whether the policy's
share of tests passes (80 %), and the finding is sure only at the counts of the exact binomial
table. The order of things:

0. The access is judged by tests that stay within the education network, an outlet and what is
   asked per class or user by tests that cross it. What passes across the outlet has come over the
   access, too: where tests within leave it open, those outside may prove it, and never accuse it.
1. Tests outside school hours, or in excluded time, do not count; neither do those that say
   nothing of the line (server fault, server busy, box cut off): these are missing.
2. Where no test could prove the target, because box, server or cap lie below it: not testable.
3. Few tests, few days, an hour of the day without any, or too many missing: insufficient data.
   Yet it is non-compliant if the tests there are make a firm fail even when all that are still
   missing for a sufficient set had passed. So one more passed test never makes a verdict worse,
   and a missing test is never better than one that passed.
4. Else compliant from the firm pass on, non-compliant up to the firm fail, marginal in between.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from controller.compliance.binomial import firm_fail_up_to, firm_pass_from
from controller.compliance.hours import day_of
from controller.compliance.inputs import ONE_PATH, Demand, Method, Policy
from controller.compliance.made import Made, Spread
from controller.compliance.results import Day, Delivered, Note
from controller.compliance.states import State
from inventory.models import NetworkPath
from inventory.standards.access import ACROSS_THE_OUTLET
from inventory.standards.model import Flow

#: Others' share of the target above which a test is marked as made on a busy line.
_BUSY = 0.1
_INSIDE, _OUTSIDE = NetworkPath.inside, NetworkPath.outside
#: No test along another way could say more.
_SURE = frozenset({State.compliant, State.non_compliant})
_NO_RATES = np.empty(0)


def delivered(
    demand: Demand,
    made: Made,
    flow: Flow,
    *,
    scheduled: tuple[int, int],
    knows_outside: bool,
    policy: Policy,
    method: Method,
) -> Delivered:
    """What tests say of one direction.

    Args:
        demand: the target.
        made: tests of the line, and the school hours that count.
        flow: the direction.
        scheduled: tests there should be within the network and across the outlet; 0: one for each
            slot.
        knows_outside: a test server outside the network is known for the school.
        policy: the tolerance.
        method: when tests suffice.
    """
    way = _Way(demand, made, flow, policy, method)
    told = method.version not in ONE_PATH
    crosses = told and demand.measure in ACROSS_THE_OUTLET
    inside, outside = (one or made.slots.number for one in scheduled)
    if demand.bits_per_second is None:
        expected = outside if crosses else inside
        return way.nothing(State.insufficient_data, expected, Note.numbers_unknown)
    if not told:
        return _by_one_path(way, made.counted, inside)
    if not crosses:
        found = way.judged(made.within, inside, _INSIDE)
        is_left_out = not scheduled[0] and not found.present
        return _or_beyond(way, found, made.across, outside, is_left_out=is_left_out)
    if knows_outside or made.any_outside:
        return way.judged(made.across, outside, _OUTSIDE)
    return way.nothing(State.not_testable, outside, Note.no_server_outside, path=_OUTSIDE)


def _or_beyond(
    way: "_Way", found: Delivered, across: NDArray[np.bool_], expected: int, *, is_left_out: bool
) -> Delivered:
    """What tests within the network say of the access; where they do not, those across the outlet.

    Args:
        way: what is asked.
        found: by tests within the network.
        across: tests across the outlet that count.
        expected: of these there should be.
        is_left_out: nobody has meant to test within the network.
    """
    if found.state in _SURE or not across.any():
        return found
    beyond = way.judged(across, expected, _OUTSIDE)
    if beyond.state is State.compliant:
        return msgspec.structs.replace(beyond, notes=(*beyond.notes, Note.proven_outside))
    if not is_left_out:
        return found
    rates = way.made.tests.rate(way.flow)[across]
    return way.nothing(
        State.not_testable, expected, Note.only_outside, rates[~np.isnan(rates)], _OUTSIDE
    )


def _by_one_path(way: "_Way", counted: NDArray[np.bool_], expected: int) -> Delivered:
    """As methods had it that took tests of the access wherever they went."""
    if way.demand.measure in ACROSS_THE_OUTLET and counted.any():
        counted = counted & way.made.tests.internet
        if not counted.any():
            return way.nothing(State.not_testable, expected, Note.not_on_this_path)
    return way.judged(counted, expected)


@dataclass(frozen=True, slots=True)
class _Way:
    """What is asked of one direction, and by what."""

    demand: Demand
    made: Made
    flow: Flow
    policy: Policy
    method: Method

    def judged(
        self, counted: NDArray[np.bool_], expected: int, path: NetworkPath | None = None
    ) -> Delivered:
        """What those of the tests say that are counted; the target is known."""
        tests, target = self.made.tests, self.demand.bits_per_second or 0.0
        rates = tests.rate(self.flow)
        counted = counted & self.made.told & ~np.isnan(rates)
        proven = self.made.proving(counted, target)
        chosen = np.flatnonzero(proven)
        present = len(chosen) if proven is counted else int(np.count_nonzero(counted))
        if present and not len(chosen):
            its = rates[counted]
            return self.nothing(State.not_testable, expected, Note.limit_below, its, path)
        found = _Set(
            self.made, chosen, flow=self.flow, target=target, expected=expected, present=present
        )
        return _judged(found, policy=self.policy, method=self.method, path=path)

    def nothing(
        self,
        state: State,
        expected: int,
        note: Note,
        rates: NDArray[np.float64] = _NO_RATES,
        path: NetworkPath | None = None,
    ) -> Delivered:
        """A finding without a judgement; tests that prove nothing are told all the same."""
        median, reached = _rates_of(rates, self.policy)
        return Delivered(
            flow=self.flow,
            state=state,
            scheduled=expected,
            present=len(rates),
            unproven=len(rates),
            state_in_full=state,
            median=median,
            reached=reached,
            notes=(note,),
            path=path,
        )


class _Set:
    """Tests that count, in the order of their times, and what is asked of them."""

    def __init__(
        self,
        made: Made,
        chosen: NDArray[np.int64],
        *,
        flow: Flow,
        target: float,
        expected: int,
        present: int,
    ) -> None:
        tests = made.tests
        self.number, self.spread = len(chosen), made.spread(chosen)
        self.rates = tests.rate(flow)[chosen]
        self.dead, self.busy = made.dead(chosen), made.busy(chosen, _BUSY * target)
        self.flow, self.target, self.expected, self.present = flow, target, expected, present
        self.unproven = present - len(chosen)

    def passes(self, share: float) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.rates >= share * self.target
        return found


def _judged(found: _Set, *, policy: Policy, method: Method, path: NetworkPath | None) -> Delivered:
    tests = found.number
    passes = found.passes(float(policy.test_share))
    missing_hours = found.spread.missing_hours
    by_day = _by_day(found.spread, passes)
    owed = _owed(tests, len(by_day), len(missing_hours), found.expected - found.unproven, method)
    passed = int(np.count_nonzero(passes))
    in_full = int(np.count_nonzero(found.passes(1.0)))
    share = policy.pass_share.as_integer_ratio()
    state, notes = _state(tests, passed, owed, share)
    firm_pass, firm_fail = _firm(tests, *share)
    median, reached = _rates_of(found.rates, policy)
    return Delivered(
        flow=found.flow,
        state=state,
        tests=tests,
        passed=passed,
        raw=passed * share[1] >= share[0] * tests if tests else None,
        scheduled=found.expected,
        present=found.present,
        unproven=found.unproven,
        busy=found.busy,
        dead=found.dead,
        passed_in_full=in_full,
        state_in_full=_state(tests, in_full, owed, share)[0],
        firm_pass=firm_pass,
        firm_fail=firm_fail,
        median=median,
        reached=reached,
        days=by_day,
        hours_missing=missing_hours,
        notes=notes,
        path=path,
    )


def _owed(
    tests: int, days: int, hours_missing: int, expected: int, method: Method
) -> tuple[tuple[Note, int], ...]:
    """Tests that are missing for a sufficient set, by what they are missing for."""
    owed = (
        (Note.too_few_tests, method.fewest_tests - tests),
        (Note.too_few_days, method.fewest_days - days),
        (Note.hours_not_sampled, hours_missing),
        (Note.too_many_missing, _at_least(method.presence, max(expected, 0)) - tests),
    )
    return tuple((note, number) for note, number in owed if number > 0)


def _state(
    tests: int, passed: int, owed: tuple[tuple[Note, int], ...], share: tuple[int, int]
) -> tuple[State, tuple[Note, ...]]:
    notes = tuple(note for note, _ in owed)
    most = max((number for _, number in owed), default=0)
    firm, fail = _firm(tests + most, *share)
    if fail is not None and passed + most <= fail:
        more = (*notes, Note.fails_whatever_is_missing) if owed else ()
        return State.non_compliant, (Note.tests_below, *more)
    if owed:
        return State.insufficient_data, notes
    if firm is not None and passed >= firm:
        return State.compliant, ()
    return State.marginal, (Note.tests_uncertain,)


@lru_cache(maxsize=4096)
def _firm(tests: int, share: int, of: int) -> tuple[int | None, int | None]:
    """Firm pass and firm fail; found by whole numbers, as fractions are slow to look up."""
    passes = Fraction(share, of)
    return firm_pass_from(tests, passes), firm_fail_up_to(tests, passes)


def _at_least(share: Fraction, number: int) -> int:
    """The least whole number that is such a share of another one."""
    part, of = share.as_integer_ratio()
    return -(-part * number // of)


def _by_day(spread: Spread, passes: NDArray[np.bool_]) -> tuple[Day, ...]:
    """Days in order, each with its tests."""
    if not spread.days:
        return ()
    passed = np.add.reduceat(passes, spread.begins, dtype=np.int64).tolist()
    return tuple(map(_day, spread.days, spread.made, passed))


@lru_cache(maxsize=65_536)
def _day(number: int, tests: int, passed: int) -> Day:
    """Many schools have the same day: as many tests, as many passes."""
    return Day(day=day_of(number), tests=tests, passed=passed)


def _rates_of(rates: NDArray[np.float64], policy: Policy) -> tuple[float | None, float | None]:
    """The median, and the rate that the policy's share of tests reaches."""
    size = len(rates)
    if not size:
        return None, None
    ordered = np.sort(rates)
    middle = size // 2
    median = ordered[middle] if size % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return float(median), float(ordered[size - _at_least(policy.pass_share, size)])
