"""What a report says first: how many schools comply, and rates beside the plans' own words."""

from collections import defaultdict
from collections.abc import Iterable
from statistics import median

from controller.compliance.states import State
from controller.language import N_, Language
from controller.reports.basis_tables import quote_in
from controller.reports.columns import Column, Form, Table, written
from controller.reports.content import FlowLine, ReportContent, TargetLine
from controller.reports.place_tables import counted, share_of
from controller.reports.wording import UNKNOWN_STATES, flow_in, state_in
from inventory.standards.model import Flow

_COLUMNS = (
    Column("quote", N_("The plan's words"), weight=3),
    Column("flow", N_("Direction"), Form.word),
    Column("schools", N_("Schools judged"), Form.whole),
    Column("asked", N_("Asked (Mbit/s)"), Form.rate),
    Column("contracted", N_("Contracted, median (Mbit/s)"), Form.rate, 1.2),
    Column("measured", N_("Measured, median (Mbit/s)"), Form.rate, 1.2),
    Column("compliant", N_("Tests comply"), Form.whole),
    Column("in_full", N_("Comply at 100 %"), Form.whole),
)


def sentences(content: ReportContent, lang: Language) -> list[str]:
    """The result in words; the unknown are named and stay in the denominator."""
    if len(content.schools) == 1 and content.head.level is None:
        say = lang.gettext(N_("The school's lines are judged as: {state}."))
        return [say.format(state=state_in(content.schools[0].state, lang))]
    found = counted(content.counts)
    total = sum(found.values())
    unknown = sum(found.get(state, 0) for state in UNKNOWN_STATES)
    share = written(share_of(content.counts), Form.share, lang)
    return [
        lang.gettext(
            N_(
                "Of {total} schools {compliant} comply, {non_compliant} do not comply, and"
                " {marginal} are too near the limit to be sure either way."
            )
        ).format(
            total=lang.number(total),
            compliant=lang.number(found.get(State.compliant, 0)),
            non_compliant=lang.number(found.get(State.non_compliant, 0)),
            marginal=lang.number(found.get(State.marginal, 0)),
        ),
        lang.gettext(
            N_(
                "Of {unknown} schools nobody can say whether they comply: {few} for want of data,"
                " {untestable} because no test can prove the target, {none} because no target is"
                " judged. They stay in the denominator."
            )
        ).format(
            unknown=lang.number(unknown),
            few=lang.number(found.get(State.insufficient_data, 0)),
            untestable=lang.number(found.get(State.not_testable, 0)),
            none=lang.number(found.get(None, 0)),
        ),
        lang.gettext(N_("{exempt} schools are exempt. Of all the others {share} comply.")).format(
            exempt=lang.number(found.get(State.exempt, 0)), share=share
        ),
    ]


def against_plans(content: ReportContent, lang: Language) -> Table:
    """Measured and contracted rates against each plan's words, one row a target and direction."""
    found: dict[tuple[str, str], list[TargetLine]] = defaultdict(list)
    for school in content.schools:
        for target in school.targets:
            found[target.standard, target.target].append(target)
    quotes = {(one.standard, one.target): quote_in(one, lang) for one in content.standards}
    rows = []
    for key, targets in sorted(found.items()):
        for flow in (Flow.down, Flow.up):
            lines = [line for one in targets for line in one.flows if line.flow is flow]
            if lines:
                rows.append(
                    (
                        quotes.get(key, key[1]),
                        flow_in(flow, lang),
                        len(lines),
                        _middle(one.asked for one in targets),
                        _middle(line.contracted for line in lines),
                        _middle(line.reached for line in lines),
                        _of(lines, in_full=False),
                        _of(lines, in_full=True),
                    )
                )
    return Table("against_plans", N_("Rates against the plans' words"), _COLUMNS, rows)


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _of(lines: Iterable[FlowLine], *, in_full: bool) -> int:
    """How many comply, with the tolerance or without."""
    states = (line.state_in_full if in_full else line.delivered for line in lines)
    return sum(1 for state in states if state is State.compliant)
