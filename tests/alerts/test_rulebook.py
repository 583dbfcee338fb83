"""Rules of bureaus: versions, whose they are, which of them holds where, two editors at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import Session

from alerts.judging.conditions import Absence, Threshold
from alerts.judging.documents import read_rule, shipped_rules
from alerts.rulebook.errors import RuleFaulty, RuleNameTaken, RuleRemoved
from alerts.rulebook.in_force import rules_in_force
from alerts.rulebook.keeping import (
    copy_rule,
    edit_rule,
    make_rule,
    move_rule,
    remove_rule,
    restore_version,
    switch_rule,
)
from alerts.rulebook.models import RuleAct
from alerts.rulebook.repository import RuleRepository
from alerts.rulebook.text import switched, text_of
from drivers.readings import Kind
from inventory.database import SessionFactory, unit_of_work
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import Level, Organisation, School
from inventory.scope import Scope
from tests.alerts.conftest import NOW

ALL = Scope.everything()
HOT = """id: switch_hot
rule: temperature_high
when: threshold  # our cabinets have no fans
kinds: [switch]
metric: temperature_celsius
side: above
level: {level}
clear: 50
"""
BY = {"by": "li", "now": NOW}


def levels(session: Session, path: str, kind: Kind = Kind.switch) -> dict[str, float]:
    """Levels at which temperatures are told of, by the id of the rule."""
    found = rules_in_force(session).of(Threshold, path, kind)
    return {one.id: its.level for one, its in found if one.rule == "temperature_high"}


def test_every_change_of_a_rule_is_a_version_that_can_be_taken_back(county: Session) -> None:
    rule = make_rule(county, ALL, "3304", HOT.format(level=60), **BY)
    later = {"by": "wang", "now": NOW + timedelta(hours=1)}
    edit_rule(county, ALL, rule.id, HOT.format(level=65), **later)
    edit_rule(county, ALL, rule.id, HOT.format(level=65), **later)
    switch_rule(county, ALL, rule.id, enabled=False, **later)
    restore_version(county, ALL, rule.id, 1, **later)
    remove_rule(county, ALL, rule.id, **later)
    assert levels(county, "/3304/S001/") == {"switch_hot": 70}
    with pytest.raises(RuleRemoved):
        switch_rule(county, ALL, rule.id, enabled=True, **later)
    restore_version(county, ALL, rule.id, 2, **later)
    told = RuleRepository(county, ALL).versions(rule)
    assert [(one.number, one.act, one.made_by, one.restored_from) for one in told] == [
        (6, RuleAct.restored, "wang", 2),
        (5, RuleAct.removed, "wang", None),
        (4, RuleAct.restored, "wang", 1),
        (3, RuleAct.switched_off, "wang", None),
        (2, RuleAct.edited, "wang", None),
        (1, RuleAct.made, "li", None),
    ]
    assert "our cabinets have no fans" in told[3].document
    assert levels(county, "/3304/S001/") == {"3304/switch_hot": 65}


def test_the_nearest_bureau_s_rule_holds_and_one_that_is_off_keeps_those_above_away(
    county: Session,
) -> None:
    county.add_all(
        [
            Organisation(code="33", name="市", level=Level.city, path="/33/"),
            Organisation(
                code="3302", name="县", level=Level.county, parent_code="33", path="/33/3302/"
            ),
        ]
    )
    county.flush()
    make_rule(county, ALL, "33", HOT.format(level=66), **BY)
    assert levels(county, "/33/3302/S009/") == {"33/switch_hot": 66}
    # A rule of this name replaces the other as a whole: of routers nobody speaks any more.
    assert levels(county, "/33/3302/S009/", Kind.router) == {}
    assert levels(county, "/3304/S001/", Kind.router) == {"switch_hot": 70}
    own = make_rule(county, ALL, "3302", HOT.format(level=61), **BY)
    assert levels(county, "/33/3302/S009/") == {"3302/switch_hot": 61}
    assert levels(county, "/33/S010/") == {"33/switch_hot": 66}
    switch_rule(county, ALL, own.id, enabled=False, **BY | {"now": NOW + timedelta(minutes=1)})
    assert levels(county, "/33/3302/S009/") == {}
    assert levels(county, "/33/S010/") == {"33/switch_hot": 66}


def test_a_shipped_rule_is_switched_off_for_one_bureau_only(county: Session) -> None:
    shipped = {one.id: one for one in shipped_rules().definitions}
    rule = copy_rule(county, ALL, "3304", shipped["device_down"], enabled=False, **BY)
    printers = rules_in_force(county).of(Absence, "/3304/S001/", Kind.camera)
    assert printers == ()
    assert rules_in_force(county).of(Absence, "/3399/S001/", Kind.camera)
    _, version, _ = RuleRepository(county, ALL).get(rule.id)
    assert version.copied_from == "device_down@1"


def test_of_two_rules_for_one_fault_the_order_decides(county: Session) -> None:
    first = make_rule(county, ALL, "3304", HOT.format(level=60), **BY)
    text = HOT.format(level=55).replace("switch_hot", "hotter")
    second = make_rule(county, ALL, "3304", text, **BY)
    assert levels(county, "/3304/S001/") == {"3304/switch_hot": 60}
    move_rule(county, ALL, second.id, earlier=True, **BY | {"now": NOW + timedelta(minutes=1)})
    assert levels(county, "/3304/S001/") == {"3304/hotter": 55}
    move_rule(county, ALL, second.id, earlier=True, **BY)
    assert (first.newest, second.newest) == (1, 2)


@pytest.mark.parametrize(
    ("text", "line", "cure"),
    [
        (HOT.format(level=40), 8, "less than level (40), or alerts come and go"),
        (HOT.format(level=60).replace("temperature_high", "device_down"), 2, "another name"),
        (HOT.format(level=60) + "organisations: [3304, S009]\n", 9, "not S009"),
        ("id: &a x\nwhen: *a\n", 2, "references"),
        ("[" * 5_000, 1, "too deep"),
        ("id: x" + " " * 20_000, 1, "shorter"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_kept(
    county: Session, text: str, line: int, cure: str
) -> None:
    with pytest.raises(RuleFaulty) as caught:
        make_rule(county, ALL, "3304", text, **BY)
    assert [one.line for one in caught.value.problems] == [line]
    assert cure in caught.value.problems[0].cure
    assert RuleRepository(county, ALL).kept() == []


def test_a_county_reads_the_city_s_rules_and_changes_its_own(county: Session) -> None:
    county.add(Organisation(code="33", name="市", level=Level.city, path="/33/"))
    county.add(
        Organisation(code="3302", name="县", level=Level.county, parent_code="33", path="/33/3302/")
    )
    county.flush()
    city = make_rule(county, ALL, "33", HOT.format(level=66), **BY)
    elsewhere = make_rule(county, ALL, "3304", HOT.format(level=66), **BY)
    scope = Scope(("/33/3302/",))
    assert [one.id for one, _, _ in RuleRepository(county, scope).kept()] == [city.id]
    for act in (
        lambda: edit_rule(county, scope, city.id, HOT.format(level=67), **BY),
        lambda: switch_rule(county, scope, city.id, enabled=False, **BY),
        lambda: restore_version(county, scope, city.id, 1, **BY),
        lambda: remove_rule(county, scope, city.id, **BY),
        lambda: make_rule(county, scope, "33", HOT.format(level=66), **BY),
    ):
        with pytest.raises(OutOfScope):
            act()
    with pytest.raises(NotFound):
        edit_rule(county, scope, elsewhere.id, HOT.format(level=67), **BY)
    with pytest.raises(Invalid):
        edit_rule(county, ALL, city.id, HOT.format(level=67).replace("switch_hot", "b1"), **BY)


def test_two_editors_at_once_make_two_versions_and_two_makers_one_rule(
    factory: SessionFactory,
) -> None:
    def make(level: int) -> str:
        try:
            with unit_of_work(factory) as session:
                return make_rule(session, ALL, "3304", HOT.format(level=level), **BY).id
        except RuleNameTaken:
            return ""

    def edit(level: int) -> None:
        with unit_of_work(factory) as session:
            edit_rule(session, ALL, rule_id, HOT.format(level=level), **BY)

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(make, (60, 61)))
        [rule_id] = filter(None, made)
        list(pool.map(edit, (62, 63)))
    with unit_of_work(factory) as session:
        rule, newest, _ = RuleRepository(session, ALL).get(rule_id)
        told = RuleRepository(session, ALL).versions(rule)
        assert [one.number for one in told] == [3, 2, 1]
        assert levels(session, "/3304/S001/")["3304/switch_hot"] in (62, 63)
        assert newest.number == 3


def test_rules_are_read_again_when_somebody_changed_one(factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        assert rules_in_force(session) is shipped_rules()
        rule_id = make_rule(session, ALL, "3304", HOT.format(level=60), **BY).id
    with factory() as session:
        first = rules_in_force(session)
        assert rules_in_force(session) is first
        later = {"by": "li", "now": NOW + timedelta(minutes=1)}
        edit_rule(session, ALL, rule_id, HOT.format(level=64), **later)
        assert levels(session, "/3304/S001/") == {"3304/switch_hot": 64}
    with factory() as session:
        assert levels(session, "/3304/S001/") == {"3304/switch_hot": 60}


def test_a_school_that_moves_takes_the_rules_of_its_new_bureau(county: Session) -> None:
    text = HOT.format(level=60) + "organisations: [S001]\n"
    make_rule(county, ALL, "3304", text, **BY)
    assert levels(county, "/3304/S001/") == {"3304/switch_hot": 60}
    assert county.get(School, "S001") is not None
    assert levels(county, "/3399/S001/") == {"switch_hot": 70}


def test_shipped_rules_say_the_same_once_they_are_written_as_text() -> None:
    for one in shipped_rules().definitions:
        assert read_rule(text_of(one)) == one
        off = read_rule(switched(text_of(one), enabled=False))
        assert not off.enabled
        assert read_rule(switched(text_of(off), enabled=True)) == one
