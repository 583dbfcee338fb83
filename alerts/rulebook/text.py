"""A rule as text: read with what a bureau's own may not say, written plainly."""

import re
from collections.abc import Callable, Collection
from dataclasses import MISSING, fields, replace
from enum import Enum
from typing import Any

import yaml

from alerts.judging.documents import CONDITIONS, Problem, RulesRefused, read_rule
from alerts.judging.rules import Definition
from alerts.rulebook.errors import RuleFaulty
from alerts.rules import BandwidthBelowTarget

#: Characters of one rule.
LONGEST = 16_000
#: Names of faults that other rules look for in their own ways.
_RESERVED = frozenset(
    {*(one.FAULT for one in CONDITIONS.values() if one.FAULT), BandwidthBelowTarget().name}
)
_SPANS = {"hold", "clear_after", "within", "over"}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_ENABLED = re.compile(r"^enabled:.*$", re.MULTILINE)
_WIDTH = 100


def own_rule(text: str, known: Callable[[Collection[str]], Collection[str]]) -> Definition:
    """What a bureau's own rule says.

    Args:
        text: YAML.
        known: of codes those of bureaus and schools it may name.

    Raises:
        RuleFaulty: with everything that is wrong.
    """
    if len(text) > LONGEST:
        raise RuleFaulty([Problem(1, "", f"make it shorter: {LONGEST} characters at most")])
    try:
        found = read_rule(text)
    except RulesRefused as refused:
        raise RuleFaulty(refused.problems) from None
    problems = []
    if not found.condition.FAULT and found.rule in _RESERVED:
        cure = "choose another name: another kind of rule looks for this fault"
        problems.append(Problem(_line_of(text, "rule"), f"{found.name}.rule", cure))
    unknown = found.where.organisations - set(known(found.where.organisations))
    if unknown:
        cure = f"the bureau itself, or what is below it; not {', '.join(sorted(unknown))}"
        where = _line_of(text, "organisations")
        problems.append(Problem(where, f"{found.name}.organisations", cure))
    if problems:
        raise RuleFaulty(problems)
    return found


def text_of(definition: Definition) -> str:
    """A rule as YAML, without what says nothing; its version is counted elsewhere."""
    said = said_of(definition)
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=_WIDTH)


def changes(before: Definition, after: Definition) -> list[tuple[str, str, str]]:
    """Fields in which two rules differ: name, what it was, what it is; empty where it says nothing.

    What is left out means what it means by itself, and is told like that.
    """
    old, new = said_of(before, whole=True), said_of(after, whole=True)
    return [
        (name, _shown(old.get(name)), _shown(new.get(name)))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def said_of(definition: Definition, *, whole: bool = False) -> dict[str, Any]:
    """The fields of a rule as files have them; ``whole``: also those that say the usual."""
    condition = definition.condition
    said: dict[str, Any] = {"id": definition.name}
    if not condition.FAULT:
        said["rule"] = definition.rule
    said["when"] = condition.WORD
    where = definition.where
    for name in ("organisations", "kinds", "models", "tags"):
        if chosen := getattr(where, name):
            said[name] = sorted(map(str, chosen))
    said["severity"] = definition.severity.value
    for field in fields(condition):
        value = getattr(condition, field.name)
        if whole or field.default is MISSING or value != field.default:
            said[field.name] = _told(field.name, value)
    if whole or not definition.enabled:
        said["enabled"] = definition.enabled
    return said


def switched(text: str, *, enabled: bool) -> str:
    """The same rule switched on or off, with the remarks in it where that can be done."""
    wanted = replace(read_rule(text), enabled=enabled)
    line = f"enabled: {str(enabled).lower()}"
    tried = [_ENABLED.sub(line, text, count=1), f"{text.rstrip()}\n{line}\n"]
    for one in tried:
        try:
            if read_rule(one) == wanted:
                return one
        except RulesRefused:
            continue
    return text_of(wanted)


def span_text(seconds: float) -> str:
    """A span as files write it, in the largest unit that leaves nothing over: ``90s``, ``2h``."""
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:g}s"


def _told(name: str, value: Any) -> Any:
    if name in _SPANS:
        return span_text(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_told("", one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _line_of(text: str, field: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"[\s\"'{{]*{field}[\"']?\s*:", line):
            return number
    return 1
