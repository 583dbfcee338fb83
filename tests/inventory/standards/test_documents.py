"""Standards as text: what ships is sound and says what the plans say; mistakes are told by line."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
import yaml

from inventory.models import Medium, Setting
from inventory.standards.documents import (
    fingerprint,
    flows_of,
    from_text,
    shipped,
    standard_of,
    text_of,
)
from inventory.standards.errors import StandardFaulty
from inventory.standards.model import Flow, Holder, Measure, QuestionKind, Standard

SOUND: dict[str, Any] = {
    "code": "ours",
    "version": 1,
    "plan": "我们的标准",
    "plan_translation": "Our standard",
    "questions": [{"id": "years", "kind": "begins_on", "text": "何时?", "translation": "When?"}],
    "targets": [
        {
            "id": "access_all",
            "quote": "百兆",
            "translation": "100 Mbit/s",
            "measure": "access",
            "value": "100",
            "unit": "Mbit/s",
        }
    ],
}
#: Every text that was released; a set that says something else needs a new version.
RELEASED = {
    ("linyi", 1): "778701facbb6",
    ("liwan", 1): "d126165a0ccf",
    ("national", 2): "d15be6fccabc",
    ("ningbo", 1): "c9a0336c86f7",
    ("tongxiang", 1): "f2c39c2baa80",
    ("zibo", 1): "dbdf3597667a",
}


def _with(**changed: Any) -> dict[str, Any]:
    target = SOUND["targets"][0] | changed
    return SOUND | {"targets": [target]}


def _mistakes(document: Any) -> tuple[str, ...]:
    with pytest.raises(StandardFaulty) as raised:
        standard_of(document)
    return raised.value.mistakes


def _target(code: str, name: str) -> Any:
    found = shipped()[code].target(name)
    assert found is not None
    return found


def test_every_set_is_the_one_that_was_released_under_its_version() -> None:
    now = {(one.code, one.version): fingerprint(one)[:12] for one in shipped().values()}
    assert now == RELEASED


def test_plans_ask_for_what_they_ask_for() -> None:
    urban, rural = _target("zibo", "access_urban"), _target("zibo", "access_rural")
    assert (urban.value, urban.medium, urban.scope.settings) == (
        1000,
        Medium.fibre,
        (Setting.urban,),
    )
    assert (rural.value, rural.medium) == (100, Medium.fibre)
    assert _target("tongxiang", "outlet_total").holder is Holder.district
    assert _target("liwan", "access_public").scope.public is True
    assert _target("zibo", "outlet_per_class_urban").measure is Measure.per_class
    assert _target("national", "access_all").value == Decimal(100)


def test_zibo_is_unusable_before_its_years_are_confirmed() -> None:
    zibo = shipped()["zibo"]
    for target in zibo.targets:
        assert target.baseline or "years" in target.needs
        assert target.effective_from is None
    assert "per_class_reading" in _target("zibo", "outlet_per_class_rural").needs
    assert {one.kind for one in zibo.questions} == set(QuestionKind)


def test_a_standard_survives_its_text() -> None:
    for standard in shipped().values():
        assert from_text(text_of(standard)) == standard
        again = standard_of(yaml.safe_load(yaml.safe_dump(msgspec.to_builtins(standard))))
        assert fingerprint(again) == fingerprint(standard)


def test_a_silent_plan_asks_for_both_directions() -> None:
    target = standard_of(SOUND).targets[0]
    assert flows_of(target) == (Flow.down, Flow.up)
    assert flows_of(msgspec.structs.replace(target, flow=Flow.up)) == (Flow.up,)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "a standard is a mapping"),
        (SOUND | {"code": "Ours!"}, "code: 'Ours!' is not 2 to 32 of a-z, 0-9 and -"),
        (SOUND | {"colour": "red"}, "Object contains unknown field `colour`"),
        (SOUND | {"targets": []}, "targets: 0 of them; there are 1 to 100"),
        (
            _with(unit="ratio", value="1"),
            "targets[access_all].unit: access is counted in Mbit/s, not ratio",
        ),
        (_with(value="-1"), "targets[access_all].value: -1 is not above 0 and below 10000000"),
        (_with(measure="speed"), "targets[access_all]: Invalid enum value 'speed' (.measure)"),
        (_with(quote=" "), "targets[access_all].quote: 1 to 500 characters are needed, not 0"),
        (_with(needs=["who"]), "targets[access_all].needs: there is no question who"),
        (_with(caveat="!"), "targets[access_all].caveat: it needs its translation"),
        (_with(holder="district"), "targets[access_all].holder: access is of a school"),
        (
            _with(effective_from="2026-09-01", effective_until="2026-01-01"),
            "targets[access_all].effective_until: 2026-01-01 is before 2026-09-01",
        ),
        (
            _with(measure="wireless_coverage", unit="ratio", value="90"),
            "targets[access_all].value: 90 is a ratio above 1; 90 % is 0.9",
        ),
    ],
)
def test_a_mistake_is_one_clear_line(document: Any, said: str) -> None:
    assert _mistakes(document) == (said,)


def test_every_mistake_has_its_line() -> None:
    two = [SOUND["targets"][0] | {"value": "0"}, SOUND["targets"][0] | {"unit": "h"}]
    assert _mistakes(SOUND | {"version": 0, "targets": two}) == (
        "version: 0 is below 1",
        "targets[access_all]: this id is there twice",
        "targets[access_all].value: 0 is not above 0 and below 10000000",
        "targets[access_all].unit: access is counted in Mbit/s, not h",
    )
    assert len(_mistakes(SOUND | {"targets": [{"id": "one"}, {"id": "two"}]})) == 2


def test_the_schema_of_a_standard_can_be_told() -> None:
    assert "targets" in str(msgspec.json.schema(Standard))
