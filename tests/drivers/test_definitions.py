"""Definition files: schema, checks, look-up, arithmetic."""

import contextlib
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from drivers.definitions import (
    DefinitionError,
    builtin_definitions,
    dotted,
    read_definition,
)
from drivers.definitions.arithmetic import FormulaError, formula, names_in
from drivers.definitions.check import problems_of, problems_of_set
from drivers.definitions.documents import DOCUMENT, SCHEMA, drivers_page, schema_text
from drivers.definitions.loader import FAMILIES, SETS, read_set

OWN = """
name: our_switch
title: The switches of our school
proven: documentation
match: [{object_id: 1.3.6.1.4.1.99999.2}]
identity:
  vendor: Ours
  kind: switch
  version: [{description: "v(\\\\d+)"}]
gauges:
  - {metric: cpu_ratio, scalars: {value: 1.3.6.1.4.1.99999.2.1.0}, value: value / 100}
"""


def write(folder: Path, text: str, name: str = "our_switch.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_built_in_definitions_have_no_problems() -> None:
    known = builtin_definitions()
    assert {d.name: found for d in known if (found := problems_of(d, known))} == {}
    assert [problems_of_set(read_set(path)) for path in SETS.glob("*.yaml")] == [[]] * len(
        known.set_names()
    )


def test_files_are_named_after_their_definition() -> None:
    assert all(read_definition(path).name == path.stem for path in FAMILIES.glob("*.yaml"))


def test_the_published_schema_and_the_page_are_current() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()
    assert DOCUMENT.read_text(encoding="utf-8") == drivers_page()


def test_the_schema_accepts_what_we_ship_and_refuses_a_misspelling() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    for path in FAMILIES.glob("*.yaml"):
        validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert not validator.is_valid({**yaml.safe_load(OWN), "idenity": {}})


def test_the_longest_object_id_wins() -> None:
    known = builtin_definitions()
    assert known.find(dotted("1.3.6.1.4.1.9.1.1208"), "").name == "cisco_ios"
    assert known.find(dotted("1.3.6.1.4.1.9.6.1.94.24.5"), "").name == "cisco_small_business"
    assert known.find(dotted("1.3.6.1.4.1.2011.6.174.4.1"), "").name == "huawei_ups"


def test_a_description_decides_between_equal_object_ids() -> None:
    known = builtin_definitions()
    assert known.find(dotted("1.3.6.1.4.1.8072.3.2.10"), "UAP-AC 6.0").name == "ubiquiti"
    assert known.find(dotted("1.3.6.1.4.1.8072.3.2.10"), "Linux x 6.1").name == "linux"


def test_an_answered_object_decides_where_the_object_id_is_net_snmps() -> None:
    known, linux = builtin_definitions(), dotted("1.3.6.1.4.1.8072.3.2.10")
    synology = dotted("1.3.6.1.4.1.6574.1.5.1.0")
    assert synology in known.probes(linux, "Linux x 4.4")
    assert known.find(linux, "Linux x 4.4", answered={synology}).name == "synology"


def test_nothing_that_fits_is_generic_and_a_named_driver_wins() -> None:
    known = builtin_definitions()
    assert known.find(None, None).name == "generic"
    assert known.find(dotted("1.3.6.1.4.1.9.1.1"), None, driver="linux").name == "linux"
    assert known.named("no_such_name").name == "generic"


def test_your_own_folder_adds_and_replaces(tmp_path: Path) -> None:
    write(tmp_path, OWN)
    write(tmp_path, OWN.replace("our_switch", "linux"), "linux.yaml")
    known = builtin_definitions().with_folder(tmp_path)
    assert len(known) == len(builtin_definitions()) + 1
    assert known.named("linux").title == "The switches of our school"
    assert problems_of(known.named("our_switch"), known) == []


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("proven: documentation", "proven: guessed", "$.proven"),
        ("object_id: 1.3.6.1.4.1.99999.2", "object_id: enterprise", "$.match"),
        ("kind: switch", "kind: toaster", "$.identity.kind"),
        ("vendor: Ours", "vender: Ours", "vender"),
        ("title: The", "title: [The", "not YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(
    tmp_path: Path, was: str, becomes: str, said: str
) -> None:
    path = write(tmp_path, OWN.replace(was, becomes))
    with pytest.raises(DefinitionError) as error:
        read_definition(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("metric: cpu_ratio", "metric: cpu_hotness", "not in the data dictionary"),
        ("value: value / 100", "value: other / 100", "other, which is no column"),
        ("value: value / 100", "value: __import__('os')", "not arithmetic"),
        ("v(\\\\d+)", "v(\\\\d+", "not a regular expression"),
        ("v(\\\\d+)", "v\\\\d+", "groups"),
        ("{description:", "{text: x, description:", "exactly one of"),
        ("[{object_id: 1.3.6.1.4.1.99999.2}]", "[{}]", "match: needs"),
    ],
)
def test_what_the_schema_cannot_say_is_checked(
    tmp_path: Path, was: str, becomes: str, said: str
) -> None:
    assert was in OWN
    definition = read_definition(write(tmp_path, OWN.replace(was, becomes)))
    assert any(said in problem for problem in problems_of(definition, builtin_definitions()))


def test_arithmetic() -> None:
    assert formula("a / (a + b)")({"a": 1.0, "b": 3.0}) == 0.25
    assert formula("10 * log10(x / 1000)")({"x": 100.0}) == -10
    assert formula("-a ** 2")({"a": 3.0}) == -9
    assert names_in("used / (used + free) * log10(100)") == {"used", "free"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a / b", {"a": 1.0, "b": 0.0}),
        ("a + b", {"a": 1.0, "b": None}),
        ("a", {}),
        ("log10(a)", {"a": 0.0}),
        ("10 ** a", {"a": 400.0}),
        ("a ** 0.5", {"a": -1.0}),
    ],
)
def test_what_has_no_value_is_none(text: str, names: dict[str, float | None]) -> None:
    assert formula(text)(names) is None


@pytest.mark.parametrize(
    "text", ["", "a b", "open('x')", "a.b", "[1]", "'1'", "a if b else c", "1" * 201, "log10(a, b)"]
)
def test_only_arithmetic_is_arithmetic(text: str) -> None:
    with pytest.raises(FormulaError):
        formula(text)


@given(st.text(max_size=40))
def test_any_text_is_arithmetic_or_refused(text: str) -> None:
    with contextlib.suppress(FormulaError):
        formula(text)({})
