"""A standard of one's own as a form: a card a target, read back with a line for each mistake."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import msgspec

from controller.language import N_, Language
from controller.pages.views.choices import Option
from controller.words.compliance import COMPARISONS, HOLDERS, UNITS, flow_word, measure_word
from controller.words.terms import FORMS, MEDIA, SETTINGS, STAGES
from inventory.standards.documents import MOST_TARGETS
from inventory.standards.model import (
    BANDWIDTH,
    Comparison,
    Flow,
    Holder,
    Measure,
    Question,
    Standard,
    Target,
    Unit,
)
from inventory.standards.model import UNITS as UNITS_OF

#: Fields of a form are limited in number; a standard with more targets is edited as text.
MOST_CARDS = 40
_HUNDRED = Decimal(100)
#: Kinds of schools: the field of a target's scope, its values with their words.
_KINDS: Mapping[str, Mapping[Any, str]] = {
    "stages": STAGES,
    "settings": SETTINGS,
    "forms": FORMS,
}
_PUBLIC = {"": N_("All schools"), "true": N_("Public schools"), "false": N_("Private schools")}
_PLAIN = ("quote", "translation", "measure", "comparison", "holder", "flow", "medium",
          "effective_from", "effective_until", "caveat", "caveat_translation")  # fmt: skip
_OPTIONAL = frozenset({"flow", "medium", "effective_from", "effective_until"})


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes of one kind: name of the field, its heading (a message id), its boxes."""

    name: str
    label: str
    boxes: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Card:
    """One target as the form shows it.

    Args:
        number: of the card, from 1; names of its fields begin with ``t1_``.
        id: of the target; empty of a new one.
        texts: values of plain fields by name.
        choices: fields that are chosen from a list, by name.
        groups: boxes of kinds of schools.
        needs: boxes of questions a person answers first.
        baseline: it is what the plan found.
        gone: it is to be removed.
    """

    number: int
    id: str
    texts: Mapping[str, str]
    choices: Mapping[str, Sequence[Option]]
    groups: Sequence[Group]
    needs: Sequence[Option]
    baseline: bool
    gone: bool

    @property
    def is_narrow(self) -> bool:
        """It says something of kinds of schools, a direction, a medium or what to know of it."""
        ticked = any(box.chosen for group in self.groups for box in group.boxes)
        return ticked or any(
            self.texts.get(name) for name in ("public", "flow", "medium", "caveat", "baseline")
        )


def said_of(standard: Standard) -> dict[str, str]:
    """What the form of a standard says, field by field."""
    said = {"plan": standard.plan, "plan_translation": standard.plan_translation}
    said["cards"] = str(len(standard.targets))
    for number, target in enumerate(standard.targets, start=1):
        said |= {f"t{number}_{name}": text for name, text in _texts(target)}
    return said


def cards_of(lang: Language, standard: Standard, said: Mapping[str, str]) -> Sequence[Card]:
    """The cards of a form, filled in with what was typed."""
    return [_card(lang, standard, number, _of_card(said, number)) for number in _numbers(said)]


def with_another_card(said: Mapping[str, str]) -> dict[str, str]:
    """The form with an empty card at its end."""
    number = min(len(_numbers(said)) + 1, MOST_CARDS)
    empty = {"measure": Measure.access, "comparison": Comparison.at_least, "holder": Holder.school}
    return {
        **said,
        "cards": str(number),
        **{
            f"t{number}_{name}": value.value
            for name, value in empty.items()
            if f"t{number}_{name}" not in said
        },
    }


@dataclass(frozen=True, slots=True)
class Read:
    """What a form says: the document, and a line for every mistake in the reader's language."""

    document: Mapping[str, Any]
    faults: Sequence[str] = field(default_factory=list)


def read(lang: Language, standard: Standard, said: Mapping[str, str]) -> Read:
    """The document a form stands for; whatever the form does not show stays as it was.

    Args:
        lang: of the faults.
        standard: the version the form was opened from.
        said: its fields.
    """
    document: dict[str, Any] = msgspec.to_builtins(standard)
    document["plan"] = said.get("plan", "").strip()
    document["plan_translation"] = said.get("plan_translation", "").strip() or document["plan"]
    faults = [] if document["plan"] else [lang.gettext(N_("The plan has no name."))]
    taken = {target.id for target in standard.targets}
    targets = []
    for number in _numbers(said):
        texts = _of_card(said, number)
        if texts.get("gone") or not _says_anything(texts):
            continue
        target, mistakes = _target(lang, standard, texts)
        if not target["id"]:
            target["id"] = _new_id(taken)
            taken.add(target["id"])
        targets.append(target)
        where = lang.gettext(N_("Target %(number)s")) % {"number": number}
        faults += [f"{where}: {mistake}" for mistake in mistakes]
    if not targets:
        faults.append(lang.gettext(N_("At least one target is needed.")))
    document["targets"] = targets
    return Read(document, faults)


def unit_word(lang: Language, measure: Measure) -> str:
    """The unit a value of a measure is typed in: shares are typed in per cent."""
    unit = UNITS_OF[measure]
    if unit is Unit.ratio:
        return "%"
    if unit is Unit.number:
        return lang.gettext(N_("number"))
    return lang.gettext(UNITS[unit]) if unit in UNITS else unit.value


def _texts(target: Target) -> Iterator[tuple[str, str]]:
    yield "id", target.id
    for name in _PLAIN:
        value = getattr(target, name)
        yield name, "" if value is None else str(value)
    yield "value", _typed(target)
    for name in _KINDS:
        for one in getattr(target.scope, name):
            yield f"{name}_{one.value}", "on"
    public = target.scope.public
    yield "public", "" if public is None else str(public).lower()
    for name in target.needs:
        yield f"needs_{name}", "on"
    if target.baseline:
        yield "baseline", "on"


def _typed(target: Target) -> str:
    value = target.value * _HUNDRED if target.unit is Unit.ratio else target.value
    return f"{value.normalize():f}"


def _numbers(said: Mapping[str, str]) -> range:
    text = said.get("cards", "0")
    number = int(text) if text.isdecimal() else 0
    return range(1, min(number, MOST_CARDS) + 1)


def _of_card(said: Mapping[str, str], number: int) -> dict[str, str]:
    start = f"t{number}_"
    return {name[len(start) :]: text for name, text in said.items() if name.startswith(start)}


def _says_anything(texts: Mapping[str, str]) -> bool:
    return any(texts.get(name, "").strip() for name in ("id", "quote", "translation", "value"))


def _card(lang: Language, standard: Standard, number: int, texts: Mapping[str, str]) -> Card:
    def options(words: Mapping[Any, str], name: str) -> Sequence[Option]:
        chosen = texts.get(name, "")
        return [
            Option(str(key), lang.gettext(text), str(key) == chosen) for key, text in words.items()
        ]

    either: dict[str, str] = {"": N_("Both directions, or none")}
    either |= {one.value: flow_word(one) for one in (Flow.down, Flow.up)}
    measures = [
        Option(
            one.value,
            f"{lang.gettext(measure_word(one))} ({unit_word(lang, one)})",
            one.value == texts.get("measure"),
        )
        for one in Measure
    ]
    return Card(
        number=number,
        id=texts.get("id", ""),
        texts=texts,
        choices={
            "measure": measures,
            "comparison": options(COMPARISONS, "comparison"),
            "holder": options(HOLDERS, "holder"),
            "flow": options(either, "flow"),
            "medium": options({"": N_("Any"), **MEDIA}, "medium"),
            "public": options(_PUBLIC, "public"),
        },
        groups=[
            Group(
                name,
                label,
                [
                    Option(one.value, lang.gettext(text), f"{name}_{one.value}" in texts)
                    for one, text in _KINDS[name].items()
                ],
            )
            for name, label in (
                ("stages", N_("Stage")),
                ("settings", N_("Urban or rural")),
                ("forms", N_("Form")),
            )
        ],
        needs=[_need(lang, one, texts) for one in standard.questions],
        baseline="baseline" in texts,
        gone="gone" in texts,
    )


def _need(lang: Language, question: Question, texts: Mapping[str, str]) -> Option:
    words = question.translation if lang.code == "en" else question.text
    return Option(question.id, words, f"needs_{question.id}" in texts)


def _target(
    lang: Language, standard: Standard, texts: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """One target of the document, and what is wrong with it."""
    said = {name: texts.get(name, "").strip() for name in _PLAIN}
    made: dict[str, Any] = {
        name: text or None if name in _OPTIONAL else text for name, text in said.items()
    }
    made["id"] = texts.get("id", "")
    made["translation"] = said["translation"] or said["quote"]
    made["caveat_translation"] = said["caveat_translation"] or said["caveat"]
    made["caveat"] = said["caveat"] or said["caveat_translation"]
    made["scope"] = {
        name: [str(one) for one in words if f"{name}_{one}" in texts]
        for name, words in _KINDS.items()
    }
    made["scope"]["public"] = {"true": True, "false": False}.get(texts.get("public", ""))
    made["needs"] = [one.id for one in standard.questions if f"needs_{one.id}" in texts]
    made["baseline"] = "baseline" in texts
    faults = list(_faults(said, made["needs"], standard))
    value, fault = _value(said["measure"], texts.get("value", "").strip())
    made["value"] = value
    measure = said["measure"]
    made["unit"] = UNITS_OF[Measure(measure)].value if measure in set(Measure) else "count"
    return made, [lang.gettext(one) for one in (*faults, fault) if one]


def _value(measure: str, text: str) -> tuple[str, str]:
    """The value in the unit of the document, and what is wrong with it (a message id)."""
    try:
        value = Decimal(text.removesuffix("%").replace(",", ""))
    except InvalidOperation:
        return "0", N_("the value is no number.")
    if not value.is_finite() or value <= 0:
        return "0", N_("the value has to be above 0.")
    if measure in set(Measure) and UNITS_OF[Measure(measure)] is Unit.ratio:
        if value > _HUNDRED:
            return "1", N_("the value is a share: 100 (per cent) at most.")
        value /= _HUNDRED
    return f"{value.normalize():f}", ""


def _faults(said: Mapping[str, str], needs: Sequence[str], standard: Standard) -> Iterator[str]:
    """What is wrong beside the value, as message ids."""
    if not said["quote"]:
        yield N_("the plan's words are missing.")
    words: Sequence[tuple[str, type[StrEnum]]] = (
        ("measure", Measure), ("comparison", Comparison), ("holder", Holder),
    )  # fmt: skip
    if any(said[name] not in set(enumeration) for name, enumeration in words):
        yield N_("the figure, its side or whom it is asked of is not one of those offered.")
        return
    measure = Measure(said["measure"])
    if said["flow"] and measure not in BANDWIDTH:
        yield N_("only bandwidth has a direction.")
    if said["medium"] and measure is not Measure.access:
        yield N_("only access bandwidth has a medium.")
    if said["holder"] == Holder.district and measure in BANDWIDTH - {Measure.outlet}:
        yield N_("this bandwidth is asked of schools, not of a county or city.")
    if said["comparison"] == Comparison.at_most and measure in BANDWIDTH:
        yield N_("bandwidth is asked for at least, never at most.")
    yield from _date_faults(said, needs, standard)


def _date_faults(
    said: Mapping[str, str], needs: Sequence[str], standard: Standard
) -> Iterator[str]:
    days = []
    for name in ("effective_from", "effective_until"):
        try:
            days.append(date.fromisoformat(said[name]) if said[name] else None)
        except ValueError:
            yield N_("a date is not one.")
            return
    first, last = days
    if first is not None and last is not None and last < first:
        yield N_("its last day lies before its first.")
    asked = [standard.question(name) for name in needs]
    if first is not None and any(one is not None and one.kind == "begins_on" for one in asked):
        yield N_("a question asks for its first day already; leave one of them out.")


def _new_id(taken: set[str]) -> str:
    return next(
        name for number in range(1, 2 * MOST_TARGETS) if (name := f"target_{number}") not in taken
    )
