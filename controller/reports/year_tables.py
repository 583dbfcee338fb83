"""Tables of coverage and of the annual report's chapters: each figure as its two numbers."""

from collections.abc import Mapping, Sequence

from controller.language import N_, Language
from controller.reports.chapters import Chapter, ChapterKind, Covered, Figure, MonthTally
from controller.reports.columns import UNKNOWN, Column, Form, Table, Value, written
from controller.reports.content import ReportContent
from controller.reports.place_tables import month_in
from controller.reports.wording import CHAPTERS
from controller.words.compliance import COMPARISONS, MEASURES
from controller.words.compliance import UNITS as UNIT_WORDS
from controller.words.coverage import STANDS
from controller.words.terms import KINDS, LIFECYCLES
from drivers.readings import Kind
from inventory.coverage.tally import Stand
from inventory.models import Lifecycle
from inventory.standards.model import UNITS, Comparison, Unit

FIGURES: Mapping[str, str] = {
    "devices_in_service": N_("Devices in service"),
    "devices_of_kind": N_("Devices by kind (in service, of all)"),
    "devices_in_state": N_("Devices by status (of all)"),
    "devices_bought": N_("Devices by year of purchase (of all)"),
    "hours_in_use": N_("Use of devices (hours a week; of so many devices)"),
    "hours_of_kind": N_("Use by kind (hours a week; of so many devices)"),
    "projects": N_("Procurement projects (finished, of all)"),
    "orders": N_("Orders (accepted, of all)"),
    "ordered_cny": N_("Amount ordered (accepted, of all; yuan)"),
    "budget_cny": N_("Budget (spent, of planned; yuan)"),
    "budget_of_category": N_("Budget by category (spent, of planned; yuan)"),
    "tickets": N_("Tickets (resolved, of all)"),
    "tickets_within": N_("Tickets resolved in time (of all)"),
    "hours_to_repair": N_("Mean time to repair (hours, of the resolved)"),
    "administrators_certified": N_("Administrators with a certificate (of all)"),
    "administrators_advanced": N_("Administrators of middle or senior level (of all)"),
}
#: Of these the quotient is a mean and no share.
_MEANS = {"hours_to_repair", "hours_in_use", "hours_of_kind"}


def coverage(content: ReportContent, lang: Language) -> Table:
    """Figures of the last month against their targets, numerator and denominator beside each."""
    columns = (
        Column("measure", N_("Measure"), weight=2),
        Column("month", N_("Month")),
        Column("numerator", N_("Numerator"), Form.whole, 1.2),
        Column("denominator", N_("Denominator"), Form.whole, 1.3),
        Column("unknown", N_("Unknown"), Form.whole),
        Column("value", N_("Value")),
        Column("asked", N_("Target"), weight=1.4),
        Column("result", N_("Result")),
        Column("schools", N_("Schools that meet it, of all bound"), weight=1.4),
        Column("quote", N_("The plan's words"), weight=3),
    )
    rows: list[Sequence[Value]] = []
    for one in content.coverage:
        if not one.months:
            continue
        last = one.months[-1]
        head = (lang.gettext(MEASURES[one.measure]), month_in(last.month))
        if not one.targets:
            rows.append((*head, *_tally(one, last, lang), None, None, None, None))
        for held in one.targets:
            side = Comparison.at_most if held.at_most else Comparison.at_least
            asked = in_unit(float(held.value), held.unit, lang)
            english = lang.code == "en" and held.quote_en
            tally = MonthTally(
                month=last.month,
                numerator=held.numerator,
                denominator=held.denominator,
                unknown=held.unknown,
            )
            rows.append(
                (
                    *head,
                    *_tally(one, tally, lang),
                    f"{lang.gettext(COMPARISONS[side])} {asked}",
                    lang.gettext(N_("Shown only") if held.stand is None else STANDS[held.stand]),
                    f"{held.schools.get(Stand.met, 0)} / {sum(held.schools.values())}"
                    if held.schools
                    else None,
                    f"{held.quote} ({held.quote_en})" if english else held.quote,
                )
            )
    return Table("coverage", N_("Coverage and ratios against targets"), columns, rows)


def coverage_by_month(content: ReportContent, lang: Language) -> Table:
    """Every figure month by month."""
    columns = (
        Column("measure", N_("Measure"), weight=2),
        Column("month", N_("Month")),
        Column("numerator", N_("Numerator"), Form.whole, 1.2),
        Column("denominator", N_("Denominator"), Form.whole, 1.3),
        Column("unknown", N_("Unknown"), Form.whole),
        Column("value", N_("Value")),
    )
    rows = [
        (lang.gettext(MEASURES[one.measure]), month_in(month.month), *_tally(one, month, lang))
        for one in content.coverage
        for month in one.months
    ]
    return Table("coverage_by_month", N_("Coverage and ratios by month"), columns, rows)


def chapter(one: Chapter, lang: Language) -> Table:
    """The figures of one chapter."""
    columns = (
        Column("figure", N_("Figure"), weight=3),
        Column("key", N_("Of"), weight=1.5),
        Column("on", N_("Date"), Form.day),
        Column("numerator", N_("Numerator"), Form.number),
        Column("denominator", N_("Denominator"), Form.number),
        Column("value", N_("Value")),
    )
    rows = [
        (
            lang.gettext(FIGURES[figure.name]),
            _key(figure, lang),
            figure.on,
            figure.numerator,
            figure.denominator,
            _value(figure, lang),
        )
        for figure in one.figures
    ]
    return Table(one.kind, CHAPTERS[one.kind], columns, rows)


def in_unit(value: float, unit: Unit, lang: Language) -> str:
    """A value with its unit."""
    if unit is Unit.ratio:
        return written(value, Form.share, lang)
    word = UNIT_WORDS.get(unit)
    number = written(value, Form.number, lang)
    if unit is Unit.number:
        return number
    return f"{number} {lang.gettext(word) if word else unit}"


def value_of(one: Covered, month: MonthTally) -> float | None:
    """The figure of a month; the unknown count as not there."""
    if one.is_number:
        return float(month.numerator)
    return month.numerator / month.denominator if month.denominator else None


def _tally(one: Covered, month: MonthTally, lang: Language) -> Sequence[Value]:
    value = value_of(one, month)
    told = None if value is None else in_unit(value, UNITS[one.measure], lang)
    return (month.numerator, month.denominator, month.unknown, told)


def _key(figure: Figure, lang: Language) -> str:
    if figure.name == "tickets_within":
        return lang.gettext(N_("within {hours} hours")).format(hours=figure.key)
    if figure.name in ("devices_of_kind", "hours_of_kind"):
        return lang.gettext(KINDS[Kind(figure.key)])
    if figure.name == "devices_in_state":
        return lang.gettext(LIFECYCLES[Lifecycle(figure.key)])
    return figure.key


def _value(figure: Figure, lang: Language) -> str:
    if figure.numerator is None or not figure.denominator:
        return UNKNOWN
    found = float(figure.numerator / figure.denominator)
    return written(found, Form.number if figure.name in _MEANS else Form.share, lang)


def chapters(content: ReportContent, lang: Language) -> Mapping[ChapterKind, Table]:
    """The tables of every chapter there is."""
    return {one.kind: chapter(one, lang) for one in content.chapters}
