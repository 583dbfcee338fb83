"""Lists of report editions: those one prepares or reads, and what they say of one's schools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.auth.permissions import Permission
from controller.editions.sight import sight_of
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureau_options
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.names import bureau_name, school_name
from controller.words.compliance import state_tone, state_word
from controller.words.editions import EDITION_KINDS, EDITION_STATES, TONES
from inventory.editions.parts import Part
from inventory.editions.repository import EditionFilter
from inventory.models import EditionKind, EditionState, ReportEdition, School
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope

#: Parts of drafts and reports that are shown on the list; the others are behind their editions.
_PARTS = 20


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One edition of a list; ``waits``: somebody here has the next step."""

    id: str
    place: str
    kind: str
    period: str
    number: int
    state: str
    tone: str
    waits: str
    document_number: str
    issued_on: date | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """What one edition says of one school."""

    href: str
    school: str
    kind: str
    period: str
    number: int
    edition_state: str
    tone: str
    verdict: str
    verdict_tone: str
    until: date | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class EditionsView:
    """The page of lists."""

    rows: Sequence[EditionRow]
    parts: Sequence[PartRow]
    more_parts: int
    choices: Sequence[Choice]
    shown: Shown
    may_open: bool
    shows_editions: bool


@dataclass(frozen=True, slots=True)
class EditionForm:
    """The form on which an edition is opened."""

    bureaus: Sequence[Option]
    kinds: Sequence[Option]
    place: str
    month: str
    reason: str
    latest: str
    tells_amounts: bool = False
    fault: str = ""


def editions_view(look: Look, filters: dict[str, str], page: int) -> EditionsView:
    """Editions by place, kind and state, and parts on one's own schools.

    Raises:
        PermissionDenied: this person reads nothing.
    """
    sight, today = sight_of(look.caller), look.today
    kind, state = one_of(EditionKind, filters["kind"]), one_of(EditionState, filters["state"])
    bureaus = OrganisationRepository(look.session, look.scope)
    place = bureaus.get(filters["place"]) if filters["place"] else None
    wanted = EditionFilter(under=place.path if place else "", kind=kind, state=state)
    found = sight.editions(look.session).listed(wanted, (page - 1) * PAGE_LENGTH, PAGE_LENGTH)
    names = place_names(look, found.items)
    schools = sight.schools(look.session)
    # Who works on reports sees them as a whole.
    own = bool(sight.own.prefixes) and not sight.work.prefixes
    parts = schools.listed(0, _PARTS) if own else None
    return EditionsView(
        rows=[_row(look, row, names[row.id], today) for row in found.items],
        parts=[part_row(look, part) for part in parts.items] if parts else (),
        more_parts=max(0, parts.total - _PARTS) if parts else 0,
        choices=_choices(look, filters),
        shown=Shown(look, page, found.total),
        may_open=look.caller.may(Permission.manage_reports),
        shows_editions=bool(found.total or not own),
    )


def edition_form(look: Look, said: Mapping[str, str]) -> EditionForm:
    """The form, with what was typed.

    Raises:
        PermissionDenied: this person opens none.
    """
    scope = look.caller.require(Permission.manage_reports)
    before = look.today.replace(day=1) - timedelta(days=1)
    options = bureau_options(look, scope)
    place, kind = said.get("place", ""), said.get("kind", "")
    return EditionForm(
        bureaus=[Option(code, f"{code} {name}", code == place) for code, name in options],
        kinds=[
            Option(one.value, look.lang.gettext(text), one.value == kind)
            for one, text in EDITION_KINDS.items()
        ],
        place=place or (options[0][0] if options else ""),
        month=said.get("month", "") or f"{before:%Y-%m}",
        reason=said.get("reason", ""),
        latest=f"{before:%Y-%m}",
        tells_amounts="tells_amounts" in said,
    )


def place_names(look: Look, rows: Sequence[ReportEdition]) -> dict[str, str]:
    """Names of the places of editions, by the editions' ids."""
    # Whoever sees an edition may know whose it is.
    everywhere = Scope.everything()
    bureaus = OrganisationRepository(look.session, everywhere)
    schools = SchoolRepository(look.session, everywhere)
    names: dict[str, str] = {}
    for row in rows:
        bureau = bureaus.get(row.organisation_code) if row.organisation_code else None
        school = schools.get(row.school_code) if row.school_code else None
        name = bureau_name(look, bureau) if bureau else school_name(look, school) if school else ""
        names[row.id] = name
    return names


def period_text(row: ReportEdition) -> str:
    """``2026-09``, or ``2026``."""
    return f"{row.first_day:%Y}" if row.kind is EditionKind.year else f"{row.first_day:%Y-%m}"


def part_row(look: Look, part: Part) -> PartRow:
    """What an edition says of a school, for a list."""
    edition, say = part.edition, look.lang.gettext
    until = edition.appeals_until if edition.state is EditionState.draft else None
    state = part.said.state or None
    return PartRow(
        href=f"/reports/{edition.id}/schools/{part.school.code}",
        school=school_name(look, part.school),
        kind=say(EDITION_KINDS[edition.kind]),
        period=period_text(edition),
        number=edition.number,
        edition_state=say(EDITION_STATES[edition.state]),
        tone=TONES[edition.state],
        verdict=say(state_word(state)),
        verdict_tone=state_tone(state),
        until=until,
        is_open=until is not None and look.today <= until,
    )


def open_parts(look: Look, school: School) -> Sequence[PartRow]:
    """Drafts that are open to a school for which this person speaks."""
    if not look.caller.may(Permission.appeal_reports, school.path):
        return ()
    found = sight_of(look.caller).schools(look.session).open_to(school.code, look.today)
    return [part_row(look, part) for part in found]


def waits_for(row: ReportEdition, today: date) -> str:
    """What the next step of an edition waits for, as a message id; empty: for nothing."""
    if row.state is EditionState.draft and row.appeals_until is not None:
        late = today > row.appeals_until
        return N_("The review may begin") if late else N_("Schools may appeal")
    return {
        EditionState.computed: N_("To be opened to schools"),
        EditionState.review: N_("To be signed"),
        EditionState.issued: N_("Being frozen"),
    }.get(row.state, "")


def _row(look: Look, row: ReportEdition, place: str, today: date) -> EditionRow:
    say, waits = look.lang.gettext, waits_for(row, today)
    return EditionRow(
        id=row.id,
        place=place,
        kind=say(EDITION_KINDS[row.kind]),
        period=period_text(row),
        number=row.number,
        state=say(EDITION_STATES[row.state]),
        tone=TONES[row.state],
        waits=say(waits) if waits else "",
        document_number=row.document_number,
        issued_on=row.issued_on,
    )


def _choices(look: Look, filters: dict[str, str]) -> Sequence[Choice]:
    say = look.lang.gettext

    def options(pairs: Sequence[tuple[str, str]], chosen: str) -> Sequence[Option]:
        everything = Option("", say(N_("All")), not chosen)
        return [everything, *(Option(key, text, key == chosen) for key, text in pairs)]

    kinds = [(kind.value, say(text)) for kind, text in EDITION_KINDS.items()]
    states = [(state.value, say(text)) for state, text in EDITION_STATES.items()]
    places = bureau_options(look, look.scope)
    return [
        Choice("place", N_("Bureau"), options(places, filters["place"])),
        Choice("kind", N_("Kind"), options(kinds, filters["kind"])),
        Choice("state", N_("Status"), options(states, filters["state"])),
    ]
