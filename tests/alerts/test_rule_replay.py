"""Rules run over the past: what they would have told of."""

from datetime import timedelta

import numpy as np
import pytest
from sqlmodel import Session

from alerts.judging.conditions import Measured, Rate, Side, State, Threshold
from alerts.judging.documents import read_rule, shipped_rules
from alerts.judging.rules import Definition, RuleSet
from alerts.rulebook.replay import Episode, episodes
from alerts.rulebook.trial import Outcome, Trial, is_remembered, schools_of, try_school
from controller.metrics.memory import MemoryStore
from drivers.readings import OUTCOME_METRIC, OUTCOMES, Kind
from drivers.readings import Outcome as Poll
from inventory.models import Device, DeviceState, Protocol
from tests.alerts.conftest import NOW

OK, TIMEOUT = OUTCOMES.index(Poll.ok), OUTCOMES.index(Poll.timeout)
HOT = """id: switch_hot
rule: temperature_high
when: threshold
kinds: [switch]
metric: temperature_celsius
side: above
level: {level}
clear: 50
hold: 10m
"""


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        (
            Threshold(metric="m", side=Side.above, level=70, clear=60, hold=120, clear_after=60),
            [50, 71, 72, 73, 65, 71, 60, 59, 71, 50],
            [Episode(180, 420, 73)],
        ),
        (
            Threshold(metric="m", side=Side.below, level=5, clear=8, hold=0, clear_after=0),
            [9, 4, 6, 9, 3],
            [Episode(60, 180, 4), Episode(240, None, 3)],
        ),
        (State(metric="m", values=(0,), hold=60, clear_after=60), [1, 0, 1, 0, 0, 1, 1],
         [Episode(240, 360, 0)]),
        (Rate(metric="m", side=Side.above, by=5, clear=2, within=120), [1, 2, 7, 7, 7, 7],
         [Episode(120, 240, 7)]),
        (Rate(metric="m", side=Side.above, by=50, clear=2, within=120), [1, 2, 7, 7], []),
    ],
    ids=["held-between", "below-still-open", "state", "rate", "never"],
)  # fmt: skip
def test_a_rule_fires_and_ends_as_it_would_have_by_its_own_windows(
    condition: Measured, values: list[float], found: list[Episode]
) -> None:
    times = np.arange(len(values), dtype=np.float64) * 60
    assert episodes(condition, times, np.array(values, dtype=np.float64), 0.0) == found


def load(store: MemoryStore, subject: str, metric: str, values: dict[int, float]) -> None:
    """Samples by minutes before the end."""
    at = round(NOW.timestamp() * 1000)
    store.load(
        [(subject, metric, "")],
        np.array([at - minutes * 60_000 for minutes in sorted(values, reverse=True)]),
        np.zeros(len(values), dtype=np.int32),
        np.array([values[minutes] for minutes in sorted(values, reverse=True)], dtype=float),
    )


def tried(county: Session, store: MemoryStore, text: str, rules: RuleSet | None = None) -> Outcome:
    said = read_rule(text)
    definition = Definition(
        id=f"3304/{said.name}", rule=said.rule, condition=said.condition, where=said.where,
        enabled=False,
    )  # fmt: skip
    trial = Trial(definition, "/3304/", 7, NOW, rules or shipped_rules())
    schools, left_out = schools_of(county, trial)
    assert left_out == 0
    outcome = Outcome(trial.begin, NOW, tried=is_remembered(definition))
    for school in schools:
        try_school(county, store, trial, school, outcome)
    return outcome


def test_a_lower_level_would_have_fired_where_the_rule_in_force_did_not(county: Session) -> None:
    store = MemoryStore()
    warm = {minute: 65.0 if 1_000 <= minute < 1_030 else 40.0 for minute in range(0, 2_000, 5)}
    load(store, "d1", "temperature_celsius", warm)
    load(store, "d3", "temperature_celsius", dict.fromkeys(range(0, 2_000, 5), 40.0))
    found = tried(county, store, HOT.format(level=60))
    assert (found.schools, found.devices) == (2, 2)
    assert (found.proposed.fired, found.proposed.rules) == (1, ["3304/switch_hot@1"])
    assert found.in_force.fired == 0
    [told] = found.proposed.told
    assert (told.school_code, told.device, told.value) == ("S001", "core-1", 65.0)
    assert told.began == NOW - timedelta(minutes=1_015)
    assert told.ended == NOW - timedelta(minutes=990)
    narrow = HOT.format(level=60) + "organisations: [S002]\n"
    assert tried(county, store, narrow).schools == 1


def test_silences_are_tried_with_what_excuses_them(county: Session) -> None:
    """Behind a dead switch nothing else is told of; a longer hold would have told of less."""
    store = MemoryStore()
    county.add(Device(id="ap", school_code="S001", name="ap-1", kind=Kind.access_point))
    for name in ("d1", "d3"):
        county.get_one(Device, name).protocol = Protocol.snmp
    county.get_one(Device, "d2").protocol = Protocol.none
    county.flush()
    county.add(
        DeviceState(
            device_id="ap", school_code="S001", outcome=Poll.ok, taken_at=NOW, since=NOW,
            attached_device_id="d1", attached_port="ge1",
        )
    )  # fmt: skip
    county.flush()
    for name, silent in (("d1", range(300, 340)), ("ap", range(295, 338)), ("d3", range(100, 104))):
        values = {minute: float(TIMEOUT if minute in silent else OK) for minute in range(600)}
        load(store, name, OUTCOME_METRIC, values)
    usual = tried(county, store, "{id: any_down, when: absence, polls: 2}")
    assert sorted(one.device for one in usual.in_force.told) == ["core-1", "core-2"]
    text = "{id: infrastructure_down, when: absence, hold: 10m, kinds: [switch]}"
    slower = tried(county, store, text)
    assert [one.device for one in slower.proposed.told] == ["core-1"]
    assert slower.in_force.fired == 2


def test_what_no_store_remembers_is_not_tried(county: Session) -> None:
    found = tried(county, MemoryStore(), "{id: line_down, when: line_down}")
    assert (found.tried, found.proposed.fired, found.schools) == (False, 0, 2)
