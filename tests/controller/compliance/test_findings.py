"""The four findings, by the worked examples of the FCC and NTIA and the words of the definition."""

from fractions import Fraction
from typing import Any

import pytest

from controller.compliance.inputs import (
    ONE_PATH,
    Exclusion,
    Exemption,
    LineTests,
    Method,
    Policy,
    Probes,
    SchoolInputs,
    Usage,
)
from controller.compliance.paths import ServerFacts
from controller.compliance.results import Delivered, Note
from controller.compliance.states import State
from controller.compliance.verdict import judge
from inventory.models import Medium, NetworkPath
from inventory.standards.model import Flow, Measure
from tests.controller.compliance.schools import (
    ADOPTED,
    DAY,
    MBPS,
    MONDAY,
    demand,
    line,
    made_tests,
    school,
    times,
    windows,
)


def _down(made: SchoolInputs, method: Method | None = None) -> Delivered:
    return judge(made, ADOPTED, method).targets[0].delivered[0]


def _mixed(passed: int, failed: int, good: float = 94, bad: float = 50) -> list[float | None]:
    """Failed tests among passed ones, evenly."""
    whole = passed + failed
    return [bad if n * failed // whole != (n + 1) * failed // whole else good for n in range(whole)]


@pytest.mark.parametrize(
    ("passed", "state", "raw"),
    [
        (42, State.compliant, True),
        (39, State.compliant, True),
        (38, State.marginal, True),
        (34, State.marginal, True),
        (33, State.marginal, False),
        (29, State.marginal, False),
        (28, State.non_compliant, False),
        (0, State.non_compliant, False),
    ],
)
def test_a_week_of_one_test_an_hour_is_judged_by_the_table(
    passed: int, state: State, raw: bool
) -> None:
    """NTIA: one week, six hours a day, one test an hour: 42 tests; the FCC's 80/80 is raw."""
    found = _down(school(_mixed(passed, 42 - passed)))
    assert (found.tests, found.passed, found.state, found.raw) == (42, passed, state, raw)
    assert (found.firm_pass, found.firm_fail) == (39, 28)


@pytest.mark.parametrize(
    ("passed", "state", "notes"),
    [
        (144, State.compliant, ()),
        (143, State.marginal, (Note.tests_uncertain,)),
        (126, State.marginal, (Note.tests_uncertain,)),
        (125, State.non_compliant, (Note.tests_below,)),
    ],
)
def test_a_month_is_judged_by_the_table_and_says_why(
    passed: int, state: State, notes: tuple[Note, ...]
) -> None:
    found = _down(school(_mixed(passed, 168 - passed)))
    assert (found.state, found.notes) == (state, notes)


def test_a_test_passes_at_eighty_per_cent_of_the_target_and_not_below() -> None:
    """FCC: a 10/1 Mbit/s service passes at 8 and 0.8 Mbit/s."""
    assert _down(school([8.0] * 42, demands=(demand(10),))).passed == 42
    assert _down(school([7.999] * 42, demands=(demand(10),))).passed == 0


def test_a_healthy_port_of_100_passes_with_tolerance_and_not_in_full() -> None:
    """A healthy 100 Mbit/s port yields about 94 of goodput; the second column says so."""
    found = _down(school([94.1] * 42))
    assert (found.state, found.passed, found.passed_in_full) == (State.compliant, 42, 0)
    assert found.state_in_full is State.non_compliant
    assert (found.median, found.reached) == (94.1 * MBPS, 94.1 * MBPS)


def test_directions_are_judged_apart_and_the_worse_counts() -> None:
    at = times(7)
    up = [20e6] * 42
    made = school([94.0] * 42, tests=LineTests.of(at, [94e6] * 42, list(up)))
    verdict = judge(made, ADOPTED).targets[0]
    assert [one.state for one in verdict.delivered] == [State.compliant, State.non_compliant]
    assert verdict.state is State.non_compliant
    alone = judge(
        school([94.0] * 42, tests=made.tests, demands=(demand(flows=(Flow.down,)),)), ADOPTED
    )
    assert alone.state is State.compliant


def test_a_dead_line_with_a_living_box_fails_and_an_absent_box_says_nothing() -> None:
    dead = _down(school(_mixed(28, 14, bad=0)))
    assert (dead.state, dead.dead, dead.tests) == (State.non_compliant, 14, 42)
    absent = _down(school([*[94.0] * 28, *[None] * 14]))
    assert (absent.state, absent.tests, absent.dead) == (State.insufficient_data, 28, 0)
    assert Note.too_few_tests in absent.notes
    assert Note.too_many_missing in absent.notes


def test_a_busy_line_is_marked_and_not_dropped() -> None:
    others: list[float | None] = [50e6 if n < 5 else 1e6 for n in range(42)]
    found = _down(school([94.0] * 42, tests=made_tests([94.0] * 42, others=others)))
    assert (found.busy, found.tests) == (5, 42)


def test_what_the_box_cannot_prove_is_no_failure() -> None:
    found = school(
        [920.0] * 42, demands=(demand(10_000),), lines=(line(10_000, 10_000, port=10_000 * MBPS),),
        tests=made_tests([920.0] * 42, limit=[1000.0 * MBPS] * 42),
    )  # fmt: skip
    verdict = judge(found, ADOPTED)
    assert verdict.state is State.not_testable
    assert verdict.targets[0].delivered[0].unproven == 42
    assert verdict.targets[0].delivered[0].notes == (Note.limit_below,)


def test_an_outlet_is_not_judged_by_tests_within_the_network() -> None:
    per_class = demand(measure=Measure.per_class)
    inside = _down(school([94.0] * 42, demands=(per_class,)))
    assert (inside.state, inside.notes) == (State.not_testable, (Note.no_server_outside,))
    assert inside.path is NetworkPath.outside
    across = made_tests([94.0] * 42, internet=[True] * 42)
    assert _down(school([94.0] * 42, demands=(per_class,), tests=across)).state is State.compliant
    # Where there is a server outside, tests that never went there are missing.
    known = ServerFacts(address="https://far", path=NetworkPath.outside)
    missing = _down(school([94.0] * 42, demands=(per_class,), servers=(known,)))
    assert (missing.state, missing.present) == (State.insufficient_data, 0)
    before = _down(school([94.0] * 42, demands=(per_class,)), Method(version=min(ONE_PATH)))
    assert (before.state, before.notes) == (State.not_testable, (Note.not_on_this_path,))
    assert before.path is None


def _both_ways(within: float, beyond: float, number: int = 42) -> LineTests:
    at = times(7)[:number]
    later = [one + 10 * 60_000 for one in times(7)[:42]]
    return made_tests(
        [*[within] * number, *[beyond] * 42], [*at, *later],
        internet=[*[False] * number, *[True] * 42],
    )  # fmt: skip


def test_each_target_is_judged_by_the_way_it_speaks_of() -> None:
    targets = (demand(), demand(measure=Measure.outlet))
    said: dict[str, Any] = {"demands": targets, "scheduled": 42, "scheduled_outside": 42}

    def found(within: float, beyond: float, number: int = 42) -> tuple[Delivered, Delivered]:
        tests = _both_ways(within, beyond, number)
        made = judge(school([94.0] * 42, tests=tests, **said), ADOPTED)
        access, outlet = (one.delivered[0] for one in made.targets)
        return access, outlet

    access, outlet = found(94, 50)
    assert (access.state, outlet.state) == (State.compliant, State.non_compliant)
    assert (access.path, outlet.path) == (NetworkPath.inside, NetworkPath.outside)
    assert (access.tests, outlet.tests) == (42, 42)
    # What passes beyond the outlet came over the access; a firm fail within stays one.
    access, outlet = found(94, 94, 10)
    assert (access.state, access.path) == (State.compliant, NetworkPath.outside)
    assert access.notes == (Note.proven_outside,)
    assert found(94, 50, 10)[0].state is State.insufficient_data
    assert [one.state for one in found(50, 94)] == [State.non_compliant, State.compliant]
    said["scheduled"] = 0
    access, _ = found(94, 50, 0)
    assert (access.state, access.notes) == (State.not_testable, (Note.only_outside,))
    assert access.median == 50e6


def test_tests_outside_school_hours_do_not_count() -> None:
    at = [*times(7), *(one + 5 * 60 * 60_000 for one in times(7))]
    made = school([94.0] * 42, tests=made_tests([94.0] * 42 + [1.0] * 42, at))
    assert _down(made).tests == 42 + sum(
        1 for one in at[42:] if any(begin <= one < end for begin, end in windows(7))
    )


@pytest.mark.parametrize(
    ("rates", "said", "note"),
    [
        ([94.0] * 41, {"days": 7}, Note.too_few_tests),
        ([94.0] * 42, {"days": 9, "scheduled": 53}, Note.too_many_missing),
        ([94.0] * 48, {"hours": 4}, Note.hours_not_sampled),
        ([94.0] * 48, {"on": 4}, Note.too_few_days),
    ],
)
def test_without_enough_nothing_is_proven(
    rates: list[float | None], said: dict[str, Any], note: Note
) -> None:
    at = times(20)
    if hours := said.pop("hours", 0):
        at = [one for n, one in enumerate(at) if n % 6 < hours]
        said["scheduled"] = len(rates)
    if on := said.pop("on", 0):
        at = [one + n * 60_000 for n in range(2) for one in times(on)]
        said["scheduled"] = len(rates)
    found = _down(school(rates, tests=made_tests(rates, at[: len(rates)]), **{"days": 20} | said))
    assert (found.state, found.notes) == (State.insufficient_data, (note,))


def test_days_are_shown_one_by_one() -> None:
    found = _down(school([*[94.0] * 36, *[50.0] * 6]))
    assert [(one.tests, one.passed) for one in found.days] == [(6, 6)] * 6 + [(6, 0)]
    assert found.days[0].day.isoformat() == "2026-09-07"


def test_contract_port_and_medium_are_held_against_the_target() -> None:
    def contract(**said: Any) -> tuple[State, tuple[Note, ...]]:
        found = judge(school([94.0] * 42, **said), ADOPTED).targets[0].provisioned[0]
        return found.state, found.notes

    assert contract() == (State.compliant, ())
    assert contract(lines=(line(50),)) == (State.non_compliant, (Note.contract_below,))
    assert contract(lines=(line(port=10 * MBPS),)) == (State.non_compliant, (Note.port_below,))
    assert contract(lines=(line(port=None),)) == (State.compliant, (Note.port_unknown,))
    assert contract(lines=()) == (State.insufficient_data, (Note.no_contract,))
    fibre = (demand(medium=Medium.fibre),)
    assert contract(demands=fibre, lines=(line(medium=Medium.copper),)) == (
        State.non_compliant,
        (Note.wrong_medium,),
    )
    two = (line(60, id="a"), line(60, id="b"))
    assert contract(lines=two)[0] is State.non_compliant
    outlet = (demand(measure=Measure.outlet),)
    assert contract(lines=two, demands=outlet) == (State.compliant, ())


@pytest.mark.parametrize(
    ("made", "answered", "state"),
    [
        (10_000, 10_000, State.compliant),
        (10_000, 9_945, State.compliant),
        (10_000, 9_944, State.non_compliant),
        (7_999, 7_999, State.insufficient_data),
        # Too long an outage of what was seen, not of the whole.
        (8_500, 8_450, State.marginal),
        # Fails whatever the missing probes would have said.
        (5_000, 4_900, State.non_compliant),
    ],
)
def test_a_line_is_available_in_9945_of_10000_minutes(
    made: int, answered: int, state: State
) -> None:
    """NTIA: at most 48 h of outage in 365 days."""
    probes = Probes(made=made, answered=answered, latency=0.1, round_trips=answered)
    whole = school([94.0] * 42, windows=((MONDAY, MONDAY + 10_000 * 60_000),), probes=probes)
    assert judge(whole, ADOPTED).targets[0].available.state is state


def test_latency_holds_up_to_100_ms() -> None:
    def latency(seconds: float) -> State:
        whole = school([94.0] * 42)
        probes = Probes(
            made=whole.probes.made, answered=whole.probes.made, latency=seconds,
            round_trips=whole.probes.made,
        )  # fmt: skip
        return judge(school([94.0] * 42, probes=probes), ADOPTED).targets[0].available.state

    assert [latency(one) for one in (0.1, 0.1001)] == [State.compliant, State.non_compliant]


def test_low_use_proves_nothing_and_high_use_proves_capacity() -> None:
    low = judge(school([94.0] * 42, usage=Usage()), ADOPTED)
    assert low.state is State.compliant
    assert low.targets[0].sufficient[0].state is State.insufficient_data
    high = judge(school([94.0] * 42, usage=Usage(down=101e6, up=1e6, samples=504)), ADOPTED)
    assert [one.proves_capacity for one in high.targets[0].sufficient] == [True, False]
    assert high.targets[0].sufficient[0].utilisation == pytest.approx(1.01)


def test_an_excluded_day_leaves_no_trace_but_its_approval() -> None:
    bad = [*[94.0] * 42, *[0.0] * 18]
    assert _down(school(bad)).dead == 18
    days = (MONDAY + 9 * DAY, MONDAY + 12 * DAY)
    excluded = Exclusion(begin=days[0], end=days[1], reason="停电", approved_by="Li", approved_at=1)
    whole = school(bad, exclusions=(excluded,), scheduled=0)
    verdict = judge(whole, ADOPTED)
    assert (verdict.targets[0].delivered[0].tests, verdict.targets[0].delivered[0].dead) == (42, 0)
    assert verdict.exclusions == (excluded,)


def test_an_exempt_school_stands_outside() -> None:
    free = Exemption(reason="重建", approved_by="Li", approved_at=1, first_day=ADOPTED.adopted_on)  # type: ignore[arg-type]
    verdict = judge(school([1.0] * 42, exemption=free), ADOPTED)
    assert verdict.state is State.exempt
    assert verdict.targets[0].state is State.non_compliant


def test_the_headline_is_the_worst_target_and_each_is_shown() -> None:
    both = (demand(10, target="low"), demand(1000, target="high"))
    verdict = judge(school([94.0] * 42, demands=both), ADOPTED)
    assert [one.state for one in verdict.targets] == [State.compliant, State.non_compliant]
    assert verdict.state is State.non_compliant


def test_what_awaits_confirmation_is_shown_and_not_judged() -> None:
    open_one = demand(1000, pending=("years",))
    verdict = judge(school([94.0] * 42, demands=(open_one,)), ADOPTED)
    assert (verdict.state, verdict.targets, verdict.pending) == (None, (), (open_one,))


def test_a_tolerance_nobody_adopted_is_said_to_be_so() -> None:
    assert judge(school([94.0] * 42), Policy()).notes == (Note.policy_not_adopted,)
    assert judge(school([94.0] * 42), ADOPTED).notes == ()
    strict = Policy(name="none", test_share=Fraction(1), adopted_on=ADOPTED.adopted_on)
    assert judge(school([94.0] * 42), strict).state is State.non_compliant
