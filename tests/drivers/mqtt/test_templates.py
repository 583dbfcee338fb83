"""Value templates: the common forms, what is refused, and what is ended."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.mqtt.templates.evaluator import Evaluator
from drivers.mqtt.templates.program import UNDEFINED, TemplateFailed

IF_DEFINED = "{{ value_json.a if value_json.a is defined else None }}"


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    made = Evaluator()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("template", "payload", "value"),
    [
        ("{{ value }}", "7 C", "7 C"),
        ("{{ value_json.a.b }}", {"a": {"b": 3}}, 3),
        ("{{value_json['x y']}}", {"x y": 3}, 3),
        ("{{ value_json.list[1] }}", {"list": [1, 2]}, 2),
        ("{{ value_json.a | float }}", {"a": "3.5"}, 3.5),
        ("{{ value_json.a | float(0) | round(1) }}", {"a": "x"}, 0),
        ("{{ value_json.a | int }}", {"a": 3.9}, 3),
        ("{{ (value | float / 1024) | round(2) }}", "3072", 3.0),
        (IF_DEFINED, {"a": 1}, 1),
        (IF_DEFINED, {"b": 1}, None),
        ("{{ value_json.a | default('off') }}", {}, "off"),
        ("{{ value_json.on | lower }}", {"on": True}, "true"),
        ("{{ 'ON' if value_json.a > 5 else 'OFF' }}", {"a": 6}, "ON"),
        ("{% if value_json.on %}ON{% else %}OFF{% endif %}", {"on": False}, "OFF"),
        ("{{ value_json.a }}", "not JSON", UNDEFINED),
    ],
)
def test_common_forms_need_no_worker_once_known(
    evaluator: Evaluator, template: str, payload: object, value: object
) -> None:
    said = payload if isinstance(payload, str) else json.dumps(payload)
    assert evaluator.evaluate(template, said.encode()) == value
    assert evaluator.is_quick(template)


@pytest.mark.parametrize(
    ("template", "payload", "text"),
    [
        ("{{ value.split(' ')[0] }}", "12 C", "12"),
        ("{{ value | replace('%', '') }}", "45%", "45"),
        ("{{ '%.1f' | format(value_json.a) }}", '{"a": 2.25}', "2.2"),
        ("{{ value_json.a ~ '.5' }}", '{"a": 2}', "2.5"),
        ("{{ value_json.a % 7 }}", '{"a": 9}', "2"),
        ("{{ value | regex_replace('[^0-9]', '') }}", "a1b2", "12"),
        ("{{ iif(value, 1, 2) }}", "x", TemplateFailed),
    ],
)
def test_other_expressions_are_worked_out_by_the_worker(
    evaluator: Evaluator, template: str, payload: str, text: object
) -> None:
    if text is TemplateFailed:
        with pytest.raises(TemplateFailed):
            evaluator.evaluate(template, payload.encode())
    else:
        assert evaluator.evaluate(template, payload.encode()) == text
        assert not evaluator.is_quick(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(10) %}{{ i }}{% endfor %}",
        "{% set x = 1 %}{{ x }}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ value.__class__ }}",
        "{{ value['__class__'].mro() }}",
        "{{ self }}{{ cycler }}{{ lipsum(100000) }}",
        "{{ value | attr('x') }}",
        "{{ value.format(1) }}",
        "{{ value is callable }}",
        "{{ unclosed",
        "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
        "x" * 3_000,
    ],
)
def test_what_is_no_plain_expression_is_refused(evaluator: Evaluator, template: str) -> None:
    with pytest.raises(TemplateFailed):
        evaluator.evaluate(template, b"{}")


def test_a_template_that_takes_too_long_is_ended_and_never_tried_again() -> None:
    evaluator = Evaluator()
    slow = "{{ value | regex_replace('(a+)+$', '') }}"
    with pytest.raises(TemplateFailed, match="too long"):
        evaluator.evaluate(slow, b"a" * 60 + b"!")
    assert evaluator.killed == 1
    with pytest.raises(TemplateFailed, match="refused"):
        evaluator.evaluate(slow, b"harmless")
    assert evaluator.killed == 1
    assert evaluator.evaluate("{{ value.split('-')[1] }}", b"a-b") == "b"
    evaluator.close()


@pytest.mark.parametrize(
    "template", ["{{ '%0999999999d' % 3 }}", "{{ ([value] * 99999999) * 9999 }}"]
)
def test_a_template_cannot_take_the_memory(evaluator: Evaluator, template: str) -> None:
    with pytest.raises(TemplateFailed):
        evaluator.evaluate(template, b"x")


def test_an_unused_worker_ends() -> None:
    evaluator = Evaluator()
    evaluator.evaluate("{{ value | upper }}", b"x")
    evaluator.rest(10.0**9)
    assert evaluator._worker is None
    assert evaluator.evaluate("{{ value | upper }}", b"y") == "Y"


PIECES = st.sampled_from(
    ["value", "value_json", ".a", "['b']", "[0]", " | float", " | round(1)", " | default(1)",
     " if ", " else ", " is defined", "(", ")", "'x'", "1e308", " * ", " + ", " ~ ", " / 0",
     " % ", " ** ", "{{", "}}", "{%", "%}", " and ", " not ", "[::-1]", ".split()", " == ", "\\",
     "é"]
)  # fmt: skip
PAYLOADS = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "b", "x"]), inner, max_size=3)
        ),
        max_leaves=8,
    ).map(lambda document: json.dumps(document).encode()),
)


def evaluates(evaluator: Evaluator, parts: list[str], payload: bytes) -> None:
    try:
        evaluator.evaluate("{{ " + "".join(parts) + " }}", payload)
    except TemplateFailed:
        return


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(PIECES, max_size=12), PAYLOADS)
def test_any_template_has_a_value_or_fails(
    evaluator: Evaluator, parts: list[str], payload: bytes
) -> None:
    evaluates(evaluator, parts, payload)


def test_the_agents_own_process_never_imports_jinja() -> None:
    code = "import sys, agent.runner; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
