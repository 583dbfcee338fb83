"""The evidence of a verdict in one JSON document: all it was made of, and how to make it again.

A bundle holds inputs and result of every school, with a SHA-256 over each school's samples and
one over everything. ``verify`` trusts nothing but the inputs: it hashes and judges them again.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np

from controller.compliance.collecting import Collected
from controller.compliance.inputs import (
    KNOWN_METHODS,
    METHOD,
    Demand,
    Exclusion,
    Exemption,
    LineFacts,
    LineTests,
    Method,
    Policy,
    Probes,
    SchoolInputs,
    Usage,
)
from controller.compliance.paths import ServerFacts
from controller.compliance.results import SchoolVerdict
from controller.compliance.verdict import judge_all
from drivers.struct_types import look_into
from inventory.calendars import digest as calendar_digest
from inventory.calendars import read_document, school_hours

FORMAT = "campus-fleet/bandwidth-evidence/1"
COMMAND = "fleet report bandwidth --verify BUNDLE"
#: Differences that are told; more of them say no more.
MOST = 100
Plain = TypeVar("Plain", bound=msgspec.Struct)
_COLUMNS = ("at", "down", "up", "outcome", "limit", "others", "internet")


class Versions(NamedTuple):
    """What made the readings and the verdict: agents by id, and the controller."""

    controller: str
    agents: Mapping[str, str]


class Difference(NamedTuple):
    """Something a bundle says that its inputs do not: where, what it says, what comes out."""

    where: str
    said: str
    found: str


def bundle(
    collected: Sequence[Collected],
    *,
    first: date,
    last: date,
    method: Method,
    versions: Versions,
    calendars: Mapping[str, Mapping[str, Any]],
    standards: Mapping[str, str],
) -> dict[str, Any]:
    """The evidence of the verdicts on some schools.

    Args:
        collected: inputs and tolerance of each.
        first: day of the period.
        last: its last one.
        method: when data suffice.
        versions: of agents and controller.
        calendars: documents by their digest.
        standards: texts by their fingerprint.
    """
    verdicts = judge_all(collected, method)
    schools = [_school(one, verdict) for one, verdict in zip(collected, verdicts, strict=True)]
    made: dict[str, Any] = {
        "format": FORMAT,
        "method": _plain(method),
        "period": [first.isoformat(), last.isoformat()],
        "versions": {"controller": versions.controller, "agents": dict(versions.agents)},
        "recompute": COMMAND,
        "calendars": dict(calendars),
        "standards": dict(standards),
        "schools": schools,
    }
    return made | {"sha256": digest(made)}


def verify(document: Mapping[str, Any]) -> list[Difference]:
    """What a bundle says that does not follow from its inputs; empty when it is identical.

    Raises:
        ValueError: it is no bundle, or of a method this program does not have.
    """
    if document.get("format") != FORMAT:
        raise ValueError(f"no evidence of this format: {str(document.get('format'))[:60]!r}")
    try:
        return list(_differences(document))
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise ValueError(f"not a whole bundle: {error}") from error


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document without its own ``sha256``; order and spacing are nothing."""
    rest = {name: value for name, value in document.items() if name != "sha256"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _school(one: Collected, verdict: SchoolVerdict) -> dict[str, Any]:
    inputs = one.inputs
    samples = {name: _column(getattr(inputs.tests, name)) for name in _COLUMNS}
    return {
        "code": inputs.code,
        "windows": [list(window) for window in inputs.windows],
        "calendar": inputs.calendar,
        "policy": _plain(one.policy),
        "demands": [_plain(demand) for demand in inputs.demands],
        "lines": [_plain(line) for line in inputs.lines],
        "tested": inputs.tested,
        "scheduled": inputs.scheduled,
        "scheduled_outside": inputs.scheduled_outside,
        "servers": [_plain(server) for server in inputs.servers],
        "samples": samples,
        "samples_sha256": digest(samples),
        "probes": _plain(inputs.probes),
        "usage": _plain(inputs.usage),
        "exclusions": [_plain(exclusion) for exclusion in inputs.exclusions],
        "exemption": None if inputs.exemption is None else _plain(inputs.exemption),
        "verdict": _plain(verdict),
    }


def _differences(document: Mapping[str, Any]) -> Iterator[Difference]:
    whole = digest(document)
    if document["sha256"] != whole:
        yield Difference("sha256", str(document["sha256"]), whole)
    method = _read(document["method"], Method)
    if method.version not in KNOWN_METHODS:
        raise ValueError(f"the method {method.version} is not {METHOD}")
    for fingerprint, text in document["standards"].items():
        found = hashlib.sha256(text.encode()).hexdigest()
        if found != fingerprint:
            yield Difference(f"standards[{fingerprint}]", fingerprint, found)
    for name, calendar in document["calendars"].items():
        if calendar_digest(calendar) != name:
            yield Difference(f"calendars[{name}]", name, calendar_digest(calendar))
    yield from _other_hours(document)
    collected = [_collected(one) for one in document["schools"]]
    for one, verdict in zip(document["schools"], judge_all(collected, method), strict=True):
        where = f"schools[{one['code']}]"
        samples = digest(one["samples"])
        if samples != one["samples_sha256"]:
            yield Difference(f"{where}.samples", str(one["samples_sha256"]), samples)
        yield from _unlike(f"{where}.verdict", one["verdict"], _plain(verdict))


def _other_hours(document: Mapping[str, Any]) -> Iterator[Difference]:
    """School hours that are not those of the calendar they name."""
    first, last = (date.fromisoformat(day) for day in document["period"])
    hours = {
        name: [
            [one.begin // 1000, one.end // 1000]
            for one in school_hours(read_document(calendar), first, last).windows
        ]
        for name, calendar in document["calendars"].items()
    }
    for one in document["schools"]:
        found = hours.get(one["calendar"])
        if found != one["windows"]:
            where = f"schools[{one['code']}].windows"
            yield Difference(where, str(one["windows"])[:200], str(found)[:200])


def _collected(one: Mapping[str, Any]) -> Collected:
    samples = one["samples"]
    inputs = SchoolInputs(
        code=one["code"],
        windows=tuple((begin, end) for begin, end in one["windows"]),
        demands=tuple(_read(demand, Demand) for demand in one["demands"]),
        lines=tuple(_read(line, LineFacts) for line in one["lines"]),
        tests=LineTests.of(
            samples["at"],
            samples["down"],
            samples["up"],
            outcome=samples["outcome"],
            limit=samples["limit"],
            others=samples["others"],
            internet=samples["internet"],
        ),
        probes=_read(one["probes"], Probes),
        usage=_read(one["usage"], Usage),
        tested=one["tested"],
        scheduled=one["scheduled"],
        # Bundles of older methods do not have them.
        scheduled_outside=one.get("scheduled_outside", 0),
        servers=tuple(_read(server, ServerFacts) for server in one.get("servers", ())),
        exclusions=tuple(_read(exclusion, Exclusion) for exclusion in one["exclusions"]),
        exemption=None if one["exemption"] is None else _read(one["exemption"], Exemption),
        calendar=one["calendar"],
    )
    return Collected(inputs, _read(one["policy"], Policy))


def _unlike(where: str, said: Any, found: Any) -> Iterator[Difference]:
    """The places at which two documents differ."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in sorted({*said, *found}):
            yield from _unlike(f"{where}.{name}", said.get(name), found.get(name))
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for number, (one, other) in enumerate(zip(said, found, strict=True)):
            yield from _unlike(f"{where}[{number}]", one, other)
    elif said != found:
        yield Difference(where, str(said)[:200], str(found)[:200])


def _column(values: np.ndarray[Any, Any]) -> list[Any]:
    """A column as JSON has it: what is not known is null."""
    return [None if one != one else one for one in values.tolist()]  # noqa: PLR0124 - NaN


def _plain(value: Any) -> Any:
    """A plain value as JSON has it; fractions are texts such as ``4/5``."""
    return json.loads(msgspec.json.encode(msgspec.to_builtins(value, enc_hook=_text)))


def _text(value: object) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    raise TypeError(f"{type(value).__name__} has no place in a bundle")


def _read(document: Any, kind: type[Plain]) -> Plain:
    return msgspec.convert(document, kind, dec_hook=_value)


def _value(kind: type, text: Any) -> Any:
    if kind is Fraction:
        return Fraction(text)
    raise TypeError(f"{kind.__name__} has no place in a bundle")


look_into(Method, Policy, Demand, LineFacts, ServerFacts, Probes, Usage, Exclusion, Exemption)
