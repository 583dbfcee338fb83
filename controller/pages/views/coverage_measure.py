"""One figure: its targets, its groups, its months, and its schools."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from controller.api.coverage import held_at
from controller.api.equipment import path_of
from controller.errors import NotFound
from controller.language import N_, Language
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.coverage import month_choice, numbers_of, place_choice, value_of
from controller.pages.views.names import bureau_names, name_of
from controller.words.coverage import COUNTED, STANDS, TONES
from controller.words.terms import SETTINGS, STAGES, word
from inventory.coverage.against import WORST, Held, HeldTarget
from inventory.coverage.behind import LISTED
from inventory.coverage.keeping import KeptTally, MeasureRepository, month_of
from inventory.coverage.tally import Stand, Tally, total
from inventory.models import Setting, Stage
from inventory.standards.model import UNITS, Comparison, Measure, Target, Unit

_MONTHS = 36
#: Years of the history.
_YEARS = 10
#: Words of stages and settings.
_GROUP_WORDS = {one.value: word(one) for kind in (Stage, Setting) for one in kind}
#: Months of the course below the figure.
_COURSE = 13
_Key = Callable[[KeptTally], str]


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target, in words.

    Args:
        plan: whose it is.
        wanted: the value with its side.
        tone: of ``stand``.
        schools: ``12 / 15`` schools that meet it; empty where the district is asked.
        note: its caveat, or that it awaits confirmation.
    """

    plan: str
    quote: str
    wanted: str
    stand: str
    tone: str
    schools: str
    note: str


@dataclass(frozen=True, slots=True)
class MeasureFilter:
    """What was asked for, as it stands in the address; ``county`` is any bureau or school."""

    county: str = ""
    month: date | None = None
    stand: str = ""
    stage: str = ""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One figure of some schools together; ``href`` is the list of them."""

    name: str
    href: str
    schools: int
    value: str
    numbers: str


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school; ``stand`` is empty where no target asks it."""

    code: str
    name: str
    value: str
    numbers: str
    unknown: int
    stand: str
    tone: str


@dataclass(frozen=True, slots=True)
class MeasureView:
    """Everything on the page.

    Args:
        groups: by county, township, stage, and urban or rural, each under its heading (a message
            id).
        course: month, figure and what it is made of, the oldest first.
        years: the same of the last month counted of each year; empty where there is but one.
        csv: where the whole list is as a table.
        is_listed: there is a list behind the figure of one school.
    """

    measure: Measure
    name: str
    value: str
    numbers: str
    unknown: int
    choices: Sequence[Choice]
    targets: Sequence[TargetRow]
    groups: Sequence[tuple[str, Sequence[GroupRow]]]
    course: Sequence[tuple[str, str, str]]
    years: Sequence[tuple[str, str, str]]
    rows: Sequence[SchoolRow]
    shown: Shown
    csv: str
    is_listed: bool


def measure_view(look: Look, measure: Measure, asked: MeasureFilter, page: int) -> MeasureView:
    """What the page shows.

    Raises:
        NotFound: nobody counts this, or no such place within the scope.
    """
    if measure not in COUNTED:
        raise NotFound
    lang, under = look.lang, path_of(look.session, look.scope, asked.county)
    repository = MeasureRepository(look.session, look.scope)
    every = repository.months(under)
    months = every[:_MONTHS]
    wanted = month_of(asked.month) if asked.month else (every or [month_of(look.today)])[0]
    kept, held = held_at(look.session, look.scope, measure, under, wanted)
    kept = [one for one in kept if _fits(one, asked)]
    whole = total(one.tally for one in kept)
    chosen = one_of(Stand, asked.stand)
    listed = sorted(kept, key=lambda one: _urgency(held, one))
    if chosen is not None:
        listed = [one for one in listed if held.stands.get(one.school.code) is chosen]
    shown = Shown(look, min(page, max(1, -(-len(listed) // PAGE_LENGTH))), len(listed))
    start = (shown.number - 1) * PAGE_LENGTH
    course = [one for one in reversed(months) if one <= wanted][-_COURSE:]
    years = sorted({one.year: one for one in sorted(every) if one <= wanted}.values())[-_YEARS:]
    # History is of the place as a whole: months keep no figures of kinds of schools.
    totals = repository.totals([*course, *years], under) if course else {}
    query = {key: text for key, text in (("at", asked.county), ("month", f"{wanted}")) if text}

    def told(one: date, as_text: str) -> tuple[str, str, str] | None:
        tally = totals.get(one, {}).get(measure)
        if tally is None:
            return None
        return (
            f"{one:{as_text}}",
            value_of(lang, measure, tally),
            numbers_of(lang, measure, tally) or lang.number(tally.numerator),
        )

    return MeasureView(
        measure=measure,
        name=lang.gettext(COUNTED[measure]),
        value=value_of(lang, measure, whole) if kept else "—",
        numbers=numbers_of(lang, measure, whole) if kept else "",
        unknown=whole.unknown,
        choices=[
            *place_choice(look, asked.county), month_choice(months, wanted), _stands(lang, chosen),
            _words(lang, "stage", N_("Stage"), STAGES, asked.stage),
            _words(lang, "setting", N_("Urban or rural"), SETTINGS, asked.setting),
        ],
        targets=[_target(look, measure, one) for one in held.targets],
        groups=_groups(look, measure, kept, under),
        course=[row for one in course if (row := told(one, "%Y-%m"))],
        years=[row for one in years if (row := told(one, "%Y"))] if len(years) > 1 else [],
        rows=[_school(look, measure, one, held) for one in listed[start : start + PAGE_LENGTH]],
        shown=shown,
        csv=f"/api/v1/coverage/{measure}/schools.csv?{urlencode(query)}",
        is_listed=measure in LISTED,
    )  # fmt: skip


def wanted_of(lang: Language, target: Target) -> str:
    """``≥ 90%``: a target's value with its side and unit."""
    side = "≥" if target.comparison is Comparison.at_least else "≤"
    value = float(target.value)
    if target.unit is Unit.ratio:
        return f"{side} {lang.percent(value, 1)}"
    unit = f" {target.unit}" if target.unit is Unit.mbps else ""
    return f"{side} {lang.number(value, 2)}{unit}"


def _target(look: Look, measure: Measure, one: HeldTarget) -> TargetRow:
    lang, target, standard = look.lang, one.bound.target, one.bound.standard
    judged = sum(count for stand, count in one.schools.items() if stand is not Stand.nothing)
    met = one.schools.get(Stand.met, 0)
    if one.bound.pending:
        note = lang.gettext(N_("Awaits confirmation: not judged."))
    elif target.baseline:
        note = lang.gettext(N_("What the plan found, not what it demands."))
    else:
        note = ""
    english = lang.code == "en"
    caveat = target.caveat_translation if english else target.caveat
    return TargetRow(
        plan=standard.plan_translation if english else standard.plan,
        quote=target.translation if english else target.quote,
        wanted=wanted_of(lang, target),
        stand="" if one.whole is None or UNITS[measure] is Unit.mbps
        else lang.gettext(STANDS[one.whole]),
        tone="" if one.whole is None else TONES[one.whole],
        schools=f"{lang.number(met)} / {lang.number(judged)}" if one.schools else "",
        note=" ".join(part for part in (note, caveat) if part),
    )  # fmt: skip


def _fits(one: KeptTally, asked: MeasureFilter) -> bool:
    return asked.stage in ("", one.school.stage) and asked.setting in ("", one.school.setting)


def _groups(
    look: Look, measure: Measure, kept: Sequence[KeptTally], under: str
) -> Sequence[tuple[str, Sequence[GroupRow]]]:
    bureaus = bureau_names(look)
    depth = under.strip("/").count("/") + (under != "/")

    def county(one: KeptTally) -> str:
        # The second code of a path is the county's; schools of the city itself stand under it.
        codes = one.school.path.strip("/").split("/")
        return codes[1] if len(codes) > 2 else codes[0]  # noqa: PLR2004

    def township(one: KeptTally) -> str:
        return one.school.path.strip("/").split("/")[-2]

    def words(code: str) -> str:
        return look.lang.gettext(_GROUP_WORDS[code])

    def names(code: str) -> str:
        return bureaus.get(code, code)

    by: Sequence[tuple[str, str, _Key, Callable[[str], str]]] = (
        (N_("By county"), "county", county, names),
        # Of a city its counties are listed, of a county its townships.
        *([(N_("By township"), "county", township, names)] if depth > 1 else []),
        (N_("By stage"), "stage", lambda one: one.school.stage, words),
        (N_("Urban and rural"), "setting", lambda one: one.school.setting, words),
    )
    found = [
        (title, [_group(look, measure, field, named, *one) for one in _parted(kept, key).items()])
        for title, field, key, named in by
    ]
    return [(title, rows) for title, rows in found if len(rows) > 1]


def _parted(kept: Sequence[KeptTally], key: _Key) -> dict[str, list[Tally]]:
    groups: dict[str, list[Tally]] = defaultdict(list)
    for one in kept:
        groups[key(one)].append(one.tally)
    return groups


def _group(  # noqa: PLR0917  (one argument a step of the loop)
    look: Look,
    measure: Measure,
    field: str,
    named: Callable[[str], str],
    code: str,
    tallies: Sequence[Tally],
) -> GroupRow:
    return GroupRow(
        named(code),
        look.link({field: code, "page": ""}),
        len(tallies),
        value_of(look.lang, measure, total(tallies)),
        numbers_of(look.lang, measure, total(tallies)),
    )


def _words(lang: Language, name: str, label: str, words: Mapping[Any, str], chosen: str) -> Choice:
    options = [Option(f"{key}", lang.gettext(text), key == chosen) for key, text in words.items()]
    return Choice(name, label, [Option("", lang.gettext(N_("All")), not chosen), *options])


def _school(look: Look, measure: Measure, one: KeptTally, held: Held) -> SchoolRow:
    stand = held.stands.get(one.school.code)
    return SchoolRow(
        code=one.school.code,
        name=name_of(look, one.school.name, one.school.name_en),
        value=value_of(look.lang, measure, one.tally),
        numbers=numbers_of(look.lang, measure, one.tally),
        unknown=one.tally.unknown,
        stand="" if stand is None else look.lang.gettext(STANDS[stand]),
        tone="" if stand is None else TONES[stand],
    )


def _stands(lang: Language, chosen: Stand | None) -> Choice:
    options = [Option("", lang.gettext(N_("All")), chosen is None)]
    return Choice(
        "stand",
        N_("Against targets"),
        [*options, *(Option(one, lang.gettext(STANDS[one]), one is chosen) for one in WORST)],
    )


def _urgency(held: Held, one: KeptTally) -> tuple[int, float, str]:
    """What misses its target comes first, the weakest of it before the others."""
    stand = held.stands.get(one.school.code)
    value = one.tally.value
    weight = 0.0 if value is None else float(value)
    falls = any(t.bound.target.comparison is Comparison.at_most for t in held.targets)
    rank = WORST.index(stand) if stand else len(WORST)
    return rank, -weight if falls else weight, one.school.path
