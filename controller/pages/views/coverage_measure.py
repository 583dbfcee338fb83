"""One figure: its targets, its groups, its months, and its schools."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from controller.api.coverage import held_at
from controller.coverage_words import COUNTED, STANDS, TONES
from controller.errors import NotFound
from controller.language import N_, Language
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.coverage import month_choice, numbers_of, value_of
from controller.pages.views.names import bureau_names, county_choice, name_of, path_below
from controller.words import word
from inventory.coverage.against import WORST, Held, HeldTarget
from inventory.coverage.behind import LISTED
from inventory.coverage.keeping import KeptTally, MeasureRepository, month_of
from inventory.coverage.tally import Stand, Tally, total
from inventory.standards.model import UNITS, Comparison, Measure, Target, Unit

_MONTHS = 36
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
class GroupRow:
    """One figure of some schools together."""

    name: str
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
        groups: by county, stage, and urban or rural, each under its heading (a message id).
        course: month and figure, the oldest first.
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
    course: Sequence[tuple[str, str]]
    rows: Sequence[SchoolRow]
    shown: Shown
    csv: str
    is_listed: bool


def measure_view(
    look: Look, measure: Measure, *, county: str, month: date | None, stand: str, page: int
) -> MeasureView:
    """What the page shows.

    Raises:
        NotFound: nobody counts this.
    """
    if measure not in COUNTED:
        raise NotFound
    lang, under = look.lang, path_below(look, county)
    repository = MeasureRepository(look.session, look.scope)
    months = repository.months(under)[:_MONTHS]
    wanted = month_of(month) if month else (months[0] if months else month_of(look.today))
    kept, held = held_at(look.session, look.scope, measure, under, wanted)
    whole = total(one.tally for one in kept)
    chosen = one_of(Stand, stand)
    listed = sorted(kept, key=lambda one: _urgency(held, one))
    if chosen is not None:
        listed = [one for one in listed if held.stands.get(one.school.code) is chosen]
    shown = Shown(look, min(page, max(1, -(-len(listed) // PAGE_LENGTH))), len(listed))
    start = (shown.number - 1) * PAGE_LENGTH
    course = [one for one in reversed(months) if one <= wanted][-_COURSE:]
    totals = repository.totals(course, under) if course else {}
    query = {key: text for key, text in (("at", county), ("month", f"{wanted}")) if text}
    return MeasureView(
        measure=measure,
        name=lang.gettext(COUNTED[measure]),
        value=value_of(lang, measure, whole) if kept else "—",
        numbers=numbers_of(lang, measure, whole) if kept else "",
        unknown=whole.unknown,
        choices=[
            *county_choice(look, county), month_choice(months, wanted), _stands(lang, chosen),
        ],
        targets=[_target(look, measure, one) for one in held.targets],
        groups=_groups(look, measure, kept),
        course=[
            (f"{one:%Y-%m}", value_of(lang, measure, totals[one][measure]))
            for one in course
            if measure in totals.get(one, {})
        ],
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


def _groups(
    look: Look, measure: Measure, kept: Sequence[KeptTally]
) -> Sequence[tuple[str, Sequence[GroupRow]]]:
    bureaus = bureau_names(look)

    def county(one: KeptTally) -> str:
        # The second code of a path is the county's; schools of the city itself stand under it.
        codes = one.school.path.strip("/").split("/")
        return bureaus.get(codes[1] if len(codes) > 2 else codes[0], codes[0])  # noqa: PLR2004

    by: Sequence[tuple[str, _Key]] = (
        (N_("By county"), county),
        (N_("By stage"), lambda one: look.lang.gettext(word(one.school.stage))),
        (N_("Urban and rural"), lambda one: look.lang.gettext(word(one.school.setting))),
    )
    found = [(title, _grouped(look.lang, measure, kept, key)) for title, key in by]
    return [(title, rows) for title, rows in found if len(rows) > 1]


def _grouped(
    lang: Language, measure: Measure, kept: Sequence[KeptTally], key: _Key
) -> list[GroupRow]:
    groups: dict[str, list[Tally]] = defaultdict(list)
    for one in kept:
        groups[key(one)].append(one.tally)
    return [
        GroupRow(
            name,
            len(tallies),
            value_of(lang, measure, total(tallies)),
            numbers_of(lang, measure, total(tallies)),
        )
        for name, tallies in groups.items()
    ]


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
