from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.evidence import TESTS
from alerts.rules import BandwidthBelowTarget, BandwidthWindow, DeviceDown, DeviceWindow, Direction
from alerts.rules.bandwidth import most_passes_of_a_bad_line
from alerts.severity import Severity
from drivers.readings import ALIVE, Kind, Outcome

SINCE = datetime(2026, 3, 10, 8, tzinfo=UTC)
MEGA = 1_000_000


def device(
    outcome: Outcome = Outcome.timeout, failures: int = 2, kind: Kind = Kind.switch
) -> DeviceWindow:
    return DeviceWindow(
        subject="d1", kind=kind, outcome=outcome, failures=failures, since=SINCE, detail="x"
    )


def line(*mbps: float) -> BandwidthWindow:
    return BandwidthWindow(
        subject="l1",
        direction=Direction.down,
        target=100 * MEGA,
        measured=[value * MEGA for value in mbps],
    )


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - ALIVE))
def test_two_failures_in_a_row_are_a_device_that_is_down(outcome: Outcome) -> None:
    finding = DeviceDown().check(device(outcome))

    assert finding is not None
    assert (finding.rule, finding.subject, finding.part) == ("device_down", "d1", "")
    assert finding.arguments == {
        "outcome": outcome.value,
        "detail": "x",
        "failures": 2,
        "since": "2026-03-10T08:00:00+00:00",
    }


def test_one_failure_is_no_news() -> None:
    assert DeviceDown().check(device(failures=1)) is None
    assert not DeviceDown().clears(device(failures=1))


@pytest.mark.parametrize("outcome", sorted(ALIVE))
def test_a_device_that_answers_is_not_down(outcome: Outcome) -> None:
    window = device(outcome, failures=0)

    assert DeviceDown().check(window) is None
    assert DeviceDown().clears(window)


def test_a_switch_is_told_more_loudly_than_a_printer() -> None:
    switch, printer = (DeviceDown().check(device(kind=k)) for k in (Kind.switch, Kind.printer))

    assert switch is not None
    assert printer is not None
    assert (switch.severity, printer.severity) == (Severity.critical, Severity.warning)


@pytest.mark.parametrize(("tests", "passes"), [(14, 8), (42, 28), (168, 125)])
def test_firm_failure_is_that_of_the_verdict(tests: int, passes: int) -> None:
    assert most_passes_of_a_bad_line(tests, 0.8) == passes


def test_three_failures_are_enough_and_two_are_not() -> None:
    rule = BandwidthBelowTarget()

    assert rule.check(line(20, 20)) is None
    finding = rule.check(line(20, 30, 70))
    assert finding is not None
    assert finding.part == "down"
    assert finding.arguments == {
        "tests": 3,
        "passed": 0,
        "share": 0.8,
        "median_mbps": 30.0,
        "target_mbps": 100.0,
    }


def test_a_test_passes_at_four_fifths_of_the_target() -> None:
    rule = BandwidthBelowTarget()

    assert rule.passes(80 * MEGA, 100 * MEGA)
    assert not rule.passes(79.9 * MEGA, 100 * MEGA)


def test_a_bad_moment_on_a_good_line_is_no_alert() -> None:
    rule = BandwidthBelowTarget()

    assert rule.check(line(95, 20, 95, 95, 20)) is None
    assert rule.check(line(*[95] * 9, *[20] * 5)) is None
    assert rule.check(line(*[95] * 8, *[20] * 6)) is not None


def test_no_tests_are_missing_data_and_failed_ones_are_failures() -> None:
    rule = BandwidthBelowTarget()

    assert rule.check(line()) is None
    assert not rule.clears(line())
    finding = rule.check(line(0.0, 0.0, 0.0))
    assert finding is not None
    assert finding.severity is Severity.critical


def test_a_line_at_half_its_target_is_told_more_loudly() -> None:
    rule = BandwidthBelowTarget()

    severities = []
    for window in (line(70, 70, 70), line(49, 49, 70)):
        finding = rule.check(window)
        assert finding is not None
        severities.append(finding.severity)
    assert severities == [Severity.warning, Severity.critical]


def test_three_passes_in_a_row_clear_and_stay_clear() -> None:
    rule = BandwidthBelowTarget()

    assert not rule.clears(line(*[20] * 11, 95, 95))
    window = line(*[20] * 11, 95, 95, 95)
    assert rule.clears(window)
    assert rule.check(window) is None


@given(st.lists(st.floats(0, 200), max_size=20))
def test_an_alert_never_fires_and_clears_on_the_same_tests(measured: Sequence[float]) -> None:
    rule = BandwidthBelowTarget()
    window = line(*measured)

    assert not (rule.check(window) is not None and rule.clears(window))


@given(st.lists(st.booleans(), max_size=30))
def test_an_alert_only_ever_begins_with_a_failed_test(passed: Sequence[bool]) -> None:
    """What evaluation relies on when it passes over lines whose newest test passed."""
    rule = BandwidthBelowTarget()
    speeds = [100.0 * one for one in passed]
    before = rule.check(line(*speeds[-TESTS:]))
    after = rule.check(line(*[*speeds, 100.0][-TESTS:]))

    assert before is not None or after is None
