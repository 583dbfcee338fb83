"""What a schema cannot say about a definition; ``fleet-agent drivers check`` and the tests ask."""

import re
import string
from collections.abc import Iterator

from drivers.definitions.arithmetic import FormulaError, names_in
from drivers.definitions.loader import Definitions
from drivers.definitions.model import Definition, Gauge, GaugeSet, Match, Source
from drivers.dictionary import METRICS

_ORIGINS = ("oid", "column", "entity", "description", "objects", "text")


def problems_of(definition: Definition, known: Definitions) -> list[str]:
    """Everything wrong with a definition, in words; empty when it is sound."""
    problems = list(_identity_problems(definition))
    for match in definition.match:
        if match == Match():
            problems.append("match: needs object_id, description or answers")
        problems += _pattern_problems("match", match.description)
    problems += [
        f"use: no set named {name}" for name in definition.use if name not in known.set_names()
    ]
    for gauge in definition.gauges:
        problems += _gauge_problems(gauge)
    return problems


def problems_of_set(gauge_set: GaugeSet) -> list[str]:
    """The same for a set of shared gauges."""
    return [problem for gauge in gauge_set.gauges for problem in _gauge_problems(gauge)]


def _identity_problems(definition: Definition) -> Iterator[str]:
    identity = definition.identity
    for word in ("vendors", "model", "serial", "version"):
        for source in getattr(identity, word):
            yield from _source_problems(f"identity.{word}", source)
    for rule in identity.kinds:
        for pattern in (rule.description, rule.model):
            yield from _pattern_problems("identity.kinds", pattern)
        if rule.object_id is None and rule.description is None and rule.model is None:
            yield "identity.kinds: a rule needs object_id, description or model"


def _source_problems(where: str, source: Source) -> Iterator[str]:
    origins = [name for name in _ORIGINS if getattr(source, name) is not None]
    if len(origins) != 1:
        yield f"{where}: needs exactly one of {', '.join(_ORIGINS)}, has {origins or 'none'}"
    for pattern in (source.pattern, source.description):
        yield from _pattern_problems(where, pattern)
        if pattern is not None and not list(_pattern_problems(where, pattern)):
            groups = re.compile(pattern).groups
            if groups < 1 or any(n >= groups for n in _template_groups(source.template)):
                yield f"{where}: {pattern!r} has {groups} groups, {source.template!r} wants more"


def _template_groups(template: str) -> list[int]:
    fields = (name for _, name, _, _ in string.Formatter().parse(template) if name is not None)
    return [int(name) for name in fields if name.isdigit()]


def _pattern_problems(where: str, pattern: str | None) -> Iterator[str]:
    if pattern is None:
        return
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"{where}: {pattern!r} is not a regular expression: {error}"


def _gauge_problems(gauge: Gauge) -> Iterator[str]:
    where = f"gauge {gauge.metric}"
    if gauge.metric not in METRICS:
        yield f"{where}: not in the data dictionary"
    yield from _pattern_problems(where, gauge.pattern)
    if not gauge.columns and not gauge.scalars:
        yield f"{where}: needs columns or scalars"
    names = {*gauge.columns, *gauge.scalars, *gauge.lookups}
    try:
        unknown = names_in(gauge.value) - names
    except FormulaError as error:
        yield f"{where}: {error}"
    else:
        yield from (f"{where}: value uses {name}, which is no column" for name in sorted(unknown))
    fields = {name for _, name, _, _ in string.Formatter().parse(gauge.part) if name is not None}
    named = fields | {*gauge.where, *gauge.unless}
    for name in sorted(named - names - {"index", "text", "last"}):
        yield f"{where}: {name} is no column"
    for lookup in gauge.lookups.values():
        if isinstance(lookup.by, str) and lookup.by not in gauge.columns:
            yield f"{where}: lookup by {lookup.by}, which is no column"
