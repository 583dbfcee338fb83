from datetime import UTC, datetime

from alerts import messages
from alerts.messages import (
    alert_text,
    alert_title,
    event_name,
    rule_name,
    ticket_text,
    ticket_title,
)
from alerts.models import Alert, Severity, Ticket
from alerts.rules import (
    BandwidthBelowTarget,
    BandwidthWindow,
    DeviceDown,
    DeviceWindow,
    Direction,
    Finding,
)
from drivers.readings import ALIVE, Kind, Outcome

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)


def same(text: str) -> str:
    return text


def alert_of(finding: Finding | None) -> Alert:
    assert finding is not None
    return Alert(
        id="x1",
        school_code="S1",
        subject=finding.subject,
        rule=finding.rule,
        part=finding.part,
        severity=finding.severity,
        arguments=messages.json.dumps(dict(finding.arguments)),
        opened_at=NOW,
    )


def test_every_way_to_be_down_is_told_as_it_is() -> None:
    told = {}
    for outcome in set(Outcome) - ALIVE:
        window = DeviceWindow(
            subject="d1",
            kind=Kind.switch,
            outcome=outcome,
            failures=2,
            since=NOW,
            detail="wrong_digest",
        )
        alert = alert_of(DeviceDown().check(window))
        told[outcome] = alert_title(alert, "core-1", same), alert_text(alert, same)

    assert told[Outcome.timeout] == (
        "core-1 does not answer",
        "No valid answer to 2 polls in a row.",
    )
    assert told[Outcome.auth_rejected] == (
        "core-1 refuses the credentials",
        "It refused our credentials 2 polls in a row (wrong_digest).",
    )
    assert len({title for title, _ in told.values()}) == len(told)


def test_a_slow_line_is_told_with_its_figures() -> None:
    window = BandwidthWindow(
        subject="l1", direction=Direction.up, target=2e8, measured=[1e7, 2.25e7, 3e7]
    )
    alert = alert_of(BandwidthBelowTarget().check(window))

    assert alert_title(alert, "Telecom C-1", same) == "Telecom C-1: upload below target"
    assert alert_text(alert, same) == (
        "0 of 3 tests reached 80% of the target of 200 Mbit/s; the median was 22.5 Mbit/s."
    )


def test_the_reader_s_language_is_used_and_braces_in_names_are_harmless() -> None:
    alert = alert_of(Finding(rule="device_down", subject="d1", arguments={"outcome": "timeout"}))

    def chinese(text: str) -> str:
        return {"{subject} does not answer": "{subject} 无应答"}.get(text, text)

    assert alert_title(alert, "{0}{x}", chinese) == "{0}{x} 无应答"


def test_a_rule_without_words_still_has_a_title() -> None:
    alert = alert_of(Finding(rule="too_hot", subject="d1"))

    assert alert_title(alert, "core-1", same) == "core-1: too_hot"
    assert alert_text(alert, same) == ""
    assert rule_name("device_down", same) == "Device down"
    assert event_name("recovered", same) == "The fault is gone"
    assert event_name("else", same) == "else"


def test_a_ticket_speaks_the_words_of_the_person_or_of_the_rule() -> None:
    by_hand = Ticket(
        id="t1", number=1, school_code="S1", title="断网", description="三楼", opened_at=NOW
    )
    by_rule = Ticket(
        id="t2",
        number=2,
        school_code="S1",
        fault_key="l1|bandwidth_below_target|up",
        rule="bandwidth_below_target",
        arguments='{"tests": 3}',
        severity=Severity.warning,
        opened_at=NOW,
    )

    assert (ticket_title(by_hand, "x", same), ticket_text(by_hand, same)) == ("断网", "三楼")
    assert ticket_title(by_rule, "C-1", same) == "C-1: upload below target"
    assert ticket_text(by_rule, same).startswith("0 of 3 tests reached")
