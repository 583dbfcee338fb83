"""What an edition says of one school, in words, and the school's appeals: read on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import msgspec

from controller.auth.permissions import Permission
from controller.compliance.results import SchoolVerdict
from controller.editions.sight import sight_of
from controller.pages.look import Look
from controller.pages.views.edition import AppealCard, appeal_cards
from controller.pages.views.editions import PartRow, part_row
from controller.pages.views.verdict_findings import FindingRow, findings_of
from controller.words.compliance import measure_word, note_word, state_tone, state_word
from drivers.struct_types import look_into
from inventory.editions.parts import unpacked
from inventory.models import AppealState, EditionState, School


@dataclass(frozen=True, slots=True)
class TargetPart:
    """One target with its findings."""

    title: str
    quote: str
    plan: str
    word: str
    tone: str
    rows: Sequence[FindingRow]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class PartView:
    """The page of one school's part."""

    edition_id: str
    school: School
    part: PartRow
    targets: Sequence[TargetPart]
    notes: Sequence[str]
    exclusions: Sequence[tuple[int, int, str, str]]
    appeals: Sequence[AppealCard]
    may_appeal: bool
    may_attach: bool
    sees_edition: bool
    sha256: str
    document_number: str
    is_frozen: bool
    fault: str = ""
    text: str = ""


def part_view(look: Look, edition_id: str, school_code: str) -> PartView:
    """What the page shows.

    Raises:
        NotFound: nothing that this person sees.
    """
    sight = sight_of(look.caller)
    part = sight.part(look.session, edition_id, school_code)
    verdict = read_verdict(unpacked(part.said))
    row, edition = part_row(look, part), part.edition
    appeals = sight.schools(look.session).appeals(edition_id, [school_code])
    waits = any(one.state is AppealState.open for one in appeals)
    may = look.caller.may(Permission.appeal_reports, part.school.path) and row.is_open
    say = look.lang.gettext
    return PartView(
        edition_id=edition_id,
        school=part.school,
        part=row,
        targets=[
            TargetPart(
                title=say(measure_word(one.demand.measure)),
                quote=one.demand.quote,
                plan=one.demand.plan,
                word=say(state_word(one.state)),
                tone=state_tone(one.state),
                rows=findings_of(look.lang, one),
                notes=[say(note_word(note)) for note in one.notes],
            )
            for one in verdict.targets
        ],
        notes=[say(note_word(note)) for note in verdict.notes],
        exclusions=[
            (one.begin, one.end, one.reason, one.approved_by) for one in verdict.exclusions
        ],
        appeals=appeal_cards(look, appeals),
        may_appeal=may and not waits,
        may_attach=may and waits,
        sees_edition=sight.editions(look.session).get(edition_id) is not None,
        sha256=edition.sha256,
        document_number=edition.document_number,
        is_frozen=edition.state is EditionState.frozen,
    )


def read_verdict(plain: Any) -> SchoolVerdict:
    """A verdict out of the JSON it was kept as.

    Raises:
        ValueError: it is none.
    """
    return msgspec.convert(plain, SchoolVerdict, dec_hook=_fraction)


def _fraction(kind: type, text: Any) -> Any:
    if kind is Fraction:
        return Fraction(text)
    raise TypeError(kind.__name__)


look_into(SchoolVerdict)
