"""The four findings of a target as rows of a table, and its tests day by day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from controller.compliance.results import (
    Available,
    Delivered,
    Note,
    Provisioned,
    Sufficient,
    TargetVerdict,
)
from controller.language import N_, Language
from controller.pages.templates import rate
from controller.pages.views.stacked import Bars, Stack, stacked
from controller.words.compliance import (
    PATHS,
    Finding,
    finding_word,
    flow_word,
    note_word,
    state_tone,
    state_word,
)
from controller.words.terms import MEDIA

Fact: TypeAlias = tuple[str, str]
_PASSED, _FAILED = 2, 4
_MILLI = 1000


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in one direction; texts are in the reader's language.

    Args:
        flow: empty of what has no direction.
        facts: label and value.
        in_full: what comes out without tolerance: word and tone; ``None`` where that is the same.
        notes: sentences.
        hint: what to know of the finding itself.
    """

    name: str
    flow: str
    word: str
    tone: str
    facts: Sequence[Fact]
    in_full: tuple[str, str, str] | None
    notes: Sequence[str]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DayRow:
    """Tests of one day."""

    day: str
    tests: int
    passed: int


@dataclass(frozen=True, slots=True)
class Days:
    """Tests of one direction by day: drawn, and as a table."""

    flow: str
    drawn: Bars
    rows: Sequence[DayRow]
    hours_missing: str


def findings_of(lang: Language, found: TargetVerdict) -> Sequence[FindingRow]:
    """Rows in the order of the findings."""
    return [
        *(_provisioned(lang, one) for one in found.provisioned),
        *(_delivered(lang, one) for one in found.delivered),
        _available(lang, found.available),
        *(_sufficient(lang, one) for one in found.sufficient),
    ]


def days_of(lang: Language, found: TargetVerdict) -> Sequence[Days]:
    """Both directions, those without any test left out."""
    return [_days(lang, one) for one in found.delivered if one.days]


def _days(lang: Language, one: Delivered) -> Days:
    passed, failed = lang.gettext(N_("Passed")), lang.gettext(N_("Not passed"))
    stacks = [
        Stack(
            label=f"{day.day.day}",
            parts=[
                (_PASSED, f"{day.day} {passed}: {day.passed}", float(day.passed)),
                (_FAILED, f"{day.day} {failed}: {day.tests - day.passed}",
                 float(day.tests - day.passed)),
            ],
        )
        for day in one.days
    ]  # fmt: skip
    return Days(
        flow=lang.gettext(flow_word(one.flow)),
        drawn=stacked(stacks),
        rows=[DayRow(lang.day(day.day), day.tests, day.passed) for day in one.days],
        hours_missing=_joined(lang, (f"{hour}:00" for hour in one.hours_missing)),
    )


def _provisioned(lang: Language, one: Provisioned) -> FindingRow:
    return _row(
        lang,
        Finding.provisioned,
        one,
        _facts(
            lang,
            (N_("Contract"), _rate(one.contracted)),
            (N_("Port"), _rate(one.port)),
            (N_("Medium"), lang.gettext(MEDIA[one.medium]) if one.medium else ""),
        ),
    )


def _delivered(lang: Language, one: Delivered) -> FindingRow:
    number = lang.number
    tests = number(one.tests)
    passed = f"{number(one.passed)} / {tests}"
    if one.tests:
        passed += f" ({lang.percent(one.passed / one.tests, 1)})"
    facts = _facts(
        lang,
        (N_("Path"), lang.gettext(PATHS[one.path]) if one.path else ""),
        (N_("Tests passed"), passed),
        (N_("Sure from"), "" if one.firm_pass is None else number(one.firm_pass)),
        (N_("Surely failed up to"), "" if one.firm_fail is None else number(one.firm_fail)),
        (N_("Median"), _rate(one.median)),
        (N_("Reached by the share asked for"), _rate(one.reached)),
        (N_("Tests scheduled"), number(one.scheduled)),
        (N_("Tests present"), number(one.present)),
        (N_("Line dead during the test"), number(one.dead) if one.dead else ""),
        (N_("Line busy during the test"), number(one.busy) if one.busy else ""),
        (N_("Left out: too slow a box, server or cap"), _count(lang, one.unproven)),
        (N_("Hours without a test"), _joined(lang, (f"{h}:00" for h in one.hours_missing))),
    )
    full = f"{number(one.passed_in_full)} / {tests}"
    in_full = (lang.gettext(state_word(one.state_in_full)), state_tone(one.state_in_full), full)
    return _row(lang, Finding.delivered, one, facts, in_full)


def _available(lang: Language, one: Available) -> FindingRow:
    number = lang.number
    latency = "" if one.latency is None else f"{number(one.latency * _MILLI, 1)} ms"
    facts = _facts(
        lang,
        (N_("Share of probes answered"), "" if one.share is None else lang.percent(one.share, 2)),
        (N_("Probes answered"), f"{number(one.answered)} / {number(one.made)}"),
        (N_("Probes expected"), number(one.expected)),
        (N_("School hours declared"), f"{number(one.declared / 3600, 1)} h"),
        (N_("Round trip, 95th percentile"), latency),
        (N_("Latency"), lang.gettext(state_word(one.latency_state))),
    )
    return FindingRow(
        name=lang.gettext(finding_word(Finding.available)),
        flow="",
        word=lang.gettext(state_word(one.state)),
        tone=state_tone(one.state),
        facts=facts,
        in_full=None,
        notes=_notes(lang, one.notes),
        hint=lang.gettext(
            N_("Asked: 99.45 per cent of school hours, and 95 per cent of round trips in 100 ms.")
        ),
    )


def _sufficient(lang: Language, one: Sufficient) -> FindingRow:
    facts = _facts(
        lang,
        (N_("95th percentile of 5 minutes"), _rate(one.carried)),
        (N_("Of the contract"), "" if one.utilisation is None else lang.percent(one.utilisation)),
        (N_("Readings"), _count(lang, one.samples)),
    )
    hint = N_("Shows demand only: it proves no line bad and never worsens a verdict.")
    if one.proves_capacity:
        hint = N_("The line carried as much as the target asks: evidence of capacity.")
    return FindingRow(
        name=lang.gettext(finding_word(Finding.sufficient)),
        flow=lang.gettext(flow_word(one.flow)),
        word=lang.gettext(N_("Shown")),
        tone="idle",
        facts=facts,
        in_full=None,
        notes=(),
        hint=lang.gettext(hint),
    )


def _row(
    lang: Language,
    finding: Finding,
    one: Provisioned | Delivered,
    facts: Sequence[Fact],
    in_full: tuple[str, str, str] | None = None,
) -> FindingRow:
    return FindingRow(
        name=lang.gettext(finding_word(finding)),
        flow=lang.gettext(flow_word(one.flow)),
        word=lang.gettext(state_word(one.state)),
        tone=state_tone(one.state),
        facts=facts,
        in_full=in_full,
        notes=_notes(lang, one.notes),
    )


def _facts(lang: Language, *some: Fact) -> Sequence[Fact]:
    """Those that say something, with their labels translated."""
    return [(lang.gettext(label), value) for label, value in some if value]


def _notes(lang: Language, notes: Sequence[Note]) -> Sequence[str]:
    return [lang.gettext(note_word(note)) for note in notes]


def _rate(value: float | None) -> str:
    return "" if value is None else rate(value)


def _count(lang: Language, value: int) -> str:
    return lang.number(value) if value else ""


def _joined(lang: Language, texts: Iterator[str]) -> str:
    return ("、" if lang.code == "zh_CN" else ", ").join(texts)
