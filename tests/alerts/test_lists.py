"""Lists that somebody is to look through: when they are told of, as one, and when that is over."""

from dataclasses import replace
from datetime import date

import pytest

from alerts.judging.clocks import ClockFacts, is_right, is_wrong
from alerts.judging.conditions import ClockSkew, Ends, Work
from alerts.judging.documents import RulesRefused, read_rules, shipped_rules
from alerts.judging.facts import Key, Quiet
from alerts.judging.lists import (
    Entry,
    SchoolLists,
    Told,
    grown_lists,
    judge_lists,
    mark,
)
from alerts.judging.rules import RuleSet
from drivers.readings import Kind

DAY = 86_400.0
NOW = 1_000 * DAY
CLOCK = ClockSkew(level=60, clear=5, hold=900)
KEY = Key("unknown_devices", "S001")
SCHOOL = SchoolLists(subject="S001", path="/3304/S001/")


@pytest.mark.parametrize(
    ("skew", "since", "told", "wrong", "right"),
    [
        (90, 900, 20, True, False),
        (-90, 900, 20, True, False),
        # Not for long enough, not by enough, and a word of an hour ago.
        (90, 890, 20, False, False),
        (50, 900, 20, False, False),
        (90, 900, 3_600, False, False),
        (3, None, 3_600, False, False),
        # Right again; in between everything stays as it is.
        (-4, None, 20, False, True),
        (20, None, 20, False, False),
    ],
)
def test_a_clock_is_wrong_for_a_while_and_right_well_below(
    skew: float, since: float | None, told: float, wrong: bool, right: bool
) -> None:
    facts = ClockFacts(skew=skew, since=None if since is None else NOW - since, told_at=NOW - told)
    assert is_wrong(CLOCK, facts, NOW) is wrong
    assert is_right(CLOCK, facts, NOW) is right


def strangers(*days: float) -> tuple[Entry, ...]:
    """Unknown devices that have been there for so many days."""
    return tuple(Entry(f"cam-{place}", NOW - one * DAY) for place, one in enumerate(days))


@pytest.mark.parametrize(
    ("days", "standing", "opens", "ends"),
    [
        ((0.5,), False, 0, 0),
        ((1.5,), False, 1, 0),
        # One alert, however many; what came today is not told of yet, but keeps it open.
        ((9, 2, 1.5, 0.5), False, 3, 0),
        ((0.5,), True, 0, 0),
        ((), True, 0, 1),
        ((), False, 0, 0),
        # Nobody has looked: that nothing is known is no reason to end anything.
        (None, True, 0, 0),
    ],
)
def test_a_list_is_one_alert_until_it_is_empty(
    days: tuple[float, ...] | None, standing: bool, opens: int, ends: int
) -> None:
    school = replace(
        SCHOOL,
        waiting={} if days is None else {Work.unknown_devices: strangers(*days)},
        standing={KEY: NOW - DAY} if standing else {},
    )
    found, over = judge_lists(school, shipped_rules(), NOW)
    assert [one.key for one in found] == [KEY] * bool(opens)
    assert [one.arguments["count"] for one in found] == [opens] * bool(opens)
    assert over == [KEY] * ends


def warranties(*days: str) -> dict[Ends, tuple[Entry, ...]]:
    """Warranties with these last days, the first of which is 20 days ahead."""
    first = date.fromisoformat(days[0])
    return {
        Ends.warranty: tuple(
            Entry(day, NOW + (20 + (date.fromisoformat(day) - first).days) * DAY, day)
            for day in days
        )
    }


@pytest.mark.parametrize(
    ("days", "standing", "opens", "ends"),
    [
        # Whoever looks for the first time gets one list, up to the last month of which something
        # is due; that of three months ahead is not yet.
        (("2026-11-20", "2026-12-24", "2026-12-31", "2027-02-20"), (), ("2026-12", 3), ()),
        # From then on one a month, and nothing of a month that was told of.
        (("2026-11-20", "2026-12-24"), ("2026-12",), None, ()),
        (("2026-11-20", "2026-12-24"), ("2026-11",), ("2026-12", 1), ()),
        (("2026-11-20",), ("2027-01",), None, ()),
        # Each stands until all it tells of is prolonged or over.
        (("2026-12-20",), ("2026-11", "2027-01"), None, ("2026-11",)),
        (("2027-02-20",), ("2026-11", "2027-01"), ("2027-02", 1), ("2026-11", "2027-01")),
    ],
)
def test_what_ends_is_one_list_when_it_is_first_looked_at_and_one_a_month_later(
    days: tuple[str, ...],
    standing: tuple[str, ...],
    opens: tuple[str, int] | None,
    ends: tuple[str, ...],
) -> None:
    key = Key("warranty_ending", "S001")
    school = replace(
        SCHOOL,
        ends=warranties(*days),
        standing={key._replace(part=one): NOW - DAY for one in standing},
    )
    found, over = judge_lists(school, shipped_rules(), NOW)
    told = [(one.key.part, one.arguments["count"]) for one in found]
    assert told == ([opens] if opens else [])
    assert {one.part for one in over} == set(ends)


def test_the_first_are_named_and_maintenance_and_silences_are_kept_to() -> None:
    entries = [Entry(f"cam-{one}", NOW - (9 - one) * DAY, subject=f"d{one}") for one in range(7)]
    school = replace(SCHOOL, waiting={Work.unknown_devices: entries})
    [one], _ = judge_lists(school, shipped_rules(), NOW)
    assert one.arguments["count"] == 7
    assert one.arguments["names"] == "cam-0、cam-1、cam-2、cam-3、cam-4"
    for subjects, rule, count in (
        (("d0", "d1"), "", 5),
        ((), "unknown_devices", 0),
        ((), "", 0),
        ((), "device_down", 7),
    ):
        quiet = Quiet(NOW - 1, NOW + 1, frozenset(subjects), frozenset((rule,) if rule else ()))
        found, _ = judge_lists(replace(school, quiets=[quiet]), shipped_rules(), NOW)
        assert [one.arguments["count"] for one in found] == ([count] if count else [])


@pytest.mark.parametrize(
    ("severity", "hours", "days", "joined"),
    [
        # What has waited for as long as the rule wants is told of a day after the last word.
        ("warning", 25, (9, 2, 1.5), ["cam-1", "cam-2"]),
        ("warning", 23, (9, 2, 1.5), []),
        ("critical", 2, (9, 2, 1.5), ["cam-1", "cam-2"]),
        ("warning", 25, (9, 0.5), []),
        ("warning", 25, (9,), []),
    ],
)
def test_what_joins_a_list_is_gathered_and_told_of_once(
    severity: str, hours: float, days: tuple[float, ...], joined: list[str]
) -> None:
    own = "rules:\n  - {id: unknown_devices, rule: unknown_devices, when: listed, hold: 1d,\n"
    own += f"     work: unknown_devices, severity: {severity}}}\n"
    rules = RuleSet(read_rules(own))
    entries = strangers(*days)
    school = replace(
        SCHOOL,
        waiting={Work.unknown_devices: entries},
        standing={KEY: NOW - 9 * DAY},
        told={KEY: Told(frozenset([mark(entries[0])]), NOW - hours * 3_600)},
    )
    grown = grown_lists(school, rules, NOW)
    assert [name for one in grown for name in one.joined.values()] == joined
    for one in grown:
        # The whole list as it is now; of what was told of nothing more is said.
        assert one.arguments["count"] == 3
        marks = frozenset(map(mark, entries))
        assert one.arguments["told"] == "".join(sorted(marks))
        after = replace(school, told={KEY: Told(marks, NOW - 9 * DAY)})
        assert grown_lists(after, rules, NOW) == []
        quiet = Quiet(NOW - 1, NOW + 1, frozenset(), frozenset())
        assert grown_lists(replace(school, quiets=[quiet]), rules, NOW) == []
    assert grown_lists(replace(school, told={}), rules, NOW) == []


def test_a_bureau_s_own_rule_counts_for_its_kinds_and_from_so_many_on() -> None:
    own = """\
rules:
  - {id: unknown_cameras, rule: unknown_devices, when: listed, work: unknown_devices,
     kinds: [camera], least: 3, severity: critical}
"""
    rules = replace(shipped_rules()).over(read_rules(own))
    cameras = [Entry(f"cam-{one}", NOW - DAY / 24, kind=Kind.camera) for one in range(3)]
    for some, opens in ((cameras[:2], 0), (cameras, 3)):
        found, _ = judge_lists(replace(SCHOOL, waiting={Work.unknown_devices: some}), rules, NOW)
        assert [one.arguments["count"] for one in found] == ([opens] if opens else [])
    assert found[0].definition == ("unknown_cameras", 1)


def test_a_rule_for_a_tag_is_about_what_has_it() -> None:
    own = "{id: a1, rule: x1, when: listed, work: telnet_open, tags: [core]}"
    entries = [
        Entry("sw-1", NOW, subject="d1", tags=frozenset({"core", "spare"})),
        Entry("sw-2", NOW, subject="d2", tags=frozenset({"edge"})),
        Entry("sw-3", NOW, subject="d3"),
    ]
    rules = RuleSet(read_rules(f"rules:\n  - {own}\n"))
    found, _ = judge_lists(replace(SCHOOL, waiting={Work.telnet_open: entries}), rules, NOW)
    assert [one.arguments["names"] for one in found] == ["sw-1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{id: a1, when: clock_skew, level: 5, clear: 5}", "line 2: a1.clear: less than level (5)"),
        # What is of no kind is not narrowed by one: it would never fire.
        ("{id: a1, when: agent_silent, kinds: [switch]}", "line 2: a1.kinds: take it out"),
        ("{id: a1, when: flapping, tags: [core]}", "line 2: a1.tags: take it out"),
        ("{id: a1, rule: x1, when: listed, work: unknown}", "line 2: a1.work: write unknown_devic"),
        ("{id: a1, rule: x1, when: ending, ends: warranty}", "line 2: a1.within: add it"),
        ("{id: a1, rule: x1, when: listed, work: telnet_open, least: 0}", "line 2: a1.least: a"),
    ],
)
def test_what_is_wrong_with_such_rules_is_told(text: str, said: str) -> None:
    with pytest.raises(RulesRefused) as caught:
        read_rules(f"rules:\n  - {text}\n")
    assert str(caught.value.problems[0]).startswith(said)
