"""What the page of a bureau's figures shows: numbers in words, bars of the trend, links below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from controller.compliance.district.asking import Wanted, district
from controller.compliance.district.figures import (
    UNKNOWN,
    Counts,
    DistrictFigures,
    Equity,
    Group,
    Grouping,
    MonthFigures,
    Spread,
    Standing,
    WeakSchool,
)
from controller.compliance.district.months import month_of
from controller.compliance.district.register import Place
from controller.compliance.district.tables import DistrictTable
from controller.language import N_
from controller.pages.look import Look
from controller.pages.templates import rate
from controller.pages.views.choices import Choice, Option
from controller.pages.views.compliance_month import MonthShown, month_shown
from controller.pages.views.district_notices import notices, several_providers
from controller.pages.views.names import county_choice, name_of
from controller.pages.views.school_months import NO_PROVIDER
from controller.pages.views.stacked import Bars, Stack, stacked
from controller.words.compliance import flow_word, note_word, state_tone, state_word
from controller.words.terms import word
from inventory.models import Level, SchoolForm, Setting, Stage
from inventory.verdicts.keeping import MonthVerdictRepository

#: Months that can be chosen.
_OFFERED = 36
#: Schools by standing in the order bars are piled up, with the colour of each.
PILE = (
    (Standing.compliant, 2),
    (Standing.marginal, 1),
    (Standing.non_compliant, 4),
    (Standing.insufficient_data, 7),
    (Standing.not_testable, 0),
    (Standing.no_target, 3),
)
_TITLES = {
    Grouping.county: N_("By county"),
    Grouping.township: N_("By township"),
    Grouping.setting: N_("Urban and rural"),
    Grouping.stage: N_("By stage"),
    Grouping.provider: N_("By Internet provider"),
}
#: Words of stages, settings, and teaching points.
_WORDS = {one.value: word(one) for kind in (Stage, Setting, SchoolForm) for one in kind}
_BETWEEN = (N_("Urban and rural schools"), N_("Strongest and weakest tenth"))


@dataclass(frozen=True, slots=True)
class StandingCard:
    """Schools in one state, the list behind them, and their colour in the bars if they have one."""

    word: str
    tone: str
    schools: int
    share: float | None
    href: str
    colour: int | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Schools together; ``href`` is their own page, ``list`` the list of them, if there is one."""

    name: str
    counts: Counts
    median: str
    href: str
    list: str


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One grouping."""

    by: Grouping
    title: str
    rows: Sequence[GroupRow]


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """Two ends in words; ``course`` is the ratio month by month, the oldest first."""

    name: str
    measure: str
    better: str
    worse: str
    ratio: str
    gap: str
    course: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WeakRow:
    """One of the weakest schools, with its reasons as sentences."""

    school: WeakSchool
    name: str
    county: str
    word: str
    tone: str
    measured: str
    asked: str
    reasons: Sequence[str]
    href: str


@dataclass(frozen=True, slots=True)
class DistrictView:
    """Everything on the page.

    Args:
        name: of the place, in the reader's language; empty for everything one may see.
        bars: of the trend; ``None`` where one month alone is computed.
        query: the place and the month as the API names them; ``year_query`` as pages do.
        above: address of the place above; empty where the reader sees none.
        notices: what waits for a person: sentence and address.
        several: schools with lines of several providers: code, name, providers.
    """

    figures: DistrictFigures
    name: str
    month: MonthShown
    choices: Sequence[Choice]
    cards: Sequence[StandingCard]
    unknown: str
    groups: Sequence[GroupTable]
    bars: Bars | None
    course: Sequence[MonthFigures]
    spreads: Sequence[SpreadRow]
    weakest: Sequence[WeakRow]
    query: str
    year_query: str
    above: str
    notices: Sequence[tuple[str, str]]
    several: Sequence[tuple[str, str, Sequence[str]]]

    def csv(self, table: str) -> str:
        return f"/api/v1/compliance/tables/{DistrictTable(table)}.csv?{self.query}"


def district_view(look: Look, under: str, month: str) -> DistrictView:
    """What the page shows of a bureau, or of everything within the reader's scope.

    Raises:
        NotFound: no such bureau within the scope.
    """
    repository = MonthVerdictRepository(look.session, look.scope)
    place = Place(look.session, look.scope, under)
    months = repository.months(place.path)[:_OFFERED]
    newest = months[0] if months else month_of(look.today)
    shown = month_shown(month or f"{newest:%Y-%m}", look.today)
    figures = district(look.session, look.scope, Wanted(at=under, month=shown.first))
    course = [one for one in figures.trend if one.is_computed]
    several = len(course) > 1
    return DistrictView(
        figures=figures,
        name=name_of(look, figures.name, figures.name_en),
        month=shown,
        choices=[*_places(look, figures, under), _months(months, shown)],
        cards=[_card(look, figures, one) for one in (*(one for one, _ in PILE), Standing.exempt)],
        unknown=_unknown(look, figures.counts),
        groups=list(_groups(look, figures)),
        bars=_bars(look, course) if several else None,
        course=course[::-1],
        spreads=_spreads(look, figures.equity, course),
        weakest=[_weak(look, one, shown) for one in figures.weakest],
        query=_query(at=under, month=shown.text),
        year_query=_query(under=under, month=shown.text),
        above=_above(place.path, look),
        notices=notices(look),
        several=several_providers(look, place.path, shown.last),
    )


def _query(**said: str) -> str:
    return urlencode({key: text for key, text in said.items() if text})


def _places(look: Look, figures: DistrictFigures, under: str) -> Sequence[Choice]:
    """Counties to choose from, and the place that is looked at if it is none of them."""
    found = county_choice(look, under)
    for choice in found:
        options = list(choice.options)
        if under and not any(one.chosen for one in options):
            options.append(Option(under, name_of(look, figures.name, figures.name_en), chosen=True))
        return [Choice("under", choice.label, options)]
    return []


def _months(months: Sequence[date], shown: MonthShown) -> Choice:
    offered = months if shown.first in months else [shown.first, *months]
    options = [Option(f"{one:%Y-%m}", f"{one:%Y-%m}", one == shown.first) for one in offered]
    return Choice("month", N_("Month"), options)


def _above(path: str, look: Look) -> str:
    codes = path.strip("/").split("/")
    for depth in range(len(codes) - 1, 0, -1):
        if look.scope.covers("/" + "/".join(codes[:depth]) + "/"):
            return codes[depth - 1]
    return ""


def _list(state: Standing, under: str, month: str) -> str:
    return "/compliance/schools?" + _query(state=state.value, under=under, month=month)


def _card(look: Look, figures: DistrictFigures, standing: Standing) -> StandingCard:
    schools = figures.counts.of(standing)
    judged = figures.counts.judged
    counted = standing is not Standing.exempt and judged
    return StandingCard(
        word=look.lang.gettext(state_word(standing.value)),
        tone=state_tone(standing.value),
        schools=schools,
        share=schools / judged if counted else None,
        href=_list(standing, figures.bureau, f"{figures.month:%Y-%m}"),
        colour=dict(PILE).get(standing),
    )


def _unknown(look: Look, counts: Counts) -> str:
    """``120 insufficient data, 30 not testable``: the unknown in words; empty without any."""
    parts = (
        look.lang.gettext(N_("%(word)s: %(count)s"))
        % {
            "word": look.lang.gettext(state_word(one.value)),
            "count": look.lang.number(counts.of(one)),
        }
        for one in UNKNOWN
        if counts.of(one)
    )
    return look.lang.gettext(N_(", ")).join(parts)


def _groups(look: Look, figures: DistrictFigures) -> Sequence[GroupTable]:
    found = []
    for by, title in _TITLES.items():
        groups = figures.grouped(by)
        # A single county or township says what the whole says already.
        if len(groups) < (2 if by in (Grouping.county, Grouping.township) else 1):
            continue
        # Of a city its counties are listed, of a county its townships.
        if by is Grouping.township and figures.level != Level.county.value:
            continue
        found.append(GroupTable(by, title, [_group(look, one, figures) for one in groups]))
    return found


def _group(look: Look, group: Group, figures: DistrictFigures) -> GroupRow:
    month = f"{figures.month:%Y-%m}"
    is_bureau = group.by in (Grouping.county, Grouping.township) and not group.is_direct
    return GroupRow(
        name=_group_name(look, group),
        counts=group.counts,
        median=rate(group.median_down) if group.median_down is not None else "",
        href="/compliance?" + _query(under=group.key, month=month) if is_bureau else "",
        list=_listed(group, figures.bureau, month),
    )


def _listed(group: Group, under: str, month: str) -> str:
    """The list of a group's schools; schools of a bureau itself have none."""
    said = {"under": under, "month": month}
    match group.by:
        case Grouping.county | Grouping.township:
            if group.is_direct:
                return ""
            said["under"] = group.key
        case Grouping.provider:
            said["provider"] = group.key or NO_PROVIDER
        case _:
            said[group.by.value] = group.key
    return "/compliance/schools?" + _query(**said)


def _group_name(look: Look, group: Group) -> str:
    if group.by in (Grouping.county, Grouping.township):
        name = name_of(look, group.name, group.name_en)
        if not group.is_direct:
            return name
        return look.lang.gettext(N_("Schools of %(name)s itself")) % {"name": name}
    if group.by is Grouping.provider:
        return group.name or look.lang.gettext(N_("Not known"))
    return look.lang.gettext(_WORDS[group.key])


def _bars(look: Look, course: Sequence[MonthFigures]) -> Bars:
    stacks = []
    for one in course:
        share = one.counts.share
        stacks.append(
            Stack(
                f"{one.month:%y-%m}",
                [
                    (
                        colour,
                        f"{look.lang.gettext(state_word(standing.value))}: "
                        f"{look.lang.number(one.counts.of(standing))}",
                        float(one.counts.of(standing)),
                    )
                    for standing, colour in PILE
                ],
                look.lang.percent(share) if share is not None else "",
            )
        )
    return stacked(stacks)


def _spreads(look: Look, equity: Equity, course: Sequence[MonthFigures]) -> Sequence[SpreadRow]:
    found = []
    for side, name in enumerate(_BETWEEN):
        of = (equity.settings, equity.tenths)[side]
        for number, spread in enumerate(of):
            ratios = [
                (f"{one.month:%Y-%m}", _ratio(look, _sides(one.equity)[side][number]))
                for one in course
                if _sides(one.equity)[side]
            ]
            found.append(_spread(look, name, spread, ratios))
    return found


def _sides(equity: Equity) -> tuple[Sequence[Spread], Sequence[Spread]]:
    return equity.settings, equity.tenths


def _spread(look: Look, name: str, spread: Spread, course: Sequence[tuple[str, str]]) -> SpreadRow:
    flow = look.lang.gettext(flow_word(spread.flow))
    template = look.lang.gettext(N_("%(flow)s per student")) if spread.per_student else "%(flow)s"

    def end(value: float | None, schools: int) -> str:
        if value is None:
            return "—"
        number = look.lang.ngettext("%(num)s school", "%(num)s schools", schools)
        return f"{rate(value)} ({number % {'num': look.lang.number(schools)}})"

    return SpreadRow(
        name=look.lang.gettext(name),
        measure=template % {"flow": flow},
        better=end(spread.better, spread.better_schools),
        worse=end(spread.worse, spread.worse_schools),
        ratio=_ratio(look, spread),
        gap=rate(spread.gap) if spread.gap is not None else "—",
        course=course,
    )


def _ratio(look: Look, spread: Spread) -> str:
    return f"{look.lang.number(spread.ratio, 2)} : 1" if spread.ratio is not None else "—"


def _weak(look: Look, school: WeakSchool, month: MonthShown) -> WeakRow:
    rates = [one for one in (school.reached_down, school.reached_up) if one is not None]
    return WeakRow(
        school=school,
        name=name_of(look, school.name, school.name_en),
        county=name_of(look, school.county, school.county_en),
        word=look.lang.gettext(state_word(school.standing.value)),
        tone=state_tone(school.standing.value),
        measured=rate(min(rates)) if rates else "",
        asked=rate(school.asked) if school.asked else "",
        reasons=[look.lang.gettext(note_word(one)) for one in school.notes],
        href=f"/compliance/schools/{school.code}?" + _query(month=month.text),
    )
