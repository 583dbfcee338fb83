"""What an edited standard would change, before it is saved: targets, schools, their verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from controller.compliance.asking import Asked, collected
from controller.compliance.collecting import Collected, demands_of
from controller.compliance.register import SchoolRow
from controller.compliance.verdict import judge
from controller.language import N_, Language
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureaus_known
from controller.pages.views.compliance_month import MonthShown, month_shown
from controller.pages.views.names import school_name
from controller.pages.views.school_verdict import standing
from controller.pages.views.target_standards import joined, value_of, whom_of
from controller.words.compliance import (
    HOLDERS,
    flow_word,
    measure_word,
    state_tone,
    state_word,
)
from controller.words.terms import MEDIA
from inventory.models import School, StandardAnswer, StandardBinding
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.standards.bound import asks, binds, kind_of, targets_of
from inventory.standards.changes import TargetChange, What, changes
from inventory.standards.keeping import Known
from inventory.standards.model import Standard, Target
from inventory.standards.repository import StandardRepository

#: Verdicts of more schools are not computed while somebody waits.
MOST_JUDGED = 300

WHATS: Mapping[What, tuple[str, str]] = {
    What.added: (N_("Added"), "good"),
    What.changed: (N_("Changed"), "warn"),
    What.removed: (N_("Removed"), "bad"),
}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One changed target in the reader's words."""

    word: str
    tone: str
    quote: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A school whose verdict would be another one."""

    code: str
    name: str
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving and applying would do.

    Args:
        touched: schools the standard is bound to today.
        reach: of each target, its quote and how many of those schools it asks.
        turned: schools whose verdict on ``month`` would be another one; ``None``: too many schools.
    """

    rows: Sequence[ChangeRow]
    touched: int
    reach: Sequence[tuple[str, int]]
    month: MonthShown
    turned: Sequence[Turned] | None


def preview(look: Look, known: Known, edited: Standard) -> Preview:
    """Nothing is written: the month's measurements are held against both versions."""
    month = month_shown("", look.today)
    repository = StandardRepository(look.session, look.scope)
    ids = {one.id for one in repository.versions(known.standard.code)}
    held = [one for one in repository.bindings(month.last, month.last) if one.standard_id in ids]
    touched = {
        school.code: (school, bound)
        for school in SchoolRepository(look.session, look.scope).under("/", month.last)
        if (bound := [one for one in held if binds(one, kind_of(school), month.last)])
    }
    answers = [one for one in repository.answers() if one.standard_id in ids]
    turned: list[Turned] | None = None
    if len(touched) <= MOST_JUDGED:
        turned = [
            found
            for one in _measured(look, held, month)
            if one.inputs.code in touched
            and (found := _turned(look, one, touched[one.inputs.code], edited, answers, month))
        ]
    return Preview(
        rows=change_rows(look.lang, changes(known.standard, edited)),
        touched=len(touched),
        reach=[
            (
                target.quote,
                sum(asks(target.scope, kind_of(school)) for school, _ in touched.values()),
            )
            for target in edited.targets
        ],
        month=month,
        turned=turned,
    )


def _measured(
    look: Look, held: Sequence[StandardBinding], month: MonthShown
) -> Iterable[Collected]:
    """Inputs of every school below the places that are bound, as far as the reader sees them."""
    places = {one.school_code or one.organisation_code or "" for one in held}
    bureaus = bureaus_known(look)
    paths = {bureaus[code].path for code in places if code in bureaus}
    schools = SchoolRepository(look.session, look.scope).named(sorted(places))
    paths |= {one.path for one in schools}
    seen = {path for path in paths if look.scope.covers(path)}
    seen |= {
        own for own in look.scope.prefixes for path in paths if own != path and own.startswith(path)
    }
    for path in sorted(seen):
        if any(other != path and path.startswith(other) for other in seen):
            continue
        asked = Asked(at=path.strip("/").split("/")[-1], first=month.first, last=month.last)
        yield from collected(look.session, look.store, Scope.of([path]), asked)


def _turned(  # noqa: PLR0917 - one step of a loop
    look: Look,
    one: Collected,
    at: tuple[School, Sequence[StandardBinding]],
    edited: Standard,
    answers: Sequence[StandardAnswer],
    month: MonthShown,
) -> Turned | None:
    """The school if its verdict would be another one."""
    school, bound = at
    kind = kind_of(school)
    asked = targets_of(
        "",
        edited,
        kind,
        month.last,
        answers=[each for each in answers if f"/{each.organisation_code}/" in school.path],
        since=min(each.valid_from for each in bound),
    )
    row = SchoolRow(kind, school.students, school.teachers, school.classes)
    others = (each for each in one.inputs.demands if each.standard != edited.code)
    after = replace(one.inputs, demands=(*others, *demands_of(asked, row)))
    states = [standing(judge(inputs, one.policy)) for inputs in (one.inputs, after)]
    if states[0] == states[1]:
        return None
    before, now = ((look.lang.gettext(state_word(each)), state_tone(each)) for each in states)
    return Turned(school.code, school_name(look, school), before, now)


def change_rows(lang: Language, found: Sequence[TargetChange]) -> Sequence[ChangeRow]:
    """Changed targets in words: what was asked, what is."""
    return [_row(lang, one) for one in found]


def _row(lang: Language, one: TargetChange) -> ChangeRow:
    word, tone = WHATS[one.what]
    now = demand_words(lang, one.target)
    before, after = "", now
    if one.what is What.removed:
        before, after = now, ""
    elif one.what is What.changed:
        was: dict[str, Any] = {name: pair[0] for name, pair in one.fields.items()}
        before = demand_words(lang, _with(one.target, was))
        if before == now:
            after = f"{now} ({joined(lang, sorted(one.fields))})"
    return ChangeRow(lang.gettext(word), tone, one.target.quote, before, after)


def demand_words(lang: Language, target: Target) -> str:
    """``Access bandwidth at least 100 Mbit/s, Fibre, Rural; 2026-01-01 –``."""
    parts = [f"{lang.gettext(measure_word(target.measure))} {value_of(lang, target)}"]
    if target.flow is not None:
        parts.append(lang.gettext(flow_word(target.flow)))
    if target.medium is not None:
        parts.append(lang.gettext(MEDIA[target.medium]))
    parts.append(whom_of(lang, target.scope) or lang.gettext(HOLDERS[target.holder]))
    if target.effective_from or target.effective_until:
        parts.append(f"{target.effective_from or ''} – {target.effective_until or ''}".strip())
    return joined(lang, parts)


def _with(target: Target, fields: Mapping[str, Any]) -> Target:
    return msgspec.structs.replace(target, **fields)
