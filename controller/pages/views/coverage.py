"""The figures of a place: numbers, shares, how many schools meet their targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from controller.api.equipment import path_of
from controller.language import N_, Language
from controller.pages.look import Look
from controller.pages.views.choices import Choice, Option
from controller.pages.views.names import bureau_name, school_name
from controller.words.coverage import COUNTED
from inventory.coverage.counting import PLAIN
from inventory.coverage.keeping import MeasureRepository, month_of
from inventory.coverage.tally import Stand, Tally
from inventory.models import Level
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.standards.model import UNITS, Measure, Unit

#: Months that can be chosen.
_MONTHS = 36
#: More bureaus than this are not offered; townships are reached from their county then.
_MOST_BUREAUS = 300


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One figure of all schools of the place.

    Args:
        value: in words, a share as per cent.
        numbers: what it is made of.
        change: against the month before, in words; empty without one.
        met: schools that meet all their targets, of those that have any of their own.
        judged: those that have any.
        href: the list behind it.
    """

    measure: Measure
    name: str
    value: str
    numbers: str
    unknown: int
    change: str
    met: int
    missed: int
    judged: int
    href: str


@dataclass(frozen=True, slots=True)
class CoverageView:
    """Everything on the page; without ``counted_at`` nothing has been counted yet."""

    choices: Sequence[Choice]
    rows: Sequence[MeasureRow]
    month: date
    counted_at: datetime | None


def coverage_view(look: Look, county: str, month: date | None) -> CoverageView:
    """What the page shows of a bureau or school, or of everything within the reader's scope.

    Raises:
        NotFound: no such place within the scope.
    """
    repository = MeasureRepository(look.session, look.scope)
    under = path_of(look.session, look.scope, county)
    months = repository.months(under)[:_MONTHS]
    wanted = month_of(month) if month else (months[0] if months else month_of(look.today))
    before = next((one for one in months if one < wanted), None)
    totals = repository.totals([wanted] if before is None else [wanted, before], under)
    stands = repository.stands(wanted, under)
    earlier = totals.get(before, {}) if before else {}
    query = urlencode(
        {key: text for key, text in (("county", county), ("month", f"{wanted}")) if text}
    )
    rows = [
        _row(look.lang, measure, tally, earlier.get(measure), stands.get(measure, {}), query)
        for measure in COUNTED
        if (tally := totals.get(wanted, {}).get(measure)) is not None
    ]
    return CoverageView(
        choices=[*place_choice(look, county), month_choice(months, wanted)],
        rows=rows,
        month=wanted,
        counted_at=repository.counted_at(wanted),
    )


def place_choice(look: Look, chosen: str) -> Sequence[Choice]:
    """Bureaus to choose from, and the school that is looked at; none for who sees one place."""
    bureaus = OrganisationRepository(look.session, look.scope).all()
    if len(bureaus) > _MOST_BUREAUS:
        bureaus = [one for one in bureaus if one.level is not Level.township]
    options = [Option(one.code, bureau_name(look, one), one.code == chosen) for one in bureaus]
    if chosen and not any(one.chosen for one in options):
        options.append(Option(chosen, _named(look, chosen), chosen=True))
    if len(options) < 2:  # noqa: PLR2004
        return []
    everything = Option("", look.lang.gettext(N_("All")), not chosen)
    return [Choice("county", N_("Bureau"), [everything, *options])]


def _named(look: Look, code: str) -> str:
    bureau = OrganisationRepository(look.session, look.scope).get(code)
    if bureau is not None:
        return bureau_name(look, bureau)
    school = SchoolRepository(look.session, look.scope).get(code)
    return school_name(look, school) if school else code


def month_choice(months: Sequence[date], chosen: date) -> Choice:
    """Months that have been counted."""
    offered = months if chosen in months else [chosen, *months]
    return Choice(
        "month",
        N_("Month"),
        [Option(f"{one}", f"{one:%Y-%m}", one == chosen) for one in offered],
    )


def value_of(lang: Language, measure: Measure, tally: Tally) -> str:
    """The figure in words; a dash where there is nothing below."""
    if measure is Measure.management_level:
        found = tally.value
        return lang.number(float(found), 1) if found is not None else "—"
    if measure in PLAIN:
        return lang.number(tally.numerator)
    if tally.value is None:
        return "—"
    value = float(tally.value)
    # Of terminals the share of those that are fast enough is counted.
    if UNITS[measure] in (Unit.ratio, Unit.mbps):
        return lang.percent(value, 1)
    return lang.number(value, 2)


def numbers_of(lang: Language, measure: Measure, tally: Tally) -> str:
    """``120 / 150``; nothing for a plain number."""
    if measure in PLAIN:
        return ""
    return f"{lang.number(tally.numerator)} / {lang.number(tally.denominator)}"


def _row(  # noqa: PLR0917  (one argument a column of the table)
    lang: Language,
    measure: Measure,
    tally: Tally,
    earlier: Tally | None,
    stands: Mapping[Stand, int],
    query: str,
) -> MeasureRow:
    return MeasureRow(
        measure=measure,
        name=lang.gettext(COUNTED[measure]),
        value=value_of(lang, measure, tally),
        numbers=numbers_of(lang, measure, tally),
        unknown=tally.unknown,
        change="" if earlier is None else value_of(lang, measure, earlier),
        met=stands.get(Stand.met, 0),
        missed=stands.get(Stand.missed, 0),
        judged=sum(stands.values()) - stands.get(Stand.nothing, 0),
        href=f"/coverage/{measure}" + (f"?{query}" if query else ""),
    )
