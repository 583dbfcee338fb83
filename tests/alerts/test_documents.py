"""Rules as YAML: what is shipped holds, and what is wrong is told with line, field and cure."""

import pytest

from alerts.judging.conditions import Absence, Clock, Measured, Threshold
from alerts.judging.documents import RulesRefused, read_rules, shipped_rules
from alerts.severity import Severity
from drivers.readings import Kind

GOOD = """\
rules:
  - id: hot_cabinet
    rule: temperature_high
    when: threshold
    version: 3
    severity: critical
    kinds: [switch]
    organisations: ["3304"]
    tags: [cabinet]
    metric: temperature_celsius
    side: above
    level: 55
    clear: 50
    hold: 10m
"""


def refused(text: str) -> list[str]:
    with pytest.raises(RulesRefused) as caught:
        read_rules(text)
    return [str(one) for one in caught.value.problems]


def test_a_rule_is_read_with_its_scope_and_units() -> None:
    [one] = read_rules(GOOD)
    assert (one.id, one.rule, one.version, one.severity) == (
        "hot_cabinet",
        "temperature_high",
        3,
        Severity.critical,
    )
    assert one.where.kinds == {Kind.switch}
    assert one.where.organisations == {"3304"}
    assert isinstance(one.condition, Threshold)
    assert (one.condition.level, one.condition.hold) == (55.0, 600.0)


@pytest.mark.parametrize(
    ("path", "kind", "tags", "holds"),
    [
        ("/33/3304/S1/", Kind.switch, {"cabinet"}, True),
        ("/33/3305/S1/", Kind.switch, {"cabinet"}, False),
        ("/33/3304/S1/", Kind.server, {"cabinet"}, False),
        ("/33/3304/S1/", Kind.switch, {"hall"}, False),
    ],
)
def test_a_rule_is_about_what_its_scope_says(
    path: str, kind: Kind, tags: set[str], holds: bool
) -> None:
    [one] = read_rules(GOOD)
    assert one.where.holds(path, kind, "", frozenset(tags)) is holds


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("when: threshold", "when: treshold", "line 4: hot_cabinet.when: write threshold"),
        ("[switch]", "[swich]", "line 7: hot_cabinet.kinds: write switch"),
        ("hold: 10m", "hold: 10", "line 14: hot_cabinet.hold: a span with its unit, such as"),
        ("hold: 10m", "holt: 10m", "line 14: hot_cabinet.holt: write hold"),
        ("clear: 50", "clear: 55", "line 13: hot_cabinet.clear: less than level (55)"),
        ("    level: 55\n", "", "line 2: hot_cabinet.level: add it: it is needed"),
        ("id: hot_cabinet", "id: Hot!", "line 2: rule 1.id: a word of a-z"),
        ("version: 3", "version: 0", "line 5: hot_cabinet.version: a whole number from 1 on"),
        ("severity: critical", "severity: loud", "line 6: hot_cabinet.severity: one of warning"),
        ("metric: temp", "metric: tamp", "line 10: hot_cabinet.metric: write temperature_celsius"),
        ("rules:\n", "rule:\n", "line 1: begin with `rules:`"),
        ("[switch]", "[switch", "line 8: make it YAML"),
        ("level: 55", "level: {a: 1}", "line 12: hot_cabinet.level: a number"),
        ("level: 55", "level: 55\n    level: 56", "line 13: rule 1.level: take one out"),
    ],
)
def test_what_is_wrong_is_told_with_line_field_and_cure(old: str, new: str, told: str) -> None:
    assert any(one.startswith(told) for one in refused(GOOD.replace(old, new)))


def test_everything_that_is_wrong_is_told_at_once_and_ids_are_used_once() -> None:
    found = refused(GOOD.replace("above", "over").replace("[cabinet]", "[]"))
    assert [one.split(":")[1].strip() for one in found] == ["hot_cabinet.tags", "hot_cabinet.side"]
    twice = refused(GOOD + GOOD.removeprefix("rules:\n"))
    assert twice == ["line 15: hot_cabinet.id: choose another id: one above has it"]


@pytest.mark.parametrize("text", ["", "rules:", "[]", "rules: []\nmore: 1", "a: &a [*a]", "\0"])
def test_files_that_are_no_rules_are_refused(text: str) -> None:
    assert refused(text)


def test_an_empty_list_is_no_rules() -> None:
    assert read_rules("rules: []") == ()


def test_what_is_shipped_speaks_of_every_kind_and_leaves_classrooms_alone_at_night() -> None:
    rules = shipped_rules()
    for kind in Kind:
        [(_, absence)] = rules.of(Absence, "/33/S1/", kind)
        is_off = kind in {
            Kind.whiteboard,
            Kind.terminal,
            Kind.projector,
            Kind.display,
            Kind.printer,
        }
        assert (absence.clock is Clock.school) is is_off
    found = {one.rule for one, _ in rules.of(Measured, "/33/S1/", Kind.server)}
    assert {"temperature_high", "storage_full_soon", "cpu_high"} <= found
