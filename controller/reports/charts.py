"""Charts of a report as plain values: bars of schools by state, lines over months.

Whoever draws needs no words and no numbers beyond these; every chart stands above the table of the
same figures, so a colour is never all that tells two states apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from controller.compliance.states import State
from controller.language import Language
from controller.reports.content import Count, EquityLine, GroupKind, ReportContent
from controller.reports.place_tables import SPREADS, counted, month_in, of_kind
from controller.reports.wording import STATES, flow_in, group_in, state_in

#: Dark to light in the order of the states, so that a grey copy can still be read.
COLOURS: Mapping[State | None, str] = {
    State.compliant: "#2b8a3e",
    State.marginal: "#f08c00",
    State.non_compliant: "#c92a2a",
    State.insufficient_data: "#868e96",
    State.not_testable: "#a5b4cb",
    None: "#ced4da",
    State.exempt: "#e9ecef",
}
_MOST_ROWS = 40
#: Rows of a chart that are put into words.
_MOST_SAID = 13
_MEGA = 1_000_000


class Bars(msgspec.Struct, frozen=True, tag="bars"):
    """Stacked bars: a label and as many numbers as there are colours for each."""

    legend: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[int]]]


class Lines(msgspec.Struct, frozen=True, tag="lines"):
    """Curves over months; a value that is not known leaves a gap.

    Args:
        labels: months.
        series: name, colour and values of each.
        unit: of the values.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[tuple[str, str, Sequence[float | None]]]
    unit: str


def said(chart: Bars | Lines, lang: Language) -> str:
    """A chart in words, for who cannot see it; the table below it has every number."""
    colon, comma, end = (": ", ", ", ". ") if lang.code == "en" else ("：", "，", "。")
    if isinstance(chart, Lines):
        told = [
            f"{name} {shown[0]:g} – {shown[-1]:g} {chart.unit}"
            for name, _, values in chart.series
            if (shown := [value for value in values if value is not None])
        ]
        return f"{chart.title} ({chart.labels[0]} – {chart.labels[-1]}){colon}{comma.join(told)}"
    rows = [
        (
            label,
            comma.join(f"{word} {n}" for (word, _), n in zip(chart.legend, counts, strict=True)),
        )
        for label, counts in chart.rows[:_MOST_SAID]
    ]
    return end.join(f"{label}{colon}{text}" if label else text for label, text in rows)


def state_bars(content: ReportContent, by: GroupKind | None, lang: Language) -> Bars:
    """Schools by state: of all together, or of each group of a kind."""
    if by is None:
        return _bars([("", content.counts)], lang)
    found = of_kind(content, by)[:_MOST_ROWS]
    rows = [(group_in(by, one.key, one.name, one.name_en, lang), one.counts) for one in found]
    return _bars(rows, lang)


def trend_bars(content: ReportContent, lang: Language) -> Bars:
    """Schools by state, month by month."""
    return _bars([(month_in(one.month), one.counts) for one in content.trend], lang)


def equity_lines(content: ReportContent, lang: Language) -> list[Lines]:
    """What the better and the worse off have over time: a chart a comparison and direction."""
    found: dict[tuple[str, str], list[EquityLine]] = defaultdict(list)
    for one in content.equity:
        found[one.kind, flow_in(one.flow, lang)].append(one)
    return [
        Lines(
            f"{lang.gettext(SPREADS[kind].title)} · {flow}",
            [month_in(one.month) for one in lines],
            [
                (
                    lang.gettext(SPREADS[kind].better),
                    "#1864ab",
                    [_mega(one.upper) for one in lines],
                ),
                (lang.gettext(SPREADS[kind].worse), "#e8590c", [_mega(one.lower) for one in lines]),
            ],
            "Mbit/s",
        )
        for (kind, flow), lines in found.items()
        if len(lines) > 1
    ]


def _bars(rows: Iterable[tuple[str, Iterable[Count]]], lang: Language) -> Bars:
    told = [(label, counted(counts)) for label, counts in rows]
    shown = [state for state in STATES if any(counts.get(state) for _, counts in told)]
    return Bars(
        [(state_in(state, lang), COLOURS[state]) for state in shown],
        [(label, [counts.get(state, 0) for state in shown]) for label, counts in told],
    )


def _mega(value: float | None) -> float | None:
    return None if value is None else value / _MEGA
