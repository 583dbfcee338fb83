"""Targets of a school's month in words: the headline of the worst, a card for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from controller.compliance.inputs import Demand
from controller.compliance.results import Note, SchoolVerdict, TargetVerdict
from controller.compliance.states import ORDER
from controller.language import N_
from controller.pages.look import Look
from controller.pages.templates import rate
from controller.pages.views.target_standards import question_words
from controller.pages.views.verdict_findings import Days, FindingRow, days_of, findings_of
from controller.words.compliance import (
    COMPARISONS,
    measure_word,
    note_word,
    state_tone,
    state_word,
)
from inventory.standards.keeping import Known
from inventory.standards.model import Comparison, Flow

#: Versions of standards by code and number.
Standards: TypeAlias = Mapping[tuple[str, int], Known]


@dataclass(frozen=True, slots=True)
class TargetCard:
    """One target with its findings; texts are in the reader's language.

    Args:
        title: what is asked for: measure and rate.
        translation: of the quote; empty where the standard is not known any more.
        caveats: what to know of the plan and of the target.
        confirmed: what its use rests on.
        lacks_server: no test could be made, for no server outside the network is registered.
    """

    demand: Demand
    title: str
    translation: str
    caveats: Sequence[str]
    confirmed: Sequence[str]
    word: str
    tone: str
    rows: Sequence[FindingRow]
    days: Sequence[Days]
    notes: Sequence[str]
    lacks_server: bool


@dataclass(frozen=True, slots=True)
class PendingCard:
    """A target nobody has confirmed, and what is asked about it."""

    demand: Demand
    questions: Sequence[str]


def worst_first(verdict: SchoolVerdict) -> Sequence[TargetVerdict]:
    """The worst first; of equal ones that which asks for most, as kept verdicts have it."""
    return sorted(
        verdict.targets,
        key=lambda one: (ORDER.index(one.state), -(one.demand.bits_per_second or 0)),
    )


def headline(look: Look, verdict: SchoolVerdict) -> Sequence[str]:
    """A sentence for each direction of the worst target."""
    if not verdict.targets:
        return []
    worst = worst_first(verdict)[0]
    asked = worst.demand.bits_per_second
    if asked is None:
        return []
    said = []
    for contract, tests in zip(worst.provisioned, worst.delivered, strict=True):
        words = _SENTENCES[contract.flow, tests.median is None]
        said.append(
            look.lang.gettext(words)
            % {
                "measured": "" if tests.median is None else rate(tests.median),
                "asked": rate(asked),
                "contract": "—" if contract.contracted is None else rate(contract.contracted),
            }
        )
    return said


_SENTENCES = {
    (Flow.down, False): N_(
        "Download: measured %(measured)s of %(asked)s the plan asks; contract %(contract)s."
    ),
    (Flow.up, False): N_(
        "Upload: measured %(measured)s of %(asked)s the plan asks; contract %(contract)s."
    ),
    (Flow.down, True): N_(
        "Download: nothing was measured of %(asked)s the plan asks; contract %(contract)s."
    ),
    (Flow.up, True): N_(
        "Upload: nothing was measured of %(asked)s the plan asks; contract %(contract)s."
    ),
}


def card(look: Look, found: TargetVerdict, standards: Standards) -> TargetCard:
    """One target with everything that was found of it."""
    demand = found.demand
    translate = look.lang.gettext
    known = standards.get((demand.standard, demand.version))
    target = known.standard.target(demand.target) if known else None
    caveats: list[str] = []
    translation = ""
    if known and target:
        english = look.lang.code == "en"
        plans = known.standard.caveats_translation if english else known.standard.caveats
        caveats = [target.caveat_translation if english else target.caveat, *plans]
        translation = target.translation
    asked = demand.bits_per_second
    return TargetCard(
        demand=demand,
        title=" ".join(
            (
                translate(measure_word(demand.measure)),
                translate(COMPARISONS[Comparison.at_least]),
                "—" if asked is None else rate(asked),
            )
        ),
        translation=translation,
        caveats=[text for text in caveats if text],
        confirmed=[_confirmed(look, known, text) for text in demand.confirmed],
        word=translate(state_word(found.state)),
        tone=state_tone(found.state),
        rows=findings_of(look.lang, found),
        days=days_of(look.lang, found),
        notes=[translate(note_word(note)) for note in found.notes],
        lacks_server=any(Note.no_server_outside in one.notes for one in found.delivered),
    )


def _confirmed(look: Look, known: Known | None, text: str) -> str:
    """``question=answer (who, when)`` with the question's words."""
    name, _, answer = text.partition("=")
    question = known.standard.question(name) if known else None
    return text if question is None else f"{question_words(look.lang, question)} {answer}"


def waiting(look: Look, demand: Demand, standards: Standards) -> PendingCard:
    """One that nobody has confirmed, with its questions in words."""
    known = standards.get((demand.standard, demand.version))
    questions = [known.standard.question(name) for name in demand.pending] if known else []
    return PendingCard(demand, [question_words(look.lang, one) for one in questions if one])
