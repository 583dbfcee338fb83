"""Tables of a bureau's figures: states, groups, trend, equity, the weakest, outlets."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from controller.compliance.states import State
from controller.language import N_, Language
from controller.reports.columns import Column, Form, Table, Value
from controller.reports.content import Count, GroupKind, GroupLine, ReportContent
from controller.reports.wording import GROUPS, STATES, flow_in, group_in, name_in, state_in
from controller.words.compliance import MEASURES
from inventory.standards.model import Unit

_MEDIANS = (
    Column("median_down", N_("Median download (Mbit/s)"), Form.rate, 1.2),
    Column("median_up", N_("Median upload (Mbit/s)"), Form.rate, 1.2),
)


class Spread(NamedTuple):
    """What a comparison and its two sides are called."""

    title: str
    better: str
    worse: str


SPREADS = {
    "settings": Spread(N_("Urban against rural"), N_("Urban schools"), N_("Rural schools")),
    "tenths": Spread(
        N_("Strongest tenth against weakest"), N_("Strongest tenth"), N_("Weakest tenth")
    ),
}


def counted(counts: Iterable[Count]) -> dict[State | None, int]:
    """Schools by state."""
    return {one.state: one.schools for one in counts}


def share_of(counts: Iterable[Count]) -> float | None:
    """Compliant schools of all that are not exempt; the unknown are in the denominator."""
    found = counted(counts)
    judged = sum(found.values()) - found.get(State.exempt, 0)
    return found.get(State.compliant, 0) / judged if judged else None


def summary(content: ReportContent, lang: Language) -> Table:
    """Schools by state."""
    found = counted(content.counts)
    total = sum(found.values())
    columns = (
        Column("state", N_("Status"), Form.word, 2),
        Column("schools", N_("Number of schools"), Form.whole),
        Column("share", N_("Share"), Form.share),
    )
    rows = [
        (state_in(state, lang), found.get(state, 0), found.get(state, 0) / total if total else None)
        for state in STATES
    ]
    return Table("summary", N_("Schools by status"), columns, rows)


def groups(content: ReportContent, by: GroupKind, lang: Language) -> Table:
    """Groups of one kind by state."""
    columns = [
        Column("group", N_("Group"), weight=2),
        *_states(lang),
        Column("total", N_("Number of schools"), Form.whole),
        Column("share", N_("Share compliant"), Form.share, 1.2),
        *_MEDIANS,
    ]
    rows = [
        (
            group_in(one.by, one.key, one.name, one.name_en, lang),
            *_row(one.counts),
            share_of(one.counts),
            one.median_down,
            one.median_up,
        )
        for one in of_kind(content, by)
    ]
    return Table(by, GROUPS[by], columns, rows)


def of_kind(content: ReportContent, by: GroupKind) -> list[GroupLine]:
    """The groups of one kind, in their order."""
    return [one for one in content.groups if one.by is by]


def trend(content: ReportContent, lang: Language) -> Table:
    """Months by state."""
    columns = [
        Column("month", N_("Month")),
        *_states(lang),
        Column("total", N_("Number of schools"), Form.whole),
        Column("share", N_("Share compliant"), Form.share, 1.2),
    ]
    rows = [(month_in(one.month), *_row(one.counts), share_of(one.counts)) for one in content.trend]
    return Table("trend", N_("Trend by month"), columns, rows)


def equity(content: ReportContent, lang: Language) -> Table:
    """What the better and the worse off have, month by month, with ratio and gap."""
    columns = (
        Column("month", N_("Month")),
        Column("kind", N_("Comparison"), weight=2),
        Column("flow", N_("Direction"), Form.word),
        Column("upper", N_("Better off (Mbit/s)"), Form.rate),
        Column("lower", N_("Worse off (Mbit/s)"), Form.rate),
        Column("ratio", N_("Ratio"), Form.number),
        Column("gap", N_("Gap (Mbit/s)"), Form.rate),
        Column("upper_schools", N_("Schools better off"), Form.whole),
        Column("lower_schools", N_("Schools worse off"), Form.whole),
    )
    rows = [
        (
            month_in(one.month),
            lang.gettext(SPREADS[one.kind].title),
            flow_in(one.flow, lang),
            one.upper,
            one.lower,
            one.upper / one.lower if one.upper and one.lower else None,
            None if one.upper is None or one.lower is None else one.upper - one.lower,
            one.upper_schools,
            one.lower_schools,
        )
        for one in content.equity
    ]
    return Table("equity", N_("Equity"), columns, rows)


def weakest(content: ReportContent, lang: Language) -> Table:
    """The weakest schools, the weakest first."""
    columns = (
        Column("rank", N_("Rank"), Form.whole, 0.6),
        Column("name", N_("School"), weight=2.5),
        Column("group", N_("County or township"), weight=1.6),
        Column("state", N_("Status"), Form.word),
        Column("asked", N_("Asked (Mbit/s)"), Form.rate),
        Column("reached", N_("Measured (Mbit/s)"), Form.rate),
        Column("ratio", N_("Share of what is asked"), Form.share, 1.3),
    )
    rows = [
        (
            number,
            name_in(one.school, lang),
            name_in(one.group, lang),
            state_in(one.state, lang),
            one.asked,
            one.reached,
            one.ratio,
        )
        for number, one in enumerate(content.weakest, 1)
    ]
    return Table("weakest", N_("The weakest schools"), columns, rows)


def outlets(content: ReportContent, lang: Language) -> Table:
    """Outlets and backbones of the bureaus against what is asked of them."""
    columns = (
        Column("bureau", N_("Bureau"), weight=1.5),
        Column("measure", N_("Measure"), weight=1.5),
        Column("has", N_("There is"), Form.number),
        Column("asked", N_("Asked"), Form.number),
        Column("unit", N_("Unit")),
        Column("result", N_("Result")),
        Column("quote", N_("The plan's words"), weight=3),
    )
    words = {True: N_("Met"), False: N_("Missed"), None: N_("Shown only")}
    rows = [
        (
            name_in(one.bureau, lang),
            lang.gettext(MEASURES[one.measure]),
            one.has,
            one.asked,
            None if one.unit == Unit.number else one.unit,
            lang.gettext(words[one.met]),
            one.quote if lang.code != "en" or not one.quote_en else one.quote_en,
        )
        for one in content.outlets
    ]
    return Table("outlets", N_("Outlets of the network"), columns, rows)


def month_in(month: date) -> str:
    """A month as tables have it."""
    return f"{month:%Y-%m}"


def _states(lang: Language) -> list[Column]:
    return [Column(str(one or "no_target"), state_in(one, lang), Form.whole) for one in STATES]


def _row(counts: Sequence[Count]) -> Sequence[Value]:
    found = counted(counts)
    return (*(found.get(state, 0) for state in STATES), sum(found.values()))
