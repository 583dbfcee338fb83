"""Schools of a bureau over a year: worst and middle month, and the months one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from controller.compliance.district.asking import year
from controller.compliance.district.figures import (
    WORST_FIRST,
    Counts,
    SchoolYear,
    Standing,
    YearFigures,
)
from controller.compliance.district.months import month_of, months_up_to
from controller.compliance.district.register import Place
from controller.language import N_
from controller.pages.look import Look
from controller.pages.templates import rate
from controller.pages.views.choices import Choice, Option, Shown
from controller.pages.views.names import county_choice, name_of
from controller.words.compliance import state_tone, state_word
from inventory.verdicts.keeping import MonthVerdictRepository

_MONTHS = 12
_OFFERED = 36


@dataclass(frozen=True, slots=True)
class MonthMark:
    """One month of a school in words; ``tone`` is empty where nothing was computed."""

    month: str
    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class YearRow:
    """One school; ``href`` is the page of its worst month."""

    school: SchoolYear
    name: str
    worst: MonthMark | None
    middle: MonthMark | None
    median: str
    marks: Sequence[MonthMark]
    href: str


@dataclass(frozen=True, slots=True)
class YearView:
    """Everything on the page; ``counts`` has a heading (a message id) for each."""

    name: str
    first: str
    last: str
    choices: Sequence[Choice]
    figures: YearFigures
    counts: Sequence[tuple[str, Counts]]
    rows: Sequence[YearRow]
    shown: Shown
    csv: str
    back: str


def year_view(look: Look, under: str, month: str, page: int) -> YearView:
    """Twelve months up to the one that is named, the newest computed one without.

    Raises:
        NotFound: no such bureau within the scope.
    """
    place = Place(look.session, look.scope, under)
    known = MonthVerdictRepository(look.session, look.scope).months(place.path)[:_OFFERED]
    newest = known[0] if known else month_of(look.today)
    last = date.fromisoformat(f"{month[:7]}-01") if month else newest
    months = months_up_to(last, _MONTHS)
    figures = year(look.session, look.scope, under, months[0], last)
    schools = sorted(figures.schools, key=_order)
    shown = Shown(look, page, len(schools))
    first = (page - 1) * shown.length
    query = {"under": under, "month": f"{last:%Y-%m}"}
    return YearView(
        name=name_of(look, place.name, place.name_en),
        first=f"{months[0]:%Y-%m}",
        last=f"{last:%Y-%m}",
        choices=[*_places(look, place, under), _month_choice(known, last)],
        figures=figures,
        counts=(
            (N_("By their worst month"), figures.by_worst),
            (N_("By their middle month"), figures.by_middle),
        ),
        rows=[_row(look, one, months) for one in schools[first : first + shown.length]],
        shown=shown,
        csv="/api/v1/compliance/tables/year.csv?"
        + urlencode({"at": under, "month": query["month"], "months": _MONTHS}),
        back="/compliance?" + urlencode({key: text for key, text in query.items() if text}),
    )


def _order(one: SchoolYear) -> tuple[int, float, str]:
    """The worst first; of equal ones that which complied in fewer months."""
    rank = WORST_FIRST.index(one.worst) if one.worst else len(WORST_FIRST)
    return rank, one.compliant / one.judged if one.judged else 1.0, one.code


def _places(look: Look, place: Place, under: str) -> Sequence[Choice]:
    found = []
    for choice in county_choice(look, under):
        options = list(choice.options)
        if under and not any(one.chosen for one in options):
            options.append(Option(under, name_of(look, place.name, place.name_en), chosen=True))
        found.append(Choice("under", choice.label, options))
    return found


def _month_choice(known: Sequence[date], last: date) -> Choice:
    offered = known if last in known else [last, *known]
    options = [Option(f"{one:%Y-%m}", f"{one:%Y-%m}", one == last) for one in offered]
    return Choice("month", N_("Up to month"), options)


def _row(look: Look, one: SchoolYear, months: Sequence[date]) -> YearRow:
    worst = one.worst_month or months[-1]
    return YearRow(
        school=one,
        name=name_of(look, one.name, one.name_en),
        worst=_mark(look, one.worst_month, one.worst) if one.worst else None,
        middle=_mark(look, None, one.middle) if one.middle else None,
        median=rate(one.median_down) if one.median_down is not None else "",
        marks=[
            _mark(look, month, standing)
            for month, standing in zip(months, one.standings, strict=True)
        ],
        href=f"/compliance/schools/{one.code}?month={worst:%Y-%m}",
    )


def _mark(look: Look, month: date | None, standing: Standing | None) -> MonthMark:
    text = f"{month:%Y-%m}" if month else ""
    if standing is None:
        return MonthMark(text, look.lang.gettext(N_("Not computed")), "")
    word = look.lang.gettext(state_word(standing.value))
    return MonthMark(text, word, state_tone(standing.value))
