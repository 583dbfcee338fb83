"""Standards as text: read with one line for every mistake, written the same way every time."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from inventory.standards.errors import StandardFaulty
from inventory.standards.model import (
    BANDWIDTH,
    UNITS,
    Comparison,
    Flow,
    Holder,
    Measure,
    Question,
    QuestionKind,
    Standard,
    Target,
    Unit,
)

_CODE = re.compile(r"[a-z][a-z0-9-]{1,31}")
_ID = re.compile(r"[a-z][a-z0-9_]{1,47}")
_LONGEST = 500
MOST_TARGETS = 100
#: Ten digits before the point are more than anybody asks for.
_HIGHEST = Decimal(10) ** 7
_PARTS = {"targets": Target, "questions": Question}
#: Made before there are threads: msgspec looks into a type when it is first asked for, and two jobs
#: that ask for the same at once end the process.
_STANDARDS = msgspec.json.Decoder(Standard)


def standard_of(document: object) -> Standard:
    """The standard a mapping describes, as YAML or JSON has it.

    Raises:
        StandardFaulty: with a line for every mistake that was found.
    """
    mistakes: list[str] = []
    standard: Standard | None = None
    if not isinstance(document, Mapping):
        raise StandardFaulty(["a standard is a mapping"])
    try:
        standard = msgspec.convert(dict(document), Standard)
    except msgspec.ValidationError as error:
        mistakes += list(_faults_of_parts(document)) or [_said(error)]
    if standard is not None:
        mistakes += _faults(standard)
    if mistakes or standard is None:
        raise StandardFaulty(mistakes)
    return standard


def text_of(standard: Standard) -> str:
    """Canonical JSON: the same standard is the same text, on every machine."""
    return msgspec.json.encode(standard, order="sorted").decode()


def from_text(text: str) -> Standard:
    """A standard as :func:`text_of` wrote it."""
    return _STANDARDS.decode(text)


def fingerprint(standard: Standard) -> str:
    """SHA-256 of :func:`text_of`, in hexadecimal."""
    return hashlib.sha256(text_of(standard).encode()).hexdigest()


@cache
def shipped() -> Mapping[str, Standard]:
    """The sets that come with the software, by code.

    Raises:
        StandardFaulty: a file has mistakes; they are told with its name.
    """
    found: dict[str, Standard] = {}
    folder = files("inventory.standards") / "sets"
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if not path.name.endswith(".yaml"):
            continue
        try:
            standard = standard_of(yaml.safe_load(path.read_text(encoding="utf-8")))
        except StandardFaulty as error:
            raise StandardFaulty([f"{path.name}: {one}" for one in error.mistakes]) from error
        found[standard.code] = standard
    return found


def _faults_of_parts(document: Mapping[Any, Any]) -> Iterator[str]:
    """A line for every part that is no part; msgspec itself stops at the first."""
    rest = dict(document)
    for name, kind in _PARTS.items():
        parts = document.get(name)
        if not isinstance(parts, list | tuple):
            continue
        rest[name] = []
        for number, part in enumerate(parts):
            try:
                msgspec.convert(part, kind)
            except msgspec.ValidationError as error:
                named = part.get("id") if isinstance(part, Mapping) else None
                yield f"{name}[{named or number}]: {_said(error)}"
    try:
        msgspec.convert(rest, Standard)
    except msgspec.ValidationError as error:
        yield _said(error)


def _said(error: msgspec.ValidationError) -> str:
    return (
        str(error).replace(" - at `$", " (").replace("`", ")" if " - at `$" in str(error) else "`")
    )


def _faults(standard: Standard) -> Iterator[str]:
    if not _CODE.fullmatch(standard.code):
        yield f"code: {standard.code[:40]!r} is not 2 to 32 of a-z, 0-9 and -"
    if standard.version < 1:
        yield f"version: {standard.version} is below 1"
    if not 1 <= len(standard.targets) <= MOST_TARGETS:
        yield f"targets: {len(standard.targets)} of them; there are 1 to {MOST_TARGETS}"
    for name in ("plan", "plan_translation"):
        yield from _text_faults(name, getattr(standard, name))
    if len(standard.caveats) != len(standard.caveats_translation):
        yield "caveats: every one needs its translation"
    yield from _id_faults("targets", [one.id for one in standard.targets])
    yield from _id_faults("questions", [one.id for one in standard.questions])
    for question in standard.questions:
        for name in ("text", "translation"):
            yield from _text_faults(f"questions[{question.id}].{name}", getattr(question, name))
    for target in standard.targets:
        faults = (*_target_faults(target), *_need_faults(standard, target))
        yield from (f"targets[{target.id}].{fault}" for fault in faults)


def _id_faults(where: str, ids: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield f"{where}[{name}]: this id is there twice"
        if not _ID.fullmatch(name):
            yield f"{where}[{name[:40]}]: an id is 2 to 48 of a-z, 0-9 and _"


def _target_faults(target: Target) -> Iterator[str]:
    for name in ("quote", "translation"):
        yield from _text_faults(name, getattr(target, name))
    if target.unit is not UNITS[target.measure]:
        yield f"unit: {target.measure} is counted in {UNITS[target.measure]}, not {target.unit}"
    if not (target.value.is_finite() and 0 < target.value < _HIGHEST):
        yield f"value: {target.value} is not above 0 and below {_HIGHEST}"
    elif target.unit is Unit.ratio and target.value > 1:
        yield f"value: {target.value} is a ratio above 1; 90 % is 0.9"
    yield from _bandwidth_faults(target)
    first, last = target.effective_from, target.effective_until
    if first is not None and last is not None and last < first:
        yield f"effective_until: {last} is before {first}"
    if bool(target.caveat) != bool(target.caveat_translation):
        yield "caveat: it needs its translation"


def _bandwidth_faults(target: Target) -> Iterator[str]:
    if target.flow is not None and target.measure not in BANDWIDTH:
        yield f"flow: {target.measure} has no direction"
    if target.medium is not None and target.measure is not Measure.access:
        yield f"medium: {target.measure} is not made of anything"
    if target.holder is Holder.district and target.measure in BANDWIDTH - {Measure.outlet}:
        yield f"holder: {target.measure} is of a school"
    if target.comparison is Comparison.at_most and target.measure in BANDWIDTH:
        yield f"comparison: {target.measure} is asked for at least"


def _need_faults(standard: Standard, target: Target) -> Iterator[str]:
    for name in target.needs:
        question = standard.question(name)
        if question is None:
            yield f"needs: there is no question {name}"
        elif question.kind is QuestionKind.begins_on and target.effective_from is not None:
            yield f"needs: {name} asks for the beginning, {target.effective_from} already"


def _text_faults(name: str, text: str) -> Iterator[str]:
    if not text.strip() or len(text) > _LONGEST:
        yield f"{name}: 1 to {_LONGEST} characters are needed, not {len(text.strip())}"


def flows_of(target: Target) -> tuple[Flow, ...]:
    """The directions to judge, each by itself; both where the plan is silent."""
    if target.flow in (None, Flow.both):
        return (Flow.down, Flow.up)
    return (target.flow,) if target.flow is not None else ()
