"""What devices measure of themselves: told when it lasts, ended when it is well again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from alerts.evaluation import Rules, judge_vitals
from alerts.judgement import judge
from alerts.judging.conditions import Forecast, Measured
from alerts.judging.documents import read_rules
from alerts.judging.rules import RuleSet
from alerts.messages import alert_text, alert_title
from alerts.models import Alert
from controller.metrics.memory import MemoryStore
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block, Kind, Outcome
from inventory.models import Device, DeviceState, Lifecycle
from inventory.scope import Scope

ALL = Scope.everything()
NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Say = Callable[..., None]
Look = Callable[..., list[tuple[str, str, str]]]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def say(store: MemoryStore) -> Say:
    """``say(device, metric, part, values, end)``: a value a minute, the last one at ``end``."""
    told = 0

    def made(  # noqa: PLR0917 - a line of samples
        device: str,
        metric: str,
        part: str,
        values: list[float],
        end: datetime = NOW,
        every: timedelta = MINUTE,
    ) -> None:
        nonlocal told
        for place, value in enumerate(values):
            told += 1
            at = end - (len(values) - 1 - place) * every
            rows = Rows(device, int(at.timestamp() * 1000), (Block((part,), {metric: [value]}),))
            store.append([Append(BatchKey("a", "e", told), (rows,))])

    return made


@pytest.fixture
def look(county: Session, store: MemoryStore) -> Look:
    """``look(now)``: judge twice over, and say which alerts are open."""
    for name, kind in (("sw", Kind.switch), ("srv", Kind.server), ("ups", Kind.ups)):
        county.add(Device(id=name, school_code="S001", name=name, kind=kind))
        county.flush()
        county.add(
            DeviceState(
                device_id=name, school_code="S001", outcome=Outcome.ok, taken_at=NOW, since=NOW
            )
        )
    county.flush()

    def judged(
        now: datetime = NOW, but: tuple[type[Measured], ...] = ()
    ) -> list[tuple[str, str, str]]:
        findings, clears = judge_vitals(county, store, now, ALL, but=but)
        judge(county, findings, clears, now)
        assert judge_vitals(county, store, now, ALL, but=but) == ([], [])
        alerts = county.exec(select(Alert).where(Alert.cleared_at == None))  # noqa: E711
        return sorted((one.subject, one.rule, one.part) for one in alerts)

    return judged


def test_a_hot_switch_is_one_alert_however_many_sensors_and_ends_well_below(
    county: Session, say: Say, look: Look
) -> None:
    say("sw", "temperature_celsius", "t1", [71.0] * 9)
    say("sw", "temperature_celsius", "t2", [75.0] * 9)
    # A server is hot from 45 degrees on, a switch from 70; a printer has no rule.
    say("srv", "temperature_celsius", "cpu", [44.0] * 15)
    say("d2", "temperature_celsius", "", [90.0] * 15)
    assert look() == []
    for part, value in (("t1", 71.0), ("t2", 75.0)):
        say("sw", "temperature_celsius", part, [value] * 2, NOW + 2 * MINUTE)
    assert look(NOW + 2 * MINUTE) == [("sw", "temperature_high", "")]
    [alert] = county.exec(select(Alert)).all()
    assert alert_title(alert, "core", str) == "core is too hot"
    assert alert_text(alert, str) == "75 °C."
    assert alert.definition == "switch_hot@1"
    # Between the levels it stays as it is.
    for minutes, value, standing in ((20, 65.0, 1), (40, 60.0, 0)):
        end = NOW + minutes * MINUTE
        for part in ("t1", "t2"):
            say("sw", "temperature_celsius", part, [value] * 12, end)
        assert len(look(end)) == standing


@pytest.mark.parametrize(
    "case",
    [
        ("kinds: [server]", ["srv"]),
        ("models: [S5720]", ["sw"]),
        # A tag is what a field of one's own says, whichever it is.
        ("tags: [核心]", ["sw"]),
        ("tags: [核心, 机房]", ["srv", "sw"]),
        ("kinds: [server], tags: [核心]", []),
        ("organisations: [S001]", ["srv", "sw"]),
        ("organisations: [S002]", []),
    ],
)
def test_a_rule_is_about_what_it_names(
    county: Session, say: Say, look: Look, store: MemoryStore, case: tuple[str, list[str]]
) -> None:
    where, told = case
    county.get_one(Device, "sw").model = "S5720"
    county.get_one(Device, "sw").custom_fields = '{"role": "核心", "amount": 3, "note": ""}'
    county.get_one(Device, "srv").custom_fields = '{"place": "机房"}'
    county.flush()
    for device in ("sw", "srv"):
        say(device, "cpu_ratio", "", [0.99] * 30)
    own = (
        f"rules:\n  - {{id: own, rule: cpu_high, when: threshold, metric: cpu_ratio, {where},"
        " side: above, level: 0.5, clear: 0.4, hold: 10m}\n"
    )
    rules = Rules(judged=RuleSet(read_rules(own)))
    found, _ = judge_vitals(county, store, NOW, ALL, rules=rules)
    assert sorted(one.subject for one in found) == told


def test_parts_that_fail_are_told_one_by_one_and_of_a_device_that_is_gone_no_more(
    county: Session, say: Say, look: Look
) -> None:
    say("srv", "fan_ok", "fan 1", [0.0] * 4)
    say("srv", "fan_ok", "fan 2", [1.0] * 4)
    assert look() == [("srv", "fan_failed", "fan 1")]
    say("srv", "fan_ok", "fan 2", [0.0] * 4, NOW + 5 * MINUTE)
    say("srv", "fan_ok", "fan 1", [0.0] * 4, NOW + 5 * MINUTE)
    assert look(NOW + 5 * MINUTE) == [
        ("srv", "fan_failed", "fan 1"),
        ("srv", "fan_failed", "fan 2"),
    ]
    say("srv", "fan_ok", "fan 1", [1.0] * 4, NOW + 9 * MINUTE)
    assert look(NOW + 9 * MINUTE) == [("srv", "fan_failed", "fan 2")]
    county.get_one(Device, "srv").lifecycle = Lifecycle.in_repair
    county.flush()
    assert look(NOW + 9 * MINUTE) == []


def test_batteries_storms_trends_and_jumps_are_seen(say: Say, look: Look) -> None:
    say("ups", "battery_runtime_seconds", "", [200.0] * 12)
    say("sw", "port_in_broadcast_packets_per_second", "ge1", [9_000.0] * 5)
    say("srv", "temperature_celsius", "cpu", [20.0, 22.0, 30.0, 36.0])
    days = timedelta(days=1)
    say("srv", "storage_used_ratio", "/", [0.4 + 0.03 * n for n in range(14)], every=days)
    say("srv", "storage_used_ratio", "/boot", [0.6] * 14, every=days)
    seen = [
        ("srv", "storage_full_soon", "/"),
        ("srv", "temperature_rising", ""),
        ("sw", "broadcast_storm", ""),
        ("ups", "battery_empty_soon", ""),
    ]
    assert look(but=(Forecast,)) == seen[1:]
    assert look() == seen


def test_a_battery_that_gets_weaker_is_told_of_in_time(
    county: Session, say: Say, look: Look, store: MemoryStore
) -> None:
    own = """\
rules:
  - {id: battery_wears, rule: battery_wears, when: forecast, kinds: [ups], side: below,
     metric: battery_runtime_seconds, level: 300, within: 30d, over: 30d}
"""
    rules = Rules(judged=RuleSet(read_rules(own)))
    day = timedelta(days=1)
    county.add(Device(id="ups2", school_code="S001", name="ups2", kind=Kind.ups))
    county.flush()
    county.add(
        DeviceState(
            device_id="ups2", school_code="S001", outcome=Outcome.ok, taken_at=NOW, since=NOW
        )
    )
    # One discharge of its own is no trend; a little less each day is.
    say("ups", "battery_runtime_seconds", "", [900.0 - 15 * n for n in range(30)], every=day)
    say("ups2", "battery_runtime_seconds", "", [900.0] * 28 + [400.0, 890.0], every=day)
    found, _ = judge_vitals(county, store, NOW, ALL, rules=rules)
    assert [(one.subject, one.rule) for one in found] == [("ups", "battery_wears")]


def test_values_of_a_device_that_does_not_answer_say_nothing(
    county: Session, say: Say, look: Look
) -> None:
    say("sw", "temperature_celsius", "t1", [80.0] * 15)
    state = county.get_one(DeviceState, "sw")
    state.outcome, state.failures = Outcome.timeout, 3
    county.flush()
    assert look() == []


def test_power_over_ethernet_is_told_by_module_and_ends_when_there_is_room_again(
    county: Session, say: Say, look: Look
) -> None:
    used = "poe_used_ratio"
    # Two modules: one is full for as long as the rule asks, the other was for a moment only.
    say("sw", used, "group 1", [0.94] * 17)
    say("sw", used, "group 2", [0.5] * 10 + [0.95] * 7)
    # A server gives nobody power.
    say("srv", used, "group 1", [0.99] * 17)
    assert look() == [("sw", "poe_budget_used", "group 1")]
    [alert] = county.exec(select(Alert)).all()
    assert alert_title(alert, "core", str) == "core: PoE power nearly used up (group 1)"
    assert alert_text(alert, str).startswith("94% of the budget in use. ")
    # One camera less is not enough, and no word at all is none of room.
    for minutes, value, standing in ((20, 0.85, 1), (60, None, 1), (90, 0.78, 0)):
        end = NOW + minutes * MINUTE
        if value is not None:
            say("sw", used, "group 1", [value] * 17, end)
            say("sw", used, "group 2", [value] * 17, end)
        assert len(look(end)) == standing
