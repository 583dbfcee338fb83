"""Rules written as YAML, checked so that whoever wrote them knows what to change.

A file is a list under ``rules``. What is wrong is told all at once, each with its line, the field
and the cure.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from alerts.judging.conditions import (
    Absence,
    AgentSilent,
    AlertFlood,
    ClockSkew,
    Condition,
    Ending,
    Flapping,
    Forecast,
    LineDown,
    Listed,
    NobodyHeard,
    PowerCut,
    Rate,
    Repeated,
    Side,
    SitesDark,
    State,
    Threshold,
)
from alerts.judging.rules import Definition, RuleSet, Where
from alerts.judging.values import (
    Unfit,
    as_count,
    as_name,
    as_text,
    as_truth,
    member_of,
    one_of,
    reader_of,
)
from alerts.severity import Severity
from drivers.plain_yaml import PlainLoader
from drivers.readings import Kind

CONDITIONS: dict[str, type[Condition]] = {
    one.WORD: one
    for one in (
        Absence,
        PowerCut,
        AgentSilent,
        NobodyHeard,
        LineDown,
        Flapping,
        Repeated,
        ClockSkew,
        Listed,
        Ending,
        SitesDark,
        AlertFlood,
        Threshold,
        State,
        Rate,
        Forecast,
    )
}
_SHIPPED = Path(__file__).parent / "shipped"
_LONGEST = 256 * 1024
_OWN = ("id", "rule", "when", "version", "severity", "enabled")
_WHERE = ("organisations", "kinds", "models", "tags")
#: Of these the subject is no device that could be of a kind.
_OF_NO_DEVICE = (
    PowerCut,
    AgentSilent,
    LineDown,
    Flapping,
    ClockSkew,
    SitesDark,
    AlertFlood,
    NobodyHeard,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file of rules that cannot stay so.

    Args:
        line: of the file, from 1.
        field: which field of which rule; empty for the file itself.
        cure: what to write instead.
    """

    line: int
    field: str
    cure: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field + ': ' if self.field else ''}{self.cure}"


class RulesRefused(ValueError):
    """A file of rules cannot be used; ``problems`` says where and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def read_rule(text: str) -> Definition:
    """The one definition of a text that is a rule's ``field: value`` lines.

    Raises:
        RulesRefused: with everything that is wrong.
    """
    reader = _Reader()
    made = reader.read_one(text)
    if made is None:
        raise RulesRefused(sorted(reader.problems, key=lambda one: (one.line, one.field)))
    return made


def read_rules(text: str) -> tuple[Definition, ...]:
    """The definitions of a file, in its order.

    Raises:
        RulesRefused: with everything that is wrong.
    """
    reader = _Reader()
    made = reader.read(text)
    if reader.problems:
        raise RulesRefused(sorted(reader.problems, key=lambda one: (one.line, one.field)))
    return made


@cache
def shipped_rules() -> RuleSet:
    """The rules that come with the product; read once."""
    files = sorted(_SHIPPED.glob("*.yaml"))
    found = [one for file in files for one in read_rules(file.read_text(encoding="utf-8"))]
    return RuleSet(tuple(found))


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._ids: set[str] = set()

    def read_one(self, text: str) -> Definition | None:
        root = self._composed(text)
        return None if self.problems else self._definition(root, 1)

    def read(self, text: str) -> tuple[Definition, ...]:
        root = self._composed(text)
        if self.problems:
            return ()
        top = self._mapping(root, "")
        listed = top.get("rules")
        if set(top) != {"rules"} or not isinstance(listed, yaml.SequenceNode):
            self._add(_line(root), "", "begin with `rules:`, a list of rules, and nothing beside")
            return ()
        found = (self._definition(node, place) for place, node in enumerate(listed.value, 1))
        return tuple(one for one in found if one is not None)

    def _composed(self, text: str) -> yaml.Node | None:
        if len(text) > _LONGEST:
            self._add(1, "", f"split the file: it is longer than {_LONGEST // 1024} KiB")
            return None
        try:
            return yaml.compose(text, Loader=PlainLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or "not YAML"
            self._add(mark.line + 1 if mark else 1, "", f"make it YAML: {what}")
        except RecursionError:
            self._add(1, "", "make it YAML: lists within lists, too deep")
        return None

    def _definition(self, node: yaml.Node | None, place: int) -> Definition | None:
        before = len(self.problems)
        given = self._mapping(node, f"rule {place}")
        if not given:
            return None
        name = self._value(given, f"rule {place}", "id", as_name)
        title = name or f"rule {place}"
        if name in self._ids:
            self._add(_line(given["id"]), f"{title}.id", "choose another id: one above has it")
        self._ids.add(name or "")
        word = self._value(given, title, "when", one_of(CONDITIONS))
        if word is None:
            return None
        kind = CONDITIONS[word]
        self._refuse_others(given, title, kind)
        rule = kind.FAULT or self._value(given, title, "rule", as_name)
        condition = self._condition(given, title, kind)
        where = Where(
            organisations=self._some(given, title, "organisations", as_text),
            kinds=self._some(given, title, "kinds", member_of(Kind)),
            models=self._some(given, title, "models", as_text),
            tags=self._some(given, title, "tags", as_text),
        )
        version = self._value(given, title, "version", as_count, 1)
        severity = self._value(given, title, "severity", member_of(Severity), Severity.warning)
        enabled = self._value(given, title, "enabled", as_truth, True)
        if len(self.problems) > before or condition is None or rule is None or name is None:
            return None
        return Definition(
            id=name,
            rule=rule,
            condition=condition,
            version=version or 1,
            severity=severity or Severity.warning,
            where=where,
            enabled=bool(enabled),
        )

    def _condition(
        self, given: dict[str, yaml.Node], title: str, kind: type[Condition]
    ) -> Condition | None:
        values: dict[str, Any] = {}
        for one in fields(kind):
            default = None if one.default is MISSING else one.default
            values[one.name] = self._value(given, title, one.name, reader_of(one.name), default)
        if any(value is None for value in values.values()):
            return None
        made = kind(**values)
        if isinstance(made, Threshold | Rate | ClockSkew):
            self._check_levels(given, title, made)
        return made

    def _check_levels(
        self, given: dict[str, yaml.Node], title: str, made: Threshold | Rate | ClockSkew
    ) -> None:
        """An alert must end somewhere else than where it began."""
        if isinstance(made, Rate):
            if made.clear >= made.by:
                self._add(_line(given["clear"]), f"{title}.clear", f"less than by ({made.by:g})")
        elif (isinstance(made, ClockSkew) or made.side is Side.above) and made.clear >= made.level:
            cure = f"less than level ({made.level:g}), or alerts come and go"
            self._add(_line(given["clear"]), f"{title}.clear", cure)
        elif isinstance(made, Threshold) and made.side is Side.below and made.clear <= made.level:
            cure = f"more than level ({made.level:g}), or alerts come and go"
            self._add(_line(given["clear"]), f"{title}.clear", cure)

    def _refuse_others(
        self, given: dict[str, yaml.Node], title: str, kind: type[Condition]
    ) -> None:
        own = [one.name for one in fields(kind)]
        where = _WHERE[:1] if issubclass(kind, _OF_NO_DEVICE) else _WHERE
        known = [*_OWN, *where, *own]
        if kind.FAULT:
            known.remove("rule")
        for name, node in given.items():
            if name in known:
                continue
            near = get_close_matches(name, known, n=1)
            hint = f"write {near[0]}" if near else f"take it out: {kind.WORD} has {', '.join(own)}"
            self._add(_line(node), f"{title}.{name}", hint)

    def _value(
        self,
        given: dict[str, yaml.Node],
        title: str,
        name: str,
        read: Callable[[Any], Any],
        default: Any = None,
    ) -> Any:
        node = given.get(name)
        if node is None:
            if default is None:
                line = _line(next(iter(given.values())))
                self._add(line, f"{title}.{name}", "add it: it is needed")
            return default
        try:
            return read(_plain(node))
        except Unfit as unfit:
            self._add(_line(node), f"{title}.{name}", str(unfit))
            return None

    def _some(
        self, given: dict[str, yaml.Node], title: str, name: str, read: Callable[[Any], Any]
    ) -> frozenset[Any]:
        node = given.get(name)
        if node is None:
            return frozenset()
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._add(
                _line(node), f"{title}.{name}", "a list with something in it, or leave it out"
            )
            return frozenset()
        found = set()
        for one in node.value:
            try:
                found.add(read(_plain(one)))
            except Unfit as unfit:
                self._add(_line(one), f"{title}.{name}", str(unfit))
        return frozenset(found)

    def _mapping(self, node: yaml.Node | None, title: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode) or not node.value:
            self._add(_line(node), title, "write `field: value` lines here")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self._add(_line(key), f"{title}.{name}", "take one out: it is there twice")
            found[name] = value
        return found

    def _add(self, line: int, field: str, cure: str) -> None:
        self.problems.append(Problem(line, field, cure))


def _line(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node is not None else 1


def _plain(node: yaml.Node) -> Any:
    """What a node says: a scalar, or a list of scalars; anything else is ``None``."""
    loader = yaml.SafeLoader("")
    try:
        if isinstance(node, yaml.SequenceNode):
            return [_plain(one) for one in node.value]
        return loader.construct_object(node) if isinstance(node, yaml.ScalarNode) else None
    except (ValueError, yaml.YAMLError):
        return None
    finally:
        loader.dispose()
